"""A rounding of an answer behind it: "1/6, or about 16.67%". A remark, no second answer.

It is one where the number is the value before it, rounded or cut off at its last place; every other number
stays what it was: an alternative.
"""

from __future__ import annotations

import re

from verirs.math.extracting.sentences import reading
from verirs.math.values import Refused
from verirs.system.patterns import regex

_ABOUT = (
    r"(?:about|approximately|roughly|around)\s+"
    r"(?:\$|\\\()?\s*(?P<about>\d[\d,]*(?:\.\d+)?\s?(?:\\?%)?)\s*(?:\$|\\\))?"
)
_THAT_IS = r"(?:or|which is|that is|i\.e\.),?\s*"
_CLAUSE = regex(rf"\s*(?:{_THAT_IS})?{_ABOUT}\s*\.?\s*")
_REMARK = regex(
    r"\s*\$?(?:(?P<again>(?:that is|i\.?e\.?|which is|or|equivalently|=)[,:]?)|"
    r"(?P<near>\u2248|\\approx|about|approximately|approx\.?|roughly|around))\s*"
    r"(?P<value>.{1,80}?)\s*(?:(?:expressed |written )?(?:as an? (?:mixed number|"
    r"improper fraction|fraction|decimal|percent(?:age)?)|in (?:decimal|simplest|fraction) form))?[\s.]*",
    re.IGNORECASE | re.DOTALL,
)
_UNIT = regex(r"(?<=[\d)}%\u00bc-\u00be\u03c0])\s*[A-Za-z][A-Za-z ]{0,24}\.?\Z")
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


def says_again(remark: str, answer: str) -> bool:
    """Whether a remark only says an answer in another way, or rounds it: "that is, 1 1/2 cups",
    "\u2248 37.7 cm"."""
    found = _REMARK.fullmatch(remark.strip("$ "))
    if found is None:
        return False
    value, ours = _without_unit(found["value"].strip("$ ")), _without_unit(answer.strip("$ "))
    return _rounds(ours, value) if found["near"] else same(ours, value)


def _without_unit(text: str) -> str:
    return _UNIT.sub("", text)


def same(one: str, other: str, *, names: bool = False) -> bool:
    """Whether two texts are one number; with ``names`` also whether two expressions are one."""
    from verirs.math.comparing.evaluate import exact  # loads python-flint

    if names:
        from verirs.math.comparing.compare import Comparison
        from verirs.math.conventions import DEFAULT

        sides = reading(one), reading(other)
        try:
            return None not in sides and Comparison(DEFAULT).equal(*sides)  # type: ignore[arg-type]
        except Refused:
            return False
    nodes = reading(one.rpartition("=")[2]), reading(other.rpartition("=")[2])
    try:
        values = [exact(node) if node is not None else None for node in nodes]
    except Refused:
        return False
    return None not in values and values[0] == values[1]


def _rounds(exact: str, about: str) -> bool:
    from verirs.math.comparing.evaluate import NoValue  # loads python-flint
    from verirs.math.comparing.scalars import close

    value, near = reading(exact.rpartition("=")[2]), reading(about)
    try:
        return value is not None and near is not None and close(value, near)
    except (NoValue, Refused):
        return False
