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
    r"\s*\$?(?:(?P<again>(?:that is|that's|this is|i\.?e\.?|"
    r"which (?:is|simplifies to|reduces to)|or|equivalently|in other words|"
    r"also written|"
    r"otherwise known as|=)(?: just| simply| exactly| the same as| equal to| also)?[,:]?)\s*)?"
    r"(?P<near>(?:\u2248|\\approx|about|approximately|approx\.?|roughly|around|nearly|close to)\s*)?"
    r"(?:the |all )?(?:(?:half-)?(?:open|closed) )?(?:ray |interval |set |point |"
    r"ratio )?(?P<value>.{1,80}?)\s*(?:(?:expressed |written )?(?:as an? (?:mixed number|"
    r"improper fraction|fraction|decimal|percent(?:age)?)|in (?:decimal|simplest|fraction) form))?[\s.]*",
    re.IGNORECASE | re.DOTALL,
)
_WRITTEN_AS = regex(
    r"\A\W*(?:note:?\W*)?(?:(?:in|as an?)\s+(?:decimal|fraction|percentage|percent|mixed number|exact|"
    r"simplest)(?: form)?,?\s+(?:this|that|it|the answer|the result) is|"
    r"(?:it|this|the (?:answer|result|value|probability|fraction)) (?:may|can|could) (?:also )?be "
    r"(?:written|expressed|given) as)\s+",
    re.IGNORECASE,
)
"""How a sentence begins that only writes the answer in another way."""
_PIECES = regex(r",? or |, (?=i\.e\.|\u2248|about )|;| = (?=\S)| \u2248 ")
_UNIT = regex(r"(?<=[\d)}%\u00bc-\u00be\u03c0])\s*[A-Za-z][A-Za-z ]{0,24}[\u00b2\u00b3]?\.?\Z")
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
    "\u2248 37.7 cm", "about 0.833, or 83.3 %", "that's 86,400 seconds"."""
    remark = _WRITTEN_AS.sub("that is ", remark, 1)
    pieces = [piece for piece in _PIECES.split(remark.strip("$ ")) if piece.strip()]
    first = _REMARK.fullmatch(pieces[0]) if pieces and len(pieces) < 4 else None
    if first is None or not (first["again"] or first["near"] or remark.lstrip()[:3] in ("or ", "= ")):
        return False
    return all(_again(piece, answer, first["near"] is not None) for piece in pieces)


def _again(piece: str, answer: str, near: bool) -> bool:
    """Whether a piece of a remark is an answer again: the same number or quantity, or its rounding (``near``:
    the first piece is one)."""
    found = _REMARK.fullmatch(piece)
    if found is None:
        return False
    value, near = found["value"].strip("$ "), near or found["near"] is not None
    theirs, ours = _without_unit(value), _without_unit(answer.strip("$ "))
    one, two = value[len(theirs) :], answer.strip("$ ")[len(ours) :]  # the units
    if not (one and two and one != two) and (same(ours, theirs) or (near and _rounds(ours, theirs))):
        return True
    written = found["value"].strip()
    return equal(answer, written) or equal(answer, value) or (near and _converted(answer, value))


_ASIDE = regex(
    r"(?<=[\w)}\]$%*\u00b0\u00b2\u00b3\u03c0])(?:[,.]?\s*\((?=[^()]*(?:[a-z]{2}|[=\u2248]))(?:[^()\n]|\([^()\n]*\)){1,160}\)"
    r"|(?:,|\s[\u2014\u2013-])\s+(?:or|i\.e\.|that is|that's|"
    r"which (?:is|simplifies to|reduces to)|in other words|"
    r"equivalently)\b,?[^;!?\n]{1,80})"
    r"[\s.!*]*\Z"
)
_LOOKED_AT = 240


def without_aside(text: str) -> str:
    """A text without the bracket, or the "or about 5", that ends it: what closes the text stands before it.
    Whether it is understood is asked later."""
    end = text[-_LOOKED_AT:]
    if not ("(" in end or "," in end or "\u2014" in end):
        return text
    found = _ASIDE.search(end)
    line = end[: found.start()].rpartition("\n")[2] if found is not None else ""
    if found is None or not any(c.isdigit() for c in line):
        return text
    return text[: len(text) - len(end) + found.start()]


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


def equal(one: str, other: str) -> bool:
    """Whether two texts are one value: a quantity in another unit, a percentage, a set in another "
    "notation."""
    from verirs.math.comparing.compare import Comparison  # loads python-flint
    from verirs.math.conventions import conventions

    sides = reading(one), reading(other)
    if None in sides or any(side is not None and side.op in ("raw", "text") for side in sides):
        return False
    try:
        return Comparison(conventions("default", percent="strict", units="required")).equal(*sides)  # type: ignore[arg-type]
    except Refused:
        return False


def _converted(exact: str, about: str) -> bool:
    """Whether a quantity is another one in its unit, rounded: 150 miles are about 241 km."""
    from verirs.math.comparing.evaluate import NoValue
    from verirs.math.comparing.forms import measure
    from verirs.math.comparing.measures import converted
    from verirs.math.comparing.scalars import close
    from verirs.math.quantities.units import conversions

    value, near = reading(exact.rpartition("=")[2]), reading(about)
    if value is None or near is None or not (value.op == near.op == "qty"):
        return False
    (number, unit), (rounded, other) = measure(value), measure(near)
    try:
        return any(close(converted(number, way), rounded) for way in conversions(other, unit))
    except (NoValue, Refused):
        return False


def _rounds(exact: str, about: str) -> bool:
    from verirs.math.comparing.evaluate import NoValue  # loads python-flint
    from verirs.math.comparing.scalars import close

    value, near = reading(exact.rpartition("=")[2]), reading(about)
    try:
        return value is not None and near is not None and close(value, near)
    except (NoValue, Refused):
        return False
