"""Whether a number may be read as a probability: reliability bins, expected calibration error, Brier.

Takes probabilities in 0 .. 1; a raw reward is none (calibrate it first). Makes nothing better, only
measures; and a well calibrated number may still rank badly within a problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a reliability plot."""

    low: float
    high: float
    count: int
    predicted: float
    """Mean probability in the bin."""
    right: float
    """Share that is really right."""


def reliability(right: Sequence[int], probabilities: Sequence[float], bins: int = 10) -> list[Bin]:
    """Non-empty bins of equal width over 0 .. 1; the last includes 1.

    Raises:
        ValueError: a number that is no probability.
    """
    p, y = _checked(right, probabilities)
    place = np.minimum((p * bins).astype(int), bins - 1)
    out = []
    for i in range(bins):
        inside = place == i
        if inside.any():
            out.append(
                Bin(
                    i / bins,
                    (i + 1) / bins,
                    int(inside.sum()),
                    float(p[inside].mean()),
                    float(y[inside].mean()),
                )
            )
    return out


def calibration_error(right: Sequence[int], probabilities: Sequence[float], bins: int = 10) -> float:
    """Expected calibration error: mean |predicted - right| over bins, weighted by their counts.

    Guo et al. 2017 (arXiv:1706.04599, eq. 3). It depends on the number of bins; NaN of nothing.
    """
    if len(right) == 0:
        return float("nan")
    return sum(b.count * abs(b.predicted - b.right) for b in reliability(right, probabilities, bins)) / len(
        right
    )


def brier(right: Sequence[int], probabilities: Sequence[float]) -> float:
    """Mean squared difference of probability and outcome; lower is better; NaN of nothing."""
    p, y = _checked(right, probabilities)
    return float(np.mean((p - y) ** 2)) if len(p) else float("nan")


def expected_error(probabilities: Sequence[float]) -> float:
    """The share of wrong ones to expect among samples selected by calibrated probability alone."""
    p, _ = _checked([0] * len(probabilities), probabilities)
    return float(np.mean(1.0 - p)) if len(p) else float("nan")


def _checked(
    right: Sequence[int], probabilities: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if p.shape != y.shape:
        raise ValueError(f"{len(p)} probabilities for {len(y)} outcomes")
    outside = p[~((p >= 0.0) & (p <= 1.0))]
    if len(outside):
        raise ValueError(f"a probability lies in 0 .. 1, got {outside[0]:g}: calibrate the score first")
    return p, y
