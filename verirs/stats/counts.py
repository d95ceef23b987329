"""What is kept of one problem: a few numbers a candidate, never a text."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from verirs.types import Candidate, Verdict, is_ranking

NO_CLASS = -1


@dataclass(frozen=True, slots=True)
class ProblemCounts:
    """What is kept of one problem. The arrays hold its verified candidates, in order of index."""

    problem_id: str
    right: array[int]
    values: array[float]
    """NaN where no ranker gave a number."""
    classes: array[int]
    """:data:`NO_CLASS` where no answer was extracted."""
    lengths: array[int]
    """In characters."""

    @classmethod
    def of(
        cls, problem_id: str, verified: Sequence[Candidate], classes: Sequence[int | None]
    ) -> ProblemCounts:
        """Of verified candidates and the classes of their answers."""
        return cls(
            problem_id,
            array("b", [c.verdict is Verdict.PASS for c in verified]),
            array("d", map(ranking, verified)),
            array("i", [NO_CLASS if label is None else label for label in classes]),
            array("i", [len(c.completion.text) for c in verified]),
        )

    @property
    def answers(self) -> list[int | None]:
        """The classes, ``None`` for no answer."""
        return [None if c == NO_CLASS else c for c in self.classes]

    @property
    def n(self) -> int:
        return len(self.right)

    @property
    def c(self) -> int:
        return sum(self.right)


def ranking(candidate: Candidate) -> float:
    """The last ranker's number, NaN without one. A gate's own number is no ranking: it knows the verdict."""
    return next(
        (float(s.value) for s in reversed(candidate.scores) if is_ranking(s) and s.value is not None),
        math.nan,
    )
