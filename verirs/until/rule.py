"""The rule that says when a problem has enough samples: a pure function of its verdicts in order of index.

A problem is drawn in rounds. The first has ``first`` samples; at the end of each, the *decision point*, the
rule looks at the verdicts of all samples below it and says: stop, or so many more. It sees nothing else, so
the same verdicts give the same stop in whatever order they came, in one process or in many, and after any
interruption. All of it is whole numbers and fractions.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from verirs.stats.answers import classes_of
from verirs.stats.answers import settled as settled_answers
from verirs.types import Problem

Distinct = Literal["passes", "texts", "methods"]
Quota = Literal["equal", "difficulty"]

PASS, FAIL, UNUSED, ABSTAIN, ERROR = "+", "-", ".", "?", "!"
"""Kinds of a mark. ``UNUSED`` is verified, but may not be used: cut off, unfinished or not trusted."""

ENOUGH = "enough"
CAP = "the cap"
GAVE_UP = "gave up"
UNJUDGED = "unjudged"
SETTLED = "majority settled"
BELOW, INSIDE, ABOVE = "below the band", "inside the band", "above the band"
OPEN = "open"
"""Reasons. ``OPEN``: samples below the decision point are not drawn, or not judged, yet."""
BEYOND = "beyond the stop"
"""What a stored sample is that does not count."""


class Mark(NamedTuple):
    """What a rule sees of one sample.

    Args:
        kind: one of the kinds above.
        label: what must be equal for two samples to count as one (a text, a method), or its answer, which
            votes; empty where the rule asks for neither.
    """

    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a problem stands.

    Args:
        at: samples with an index below this count.
        why: the reason.
        goal: so many passes were wanted of it.
        points: its decision points so far; the last one is ``at``.
    """

    at: int
    why: str
    goal: int
    points: tuple[int, ...]

    @property
    def open(self) -> bool:
        """Whether samples are missing before the rule can decide again."""
        return self.why == OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a problem has enough samples.

    Args:
        n: the cap: no problem gets more.
        first: size of the first round, which every problem gets.
        accept: stop after so many passes that may be accepted.
        reject: and so many verified fails that may be rejected in a pair.
        distinct: what ``accept`` counts: passes, different texts, or different methods.
        give_up_after: stop after so many samples without a pass; 0 never.
        quota: ``difficulty`` wants ``ceil(accept * fails / first)`` passes, at least one, by the fails of the
            first round.
        decided: stop when the central interval of this level for the pass rate holds no edge of ``band``;
            0 is no such goal.
        band: the edges, as shares.
        majority: stop when no further sample up to ``n`` can change which answer has most votes.
        truncated: texts that were cut off may be accepted (``select.allow_truncated``).
        in_process: verdicts that a program could have brought about may be used
            (``select.allow_in_process``).
    """

    n: int
    first: int = 4
    accept: int = 0
    reject: int = 0
    distinct: Distinct = "passes"
    give_up_after: int = 0
    quota: Quota = "equal"
    decided: float = 0.0
    band: tuple[float, float] = (0.1, 0.9)
    majority: bool = False
    truncated: bool = False
    in_process: bool = False

    @property
    def start(self) -> int:
        """The first decision point."""
        return min(self.first, self.n)

    @property
    def of_counts(self) -> bool:
        """Whether the rule looks at the numbers of passes and fails alone."""
        return not self.majority and self.distinct == "passes"

    @property
    def sees_fails(self) -> bool:
        """Whether a fail and a sample that is neither are different to it."""
        return bool(self.reject or self.decided or self.quota == "difficulty")

    def goal(self, fails: int) -> int:
        """Passes wanted of a problem with so many fails in the first round."""
        if self.quota == "equal":
            return self.accept
        return max(1, -(-self.accept * fails // self.start))

    def step(self, m: int, passes: int, fails: int, goal: int, margin: int = 0) -> tuple[int, str]:
        """The next decision point and an empty text, or ``m`` itself and why to stop.

        Args:
            m: this decision point.
            passes: that count, below it.
            fails: that count, below it.
            goal: passes wanted of this problem.
            margin: votes of the leading answer minus those of the next.
        """
        if self.majority:
            left = self.n - m
            if margin > left:
                return m, SETTLED
            size = (left - margin) // 2 + 1  # with fewer it cannot be settled
        elif self.decided:
            if side := self.side(passes, passes + fails):
                return m, side
            size = m
        else:
            size = 0
            for need, got in ((goal - passes, passes), (self.reject - fails, fails)):
                if need > 0:  # as many as it takes at the rate so far (the rule of succession)
                    size = max(size, -(-need * (m + 2) // (got + 1)))
            if not size:
                return m, ENOUGH
            if self.give_up_after and m >= self.give_up_after and not passes:
                return m, GAVE_UP
        if m >= self.n:
            return m, CAP
        to = min(self.n, m + min(size, m))
        if not passes and m < self.give_up_after < to:
            to = self.give_up_after
        return to, ""

    def side(self, passes: int, judged: int) -> str:
        """On which side of the band's edges the pass rate lies; empty if that is not known well enough."""
        tail = (1 - exact(self.decided)) / 2
        places = []
        for edge in self.band:
            most, least = settled(judged, exact(edge), tail)
            places.append(-1 if passes <= most else 1 if passes >= least else 0)
        if 0 in places:
            return ""
        return BELOW if places[0] < 0 else ABOVE if places[1] > 0 else INSIDE

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        return {**asdict(self), "band": list(self.band)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Rule:
        return cls(**{**raw, "band": tuple(raw["band"])})


@functools.lru_cache(maxsize=1024)
def exact(share: float) -> Fraction:
    """The decimal fraction that a person wrote."""
    return Fraction(str(share))


@functools.lru_cache(maxsize=1 << 12)
def settled(judged: int, edge: Fraction, tail: Fraction) -> tuple[int, int]:
    """So few passes of ``judged``, or fewer, say that the rate is below ``edge``; so many, or more, above.

    What is said is wrong with a chance of at most ``tail``, if before all rates were alike: then a rate has
    the distribution Beta(1 + passes, 1 + fails), and is below ``edge`` as often as more than ``passes`` of
    ``judged + 1`` uniform numbers are.
    """
    up, down, n = edge.numerator, edge.denominator - edge.numerator, judged + 1
    whole, above = edge.denominator**n, 0
    most, least = -1, n
    for passes in range(judged, -1, -1):
        above += math.comb(n, passes + 1) * up ** (passes + 1) * down ** (n - passes - 1)
        if above * tail.denominator <= tail.numerator * whole:
            least = passes
        if (whole - above) * tail.denominator <= tail.numerator * whole:
            most = max(most, passes)
    return most, least


def replay(rule: Rule, marks: Sequence[Mark | None], problem: Problem) -> Stop:
    """Where a problem stands.

    Args:
        marks: by sample index; ``None`` where a sample is not there, or not judged yet.
        problem: whose samples they are.
    """
    m, goal, points = rule.start, rule.accept, [rule.start]
    while True:
        seen = marks[:m]
        if len(seen) < m or None in seen:
            return Stop(m, OPEN, goal, tuple(points))
        kinds = [mark.kind for mark in seen if mark is not None]
        fails = kinds.count(FAIL)
        if len(points) == 1:
            goal = rule.goal(fails)
        if not rule.majority and not any(kind in (PASS, FAIL, UNUSED) for kind in kinds):
            return Stop(m, UNJUDGED, goal, tuple(points))
        passes, margin = kinds.count(PASS), 0
        if rule.distinct != "passes":
            passes = len({mark.label for mark in seen if mark is not None and mark.kind == PASS})
        if rule.majority:
            margin = lead(problem, [mark for mark in seen if mark is not None])
        to, why = rule.step(m, passes, fails, goal, margin)
        if why:
            return Stop(m, why, goal, tuple(points))
        m = to
        points.append(m)


def lead(problem: Problem, marks: Sequence[Mark]) -> int:
    """Votes of the answer with most of them, minus those of the next. An ``error`` has no vote.

    0, so that nothing is decided, where a further answer could still bring two of these together.
    """
    answers = [None if mark.kind == ERROR else mark.label for mark in marks]
    if not settled_answers(problem, answers):
        return 0
    labels = classes_of(problem, answers)
    votes = sorted((labels.count(label) for label in set(labels) - {None}), reverse=True)
    return (votes[0] if votes else 0) - (votes[1] if votes[1:] else 0)
