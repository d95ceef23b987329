"""What the estimators take: lists or arrays of right/wrong, of values (with gaps), of answer classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = Sequence[int] | NDArray[Any]
"""1 (right) or 0 (wrong) of each sample."""
Values = Sequence[float | None] | NDArray[Any]
"""A number of each sample; ``None``, NaN and the infinities are missing."""


def ranks(values: Values) -> Floats:
    """The values with -inf for what is missing: it ranks below every number."""
    numbers = np.array(values, dtype=np.float64)  # None becomes NaN
    numbers[~np.isfinite(numbers)] = -np.inf
    return numbers
