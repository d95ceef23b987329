"""How a number on the whole line becomes a chance: the logistic function, for one number and for arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def logistic(x: float) -> float:
    """1/(1+exp(-x)) without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def vote_weights(values: Iterable[float]) -> list[float | None]:
    """What each vote weighs in a majority weighted by a ranker; ``None`` where it has no number.

    Numbers that all lie in 0 .. 1 are taken for probabilities and weigh as they are; else a number weighs
    1 / (1 + exp(-value)), for rewards may be negative. Give all numbers of one ranker at once.
    """
    numbers = list(values)
    known = [v for v in numbers if math.isfinite(v)]
    weigh = _itself if all(0.0 <= v <= 1.0 for v in known) else logistic
    return [weigh(v) if math.isfinite(v) else None for v in numbers]


def _itself(value: float) -> float:
    return value


def logit(p: Floats) -> Floats:
    """log(p / (1 - p))."""
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def expit(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)
