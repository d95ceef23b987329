"""What selecting harder buys: proxy score, gold pass rate and length against the distance from the policy.

Gao, Schulman, Hilton 2023 (arXiv:2210.10760) found that best-of-n moves the gold score by
d (alpha - beta d), with d the square root of the KL divergence: it rises, turns over at
d = alpha / (2 beta), and falls while the proxy still rises.

The fit describes the measured range; it is no forecast beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from verirs.records import Fit, Interval, Turn
from verirs.stats.arrays import Floats
from verirs.stats.intervals import CHANGES, RESAMPLES, difference, weighted
from verirs.stats.words import finding, points


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


def turn(gold: Floats, ks: Sequence[int], *, seed: int = 0) -> Turn | None:
    """Whether best-of-k, at any of ``ks``, stands above the largest of them.

    The k is found by looking at all of them, so the interval is a simultaneous one: its width is that of
    the largest standardised deviation over all k (sup-t, Montiel Olea and Plagborg-Moller 2019).

    Args:
        gold: share of right favourites at k = 1 .. n of each problem, shape ``(problems, n)``.
        ks: ascending, from 1 to at most n. Fewer than two give ``None``.
    """
    if len(ks) < 2:
        return None
    last = ks[-1]
    falls = gold[:, [k - 1 for k in ks[:-1]]] - gold[:, [last - 1]]
    lows, highs = weighted(falls, np.ones_like(falls), bounds=CHANGES, resamples=RESAMPLES, seed=seed)
    draws = (lows + highs) / 2
    spread = draws.std(axis=0)
    width = float(np.quantile(((draws - draws.mean(axis=0)) / spread).max(axis=1), 0.975)) * spread
    mean = falls.mean(axis=0)
    place = int(np.argmax(mean - width if (mean > width).any() else mean))
    low, high = -mean[place] - width[place], -mean[place] + width[place]
    k = ks[place]
    return Turn(
        k=k,
        last=last,
        at_k=round(float(gold[:, k - 1].mean()), 6),
        at_last=round(float(gold[:, last - 1].mean()), 6),
        change=Interval(
            float(-mean[place]), max(-1.0, float(low)), min(1.0, float(high)), len(gold)
        ).rounded(),
        over_one=difference(gold[:, last - 1], gold[:, 0], seed=seed).rounded(),
    )


def warning(found: Turn) -> str:
    """What is shown to go wrong with selecting harder, in a sentence; empty where nothing is."""
    if finding(found.over_one) == "below":
        return (
            f"best-of-{found.last} is right in {found.at_last:.1%}, less often than one sample alone: "
            f"{points(found.over_one)}. Do not select by this score"
        )
    if found.k > 1 and finding(found.change) == "below":  # against one sample alone `over_one` has decided
        return (
            f"over-optimised beyond k = {found.k}: best-of-{found.k} is right in {found.at_k:.1%}, "
            f"best-of-{found.last} in {found.at_last:.1%}: {points(found.change)}. Select among {found.k} "
            "samples, or by verified answers first"
        )
    return ""


def reassurance(found: Turn) -> str:
    """What can be said where :func:`warning` is empty."""
    return (
        f"Over-optimisation up to k = {found.last} is not shown: best-of-{found.last} against "
        f"best-of-{found.k}, the same problems: {points(found.over_one if found.k == 1 else found.change)}."
    )
