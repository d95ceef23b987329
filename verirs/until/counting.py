"""Groups cut at their stops, and what a summary says of the rule that cut them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from verirs.records import UntilSummary
from verirs.stats.arrays import Floats
from verirs.store import Store
from verirs.store.shards import Between
from verirs.types import Candidate, Group, Verdict
from verirs.until.marks import mark_of
from verirs.until.paths import LARGEST, Paths
from verirs.until.rule import FAIL, PASS, UNJUDGED, Mark, Rule, Stop, replay

PATHS = "path counting (unbiased: the rule looks at the numbers of passes and fails alone)"
FIRST = "the first round alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A problem's samples under a rule.

    Args:
        group: with the candidates that count.
        beyond: candidates at or after the stop: stored, and in no figure and no file.
        stop: where it stands.
        marks: of ``group``'s candidates.
    """

    group: Group
    beyond: tuple[Candidate, ...]
    stop: Stop
    marks: tuple[Mark | None, ...]

    @property
    def missing(self) -> tuple[int, ...]:
        """Indices below the decision point that are not drawn."""
        there = {c.completion.index for c in self.group.candidates}
        return tuple(i for i in range(self.stop.at) if i not in there)


def counted(rule: Rule, group: Group) -> Counted:
    """What counts of a group."""
    known = {c.completion.index: mark_of(rule, group.problem, c) for c in group.candidates}
    stop = replay(rule, [known.get(i) for i in range(max(known, default=-1) + 1)], group.problem)
    inside = tuple(c for c in group.candidates if c.completion.index < stop.at)
    return Counted(
        group=dataclasses.replace(group, candidates=inside),
        beyond=tuple(c for c in group.candidates if c.completion.index >= stop.at),
        stop=stop,
        marks=tuple(known[c.completion.index] for c in inside),
    )


def rule_in(store: Store) -> Rule | None:
    """The rule of a run's last command, if it had one."""
    return Rule.from_json(store.manifest.until) if store.manifest.until else None


def lacks(store: Store) -> Callable[[Group], int] | None:
    """How many samples a group of a run lacks before the rule can decide again; ``None`` without a rule."""
    rule = rule_in(store)
    return None if rule is None else lambda group: len(counted(rule, group).missing)


def groups(store: Store, between: Between | None = None) -> Iterator[Group]:
    """The groups of a run with the candidates that count.

    Args:
        between: only problems from the first to the last of these ids.
    """
    rule = rule_in(store)
    for group in store.groups(between=between):
        yield group if rule is None else counted(rule, group).group


def pass_rates(store: Store) -> dict[str, float]:
    """pass@1 of each problem that has one, by id: unbiased under the run's rule."""
    rule = rule_in(store)
    account = None if rule is None else Account(rule)
    rates: dict[str, float] = {}
    for group in store.groups():
        told = [c for c in group.candidates if c.verdict in (Verdict.PASS, Verdict.FAIL)]
        if rule is not None and account is not None:
            account.add(counted(rule, group))
            told = [c for c in told if c.completion.index < rule.start]
        if told:
            rates[group.problem.id] = sum(c.verdict is Verdict.PASS for c in told) / len(told)
    if account is not None and account.by_paths:
        rates |= {key: float(row[0]) for key, row in account.rates.items()}
    return rates


class Account:
    """Counts stops while groups stream by, and keeps each problem's estimate by path counting.

    Args:
        rule: that cut the groups.
    """

    def __init__(self, rule: Rule):
        self.rule = rule
        self.rates: dict[str, Floats] = {}
        self._paths = Paths(rule) if rule.of_counts and rule.n <= LARGEST else None
        self._stops: Counter[str] = Counter()
        self._rounds: list[int] = []
        self._missing = self._beyond = self._halted = 0

    def add(self, found: Counted) -> None:
        """Count one problem."""
        self._stops[found.stop.why] += 1
        self._rounds.append(len(found.stop.points))
        self._missing += len(found.missing)
        self._beyond += len(found.beyond)
        self._halted += found.stop.open and len(found.stop.points) > 1
        if (rates := self._estimate(found)) is not None:
            self.rates[found.group.problem.id] = rates

    def _estimate(self, found: Counted) -> Floats | None:
        """pass@1 .. pass@first by path counting; ``None`` where only the first round may speak.

        That is where a sample is neither right nor wrong, or right and not counted by the rule. Which
        problems those are depends on what was drawn, not on the order, so the mean over all of them stays
        unbiased.
        """
        if self._paths is None or found.stop.open or found.stop.why == UNJUDGED:
            return None
        passes = 0
        for candidate, mark in zip(found.group.candidates, found.marks, strict=True):
            kind = mark.kind if mark is not None else ""
            right = candidate.verdict is Verdict.PASS
            if (kind == PASS) is not right or not (right or candidate.verdict is Verdict.FAIL):
                return None
            if self.rule.sees_fails and kind not in (PASS, FAIL):
                return None
            passes += right
        return self._paths.estimate(found.stop.at, passes)

    @property
    def by_paths(self) -> bool:
        """Whether path counting may be used: no problem was halted, by a budget say, after its first round.

        Which of them were may depend on their verdicts. One that lacks samples of its first round was never
        asked.
        """
        return self._paths is not None and not self._halted

    @property
    def method(self) -> str:
        """How pass@k is estimated, in a word or two."""
        return "path counting" if self.by_paths else "first round"

    def summary(self) -> UntilSummary:
        rounds: Sequence[int] = self._rounds
        told = PATHS if self.by_paths else FIRST
        if self._paths is not None and self._halted:
            told += f", as long as {self._halted} problems are halted between two rounds"
        return UntilSummary(
            rule=self.rule.to_json(),
            told=told_of(self.rule),
            first=self.rule.start,
            estimator=told,
            stops=dict(self._stops.most_common()),
            rounds=round(sum(rounds) / len(rounds), 4) if rounds else 0.0,
            most_rounds=max(rounds, default=0),
            missing=self._missing,
            beyond=self._beyond,
        )


def told_of(rule: Rule) -> str:
    """The rule in a sentence."""
    if rule.majority:
        goal = "until no further sample can change the majority"
    elif rule.decided:
        edges = " and ".join(f"{edge:g}" for edge in rule.band)
        goal = f"until the pass rate's {rule.decided:.0%} interval lies between or beyond {edges}"
    else:
        what = {"passes": "passes", "texts": "different passing texts", "methods": "different right methods"}
        wanted = [(rule.accept, what[rule.distinct]), (rule.reject, "verified fails")]
        goal = "until " + " and ".join(f"{number} {name}" for number, name in wanted if number)
        if rule.quota == "difficulty":
            goal += ", fewer for easy problems (in proportion to the fails of the first round)"
    given_up = f", given up after {rule.give_up_after} without a pass" if rule.give_up_after else ""
    return f"{goal}; {rule.start} samples first, at most {rule.n}{given_up}"
