"""The value that a closing sentence ends with behind its verb, its colon or its names."""

from __future__ import annotations

import re

from verirs.math.extracting.hedges import hedged, negated
from verirs.math.extracting.sentences import EDGE, reading
from verirs.system.patterns import regex

ASSIGNMENTS = regex(
    r"(?<![\w+*/^(=-])(?<![-+*/^=] )[A-Za-z]\w? ?= ?[-\u2212]?[\d./]*\d"
    r"(?:,? and [A-Za-z]\w? ?= ?[-\u2212]?[\d./]*\d)+"
    r"(?=\W*\Z|, (?:and )?(?:both|which|all)\b)"
)
"""Letters and their values in prose, all of which a sentence that closes a text gives: "x = 8 and y = 5"."""
RELATION = regex(r"[a-z] ?(?:<=?|>=?|[\u2264\u2265]) ?[-\u2212]?[\d./]*\d")
"""An inequality that is all of the last line."""
MAY_FORM = frozenset("+*/^-([{\u2212\u00b7\u222a")
"""A sentence that ends with what is ``SYMBOLIC`` has one of these signs."""
SYMBOLIC = regex(
    r"(?:\d|\b[a-zA-Z][\u00b2\u00b3]?|\)) ?[-+*/^\u2212\u00b7\u222a] ?(?:\d|[a-zA-Z]\b|\()|"
    r"^[(\[{].*[,\u222a].*[)\]}]$"
)
_VERB = regex(r"\b(?:is|are|equals)\s+|:\s+|\b(?:meet|intersect|cross|touch) at\s+(?=\()|\bratio\s+(?=\d)")
_RANGED = regex(r"\b(?:between|from)\W+\S+ (?:and|to) \S+")
_OF = regex(r"\S+ of\b")


def predicate_of(sentence: str) -> str | None:
    """The value that a sentence ends with behind its verb or colon, where what stands before names no
    alternative, only a range: "the area between 0 and 1 is one third"."""
    found = None
    for found in _VERB.finditer(sentence):  # noqa: B007
        pass
    if found is None:
        return None
    subject, value = _RANGED.sub(" ", sentence[: found.start()]), sentence[found.end() :].strip(EDGE + ".")
    if hedged(subject) or negated(subject) or hedged(value) or _OF.match(value) or len(value) > 60:
        return None
    node = reading(value)
    return value if node is not None and node.op not in ("raw", "text", "sym", "app") else None


_EXPRESSION_ENDS = regex(
    r"\b(?:as|is|equals|leaves|leaving|gives|giving|get|obtain|becomes|into|to)\s+"
    r"((?=[^.,;]*\b\d*[a-z]\b)(?=[^.,;]*[-+*/^\u2212\u00b7])"
    r"(?:\s*[-+*/^()\u2212\u00b7]\s*|\d[\d.]*|(?<![A-Za-z])[a-z](?![A-Za-z]))+)[\s.]*\Z"
)
"""An expression in plain letters that closes a sentence: "factors as (x - 3)(x + 5)"."""
_SPELLED = regex(r"\b(?:is|are|equals|total of) ([a-z]+(?:[- ][a-z]+){0,5})\W*$")
"""A number in words that closes a sentence."""
_SPELLED_FIRST = regex(
    r"(?:\A|[.!?] )(?:so |thus |hence |therefore |then )?([A-Za-z]+(?:-[a-z]+)?)"
    r"(?: [a-z]+){1,3} "
    r"(?:are|is|were|was) (?:left|remaining|needed|required|used|sold|saved|over)(?: over| in total| in all)?"
    r"\W*$",
    re.IGNORECASE,
)
"""One that opens the last sentence: "Nine eggs are left."."""


def expression_of(sentence: str) -> str | None:
    """The expression in plain letters that a sentence ends with."""
    found = None if negated(sentence) else _EXPRESSION_ENDS.search(sentence)
    return None if found is None else found[1].strip()


def spelled(line: str) -> str | None:
    """The number in words that a line ends with, or of which it says that so many are left."""
    if negated(line) or hedged(line):
        return None
    for found in (_SPELLED.search(line), _SPELLED_FIRST.search(line)):
        value = reading(found[1]) if found is not None else None
        if found is not None and value is not None and value.op == "int":
            return found[1]
    return None
