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

from verirs.records import Interval
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


def auroc_interval(
    right: Flags, values: Values, problem: Sequence[int], part: Sequence[int] | None = None
) -> Interval:
    """AUROC over all samples with its interval, samples of one problem not taken for independent.

    Variance of clustered data after Obuchowski 1997 (Biometrics 53(2)), interval on the scale of the
    log-odds. NaN without both kinds of samples; 0 to 1 where only one problem has either.

    Args:
        problem: which problem each sample is of, as numbers from 0.
        part: samples are compared within a part only; by default all are one. For cross-fitted numbers it is
            their fold: a fold with many right samples is left out of its own fit, so its numbers come out
            lower than those of the others, and pairs across folds would stand the wrong way round.
    """
    good, numbers = np.asarray(right, dtype=bool), ranks(values)
    which = np.asarray(problem, dtype=np.int64)
    place = np.zeros(len(good), dtype=np.int64) if part is None else np.asarray(part, dtype=np.int64)
    won, met = np.zeros(len(good)), np.zeros(len(good))
    for one in np.unique(place):
        rights, wrongs = (np.flatnonzero((place == one) & (good == kind)) for kind in (True, False))
        if len(rights) and len(wrongs):
            met[rights], met[wrongs] = len(wrongs), len(rights)
            won[rights] = _placed(numbers[rights], numbers[wrongs]) * len(wrongs)
            won[wrongs] = (1.0 - _placed(numbers[wrongs], numbers[rights])) * len(rights)
    pairs = float(met[good].sum())
    if not pairs:
        return Interval(math.nan, math.nan, math.nan, 0)
    area = float(won[good].sum()) / pairs
    used = met > 0
    off = (won - area * met) / pairs
    count = int(which.max()) + 1
    of_right, of_wrong = (
        np.bincount(which[kind & used], off[kind & used], minlength=count) for kind in (good, ~good)
    )
    has_right, has_wrong, has_any = (
        len(np.unique(which[kind & used])) for kind in (good, ~good, np.ones_like(good))
    )
    if min(has_right, has_wrong) < 2:
        return Interval(area, 0.0, 1.0, has_any)
    variance = (
        has_right / (has_right - 1) * float(of_right @ of_right)
        + has_wrong / (has_wrong - 1) * float(of_wrong @ of_wrong)
        + 2 * has_any / (has_any - 1) * float(of_right @ of_wrong)
    )
    # a perfect order has no variance, and is still no proof: half a pair of each kind on the other side
    edge = 0.5 / (int((good & used).sum()) + 1)
    kept = min(max(area, edge), 1 - edge)
    spread = math.sqrt(max(variance, kept * (1 - kept) / min(has_right, has_wrong) ** 2))
    width = 1.959964 * spread / (kept * (1 - kept))
    centre = math.log(kept / (1 - kept))
    low, high = (1 / (1 + math.exp(-x)) for x in (centre - width, centre + width))
    return Interval(area, min(low, area), max(high, area), has_any)


def _placed(numbers: Floats, others: Floats) -> Floats:
    """For each number the share of the others below it, ties half."""
    order = np.sort(others)
    left, up_to = (np.searchsorted(order, numbers, side=side) for side in ("left", "right"))
    return np.asarray((left + up_to) / (2 * len(order)), dtype=np.float64)


def won_pairs(right: Flags, values: Values) -> tuple[float, float]:
    """Of one problem: pairs of a right and a wrong sample with the right one above (ties half), and all."""
    return _wins(np.asarray(right, dtype=bool), ranks(values))


def auroc_within(groups: Sequence[tuple[Flags, Values]]) -> float:
    """AUROC over the pairs of one right and one wrong sample *of the same problem*.

    What selection needs: a scorer that only knows which problems are easy has a high AUROC over all
    and 0.5 here. The pairs of all problems are pooled, so that a problem weighs by its pairs. NaN
    without any pair.
    """
    wins = pairs = 0.0
    for right, values in groups:
        won, of = won_pairs(right, values)
        wins += won
        pairs += of
    return wins / pairs if pairs else math.nan


def _wins(good: NDArray[np.bool_], numbers: Floats) -> tuple[float, float]:
    """Won pairs (ties half) and all pairs of one right and one wrong sample."""
    wrong = np.sort(numbers[~good])
    below = np.searchsorted(wrong, numbers[good], side="left")
    not_above = np.searchsorted(wrong, numbers[good], side="right")
    return float(below.sum() + not_above.sum()) / 2, float(len(wrong) * int(good.sum()))
