"""How good a ranker is, measured by the verifiers' labels, which it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verirs.records.band import Estimate, Interval, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One bar of a reliability plot.

    Args:
        low: where the bin of predicted chances begins, 0 .. 1.
        high: where it ends; the last bin includes 1.
        count: candidates in it, at least 1.
        mean_chance: their mean predicted chance of being right.
        pass_rate: the share of them that is right.
    """

    low: float
    high: float
    count: int
    mean_chance: float
    pass_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Whether calibrated numbers may be read as P(correct).

    Args:
        ece: expected calibration error over ten bins, 0 .. 1; lower is better.
        brier: mean squared difference of chance and outcome, 0 .. 1; lower is better.
        mean_chance: the mean predicted chance.
        pass_rate: the share that is right.
        bins: of the reliability plot, from low chances to high; empty ones left out.
    """

    ece: float | None
    brier: float | None
    mean_chance: float | None
    pass_rate: float | None
    bins: tuple[Bin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """The ranker on problems of like difficulty. Shares are in 0 .. 1.

    Args:
        pass_rate: the problems' share of right candidates, from and to.
        problems: how many there are.
        pair_accuracy: of pairs of a right and a wrong candidate, how often the right one ranks above;
            ``None`` without such pairs.
        best: how often the favourite of all candidates is right.
        pass_1: how often one candidate alone is right.
        accuracy: of P(correct) >= 0.5 as a verdict; ``None`` where the numbers could not be calibrated.
    """

    pass_rate: tuple[float, float]
    problems: int
    pair_accuracy: float | None
    best: float | None
    pass_1: float | None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerSummary:
    """One ranker, or the blend of all. Counts are of candidates unless they say otherwise.

    Args:
        versions: of the ranker, as recorded with its numbers.
        method: how its numbers became P(correct): ``platt`` or ``isotonic``.
        candidates: of the run.
        with_number: those that the ranker gave a number.
        without_number: labelled ones without; they rank last and do not vote in what is chosen below.
        truncated: those it read with their middle cut out.
        errors: those it broke on.
        labelled: those with a number and a verifier's ``pass`` or ``fail``; the AUROCs, ``calibration`` and
            ``ties_within`` are about these. What is chosen (``estimates``, ``all_samples``, ``top``, ``mrr``)
            is about those without a number too, unless the ranker did not see the wrong ones.
        right: those of them that passed.
        problems: with labelled candidates.
        problems_with_both: with right and wrong ones.
        auroc: the chance that a right one is ranked above a wrong one, 0.5 is guessing; ``None`` without
            both. Of a blend over pairs of one fold, for its numbers are cross-fitted.
        auroc_interval: ``auroc`` with its interval; samples of one problem are not independent.
        auroc_within: the same for two of one problem; this is what selection needs.
        auroc_within_interval: with its interval over problems.
        top_strict: the share of problems whose favourites are all right: a tie with a wrong one loses.
        top_lenient: the share of problems with a right one among the favourites.
        mrr: mean over problems of 1 / rank of the highest right one; 0 where there is none.
        ties_within: the share of such pairs with equal numbers.
        calibration: of P(correct), cross-fitted by problem; ``None`` where a fold lacks right or wrong ones.
        estimates: ``pass@k`` and ``best@k`` of the labelled candidates.
        all_samples: what each way of choosing among all of a problem's candidates gets right: ``pass@1``,
            ``majority``, ``weighted_majority``, ``best``, ``pass@n``. Votes are weighed as in the run's
            ``weighted_maj@k``; majorities are over the problems with answers.
        differences: of ``all_samples``, paired by problem: ``best - pass@1``, ``best - majority``,
            ``weighted_majority - majority``.
        turn: whether selecting among more samples made it worse, over ``problems_equal`` problems.
        problems_equal: those with enough labelled candidates for ``turn`` and ``estimates``.
        by_difficulty: from hard problems to easy; bands without a problem left out.
        weights: of a blend: for each ranker its weight in each fold; empty for a single ranker.
        words: what all this means, in sentences, the most important first.
    """

    versions: tuple[str, ...] = ()
    method: str = "platt"
    candidates: int = 0
    with_number: int = 0
    without_number: int = 0
    truncated: int = 0
    errors: int = 0
    labelled: int = 0
    right: int = 0
    problems: int = 0
    problems_with_both: int = 0
    auroc: float | None = None
    auroc_interval: Interval | None = None
    auroc_within: float | None = None
    auroc_within_interval: Interval | None = None
    top_strict: float | None = None
    top_lenient: float | None = None
    mrr: float | None = None
    ties_within: float | None = None
    calibration: Calibration | None = None
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    all_samples: Mapping[str, Interval] = field(default_factory=dict)
    differences: Mapping[str, Interval] = field(default_factory=dict)
    turn: Turn | None = None
    problems_equal: int = 0
    by_difficulty: tuple[Difficulty, ...] = ()
    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
