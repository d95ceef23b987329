"""What is kept of one problem: a few numbers a candidate, never a text."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from verirs.thoughts import whole
from verirs.types import Candidate, Verdict, is_ranking

NO_CLASS = -1


@dataclass(frozen=True, slots=True)
class ProblemCounts:
    """What is kept of one problem. The arrays hold its verified candidates, in order of index."""

    problem_id: str
    right: array[int]
    numbers: Mapping[str, array[float]]
    """By ranker; NaN where it gave none. A gate's own number is no ranking: it knows the verdict."""
    classes: array[int]
    """:data:`NO_CLASS` where no answer was extracted."""
    lengths: array[int]
    """In characters."""
    ranker: str = field(default="")
    """Whose numbers are looked at; one ranker for all problems of a run."""

    @classmethod
    def of(
        cls, problem_id: str, verified: Sequence[Candidate], classes: Sequence[int | None]
    ) -> ProblemCounts:
        """Of verified candidates and the classes of their answers."""
        numbers: dict[str, array[float]] = {}
        for place, candidate in enumerate(verified):
            for score in candidate.scores:
                if is_ranking(score) and score.value is not None:
                    own = numbers.setdefault(score.scorer, array("d", [math.nan]) * len(verified))
                    own[place] = float(score.value)
        return cls(
            problem_id,
            array("b", [c.verdict is Verdict.PASS for c in verified]),
            numbers,
            array("i", [NO_CLASS if label is None else label for label in classes]),
            array("i", [len(whole(c.completion)) for c in verified]),
            next(reversed(numbers), ""),
        )

    @property
    def values(self) -> array[float]:
        """The ranker's numbers, NaN where it gave none."""
        return self.numbers.get(self.ranker) or array("d", [math.nan]) * self.n

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
