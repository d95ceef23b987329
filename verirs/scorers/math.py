"""The scorer ``math``: extract the final answer of a completion and compare it with the gold one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verirs.math import DEFAULT, equivalent, extract
from verirs.math.judge import NAME, VERSION
from verirs.types import Completion, Problem, Score, Verdict


class MathScorer:
    """Judges completions of problems that have a gold answer."""

    name = NAME
    version = VERSION

    def __init__(self, *, timeout: float = 1.0, memory_mb: int = 1024, workers: int = 1) -> None:
        self.timeout, self.memory_mb, self.workers = timeout, memory_mb, workers

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [self._one(problem, completion) for problem, completion in items]

    def _one(self, problem: Problem, completion: Completion) -> Score:
        base = Score(scorer=self.name, version=self.version, verdict=Verdict.ABSTAIN)
        if problem.answer is None or not problem.answer.strip():
            return replace(base, reason="the problem has no gold answer")
        found = extract(completion.text)
        if found.answer is None:
            return replace(base, verdict=Verdict.FAIL, reason=found.reason)
        score = equivalent(problem.answer, found.answer, DEFAULT)
        return replace(score, details={**score.details, "extracted_by": found.method})

    def probes(self, problem: Problem) -> tuple[str, str] | None:
        """The gold answer in a box, and a corrupted one."""
        gold = problem.answer
        if not gold:
            return None
        at = next((i for i, c in enumerate(gold) if c.isdigit()), None)
        wrong = f"not {gold}" if at is None else gold[:at] + str((int(gold[at]) + 1) % 10) + gold[at + 1 :]
        return f"\\boxed{{{gold}}}", f"\\boxed{{{wrong}}}"

    def close(self) -> None:
        """Nothing to give back yet."""
