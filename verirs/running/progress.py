"""What a run has done so far, counted; shown by :mod:`verirs.report.live`."""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from verirs.report.live import SOON, STEADY, clock
from verirs.system.terminal import one_line
from verirs.types import Score, Verdict

WINDOW = 60.0
"""Seconds over which rates are taken: long enough for batches, short enough to follow a change."""
_NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class Progress:
    """Counters of one process's part of a run. Written by the pipeline, read by the display."""

    problems: int = 0
    wanted: int = 0
    """Completions the run will hold; with ``first`` those that the rounds begun so far ask for."""
    first: int = 0
    """Size of the first round where problems stop by their verdicts: rates are told of it alone. 0: they do
    not."""
    before: int = 0
    """Completions an earlier process left."""
    unscored: int = 0
    """Completions to be scored that this process did not sample."""
    sampled: int = 0
    tokens: int = 0
    exported: int = 0
    """Problems selected from."""
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    rated: Counter[Verdict] = field(default_factory=Counter)
    """Verdicts that a pass rate may be told of."""
    errors: Counter[str] = field(default_factory=Counter)
    """Kinds of errors: the scorer and the reason's first words."""
    solved: set[str] = field(default_factory=set)
    """Problems with a pass, among those sampled by this process."""
    seen: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    """Samples that the engine refused for good, by reason."""
    given_up: Counter[str] = field(default_factory=Counter)
    """Samples that failed as often as they may, by reason; another run tries them again."""
    retried: Mapping[str, int] = field(default_factory=dict)
    """Attempts that the engine repeats by itself, by kind."""
    max_given_up: float = 1.0
    """A run with a larger share of given-up samples did not end well."""
    unranked: int = 0
    """Candidates with a verdict for which a ranker broke."""
    stage: str = "starting"
    since: float = field(default_factory=time.monotonic)
    """When the stage began."""
    sampling_seconds: float = 0.0
    """Wall time of sampling, by this process."""
    _marks: deque[tuple[float, int, int]] = field(default_factory=deque)
    """Time, what is done of the stage, and tokens, about once a second; the first is the last one before the
    window."""

    def enter(self, stage: str) -> None:
        """Begin another stage."""
        self._marks.clear()
        if self.stage == "sampling":
            self.sampling_seconds += time.monotonic() - self.since
        self.stage, self.since = stage, time.monotonic()
        self._marks.append((self.since, self._counted()[0], self.tokens))

    def miss(self, reason: str, samples: int, *, given_up: bool) -> None:
        """Count samples that will not come. Reasons that differ in numbers alone count as one."""
        counts = self.given_up if given_up else self.refused
        shape = _NUMBER.sub("0", reason)
        counts[next((known for known in counts if _NUMBER.sub("0", known) == shape), reason)] += samples

    @property
    def given_up_share(self) -> float:
        """Of the samples that this process had to draw."""
        asked = self.wanted - self.before
        return sum(self.given_up.values()) / asked if asked else 0.0

    def add_scores(
        self, problem_id: str, scores: tuple[Score, ...], verdict: Verdict, index: int = 0
    ) -> None:
        self.verdicts[verdict] += 1
        if not self.first or index < self.first:
            self.rated[verdict] += 1
        self.seen.add(problem_id)
        if verdict is Verdict.PASS:
            self.solved.add(problem_id)
        self.unranked += verdict is not Verdict.ERROR and any(s.verdict is Verdict.ERROR for s in scores)
        for s in scores:
            if s.verdict is Verdict.ERROR:
                self.errors[f"{s.scorer}: {s.reason.partition(':')[0][:60]}"] += 1

    def add(self, other: Progress) -> None:
        """Count what another process scored."""
        self.verdicts += other.verdicts
        self.rated += other.rated
        self.errors += other.errors
        self.unranked += other.unranked
        self.seen |= other.seen
        self.solved |= other.solved

    def add_exported(self) -> None:
        self.exported += 1

    @property
    def judged(self) -> int:
        return sum(self.verdicts.values())

    @property
    def error_share(self) -> float:
        """Of the candidates: those that some scorer broke on, a ranker too."""
        return (self.verdicts[Verdict.ERROR] + self.unranked) / self.judged if self.judged else 0.0

    def rates(self) -> tuple[float, float]:
        """What of the stage was done, and tokens, a second of late."""
        now = time.monotonic()
        marks, done = self._marks, self._counted()[0]
        if not marks or now - marks[-1][0] >= 1.0:
            marks.append((now, done, self.tokens))
        while len(marks) > 1 and now - marks[1][0] > WINDOW:
            marks.popleft()
        begun, before, tokens = marks[0]
        seconds = max(1e-9, now - begun)
        return (done - before) / seconds, (self.tokens - tokens) / seconds

    def _counted(self) -> tuple[int, int]:
        """Of the stage: how much is done, and of how much; 0 where that is not known."""
        if self.stage == "sampling":
            return self.before + self.sampled, self.wanted
        if self.stage == "scoring":
            return self.judged, self.unscored + self.sampled
        if self.stage == "exporting":
            return self.exported, self.problems if self.problems >= self.exported else 0
        return 0, 0

    def seconds_left(self) -> float | None:
        """Of the stage; ``None`` while it cannot be told."""
        done, total = self._counted()
        rate, seconds = self.rates()[0], time.monotonic() - self.since
        here = done - self.before if self.stage == "sampling" else done
        early = seconds < (SOON if here >= 0.1 * (here + total - done) else STEADY)
        growing = self.first and self.stage == "sampling"  # rounds to come are not known yet
        return None if early or growing or rate <= 0 or done >= total else (total - done) / rate

    def line(self, width: int = 0) -> str:
        """One plain line; on a terminal with a bar of the stage.

        Args:
            width: columns that it may take; what matters least is left out first. 0 is any: a log.
        """
        parts = self._parts()
        if width:
            parts[1:1] = self._bar(10 if width < 100 else 20)
        while width and len("  ".join(text for _, text in parts)) > width and len(parts) > 1:
            parts.remove(max(parts, key=lambda part: part[0]))
        return "  ".join(text for _, text in parts)

    def _parts(self) -> list[tuple[int, str]]:
        """What there is to say at this stage, each with its place in the order of leaving out."""
        rated = self.rated.total()
        judged = f"{self.rated[Verdict.PASS] / rated:.1%}" if rated else "-"
        solved = f"{len(self.solved) / len(self.seen):.1%}" if self.seen else "-"
        quality = [
            (3, f"pass rate {judged}"),
            (7, f"{'solved' if self.first else 'pass@n'} {solved}"),
            *self._faults(),
        ]
        done, total = self._counted()
        if self.stage == "sampling":
            return [
                (0, self.stage),
                (1, f"completions {done}/{total}{'+' if self.first else ''}"),
                (5, f"problems {len(self.seen)}/{self.problems}"),
                *quality,
                *self._speed(),
            ]
        if self.stage == "scoring":
            return [(0, self.stage), (1, f"completions {done}/{total}"), *quality, *self._time_left()]
        if self.stage == "exporting":
            known = f"/{total}" if total else ""
            return [(0, self.stage), (1, f"problems {done}{known}"), *self._time_left()]
        return [(0, self.stage)]

    def _bar(self, cells: int) -> list[tuple[int, str]]:
        done, total = self._counted()
        if not total:
            return []
        full = min(cells, cells * done // total)
        return [(6, f"[{'#' * full}{'.' * (cells - full)}]")]

    def _faults(self) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        for word, kinds in (("errors", self.errors), ("tried again", self.retried)):
            if kinds:
                common = ", ".join(f"{n} {one_line(k)}" for k, n in Counter(dict(kinds)).most_common(3))
                found += [(2, f"{word} {sum(kinds.values())}"), (9, f"({common})")]
        for word, reasons in (("refused", self.refused), ("given up", self.given_up)):
            if reasons:
                found.append((2, f"{word} {reasons.total()}"))
        return found

    def _speed(self) -> list[tuple[int, str]]:
        if not self.sampled:
            return [(4, f"no sample yet after {clock(time.monotonic() - self.since)}")]
        rate = self.rates()[1]
        return [*([(8, f"{rate:,.0f} tokens/s")] if rate else []), *self._time_left()]

    def _time_left(self) -> list[tuple[int, str]]:
        left = self.seconds_left()
        return [] if left is None else [(4, f"{clock(left)} left")]
