"""Random tokens that belong to a seed, whatever else is in the batch.

Row ``i`` at step ``t`` draws with one uniform number that is a function of ``(seed_i, t)`` alone
(SplitMix64 as a counter-based generator: Steele, Lea, Flood 2014), put through the inverse of the
cumulative distribution over the vocabulary. No generator objects, no order of calls: a row gives the
same token in any batch, as long as its probabilities are the same. Those still carry the rounding of
the batch's matrix products, so two batches may, rarely, differ in a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_BLOCK = 256


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The output function of SplitMix64 (variant 13 of Stafford's mixers)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniforms(seeds: Sequence[int], steps: int) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1) of shape (len(seeds), steps): entry (i, t) depends on (seeds[i], t) alone.

    The seed is mixed first, so that neighbouring seeds do not walk along one sequence.
    """
    with np.errstate(over="ignore"):
        start = _mix(np.array([seed % 2**64 for seed in seeds], dtype=np.uint64) + _GOLDEN)
        counter = np.arange(1, steps + 1, dtype=np.uint64) * _GOLDEN
        bits = _mix(start[:, None] + counter[None, :])
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def nucleus(probs: Any, top_p: float) -> Any:
    """``probs`` (rows, vocabulary) with everything outside the smallest set of mass ``top_p`` set to 0.

    The most probable token always stays. Rows are not renormalised (Holtzman et al. 2020).
    """
    ordered, order = probs.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    return probs.new_zeros(probs.shape).scatter(-1, order, ordered.masked_fill(before >= top_p, 0.0))


def pick(weights: Any, uniform: Any) -> Any:
    """For each row the token at which the cumulative weight passes ``uniform`` of the row's total.

    Two levels (blocks of 256 tokens, then the tokens of one block), in float64: exact where one
    running sum in float32 would lose the many small weights, and cheaper.

    Args:
        weights: (rows, vocabulary), not negative, at least one positive a row.
        uniform: (rows,) in [0, 1), float64.

    Returns:
        (rows, 1) token ids, each of positive weight.
    """
    import torch

    rows, size = weights.shape
    blocks = torch.nn.functional.pad(weights, (0, -size % _BLOCK)).view(rows, -1, _BLOCK)
    block, rest = _passes(blocks.sum(dim=-1, dtype=torch.float64), uniform)
    inner = blocks[torch.arange(rows, device=weights.device), block].double()
    token, _ = _passes(inner, rest)
    return (block * _BLOCK + token)[:, None]


def _passes(weights: Any, uniform: Any) -> tuple[Any, Any]:
    """The index where the running sum passes ``uniform`` of the total, and how far into it that is."""
    import torch

    edges = weights.cumsum(dim=-1)
    total = edges[:, -1]
    target = torch.minimum(uniform * total, torch.nextafter(total, torch.zeros_like(total)))
    index = (edges <= target[:, None]).sum(dim=-1)
    here = weights.gather(-1, index[:, None])[:, 0]
    before = edges.gather(-1, index[:, None])[:, 0] - here
    return index, ((target - before) / here).clamp(0.0, 1.0)
