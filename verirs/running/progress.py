"""What a run has done so far, counted; shown by :mod:`verirs.report.live`."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from verirs.types import Score, Verdict

_NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class Progress:
    """Counters of one process's part of a run. Written by the pipeline, read by the display."""

    problems: int = 0
    wanted: int = 0
    """Completions the run will hold."""
    before: int = 0
    """Completions an earlier process left."""
    sampled: int = 0
    tokens: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
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
    begun: float = field(default_factory=time.monotonic)
    stage: str = "starting"

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

    def add_scores(self, problem_id: str, scores: tuple[Score, ...], verdict: Verdict) -> None:
        self.verdicts[verdict] += 1
        self.seen.add(problem_id)
        if verdict is Verdict.PASS:
            self.solved.add(problem_id)
        self.unranked += verdict is not Verdict.ERROR and any(s.verdict is Verdict.ERROR for s in scores)
        for s in scores:
            if s.verdict is Verdict.ERROR:
                self.errors[f"{s.scorer}: {s.reason.partition(':')[0][:60]}"] += 1

    @property
    def judged(self) -> int:
        return sum(self.verdicts.values())

    @property
    def error_share(self) -> float:
        """Of the candidates: those that some scorer broke on, a ranker too."""
        return (self.verdicts[Verdict.ERROR] + self.unranked) / self.judged if self.judged else 0.0

    def seconds_left(self) -> float | None:
        """From this process's own rate; ``None`` while nothing has come."""
        if not self.sampled:
            return None
        rate = self.sampled / (time.monotonic() - self.begun)
        return max(0, self.wanted - self.before - self.sampled) / rate

    def line(self) -> str:
        """One plain line."""
        seconds = max(1e-9, time.monotonic() - self.begun)
        judged = max(1, self.judged)
        parts = [
            self.stage,
            f"problems {len(self.seen)}/{self.problems}",
            f"completions {self.before + self.sampled}/{self.wanted}",
            f"pass rate {self.verdicts[Verdict.PASS] / judged:.1%}",
            f"pass@n {len(self.solved) / max(1, len(self.seen)):.1%}",
        ]
        for word, counts in (("errors", self.errors), ("tried again", self.retried)):
            if counts:
                common = Counter(dict(counts)).most_common(3)
                parts.append(
                    f"{word} {sum(counts.values())} ({', '.join(f'{n} {kind}' for kind, n in common)})"
                )
        for word, counts in (("refused", self.refused), ("given up", self.given_up)):
            if counts:
                parts.append(f"{word} {sum(counts.values())}")
        if self.tokens:
            parts.append(f"{self.tokens / seconds:,.0f} tokens/s")
        left = self.seconds_left()
        if left is not None and self.stage == "sampling":
            parts.append(f"{_clock(left)} left")
        return "  ".join(parts)


def _clock(seconds: float) -> str:
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"
