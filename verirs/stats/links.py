"""How a number on the whole line becomes a chance: the logistic function, for one number and for arrays."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def logistic(x: float) -> float:
    """1/(1+exp(-x)) without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def logit(p: Floats) -> Floats:
    """log(p / (1 - p))."""
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def expit(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)
