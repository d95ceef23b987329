"""What is sampled next: rounds of problems, breadth first, each decided by its own verdicts alone.

A round is given out when all samples of the problem's round before are drawn and judged, never earlier, and
none is taken back: so nothing is in flight beyond the next decision. First rounds come before second ones. A
budget holds back rounds that were not begun; those that were are finished.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from verirs.running.stops import LimitsConfig
from verirs.types import Candidate, Completion, Problem, Score
from verirs.until import Forecast, Mark, Rule, Stop, forecast, mark_of, replay
from verirs.until.rule import PASS

Work = tuple[Problem, tuple[int, ...]]
"""A problem and the samples to draw of it."""


@dataclass(slots=True)
class Sought:
    """A problem that has not enough samples.

    Args:
        marks: of its samples, by index.
        stop: where it stands.
        left: samples of its round that are not drawn or not judged yet; ``None`` before it is given out.
    """

    problem: Problem
    order: int
    marks: list[Mark | None]
    stop: Stop
    left: set[int] | None = None

    @property
    def round(self) -> int:
        """From 1."""
        return len(self.stop.points)

    def missing(self) -> tuple[int, ...]:
        known = len(self.marks)
        return tuple(i for i in range(self.stop.at) if i >= known or self.marks[i] is None)

    def put(self, index: int, mark: Mark | None) -> None:
        self.marks += [None] * (index + 1 - len(self.marks))
        self.marks[index] = mark


@dataclass(slots=True)
class Spent:
    """What a run has used up, and what it may."""

    limits: LimitsConfig
    longest: int = 0
    """Tokens of a sample at most (``sampling.max_tokens``)."""
    samples: int = 0
    """Drawn, by earlier commands too."""
    tokens: int = 0
    drawing: int = 0
    """Samples in flight."""
    since: float | None = None
    """When sampling began."""

    @property
    def asked(self) -> bool:
        """Whether there is a budget at all."""
        limits = self.limits
        return bool(limits.samples or limits.tokens or limits.hours or limits.money)

    def told(self) -> str:
        """Which budget is spent; empty while none is. What is in flight counts as spent, a sample by the mean
        so far."""
        limits = self.limits
        mean = self.tokens / self.samples if self.samples else self.longest
        tokens = self.tokens + self.drawing * mean
        hours = 0.0 if self.since is None else (time.monotonic() - self.since) / 3600
        spent = tokens * limits.price / 1e6
        if limits.samples and self.samples + self.drawing >= limits.samples:
            return f"{limits.samples:,} samples (limits.samples)"
        if limits.tokens and tokens >= limits.tokens:
            return f"{limits.tokens:,} tokens (limits.tokens)"
        if limits.hours and hours >= limits.hours:
            return f"{limits.hours:g} hours (limits.hours)"
        if limits.money and spent >= limits.money:
            return f"{limits.money:g} by limits.price (limits.money)"
        return ""


class Schedule:
    """Gives out rounds and takes in verdicts; all of it in the thread of the event loop.

    Args:
        rule: when a problem has enough.
        spent: the budget.
        most: traces of a problem that the selector accepts; 0 is any number.
        say: told a line when there is something to know.
    """

    def __init__(self, rule: Rule, spent: Spent, most: int, say: Callable[[str], None] = lambda line: None):
        self.rule, self.spent, self.most, self.say = rule, spent, most, say
        self.samples = 0
        """That the rounds begun or due ask for, those drawn before included."""
        self._open: dict[str, Sought] = {}
        self._ready: list[tuple[int, int, str]] = []
        self._out = 0
        self._first: Counter[int] = Counter()
        self._in_first = 0
        self._news = asyncio.Event()
        self._held = ""

    def add(self, problem: Problem, known: Mapping[int, Mark | None]) -> None:
        """Take in a problem with the marks of its stored samples.

        Stored samples without a mark are not asked for again: they are judged, or there is none to come.
        """
        marks = [known.get(i) for i in range(max(known, default=-1) + 1)]
        stop = replay(self.rule, marks, problem)
        self._count_first(marks)
        self.samples += stop.at
        if stop.open:
            sought = Sought(problem, len(self._open), marks, stop)
            self._open[problem.id] = sought
            self._in_first += sought.round == 1
            heapq.heappush(self._ready, (sought.round, sought.order, problem.id))

    def _count_first(self, marks: Sequence[Mark | None]) -> bool:
        first = marks[: self.rule.start]
        whole = len(first) == self.rule.start and None not in first
        if whole:
            self._first[sum(mark is not None and mark.kind == PASS for mark in first)] += 1
        return whole

    @property
    def begin(self) -> list[Problem]:
        """The problems that have not enough samples."""
        return [sought.problem for sought in self._open.values()]

    @property
    def missing(self) -> int:
        """Samples that the rounds begun or due lack."""
        return sum(len(sought.missing()) for sought in self._open.values())

    async def next(self) -> Work | None:
        """The next round, as soon as there is one; ``None`` when there will be none."""
        if self.spent.since is None:
            self.spent.since = time.monotonic()
        while True:
            held = self.spent.told() if self._ready else ""
            if self._ready and not held:
                _, _, key = heapq.heappop(self._ready)
                sought = self._open[key]
                indices = sought.missing()
                sought.left = set(indices)
                self._out += 1
                self.spent.drawing += len(indices)
                return sought.problem, indices
            if not self._out:
                self._held = held
                return None
            self._news.clear()
            await self._news.wait()

    def drawn(self, completions: Iterable[Completion]) -> None:
        """Samples have come."""
        for completion in completions:
            self.spent.samples += 1
            self.spent.drawing -= 1
            self.spent.tokens += completion.tokens or 0

    def kept(self, problem: Problem, completion: Completion, scores: tuple[Score, ...]) -> int:
        """A sample is judged, and its scores are stored. Returns how many samples more are due for that."""
        sought = self._open.get(problem.id)
        if sought is None or sought.left is None:
            return 0
        sought.put(
            completion.index, mark_of(self.rule, problem, Candidate(completion=completion, scores=scores))
        )
        sought.left.discard(completion.index)
        return 0 if sought.left else self._decide(sought)

    def _decide(self, sought: Sought) -> int:
        self._out -= 1
        self._news.set()
        before, sought.left = sought.stop, None
        first = sought.round == 1
        sought.stop = replay(self.rule, sought.marks, sought.problem)
        if first:
            self._in_first -= 1
            self._count_first(sought.marks)
        more = sought.stop.at - before.at
        if not sought.stop.open:
            del self._open[sought.problem.id]
        else:
            heapq.heappush(self._ready, (sought.round, sought.order, sought.problem.id))
        self.samples += more
        if first and not self._in_first:
            self.say_ahead("after the first round: ")
        return more

    def lost(self, problem: Problem, indices: Sequence[int]) -> None:
        """Samples will not come: their problem is left where it stands."""
        self.spent.drawing -= len(indices)
        sought = self._open.get(problem.id)
        if sought is not None and sought.left is not None:
            sought.left = None
            self._out -= 1
            self._in_first -= sought.round == 1
            self._news.set()

    # ---- what is said -------------------------------------------------------------------------------

    def ahead(self) -> Forecast | None:
        """What the open problems will probably take and bring."""
        going: Counter[tuple[int, int, int]] = Counter()
        unbegun = 0
        for sought in self._open.values():
            if sought.round == 1:
                unbegun += 1
            else:
                at = sought.stop.points[-2]
                passes = sum(mark is not None and mark.kind == PASS for mark in sought.marks[:at])
                going[at, passes, sought.stop.goal] += 1
        return forecast(self.rule, going, self._first, self.most, unbegun)

    def say_ahead(self, when: str = "") -> None:
        """Say what is left, if anything is."""
        if self._open:
            self.say(f"until    {when}{self.told()}")

    def told(self) -> str:
        """What is left, in a sentence."""
        problems = len(self._open)
        if not problems:
            return "all problems have enough samples"
        head = f"{problems:,} problem{'s have' if problems > 1 else ' has'} not enough samples"
        said = self.ahead()
        if said is None:
            most = sum(self.rule.n - len(sought.marks) for sought in self._open.values())
            return f"{head}; at most {max(0, most):,} more samples"
        cost = [f"about {said.samples:,.0f} more samples"]
        if self.spent.samples and self.spent.tokens:
            tokens = said.samples * self.spent.tokens / self.spent.samples
            cost.append(f"{tokens:,.0f} tokens")
            if self.spent.limits.price:
                cost.append(f"{tokens * self.spent.limits.price / 1e6:,.2f} by limits.price")
        return (
            f"{head}: {', '.join(cost)}, for about {said.accepted:,.0f} more accepted traces "
            f"({said.per_thousand:,.0f} a thousand samples)"
        )

    def finish(self) -> None:
        """Say what a budget has held back."""
        if self._held:
            self.say(
                f"budget   {self._held} are spent: no round was started any more. {self.told()}. Raise the "
                f"limit, or take it away, and run the same command"
            )
