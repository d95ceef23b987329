"""The best of n live: what was chosen, by what votes, and at what cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verirs.types import Candidate, Verdict

NO_RULE = "none"
"""In place of a selector's name where it took no candidate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """One class of equal answers.

    Args:
        answer: of the first candidate in it.
        candidates: how many gave it.
        weight: their votes; of ``weighted_majority`` the sum of weights.
    """

    answer: str
    candidates: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was chosen of n candidates.

    Args:
        text: the winner's, whole.
        answer: the final answer that a scorer read in it, or ``None``.
        verdict: of the winner; ``fail`` where every candidate fails the tests, ``abstain`` where nothing
            could be verified.
        value: the winner's number, where a scorer gave one.
        rule: the selector that chose; :data:`NO_RULE` where it took none: then the best verdict wins, whole
            before cut off, then the highest value, then the first.
        votes: the classes of answers, the most voted first; empty where nobody votes.
        n: candidates that were asked for.
        drawn: candidates that were drawn before the choice was settled.
        missing: of those, how many the engine did not give.
        errors: of those, how many no scorer could judge.
        tests: how many tests the prompt showed, where they were read from it.
        kl_bound: nats: how far choosing one of n moves the distribution of texts at most, log n - (n-1)/n.
        tokens: of all that was drawn, where the engine counts them.
        prompt_tokens: of what the model read, once, where the engine counts them.
        reason: why the winner has its verdict.
        winner: with its completion and its scores in full.
        candidates: all that were drawn.
    """

    text: str
    answer: str | None
    verdict: Verdict
    value: float | None
    rule: str
    votes: tuple[Votes, ...]
    n: int
    drawn: int
    missing: int
    errors: int
    tests: int
    kl_bound: float
    tokens: int | None
    prompt_tokens: int | None
    reason: str
    winner: Candidate
    candidates: tuple[Candidate, ...]

    @property
    def usage(self) -> dict[str, int] | None:
        """What was read and drawn, as OpenAI's API tells it; ``None`` where the engine counts not both."""
        if self.prompt_tokens is None or self.tokens is None:
            return None
        total = self.prompt_tokens + self.tokens
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.tokens, "total_tokens": total}

    def side(self) -> dict[str, Any]:
        """All but the texts, as JSON values: what the server returns beside the message."""
        return {
            "answer": self.answer,
            "verdict": str(self.verdict),
            "value": self.value,
            "reason": self.reason,
            "rule": self.rule,
            "votes": [
                {"answer": v.answer, "candidates": v.candidates, "weight": round(v.weight, 6)}
                for v in self.votes
            ],
            "n": self.n,
            "drawn": self.drawn,
            "missing": self.missing,
            "errors": self.errors,
            "tests": self.tests,
            "kl_bound": round(self.kl_bound, 6),
            "tokens": self.tokens,
        }

    def __repr__(self) -> str:
        told = [str(self.verdict), f"{self.rule} of {self.drawn}/{self.n}"]
        told += [f"answer={self.answer!r:.60}"] if self.answer is not None else []
        return f"<Answer: {', '.join(told)}\n  {self.text!r:.80}>"


def votes_of(
    class_of: Mapping[int, int | None], sums: Mapping[int, float], candidates: Sequence[Candidate]
) -> tuple[Votes, ...]:
    """The classes of a vote, the most voted first."""
    found = []
    for label, weight in sums.items():
        members = [c for c in candidates if class_of.get(c.completion.index) == label]
        found.append(Votes(answer=members[0].answer or "", candidates=len(members), weight=weight))
    return tuple(sorted(found, key=lambda v: (-v.weight, v.answer)))
