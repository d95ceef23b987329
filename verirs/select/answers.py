"""Which candidates gave the same answer: the classes that majority votes are counted over.

One function, so that the notion of "same answer" has one home.
"""

from __future__ import annotations

from collections.abc import Sequence

from verirs.types import Candidate, Problem


def answer_classes(problem: Problem, candidates: Sequence[Candidate]) -> list[int | None]:
    """A class number for each candidate, in order; ``None`` where no scorer extracted an answer.

    Equal numbers mean the same answer. Does not depend on the order of the candidates beyond the
    numbering itself.
    """
    numbers: dict[str, int] = {}
    out: list[int | None] = []
    for candidate in candidates:
        answer = candidate.answer
        if answer is None or not answer.strip():
            out.append(None)
        else:
            out.append(numbers.setdefault(answer.strip(), len(numbers)))
    return out
