"""What became of a run's problems on their way to the files: duplicates, contamination, filters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was left after one step.

    Args:
        name: of the step.
        problems: that were kept.
        rows: accepted candidates of these.
    """

    name: str
    problems: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContaminatedProblem:
    """A problem that holds a benchmark's item.

    Args:
        problem_id: of the problem.
        item: the benchmark's name and the item's number, from 0.
        share: of the item's runs of five words.
        other_numbers: the same item with other numbers.
    """

    problem_id: str
    item: str
    share: float
    other_numbers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkHits:
    """What of a benchmark stands in the problems.

    Args:
        benchmark: its name.
        items: how many it has.
        items_found: how many of them stand in some problem.
        problems: how many hold one.
        other_numbers: of these, how many have other numbers in it.
        worst: the ten with the greatest share.
    """

    benchmark: str
    items: int
    items_found: int
    problems: int
    other_numbers: int
    worst: tuple[ContaminatedProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldConflict:
    """Equal problems with golds that are not the same answer.

    Args:
        problem_ids: of the first, and of one that contradicts it.
        golds: of both.
    """

    problem_ids: tuple[str, str]
    golds: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurationSummary:
    """What became of the problems.

    Args:
        funnel: what was left after each step, in order.
        duplicates: problems that are equal to an earlier one.
        similar: nearly equal to an earlier one.
        variants: the same as an earlier one with other numbers or signs.
        conflicts: pairs of equal problems with unequal golds, at most 50.
        conflicting: problems in groups of equal ones with unequal golds.
        contamination: by benchmark; empty where nothing was looked for.
        action: what was done with contaminated problems: ``drop``, ``mark`` or ``refuse``.
    """

    funnel: tuple[Step, ...] = ()
    duplicates: int = 0
    similar: int = 0
    variants: int = 0
    conflicts: tuple[GoldConflict, ...] = ()
    conflicting: int = 0
    contamination: tuple[BenchmarkHits, ...] = ()
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudoLabels:
    """Answers by majority of problems without gold, and how often that rule is wrong where a gold is known.

    Args:
        problems: that got their answer so.
        rows: accepted samples of these.
        checked: problems with a gold for which the rule gives an answer, too.
        wrong: those of them whose answer by majority is verified wrong.
        error: the share of these; ``None`` where nothing could be checked.
        low: of its 95 % interval.
        high: of its 95 % interval.
    """

    problems: int
    rows: int
    checked: int
    wrong: int
    error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a second opinion said of answers on which the verifiers before it were of one mind.

    Args:
        scorer: that gave it.
        before: ``pass``, ``fail`` or ``abstain``: what the verifiers before it said.
        yes: answers that it calls right.
        no: that it does not.
        unread: of which no opinion could be had or read.
    """

    scorer: str
    before: str
    yes: int = 0
    no: int = 0
    unread: int = 0
