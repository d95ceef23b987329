"""Whether a number may be read as a probability: reliability bins, expected calibration error, Brier.

Takes probabilities in 0 .. 1; a raw reward is none (calibrate it first). Makes nothing better, only
measures; and a well calibrated number may still rank badly within a problem.
"""

from __future__ import annotations

import numpy as np

from verirs.records import Bin
from verirs.stats.arrays import Flags, Floats, Values


def reliability(right: Flags, chances: Values, bins: int = 10) -> tuple[Bin, ...]:
    """The bars of a reliability plot: non-empty bins of equal width over 0 .. 1.

    Raises:
        ValueError: a number that is no probability.
    """
    p, y = _checked(right, chances)
    place = np.minimum((p * bins).astype(int), bins - 1)
    out = []
    for i in range(bins):
        inside = place == i
        if inside.any():
            out.append(
                Bin(
                    low=i / bins,
                    high=(i + 1) / bins,
                    count=int(inside.sum()),
                    mean_chance=float(p[inside].mean()),
                    pass_rate=float(y[inside].mean()),
                )
            )
    return tuple(out)


def expected_calibration_error(right: Flags, chances: Values, bins: int = 10) -> float:
    """Mean |mean_chance - pass_rate| over bins, weighted by their counts; NaN of nothing.

    Guo et al. 2017 (arXiv:1706.04599, eq. 3). It depends on the number of bins.
    """
    if len(right) == 0:
        return float("nan")
    found = reliability(right, chances, bins)
    gaps = sum(b.count * abs(b.mean_chance - b.pass_rate) for b in found)
    return float(gaps / len(right))


def brier(right: Flags, chances: Values) -> float:
    """Mean squared difference of probability and outcome; lower is better; NaN of nothing."""
    p, y = _checked(right, chances)
    return float(np.mean((p - y) ** 2)) if len(p) else float("nan")


def expected_error(chances: Values) -> float:
    """The share of wrong ones to expect among samples selected by calibrated probability alone."""
    p, _ = _checked([0] * len(chances), chances)
    return float(np.mean(1.0 - p)) if len(p) else float("nan")


def _checked(right: Flags, chances: Values) -> tuple[Floats, Floats]:
    p, y = np.asarray(chances, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if p.shape != y.shape:
        raise ValueError(f"{len(p)} probabilities for {len(y)} outcomes")
    outside = p[~((p >= 0.0) & (p <= 1.0))]
    if len(outside):
        raise ValueError(f"a probability lies in 0 .. 1, got {outside[0]:g}: calibrate the score first")
    return p, y
