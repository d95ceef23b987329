"""The few candidates that a report shows in full. Holds four texts or less, each cut to a length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verirs.thoughts import whole
from verirs.types import Candidate, Selection, Verdict

SHOWN = 2
TESTS = 12
TEXT_LIMIT = 4_000
"""Characters of a completion that are shown; of a prompt a third of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One candidate as it is shown: its texts, cut, and what each scorer said.

    ``scores`` hold what each scorer said, and a program's first tests. ``reason`` is why it was rejected.
    """

    problem_id: str
    index: int
    prompt: str
    gold: str | None
    text: str
    verdict: str
    tokens: int | None
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

    def shown(self) -> list[dict[str, Any]]:
        """Them as problems with one sample each, as the page shows problems."""
        return [
            *(_shown(t, "accepted") for t in self.accepted),
            *(_shown(t, t.reason) for t in self.rejected),
        ]

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

    def join(self, later: Traces) -> None:
        """Keep what is still missing of what another kept of later problems."""
        self.accepted = [*self.accepted, *later.accepted][:SHOWN]
        self._fails = [*self._fails, *later._fails][:SHOWN]
        known = {t.reason for t in self._others}
        self._others = [*self._others, *(t for t in later._others if t.reason not in known)][:SHOWN]


def _shown(trace: Trace, export: str) -> dict[str, Any]:
    sample = {
        "index": trace.index,
        "verdict": trace.verdict,
        "text": trace.text,
        "finish": trace.finish_reason,
        "export": export,
        "tokens": trace.tokens,
        "scores": [dict(s) for s in trace.scores],
        "answer": next((s["answer"] for s in trace.scores if s["answer"] is not None), None),
        "reasoning": "",
        "doubts": [],
        **dict.fromkeys(("value", "logprob", "seed", "span", "mark")),
    }
    prompt = [{"role": "user", "content": trace.prompt}]
    return {"id": trace.problem_id, "prompt": prompt, "gold": trace.gold, "tests": None, "samples": [sample]}


def _trace(selection: Selection, candidate: Candidate, reason: str) -> Trace:
    problem = selection.group.problem
    return Trace(
        problem_id=problem.id,
        index=candidate.completion.index,
        prompt=_cut(str(problem.prompt[-1]["content"]) if problem.prompt else "", TEXT_LIMIT // 3),
        gold=None if problem.answer is None else _cut(problem.answer, 300),
        text=_cut(whole(candidate.completion), TEXT_LIMIT),
        verdict=str(candidate.verdict),
        tokens=candidate.completion.tokens,
        finish_reason=candidate.completion.finish_reason,
        reason=reason,
        scores=tuple(
            {
                "scorer": s.scorer,
                "verdict": s.verdict.value,
                "value": s.value,
                "answer": None if s.answer is None else _cut(s.answer, 300),
                "reason": _cut(s.reason, 300),
                "version": s.version,
                "seconds": s.seconds,
                "details": _tests(s.details),
            }
            for s in candidate.scores
        ),
    )


def _tests(details: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a program's first tests."""
    found = details.get("tests")
    if not isinstance(found, (list, tuple)):
        return {}
    tests = [{k: _cut(str(v), 300) for k, v in t.items()} for t in found[:TESTS] if isinstance(t, Mapping)]
    return {"tests": tests, "of": details.get("of")}


def _cut(text: str, limit: int) -> str:
    left = len(text) - limit
    return text if left <= 0 else f"{text[:limit]} … ({left:,} characters more)"
