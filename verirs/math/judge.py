"""Are two bare answers the same? The entry point of the checker."""

from __future__ import annotations

import re
from fractions import Fraction

from verirs.math.policy import DEFAULT, Policy
from verirs.types import Score, Verdict

NAME = "math"
VERSION = "0"
_FRAC = re.compile(r"\\[dt]?frac\{(-?\d+)\}\{(-?\d+)\}")


def _number(text: str) -> Fraction | None:
    text = text.strip().strip("$").rstrip(".").replace(",", "").replace("\\$", "")
    sign = -1 if text.startswith("-") else 1
    match = _FRAC.fullmatch(text.lstrip("-"))
    if match:
        text = f"{match[1]}/{match[2]}"
        return None if int(match[2]) == 0 else sign * Fraction(text)
    try:
        return Fraction(text) if len(text) < 400 and "e" not in text.lower() else None
    except (ValueError, ZeroDivisionError):
        return None


def equivalent(gold: str, answer: str, policy: Policy = DEFAULT) -> Score:
    """Judge one bare answer against the gold one. Never raises on any text."""
    if gold.strip() == answer.strip():
        return Score(scorer=NAME, version=VERSION, verdict=Verdict.PASS, answer=answer, reason="same text")
    left, right = _number(gold), _number(answer)
    same = left is not None and left == right
    return Score(
        scorer=NAME,
        version=VERSION,
        verdict=Verdict.PASS if same else Verdict.FAIL,
        answer=answer,
        reason="equal numbers" if same else "different",
    )
