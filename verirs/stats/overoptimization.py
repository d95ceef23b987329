"""What selecting harder buys: proxy score, gold pass rate and length against the distance from the policy.

Gao, Schulman, Hilton 2023 (arXiv:2210.10760) found that best-of-n moves the gold score by
d (alpha - beta d), with d the square root of the KL divergence: it rises, turns over at
d = alpha / (2 beta), and falls while the proxy still rises.

The fit describes the measured range; it is no forecast beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from verirs.records import Fit


def fit(kl: ArrayLike, score: ArrayLike) -> Fit:
    """Least squares of ``score - score[0]`` on d and d², d = sqrt(kl); the first point is the policy.

    Raises:
        ValueError: fewer than three points, or a first point with a distance.
    """
    d = np.sqrt(np.maximum(np.asarray(kl, dtype=np.float64), 0.0))
    gain = np.asarray(score, dtype=np.float64)
    if len(d) < 3 or len(d) != len(gain) or d[0] > 1e-9:
        raise ValueError("a fit needs three points or more, the first of them the policy itself (KL 0)")
    gain = gain - gain[0]
    design = np.column_stack([d, -(d**2)])
    (alpha, beta), *_ = np.linalg.lstsq(design, gain, rcond=None)
    left = gain - design @ np.array([alpha, beta])
    return Fit(
        alpha=float(alpha),
        beta=float(beta),
        residual=float(np.sqrt(np.mean(left**2))),
        turn_over=float(alpha / (2 * beta)) if alpha > 0 and beta > 0 else None,
    )


def warnings(gold: Sequence[float], kl: Sequence[float], noise: float = 0.0) -> list[str]:
    """What the curve of gold scores by k says, in words; empty where selecting harder only helped.

    Args:
        gold: share of right selections at k = 1 .. n.
        kl: mean divergence at the same k.
        noise: half the width of an interval of ``gold``: smaller falls are not reported.
    """
    said: list[str] = []
    n = len(gold)
    if n < 2:
        return said
    best = int(np.argmax(gold)) + 1
    last, first = gold[-1], gold[0]
    if last < first - noise:
        said.append(
            f"best-of-{n} is right in {last:.1%}, below one sample alone ({first:.1%}): "
            "this score selects worse than chance; do not select by it"
        )
    elif best < n and gold[best - 1] - last > noise:
        said.append(
            f"over-optimised beyond k = {best}: best-of-{best} is right in {gold[best - 1]:.1%}, "
            f"best-of-{n} in {last:.1%} only; select among {best} samples, or by verified answers first"
        )
    if n >= 3:
        fitted = fit(kl, gold)
        turn, reach = fitted.turn_over, math.sqrt(max(kl[-1], 0.0))
        if turn is not None and turn < reach and fitted.gain(turn) - fitted.gain(reach) > noise:
            said.append(
                f"the fit d (alpha - beta d) turns over at d = {turn:.2f}, within the measured {reach:.2f}: "
                "more samples make the selection worse"
            )
    return said
