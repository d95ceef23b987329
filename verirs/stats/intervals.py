"""Means over problems and their 95 % bootstrap intervals.

Problems are resampled, not samples: the interval says how far another draw of *problems* would move
the mean. It does not cover the noise of sampling each problem's completions again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from verirs.records import Interval

RESAMPLES = 1_000
_BLOCK_CELLS = 1_000_000


def bootstrap(table: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0) -> list[Interval]:
    """Mean and percentile-bootstrap interval of each column of ``table`` (problems x columns).

    NaN says that a problem has no value in that column (too few samples for this k); it is left out
    of the column's mean. The same resamples serve all columns, so that curves move together. A
    column without any value has NaN mean and bounds and 0 problems.
    """
    values = np.asarray(table, dtype=np.float64)
    if values.ndim == 1:
        values = values[:, None]
    present = ~np.isnan(values)
    filled = np.where(present, values, 0.0)
    problems, columns = values.shape
    counts = present.sum(axis=0)
    means = np.divide(filled.sum(axis=0), counts, out=np.full(columns, np.nan), where=counts > 0)
    if problems == 0:
        return [Interval(float("nan"), float("nan"), float("nan"), 0)] * columns
    draws = _resampled_means(filled, present.astype(np.float64), resamples, seed)
    low, high = np.full(columns, np.nan), np.full(columns, np.nan)
    some = ~np.isnan(draws).all(axis=0)
    if some.any():
        low[some], high[some] = np.nanquantile(draws[:, some], (0.025, 0.975), axis=0)
    return [Interval(float(means[j]), float(low[j]), float(high[j]), int(counts[j])) for j in range(columns)]


def _resampled_means(
    filled: NDArray[np.float64], present: NDArray[np.float64], resamples: int, seed: int
) -> NDArray[np.float64]:
    problems, columns = filled.shape
    rng = np.random.default_rng(seed)
    out = np.empty((resamples, columns))
    block = max(1, _BLOCK_CELLS // problems)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        picks = rng.integers(0, problems, size=(size, problems))
        offsets = picks + problems * np.arange(size)[:, None]
        times = np.bincount(offsets.ravel(), minlength=size * problems).reshape(size, problems)
        times = times.astype(np.float64)
        weight = times @ present
        out[start : start + size] = np.divide(
            times @ filled, weight, out=np.full((size, columns), np.nan), where=weight > 0
        )
    return out
