"""Means over problems, and paired differences of them, with 95 % intervals.

Problems are resampled, not samples: an interval says how far another draw of *problems* would move the
mean. It does not cover the noise of sampling each problem's completions again.

The method is the Bayesian bootstrap (Rubin 1981, The Annals of Statistics 9(1)): each problem gets a
weight from an exponential distribution. Where the values have limits, two more problems take part, one at
either limit, so that 20 right of 20 never give 100 to 100 %. For each end of the interval the one at its own
side weighs a half, as in Jeffreys' interval for a proportion, the other a quarter: with a half it drew that
end towards the middle, past the truth where all problems are alike and near a limit. Simulated coverage:
``benchmarks/stats/coverage.py``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from verirs.records import Interval

RESAMPLES = 1_000
SHARES, CHANGES = (0.0, 1.0), (-1.0, 1.0)
_OWN, _OTHER = 0.5, 0.25
"""What the problem at a limit weighs for the end at its side, and for the other end."""
_BLOCK_CELLS = 1_000_000
_NOTHING = Interval(float("nan"), float("nan"), float("nan"), 0)

Floats = NDArray[np.float64]


def bootstrap(
    table: ArrayLike,
    *,
    bounds: tuple[float, float] | None = SHARES,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Interval]:
    """Mean and 95 % interval of each column of ``table`` (problems x columns).

    NaN says that a problem has no value in that column (too few samples for this k); it is left out
    of the column's mean. The same weights serve all columns, so that curves move together. A
    column without any value has NaN mean and bounds and 0 problems.

    Args:
        bounds: what the values can lie between; ``None`` where they have no limits (lengths, KL).
    """
    values = np.asarray(table, dtype=np.float64)
    if values.ndim == 1:
        values = values[:, None]
    present = ~np.isnan(values)
    counts = present.sum(axis=0)
    if not counts.any():
        return [_NOTHING] * values.shape[1]
    filled = np.where(present, values, 0.0)
    lows, highs = weighted(filled, present.astype(np.float64), bounds=bounds, resamples=resamples, seed=seed)
    out = []
    for total, count, low, high in zip(filled.sum(axis=0), counts, lows.T, highs.T, strict=True):
        out.append(_interval(total / count, low, high, int(count)) if count else _NOTHING)
    return out


def difference(after: ArrayLike, before: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """How much higher ``after`` is than ``before``: two shares of the same problems, shape ``(problems,)``.

    Paired: what makes a problem easy or hard for both is in neither. A problem that lacks one of the two
    is left out.
    """
    change = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    return bootstrap(change[:, None], bounds=CHANGES, resamples=resamples, seed=seed)[0]


def ratio(part: ArrayLike, whole: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """``sum(part) / sum(whole)`` over problems with its interval: a share whose problems weigh unequally.

    Args:
        part: of each problem, between 0 and its ``whole``; shape ``(problems,)``.
        whole: of each problem; those with 0 have no say.
    """
    parts, wholes = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    parts, wholes = parts[wholes > 0], wholes[wholes > 0]
    if not len(wholes):
        return _NOTHING
    scale = wholes.mean()  # so that the two problems at the limits weigh as much as another
    lows, highs = weighted(
        parts[:, None] / scale, wholes[:, None] / scale, bounds=SHARES, resamples=resamples, seed=seed
    )
    return _interval(parts.sum() / wholes.sum(), lows[:, 0], highs[:, 0], len(wholes))


def weighted(
    filled: Floats, weight: Floats, *, bounds: tuple[float, float] | None, resamples: int, seed: int
) -> tuple[Floats, Floats]:
    """Weighted means of ``filled / weight``, both problems x columns: draws for the low ends of intervals
    and for the high ones, each of shape ``(resamples, columns)``.

    NaN where a column has no weight at all.
    """
    problems, columns = filled.shape
    rng = np.random.default_rng(seed)
    low, high = bounds or (0.0, 0.0)
    own = rng.gamma(_OWN, size=(resamples, 2)) if bounds else np.zeros((resamples, 2))
    other = np.random.default_rng([seed, 1]).gamma(_OTHER, size=(resamples, 2)) if bounds else own
    edges = np.stack([np.stack([own[:, 0], other[:, 1]], 1), np.stack([other[:, 0], own[:, 1]], 1)])
    out = np.full((2, resamples, columns), np.nan)
    block = max(1, _BLOCK_CELLS // problems)
    for start in range(0, resamples, block):
        ends = edges[:, start : start + block]
        times = rng.standard_exponential((ends.shape[1], problems))
        above = times @ filled + (ends @ np.array([low, high]))[..., None]
        below = times @ weight + ends.sum(axis=-1)[..., None]
        np.divide(above, below, out=out[:, start : start + block], where=below > 0)
    return out[0], out[1]


def _interval(mean: float, lows: Floats, highs: Floats, problems: int) -> Interval:
    low, high = np.quantile(lows, 0.025), np.quantile(highs, 0.975)
    return Interval(float(mean), float(min(low, mean)), float(max(high, mean)), problems)
