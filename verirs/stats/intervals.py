"""Means over problems, and paired differences of them, with 95 % intervals.

Problems are resampled, not samples: an interval says how far another draw of *problems* would move the
mean. It does not cover the noise of sampling each problem's completions again.

The method is the Bayesian bootstrap (Rubin 1981, The Annals of Statistics 9(1)): each problem gets a
weight from an exponential distribution. Where the values have limits, two more problems of half a
weight each take part, one at either limit, as in Jeffreys' interval for a proportion. So 20 right of 20
never give 100 to 100 %. Simulated coverage: ``benchmarks/stats/coverage.py``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from verirs.records import Interval

RESAMPLES = 1_000
SHARES, CHANGES = (0.0, 1.0), (-1.0, 1.0)
_HALF = 0.5
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
    draws = weighted(filled, present.astype(np.float64), bounds=bounds, resamples=resamples, seed=seed)
    out = []
    for total, count, column in zip(filled.sum(axis=0), counts, draws.T, strict=True):
        out.append(_interval(total / count, column, int(count)) if count else _NOTHING)
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
    draws = weighted(
        parts[:, None] / scale, wholes[:, None] / scale, bounds=SHARES, resamples=resamples, seed=seed
    )
    return _interval(parts.sum() / wholes.sum(), draws[:, 0], len(wholes))


def weighted(
    filled: Floats, weight: Floats, *, bounds: tuple[float, float] | None, resamples: int, seed: int
) -> Floats:
    """Weighted means, shape ``(resamples, columns)``: of ``filled / weight``, both problems x columns.

    NaN where a column has no weight at all.
    """
    problems, columns = filled.shape
    rng = np.random.default_rng(seed)
    out = np.empty((resamples, columns))
    low, high = bounds or (0.0, 0.0)
    edge = rng.gamma(_HALF, size=(resamples, 2)) if bounds else np.zeros((resamples, 2))
    block = max(1, _BLOCK_CELLS // problems)
    for start in range(0, resamples, block):
        ends = edge[start : start + block]
        times = rng.standard_exponential((len(ends), problems))
        above = times @ filled + (ends @ np.array([low, high]))[:, None]
        below = times @ weight + ends.sum(axis=1)[:, None]
        out[start : start + block] = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
    return out


def _interval(mean: float, draws: Floats, problems: int) -> Interval:
    low, high = np.quantile(draws, (0.025, 0.975))
    return Interval(float(mean), float(min(low, mean)), float(max(high, mean)), problems)
