"""Words of doubt in a sentence: alternatives, bounds, ranges, hedges, denials."""

from __future__ import annotations

import re

from verirs.system.patterns import regex

_NEGATED = regex(
    r"\bnot\b|n't\b|\bnever\b|\bcannot\b|\bno longer\b|\\neq?\b|!=|≠|\bunknown\b|\bimpossible\b",
    re.IGNORECASE,
)
_HEDGED = regex(
    r"\b(?:or|either|neither|maybe|perhaps|possibly|probably|unless|otherwise|else)\b|"
    r"\b(?:could|might|may)\s+(?:\w+\s+)?be\b|"
    r"\b(?:between|among)(?=\W*[\d$])|"
    r"\b(?:one|some|any|all) of (?=\W*[\d$\\])|"
    r"\b(?:less|more|greater|fewer|larger|smaller|bigger|higher|lower|other) than(?=\W*(?:[\d$\\]|\w+\s*$))|"
    r"\b(?:at (?:most|least)|up to|no (?:more|less|fewer) than|as (?:many|much) as|below|above|under|"
    r"over)(?=\W{1,3}[\d$])|"
    r"\bat the (?:very )?(?:least|most)\b|\bgive or take\b|\d ?-?ish\b|\bor thereabouts\b|\bat (?:best|"
    r"worst)\b|"
    r"\bfrom\W+\d\S*\s+to\W+\d|\d\s*(?:to|through|-|\u2013)\s*\$?\d",
    re.IGNORECASE,
)  # fmt: skip
ALTERNATIVE = regex(
    r"\d\s*\|\s*\d|\b(?:or|either|maybe|perhaps|possibly|unless|otherwise|else|unverified|unchecked|unsure|uncertain)\b|"
    r"\bi guess\b|\((?:a |my |just a )?guess\)",
    re.IGNORECASE,
)
_MAY_HEDGE = (
    "or",
    "either",
    "maybe",
    "perhaps",
    "possibly",
    "unless",
    "otherwise",
    "else",
    "|",
    "un",
    "guess",
)
_MAY_BOUND = (
    *(*_MAY_HEDGE, "probably", "could", "might", "may", "between", "among", " of ", "than", "at ", "up to"),
    *("as many", "as much", "below", "above", "under", "over", "from", "to", "through", "-", "\u2013"),
    *("no more", "no less", "no fewer", "give or take", "ish"),
)
_MAY_HEDGE_ABROAD = (
    *(
        "oder",
        "ou",
        " o ",
        "of",
        "lub",
        "albo",
        "veya",
        "ya da",
        "atau",
        "eller",
        "tai",
        "vagy",
        "sau",
        "nebo",
    ),
    *("vielleicht", "eventuell", "quiz", "tal vez", "forse", "talvez", "misschien", "belki", "mungkin"),
    *("kanske", "poate"),
)
"""What every match of the three patterns of hedges has in it."""
_FOREIGN_HEDGE = regex(
    r"\d\S{0,3}\s+(?:oder|ou|o|of|lub|albo|или|або|veya|ya da|atau|hoặc|eller|tai|vagy|sau|nebo)\s+\W{0,2}\d|"
    r"(?:或者?|または|又は|또는|أو|या)(?=\W{0,3}\d)|"
    r"\b(?:vielleicht|eventuell|peut-être|quizás?|tal vez|forse|talvez|misschien|może|возможно|"
    r"может быть|belki|"
    r"mungkin|có lẽ|kanske|ehkä|talán|poate)\b|可能|也许|大概|たぶん|かもしれ|아마",
    re.IGNORECASE,
)
_SUBORDINATE = regex(r"\b(?:before|because|since|while|when|if|so that|in order to|after)\b", re.IGNORECASE)


def hedged(sentence: str) -> bool:
    """Whether a sentence names alternatives, a bound or a range, in its main clause."""
    low = sentence.lower()
    if any(stem in low for stem in _MAY_HEDGE) and ALTERNATIVE.search(sentence):
        return True
    if (not low.isascii() or any(stem in low for stem in _MAY_HEDGE_ABROAD)) and _FOREIGN_HEDGE.search(
        sentence
    ):
        return True
    if not any(stem in low for stem in _MAY_BOUND):
        return False
    clause = _SUBORDINATE.search(sentence)
    main = (
        sentence[: clause.start()]
        if clause and any(c.isdigit() for c in sentence[: clause.start()])
        else sentence
    )
    return _HEDGED.search(main) is not None


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
