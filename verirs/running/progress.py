"""What a run has done so far, counted; shown by :mod:`verirs.report.live`."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field

from verirs.system.terminal import one_line
from verirs.types import Score, Verdict

WINDOW = 60.0
"""Seconds over which rates are taken: long enough for batches, short enough to follow a change."""
STEADY = 10.0
"""Seconds of sampling before a time left is told; the first samples to come are the shortest ones."""


@dataclass(slots=True)
class Progress:
    """Counters of one process's part of a run. Written by the pipeline, read by the display."""

    problems: int = 0
    wanted: int = 0
    """Completions the run will hold."""
    before: int = 0
    """Completions an earlier process left."""
    unscored: int = 0
    """Completions to be scored that this process did not sample."""
    sampled: int = 0
    tokens: int = 0
    exported: int = 0
    """Problems selected from."""
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    """Kinds of errors: the scorer and the reason's first words."""
    solved: set[str] = field(default_factory=set)
    """Problems with a pass, among those sampled by this process."""
    seen: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    """Requests that the engine refused, by reason."""
    stage: str = "starting"
    since: float = field(default_factory=time.monotonic)
    """When the stage began."""
    _marks: deque[tuple[float, int, int]] = field(default_factory=deque)
    """Time, samples and tokens, about once a second; the first is the last one before the window."""

    def enter(self, stage: str) -> None:
        """Begin another stage."""
        self._marks.clear()
        self.stage, self.since = stage, time.monotonic()
        self._marks.append((self.since, self.sampled, self.tokens))

    def add_scores(self, problem_id: str, scores: tuple[Score, ...], verdict: Verdict) -> None:
        self.verdicts[verdict] += 1
        self.seen.add(problem_id)
        if verdict is Verdict.PASS:
            self.solved.add(problem_id)
        for s in scores:
            if s.verdict is Verdict.ERROR:
                self.errors[f"{s.scorer}: {s.reason.partition(':')[0][:60]}"] += 1

    def add_exported(self) -> None:
        self.exported += 1

    @property
    def judged(self) -> int:
        return sum(self.verdicts.values())

    @property
    def error_share(self) -> float:
        return self.verdicts[Verdict.ERROR] / self.judged if self.judged else 0.0

    def rates(self) -> tuple[float, float]:
        """Samples and tokens a second of late."""
        now = time.monotonic()
        marks = self._marks
        if not marks or now - marks[-1][0] >= 1.0:
            marks.append((now, self.sampled, self.tokens))
        while len(marks) > 1 and now - marks[1][0] > WINDOW:
            marks.popleft()
        begun, samples, tokens = marks[0]
        seconds = max(1e-9, now - begun)
        return (self.sampled - samples) / seconds, (self.tokens - tokens) / seconds

    def seconds_left(self) -> float | None:
        """Of sampling; ``None`` while it cannot be told."""
        left = self.wanted - self.before - self.sampled
        rate = self.rates()[0]
        if self.stage != "sampling" or not rate or left <= 0:
            return None
        early = time.monotonic() - self.since < STEADY and self.sampled < 0.1 * (self.sampled + left)
        return None if early else left / rate

    def line(self, width: int = 0) -> str:
        """One plain line.

        Args:
            width: columns that it may take; what matters least is left out first. 0 is any.
        """
        parts = self._parts()
        while width and len("  ".join(text for _, text in parts)) > width and len(parts) > 1:
            parts.remove(max(parts, key=lambda part: part[0]))
        return "  ".join(text for _, text in parts)

    def _parts(self) -> list[tuple[int, str]]:
        """What there is to say at this stage, each with its place in the order of leaving out."""
        judged = f"{self.verdicts[Verdict.PASS] / self.judged:.1%}" if self.judged else "-"
        solved = f"{len(self.solved) / len(self.seen):.1%}" if self.seen else "-"
        quality = [(3, f"pass rate {judged}"), (6, f"pass@n {solved}"), *self._faults()]
        if self.stage == "sampling":
            return [
                (0, self.stage),
                (1, f"completions {self.before + self.sampled}/{self.wanted}"),
                (5, f"problems {len(self.seen)}/{self.problems}"),
                *quality,
                *self._speed(),
            ]
        if self.stage == "scoring":
            return [
                (0, self.stage),
                (1, f"completions {self.judged}/{self.unscored + self.sampled}"),
                *quality,
            ]
        if self.stage == "exporting":
            known = f"/{self.problems}" if self.problems >= self.exported else ""
            return [(0, self.stage), (1, f"problems {self.exported}{known}")]
        return [(0, self.stage)]

    def _faults(self) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        if self.verdicts[Verdict.ERROR]:
            kinds = ", ".join(f"{n} {one_line(kind)}" for kind, n in self.errors.most_common(3))
            found += [(2, f"errors {self.verdicts[Verdict.ERROR]}"), (8, f"({kinds})")]
        if self.refused:
            found.append((2, f"refused requests {sum(self.refused.values())}"))
        return found

    def _speed(self) -> list[tuple[int, str]]:
        if not self.sampled:
            return [(4, f"no sample yet after {_clock(time.monotonic() - self.since)}")]
        rate, left = self.rates()[1], self.seconds_left()
        found = [(7, f"{rate:,.0f} tokens/s")] if rate else []
        return [*found, *([(4, f"{_clock(left)} left")] if left is not None else [])]


def _clock(seconds: float) -> str:
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"
