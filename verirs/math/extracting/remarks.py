"""A paragraph under a heading of its own behind an answer: a check, an intuition, a table of what was added.

It explains, so what closes the text before it is the answer; unless it turns against that, or comes to a
conclusion of its own.
"""

from __future__ import annotations

import re

from verirs.math.extracting.behind import calculations_hold, sentences_of, turns
from verirs.math.extracting.function_words import CONTRASTS, DENIALS, DOUBTS
from verirs.math.extracting.plain_words import has_digit, plain_words
from verirs.math.extracting.sentences import NUMBER, bare, begin_of_sentence
from verirs.math.values import words
from verirs.system.patterns import regex

_LONGEST = 600
_HEADED = regex(
    r"\n\s*\n[\s*_#>-]*(?:key (?:takeaway|idea|point)s?|takeaways?|intuition|"
    r"tip|why (?:this|it) works|explanation|"
    r"breakdown|here(?:'s| is) (?:the|a) breakdown|to see why)\b"
    r"[^\n]*(?:\n(?!\s*\n)[^\n]*)*\s*\Z"
)
_TICKED = regex(
    r"\n\s*\n[\s*_#>-]*(?:(?:sanity |quick |double[- ])?check|verification|verify|proof|for (?:instance|"
    r"example))\b"
    r"[^\n]*(?:\n(?!\s*\n)[^\n]*)*[\u2713\u2714\u2705\u2611]\ufe0f?[\s.*]*\Z|"
    r"\n\s*\n(?:both|all|these|they) (?:check|work)(?: out)?:[^\n]*=[^\n]*\Z"
)
"""A check that says itself that it holds."""
_TABLE = regex(r"\n\s*\n(?:[^\S\n]*\|[^\n]*\|[^\S\n]*(?:\n|\Z))+\s*\Z")
_CHECK = regex(
    r"[\s*_(]*(?:(?:as a|to|we can|you can|let us|let's|a|quick|sanity|double|just)\W+)*"
    r"(?:check|verify|verification)\b(?:ing)?(?:\W+(?:this|that|it|the answer|our answer|again))?[^\d=]*"
    r"(?:\d[\d,.]*[^\d=]+, (?:and|so) )?"
    r"(?P<sum>[-$\u20ac\u00a3(\d][-\d.,+*/()\u00d7\u00f7\u00b7\u2212x%$\s]*="
    r"[-\d.,+*/()\u00d7\u00f7\u00b7\u2212x%$\s=]*\d\)?%?)"
    r"(?:,? (?:as|which (?:matches|agrees|is (?:right|correct|true|what|indeed|exactly))|matching|"
    r"and (?:that|this|it) "
    r"(?:matches|agrees|is (?:right|correct|true)))\b[^\d=]*)?[\s.!)*\u2713\u2714\u2705]*",
    re.IGNORECASE,
)
"""A sentence that checks, with its calculation, and says no more than that it holds."""
_CHECK_LENGTH = 240
_CONCLUDES = words("so thus hence therefore answer actually")
_FAULTS = words(
    "wrong incorrect false mistaken mistake error fails instead should must correct correction real "
    "contradiction contradicts other another too"
)
_AGAINST = CONTRASTS | DENIALS | DOUBTS | _FAULTS


def without_check(text: str) -> str:
    """A text without the last sentence where that only checks the number before it, and holds: "She has 18.
    We can check this: 2 x 18 - 6 = 30, as required."."""
    end = text[-_CHECK_LENGTH:]
    if "=" not in end or ("heck" not in end and "erif" not in end):
        return text
    end = text.rstrip()
    begin = begin_of_sentence(end, len(end) - 1)
    check = _CHECK.fullmatch(end, begin)
    if check is None or not calculations_hold(check["sum"]) or not _AGAINST.isdisjoint(plain_words(check[0])):
        return text
    stated = end[begin_of_sentence(end, len(end[:begin].rstrip()) - 1) : begin]
    used = {bare(m[0]) for m in NUMBER.finditer(check["sum"])}
    if used.isdisjoint(bare(m[0]) for m in NUMBER.finditer(stated)):
        return text
    return end[:begin].rstrip()


def without_remark(text: str) -> str:
    """A text without the paragraph that only explains its answer."""
    if "\n\n" not in text and "\n \n" not in text:
        return text
    begin = max(0, len(text) - _LONGEST)
    end = text[begin:]
    low = end.lower()
    found = (
        (_TABLE.search(end) if end.rstrip().endswith("|") else None)
        or _HEADED.search(low)
        or _TICKED.search(low)
    )
    if found is None or len(end) != len(end.lower()) or not has_digit(text[: begin + found.start()]):
        return text
    for sentence in sentences_of(end[found.start() :]):
        said = plain_words(sentence)
        concludes = not _CONCLUDES.isdisjoint(said) and has_digit(sentence)
        if (
            turns(sentence)
            or concludes
            or not calculations_hold(sentence)
            or "answer" in said
            or not _AGAINST.isdisjoint(said)
        ):
            return text
    return text[: begin + found.start()]
