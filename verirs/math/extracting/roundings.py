"""A rounding of an answer behind it: "1/6, or about 16.67%". A remark, no second answer.

It is one where the number is the value before it, rounded or cut off at its last place; every other number
stays what it was: an alternative.
"""

from __future__ import annotations

from verirs.math.extracting.sentences import reading
from verirs.math.values import Refused
from verirs.system.patterns import regex

_ABOUT = (
    r"(?:about|approximately|roughly|around)\s+"
    r"(?:\$|\\\()?\s*(?P<about>\d[\d,]*(?:\.\d+)?\s?(?:\\?%)?)\s*(?:\$|\\\))?"
)
_THAT_IS = r"(?:or|which is|that is|i\.e\.),?\s*"
_CLAUSE = regex(rf"\s*(?:{_THAT_IS})?{_ABOUT}\s*\.?\s*")
_AT_END = regex(
    r"(?P<exact>\$[^$\n]{1,80}\$|\\\([^\n]{1,80}?\\\)|(?<![\w.,/^\\$])\d[\d,./]*(?<![,.]))"
    rf"(?P<unit>(?: [A-Za-z]+){{0,2}})(?P<aside>,?\s+{_THAT_IS}{_ABOUT}(?P=unit))\s*\.?\s*\Z"
)
_LONGEST = 200


def without_rounding(text: str) -> str:
    """A text without the rounding of the value that ends it."""
    end = text[-60:]
    if "about " not in end and "approximately " not in end and "roughly " not in end and "around " not in end:
        return text
    found = _AT_END.search(text, max(0, len(text) - _LONGEST))
    if found is None or not _rounds(_bare(found["exact"]), found["about"]):
        return text
    return text[: found.start("aside")] + text[found.end("aside") :]


def _bare(formula: str) -> str:
    return formula[2:-2] if formula.startswith("\\(") else formula.strip("$")


def is_rounding(clause: str, answer: str) -> bool:
    """Whether a clause behind an answer only rounds it."""
    found = _CLAUSE.fullmatch(clause)
    return found is not None and _rounds(answer, found["about"])


def _rounds(exact: str, about: str) -> bool:
    from verirs.math.comparing.evaluate import NoValue  # loads python-flint
    from verirs.math.comparing.scalars import close

    value, near = reading(exact.rpartition("=")[2]), reading(about)
    try:
        return value is not None and near is not None and close(value, near)
    except (NoValue, Refused):
        return False
