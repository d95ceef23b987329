"""The few candidates that a report shows in full. Holds four texts or less, each cut to a length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verirs.thoughts import whole
from verirs.types import Candidate, Selection, Verdict

SHOWN = 2
TEXT_LIMIT = 4_000
"""Characters of a completion that are shown; of a prompt a third of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One candidate as it is shown: its texts, cut, and what each scorer said.

    ``scores`` hold scorer, verdict, value, answer and reason. ``reason`` is why it was rejected.
    """

    problem_id: str
    index: int
    prompt: str
    text: str
    finish_reason: str
    reason: str
    scores: tuple[Mapping[str, Any], ...]


class Traces:
    """The first accepted and the first rejected candidates of different problems.

    Verified fails are shown before other rejects, of which the first of each reason counts.
    """

    def __init__(self) -> None:
        self.accepted: list[Trace] = []
        self._fails: list[Trace] = []
        self._others: list[Trace] = []

    @property
    def rejected(self) -> list[Trace]:
        return [*self._fails, *self._others][:SHOWN]

    def add(self, selection: Selection) -> None:
        """Keep what is still missing; costs nothing once all are found."""
        if selection.accepted and len(self.accepted) < SHOWN:
            self.accepted.append(_trace(selection, selection.accepted[0], ""))
        if len(self._fails) == SHOWN:
            return
        for rejection in selection.rejected:
            if rejection.candidate.verdict is Verdict.FAIL:
                self._fails.append(_trace(selection, rejection.candidate, rejection.reason))
                return
        for rejection in selection.rejected:
            if len(self._others) < SHOWN and rejection.reason not in {t.reason for t in self._others}:
                self._others.append(_trace(selection, rejection.candidate, rejection.reason))


def _trace(selection: Selection, candidate: Candidate, reason: str) -> Trace:
    problem = selection.group.problem
    return Trace(
        problem_id=problem.id,
        index=candidate.completion.index,
        prompt=_cut(str(problem.prompt[-1]["content"]) if problem.prompt else "", TEXT_LIMIT // 3),
        text=_cut(whole(candidate.completion), TEXT_LIMIT),
        finish_reason=candidate.completion.finish_reason,
        reason=reason,
        scores=tuple(
            {
                "scorer": s.scorer,
                "verdict": s.verdict.value,
                "value": s.value,
                "answer": None if s.answer is None else _cut(s.answer, 300),
                "reason": _cut(s.reason, 300),
            }
            for s in candidate.scores
        ),
    )


def _cut(text: str, limit: int) -> str:
    left = len(text) - limit
    return text if left <= 0 else f"{text[:limit]} … ({left:,} characters more)"
