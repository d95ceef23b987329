"""What the checker concluded about one pair."""

from __future__ import annotations

from typing import NamedTuple

from verirs.types import Score, Verdict

NAME = "math"
VERSION = "4"


class Judgement(NamedTuple):
    """A verdict on two bare answers: why, by which method, by which conventions.

    ``undecided`` marks an ``abstain`` that algebra may still decide.
    """

    verdict: Verdict
    reason: str
    method: str
    conventions: tuple[str, ...] = ()
    undecided: bool = False


def score(
    judgement: Judgement, answer: str | None, seconds: float = 0.0, extracted_by: str = "", sure: str = ""
) -> Score:
    """A judgement as a score of the scorer ``math``."""
    verdict, reason, method, conventions, _ = judgement
    details: dict[str, object] = {"method": method}
    if conventions:
        details["conventions"] = list(conventions)
    if extracted_by:
        details["extracted_by"] = extracted_by
    if sure:
        details["sure"] = sure
    return Score(
        scorer=NAME,
        version=VERSION,
        verdict=verdict,
        answer=answer,
        reason=reason,
        seconds=seconds,
        details=details,
    )
