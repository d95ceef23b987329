"""Weighted majority over size-k subsets by seeded draws: no closed form exists for it.

The only estimator here that is not exact, except at k = 1 and k = n, where there is nothing to draw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from verirs.stats.arrays import Flags, Floats, Values

DRAWS = 200
_BLOCK_CELLS = 1_000_000
_TIE = 1e-9
"""Relative difference below which two sums of weights are a tie (sums depend on their order)."""


def weighted_majority_curve(
    right: Flags,
    classes: Sequence[int | None],
    weights: Values,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Floats:
    """Weighted maj@k for k = 1 .. n: the chance that the class with the greatest sum of weights is right.

    A sample without an answer or without a finite weight does not vote; a subset without a vote is
    wrong. Ties between classes share. Each draw is one random order of the samples, whose first k
    serve every k. The values at k = 1 and k = n are exact.

    Raises:
        ValueError: a negative weight: a sum of votes would then punish agreement.
    """
    n = len(right)
    labels = sorted({c for c in classes if c is not None})
    if n == 0 or not labels:
        return np.zeros(n)
    place = {label: i for i, label in enumerate(labels)}
    votes = np.zeros((n, len(labels)))
    members = np.zeros(len(labels))
    good = np.zeros(len(labels))
    for i, (ok, label, weight) in enumerate(zip(right, classes, weights, strict=True)):
        if label is None:
            continue
        members[place[label]] += 1
        good[place[label]] += ok
        if weight is None or not math.isfinite(weight):
            continue
        if weight < 0:
            raise ValueError(f"a vote cannot weigh less than nothing, got {weight:g}")
        votes[i, place[label]] = weight
    share = good / members
    orders = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (draws, 1)), axis=1)
    curve = np.zeros(n)
    block = max(1, _BLOCK_CELLS // votes.size)
    for start in range(0, draws, block):
        sums = np.cumsum(votes[orders[start : start + block]], axis=1)
        curve += _winners(sums.reshape(-1, len(labels)), share).reshape(-1, n).sum(axis=0)
    curve /= draws
    curve[0] = _winners(votes, share).mean()
    curve[-1] = _winners(votes.sum(axis=0, keepdims=True), share)[0]
    return curve


def _winners(sums: Floats, share: Floats) -> Floats:
    """For each row of summed votes, the mean share of right ones over the tied winners."""
    top = sums.max(axis=1, keepdims=True)
    tied = sums >= top * (1.0 - _TIE)
    out: Floats = (tied @ share) / tied.sum(axis=1)
    return np.where(top[:, 0] > 0, out, 0.0)
