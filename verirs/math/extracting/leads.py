"""What may lead to "the answer is": words that only go on, reasons, and what is concluded from.

A closed world, part by part of the sentence: "So we see that the", "Since x = 5,", "He keeps 12 pencils, so
the". Whoever else says it ("According to the book, the"), where or when ("In last year's test the", "Given
a leap year, the") makes it no answer of the text.
"""

from __future__ import annotations

import re
from itertools import pairwise

from verirs.math.extracting.function_words import ALTERNATIVES, LIMITS, SPEAKERS
from verirs.math.extracting.plain_words import foreign_letters, has_working, plain_words
from verirs.math.values import words
from verirs.system.patterns import regex

GOING_ON = words(
    "am confident sure certain so thus therefore hence then and now finally consequently accordingly "
    "ultimately overall altogether clearly in conclusion summary total short this that it which these "
    "means implies shows gives yields follows conclude concludes leads to us we i can see find found "
    "get got obtain have know deduce the final correct right exact simplified numerical required "
    "desired our my your is be must as a result of by based on from above calculation calculations all "
    "here for problem question with ok okay yes well looks like appears seems confirm confirms "
    "confirmed verified also just only actually indeed hereby say at last come arrive believe think end "
    "step steps work solution part let me state write box give report put answer's real true actual new "
    "revised updated corrected want sum up together summarize overall, so, correct, i'm answer answers "
    "solutions results given information explanation reasoning because since value conclude added "
    "restate repeat verification correction erratum double check checking first either way any case"
)
_REASONS = words("since because")
WORKING = words(
    "adding subtracting multiplying dividing using combining solving simplifying substituting "
    "evaluating calculating computing rounding rounded summing plugging counting applying putting "
    "taking comparing converting factoring expanding collecting setting isolating rearranging working "
    "following after by from"
)
OBLIGED = regex(
    r"\b\w+ing\b[^,]*\b(?:where|when|instead|while) (?:one|you|we|it) (?:has|have|had|should|must|ought)\b",
    re.IGNORECASE,
)
"""What should be done in the place of what is: "multiplying where one has to add"."""
_CONCLUDING = words("so thus hence therefore consequently accordingly")
_NOT_LEADING = LIMITS | ALTERNATIVES | (SPEAKERS - words("we our us")) | words("wrong incorrect false")
_PARTS = regex(r"[,;:\u2014]|\s[-\u2013]\s|(?=\b(?:so|thus|hence|therefore) the\b)")
_CUE = regex(
    r"\b(?:answers?|results?|solutions?|values?|correct option|correct choice)\b(?P<of>.*?)"
    r"(?:\b(?:is|are|was|be|equals)\b|:|=|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_HOW = regex(r"\((?:rounded|to|in|as|exact|simplified|correct)\b[^()]*\)")
_ASKING = words("asks asked wants wanted requires is")
_ROUNDED = regex(r"\b(?:to|in) (?:the nearest|(?:one|two|three|four|\d+) (?:decimal|significant))\b")
_OF = words(
    "is to for of here that which the this our your my given original following above whole math we you "
    "are were looking seek need want seeking entire word i s would should must will thus then therefore "
    "hence indeed clearly simply comes out turns now also finally seems can be does as"
)
_TASKS = words(
    "problem question exercise equation task puzzle riddle expression system inequality calculation"
)
"""What "the answer" may be the answer to, and what else stands between it and "is"."""


def unread_opening(lead: str) -> str:
    """What of a sentence up to its cue is not understood; empty where it leads to the answer.

    Args:
        lead: the sentence from its begin on, with the cue ("So the answer is") at its end.
    """
    found = None
    for found in _CUE.finditer(lead):  # noqa: B007
        break
    if found is None or foreign_letters(lead):
        return ""
    parts = [part for part in _PARTS.split(lead[: found.start()]) if part.strip()]
    for part, follows in pairwise((*parts, "")):
        said = plain_words(part)
        if (GOING_ON.issuperset(said) and "to me " not in part) or _ROUNDED.search(part):
            continue
        asks = said[:1] == ["the"] and said[1] in _TASKS and said[2:3] != [] and said[2] in _ASKING
        if asks or said[0] in _REASONS or said[0] in WORKING or has_working(part):
            known = True
        else:
            known = plain_words(follows)[:1] != [] and plain_words(follows)[0] in _CONCLUDING
        if not known or not _NOT_LEADING.isdisjoint(said) or OBLIGED.search(part):
            return part.strip()
    for word in plain_words(_HOW.sub(" ", found["of"])):
        if word in _TASKS:
            break
        if word not in _OF:
            return found["of"].strip()
    return ""
