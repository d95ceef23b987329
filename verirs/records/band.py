"""A mean and how far it may be off, and one figure at several k."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Band:
    """A mean with the bounds of its central 95 % interval.

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
    """A mean over problems with its 95 % interval: problems are resampled, not samples.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One figure at a few k.

    Args:
        method: how it was computed: ``exact``, or by how many draws.
        at: by k (1, 2, 4, ... and the largest n), the mean over problems with k verified candidates or more.
    """

    method: str
    at: Mapping[int, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whether selecting among more samples made it worse: best-of-``last`` beside best-of-``k``.

    Args:
        k: of k = 1, 2, 4, ..., the one that stands most clearly above ``last``; else the highest.
        last: the largest k.
        at_k: the share of favourites among k that are right.
        at_last: the same at ``last``.
        change: ``at_last`` minus ``at_k``, paired by problem. Its interval holds for all k tried at once,
            because k was chosen by looking.
        over_one: ``at_last`` minus one sample alone, paired by problem.
    """

    k: int
    last: int
    at_k: float
    at_last: float
    change: Interval
    over_one: Interval
