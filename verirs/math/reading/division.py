"""A whole answer that is a quotient and what is left: ``5 R 3``, ``5 remainder 3``."""

from __future__ import annotations

from verirs.math.reading.layout import unlaid
from verirs.math.values import Node
from verirs.system.patterns import regex

_FORM = regex(
    r"\s*(-?\d{1,15})\s*,?\s*(?:R|r|rem\.?|(?:with |and )?(?:a )?remainder(?: of)?|mit Rest|reste)\s*"
    r"(\d{1,15})\.?\s*"
)


def division(plain: str) -> Node | None:
    """A whole text that is a quotient with its remainder, ``None`` for any other text."""
    if "r" not in plain and "R" not in plain:
        return None
    found = _FORM.fullmatch(unlaid(plain))
    return found and Node("app", ("remainder", Node("int", (int(found[1]),)), Node("int", (int(found[2]),))))
