"""A mean and how far it may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Band:
    """A mean with the bounds of its central 95 % bootstrap interval.

    Args:
        mean: the mean itself.
        low: 2.5 % of the resampled means lie below.
        high: 2.5 % of them lie above.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Interval(Band):
    """The same over problems: problems are resampled, not samples.

    Args:
        mean: the mean itself.
        low: 2.5 % of the resampled means lie below.
        high: 2.5 % of them lie above.
        problems: how many problems the mean is over.
    """

    problems: int

    def rounded(self) -> Self:
        """To six places, so that records compare as text."""
        return type(self)(round(self.mean, 6), round(self.low, 6), round(self.high, 6), self.problems)
