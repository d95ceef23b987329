"""Words of doubt in a sentence: alternatives, bounds, ranges, hedges, denials."""

from __future__ import annotations

import re

from verirs.math.values import words
from verirs.system.patterns import regex

_NEGATED = regex(
    r"\bnot\b|n't\b|\bnever\b|\bcannot\b|\bno longer\b|\\neq?\b|!=|≠|\bimpossible\b|"
    r"\bunknown\b(?! (?:numbers?|values?|integers?|digits?|sides?|angles?|lengths?|amounts?|variables?)\b)",
    re.IGNORECASE,
)
_HEDGED = regex(
    r"\b(?:or|either|neither|maybe|perhaps|possibly|probably|unless|otherwise|else)\b|"
    r"\b(?:could|might|may)\s+(?:\w+\s+)?be\b|"
    r"\b(?:between|among)(?=\W*[\d$])|"
    r"\b(?:one|some|any|all) of (?=\W*[\d$\\])|"
    r"\b(?:less|more|greater|fewer|larger|smaller|bigger|higher|lower|other) than(?=\W*(?:[\d$\\]|\w+\s*$))|"
    r"\b(?:at (?:most|least)|up to|no (?:more|less|fewer) than|as (?:many|much) as|below|above|under|"
    r"over)(?=\W{1,3}[\d$])(?!\W{1,3}\d+ (?:years|months|weeks|days|hours|minutes))|"
    r"\bat the (?:very )?(?:least|most)\b|\bgive or take\b|\bor thereabouts\b|\bat (?:best|"
    r"worst)\b|"
    r"\bfrom\W+\d\S*\s+to\W+\d",
    re.IGNORECASE,
)  # fmt: skip
_RANGE = regex(r"\d(?:\s*(?:to|through|-|\u2013)\s*\$?\d| ?-?ish\b)", re.IGNORECASE)
ALTERNATIVE = regex(
    r"\d\s*\|\s*\d|\b(?:or|either|maybe|perhaps|possibly|unless|otherwise|else|unverified|unchecked|unsure|uncertain)\b|"
    r"\bi guess\b|\((?:a |my |just a )?guess\)",
    re.IGNORECASE,
)
_WORD = regex(r"\w+")
_MAY_HEDGE = words(
    "or either maybe perhaps possibly unless otherwise else unverified unchecked unsure uncertain guess"
)
_MAY_BOUND = _MAY_HEDGE | words(
    "neither probably could might may between among one some any all than least most up many much below "
    "above under over give thereabouts best worst from"
)
_MAY_HEDGE_ABROAD = words(
    "vielleicht eventuell quizá quizás tal forse talvez misschien belki mungkin kanske poate"
)
"""Whole words of which every match of a pattern of hedges has one, but for those that begin with a digit."""
_FOREIGN_OR = regex(
    r"\d\S{0,3}\s+(?:oder|ou|o|of|lub|albo|или|або|veya|ya da|atau|hoặc|eller|tai|vagy|sau|nebo)\s+\W{0,2}\d",
    re.IGNORECASE,
)
_FOREIGN_HEDGE = regex(
    r"(?:或者?|または|又は|또는|أو|या)(?=\W{0,3}\d)|"
    r"\b(?:vielleicht|eventuell|peut-être|quizás?|tal vez|forse|talvez|misschien|może|возможно|"
    r"может быть|belki|"
    r"mungkin|có lẽ|kanske|ehkä|talán|poate)\b|可能|也许|大概|たぶん|かもしれ|아마",
    re.IGNORECASE,
)
_SUBORDINATE = regex(r"\b(?:before|because|since|while|when|if|so that|in order to|after)\b", re.IGNORECASE)

BOUNDS = (
    *(
        "!=",
        "\u2260",
        "\\neq",
        "\\ne",
        " <",
        " >",
        "<=",
        ">=",
        "\u2264",
        "\u2265",
        "\\le",
        "\\ge",
        "\\leq",
        "\\geq",
    ),
    *("\\lt", "\\gt", "\u226a", "\u226b"),
)
"""Signs before a number by which it is another one, or a bound."""


def hedged(sentence: str) -> bool:
    """Whether a sentence names alternatives, a bound or a range, in its main clause."""
    low = sentence.lower()
    said = set(_WORD.findall(low))
    foreign = not low.isascii()
    if (foreign or "|" in low or not _MAY_HEDGE.isdisjoint(said)) and ALTERNATIVE.search(sentence):
        return True
    if _FOREIGN_OR.search(sentence):
        return True
    if (foreign or not _MAY_HEDGE_ABROAD.isdisjoint(said)) and _FOREIGN_HEDGE.search(sentence):
        return True
    bound, extends = foreign or not _MAY_BOUND.isdisjoint(said), _RANGE.search(sentence) is not None
    if not bound and not extends:
        return False
    clause = _SUBORDINATE.search(sentence)
    if clause and any(c.isdigit() for c in sentence[: clause.start()]):
        sentence = sentence[: clause.start()]
        extends = extends and _RANGE.search(sentence) is not None
    return extends or _HEDGED.search(sentence) is not None


def negated(text: str) -> bool:
    """Whether a text denies something: not, never, unknown, a sign of inequality."""
    low = text.lower()
    may = (
        "not" in low
        or "n't" in low
        or "never" in low
        or "no longer" in low
        or "\\ne" in low
        or "!=" in low
        or "\u2260" in low
        or "unknown" in low
        or "impossible" in low
    )
    return may and _NEGATED.search(text) is not None
