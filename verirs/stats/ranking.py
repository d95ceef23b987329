"""How well a number tells right from wrong: AUROC, accuracy of the top, mean reciprocal rank.

All work on numbers as they are: negative ones, ties. A missing or non-finite value ranks below every
number. Does not say whether the number is *calibrated*: see :mod:`verirs.stats.calibration`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verirs.stats.arrays import Flags, Floats, Values, ranks


@dataclass(frozen=True, slots=True)
class Top:
    """Whether the highest value of a problem belongs to a right sample, by how ties are taken."""

    strict: float
    """1 only if every sample of the highest value is right: a tie with a wrong one loses."""
    shared: float
    """The share of right ones among the tied: best-of-n."""
    lenient: float
    """1 if any sample of the highest value is right."""


def top(right: Flags, values: Values) -> Top:
    """How the highest-valued sample of one problem fares.

    Raises:
        ValueError: no samples.
    """
    numbers = ranks(values)
    tied = np.asarray(right, dtype=np.float64)[numbers == numbers.max()]
    return Top(float(tied.min()), float(tied.mean()), float(tied.max()))


def reciprocal_rank(right: Flags, values: Values) -> float:
    """1 / rank of the highest-valued right sample of one problem; 0 without one.

    The rank is the worst of its tie: every wrong sample of the same value stands before it.
    """
    numbers, good = ranks(values), np.asarray(right, dtype=bool)
    if not good.any():
        return 0.0
    best = numbers[good].max()
    return 1.0 / (1 + int((numbers[~good] >= best).sum()))


def auroc(right: Flags, values: Values) -> float:
    """The chance that a right sample is valued above a wrong one, ties counting half.

    The area under the ROC curve, as the Mann-Whitney statistic. NaN unless there are both right and
    wrong samples.
    """
    wins, pairs = _wins(np.asarray(right, dtype=bool), ranks(values))
    return wins / pairs if pairs else math.nan


def auroc_within(groups: Sequence[tuple[Flags, Values]]) -> float:
    """AUROC over the pairs of one right and one wrong sample *of the same problem*.

    What selection needs: a scorer that only knows which problems are easy has a high AUROC over all
    and 0.5 here. The pairs of all problems are pooled, so that a problem weighs by its pairs. NaN
    without any pair.
    """
    wins = pairs = 0.0
    for right, values in groups:
        won, of = _wins(np.asarray(right, dtype=bool), ranks(values))
        wins += won
        pairs += of
    return wins / pairs if pairs else math.nan


def _wins(good: NDArray[np.bool_], numbers: Floats) -> tuple[float, float]:
    """Won pairs (ties half) and all pairs of one right and one wrong sample."""
    wrong = np.sort(numbers[~good])
    below = np.searchsorted(wrong, numbers[good], side="left")
    not_above = np.searchsorted(wrong, numbers[good], side="right")
    return float(below.sum() + not_above.sum()) / 2, float(len(wrong) * int(good.sum()))
