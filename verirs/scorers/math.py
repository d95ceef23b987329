"""The scorer ``math``: extract the final answer of a completion and compare it with the gold one.

Decided in the calling thread, except for what only algebra can decide (sums, integrals, limits): that
goes to worker processes, started when first needed. It never runs model text.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from verirs.math.comparing.algebra import settled, workers
from verirs.math.conventions import DEFAULT, Conventions, Needed, Order, Percent
from verirs.math.extract import Extraction, extract
from verirs.math.judge import judge
from verirs.math.judgement import NAME, VERSION, Judgement, score
from verirs.parts import ByArguments
from verirs.types import Completion, Problem, Score, Verdict

_NO_GOLD = Judgement(Verdict.ABSTAIN, "the problem has no gold answer", "text")


class MathScorer(ByArguments):
    """Judges completions of problems that have a gold answer. Safe to call from any thread.

    A completion without a final answer fails; a gold answer that is missing or cannot be read makes
    the verdict ``abstain``. ``details`` holds the rule that found the answer, the method that decided
    and the conventions used.

    Args:
        percent: ``lenient``: ``50%`` is 50 or 0.5, whichever the other side wrote; ``strict``: it is 0.5.
        units: ``optional``: a unit that only one side wrote is ignored; ``required``: it makes a difference.
        digits: a decimal of at least this many significant digits is the number it rounds; 0 never.
        gold_rounding: an exact answer is right if rounding it to the gold decimal's places gives the gold.
        order: ``free``: a bare list may be in any order; ``fixed``: not.
        vectors: a tuple and a one-column or one-row matrix of the same entries are equal.
        base: ``optional``: ``385_9`` may be written ``385``; ``required``: not.
        names: ``x = 5`` is right for 5, and an equation solved for a letter for its other side.
        timeout: CPU seconds of one verdict in a worker process.
        memory_mb: memory of one verdict in a worker process, in MiB.
        workers: worker processes.

    Raises:
        ValueError: an option out of its range.
    """

    name = NAME
    version = VERSION
    gives_value = False

    def __init__(
        self,
        *,
        percent: Percent = DEFAULT.percent,
        units: Needed = DEFAULT.units,
        digits: int = DEFAULT.digits,
        gold_rounding: bool = DEFAULT.gold_rounding,
        order: Order = DEFAULT.order,
        vectors: bool = DEFAULT.vectors,
        base: Needed = DEFAULT.base,
        names: bool = DEFAULT.names,
        timeout: float = 1.0,
        memory_mb: int = 1024,
        workers: int = 1,
    ) -> None:
        self.conventions = Conventions(
            percent=percent,
            units=units,
            digits=digits,
            gold_rounding=gold_rounding,
            order=order,
            vectors=vectors,
            base=base,
            names=names,
        )
        self._workers = _algebra(workers, timeout, memory_mb)

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One score an item, in order."""
        scores: list[Score] = []
        open_pairs: list[int] = []
        for n, (problem, completion) in enumerate(items):
            begun = time.perf_counter()
            judgement, found = self._judge(problem.answer, completion.text)
            if judgement.undecided:
                open_pairs.append(n)
            seconds = time.perf_counter() - begun
            scores.append(score(judgement, found.answer, seconds, found.method))
        if open_pairs:
            self._settle(items, scores, open_pairs)
        return scores

    def _judge(self, gold: str | None, text: str) -> tuple[Judgement, Extraction]:
        found = extract(text)
        if gold is None or not gold.strip():
            return _NO_GOLD, found
        if found.answer is None:
            return Judgement(Verdict.FAIL, found.reason, "extraction"), found
        return judge(gold, found.answer, self.conventions), found

    def _settle(
        self, items: Sequence[tuple[Problem, Completion]], scores: list[Score], which: list[int]
    ) -> None:
        """What was left open, by algebra in the workers."""
        outcomes = self._workers.map([(items[n][0].answer, scores[n].answer) for n in which])
        for n, outcome in zip(which, outcomes, strict=True):
            judgement, found = self._judge(items[n][0].answer, items[n][1].text)
            seconds = scores[n].seconds + outcome.seconds
            scores[n] = score(settled(judgement, outcome), found.answer, seconds, found.method)

    def probes(self, problem: Problem) -> tuple[str, str] | None:
        """The gold answer in a box, and a corrupted one; ``None`` without a gold answer."""
        gold = problem.answer
        if gold is None or not gold.strip():
            return None
        return f"The answer is \\boxed{{{gold}}}", f"The answer is \\boxed{{{corrupted(gold)}}}"

    def close(self) -> None:
        """End the worker processes. Safe to call twice."""
        self._workers.close()


_algebra = workers  # the option of the same name hides the function


def corrupted(gold: str) -> str:
    """A wrong answer that looks like the gold one: its first digit changed, or a negation."""
    at = next((i for i, c in enumerate(gold) if c.isascii() and c.isdigit()), None)
    if at is None:
        return f"not {gold}"
    digit = "2" if gold[at] == "1" else "1"
    return gold[:at] + digit + gold[at + 1 :]
