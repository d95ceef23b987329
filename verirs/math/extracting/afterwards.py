"""What a text says behind the sentence of its answer: nothing new, or something that was not understood.

A closed world: each sentence must say the answer again, calculate it, deny another value, or be one of the
closing phrases that add nothing ("This matches our earlier solution.", "I hope this helps."). A text that
ends with the answer again has the last word itself, so what stands between is not asked about. An
explanation under a head of its own ("The key steps are:") may say more, as long as it turns against nothing
and comes to no other value. Everything else makes the answer none: what was not understood may have taken
it back.
"""

from __future__ import annotations

import re

from verirs.math.extracting.behind import (
    CHECKING,
    STATING,
    adds_nothing,
    calculations_hold,
    concluded,
    known,
    number_in,
    numbers,
    plain_signs,
    plain_words_only,
    restated,
    same_value,
    sentences_of,
    turns,
)
from verirs.math.extracting.function_words import LIMITS
from verirs.math.extracting.plain_words import plain_words, says_something
from verirs.math.extracting.recaps import recapped
from verirs.math.extracting.roundings import says_again
from verirs.math.extracting.sentences import bare, named
from verirs.math.values import words
from verirs.system.patterns import regex

_READ = 4_000
_ROUNDED = regex(
    r"\(rounded (?:up |down |off )?to (?:the nearest [a-z]+(?: [a-z]+)?|(?:\d|one|two|three|four) "
    r"(?:decimal places?|decimals?|significant (?:figures|digits)))\)?",
    re.IGNORECASE,
)
"""A remark that says how the answer is rounded."""
_FIGURE = regex(r"\[asy\].*?(?:\[/asy\]|\Z)", re.DOTALL)
_SET_APART = regex(r"\\(?:begin|end)\{[a-z]+\*?\}|\\(?:blacksquare|square|qed|Box)\b")
_HEADED = regex(
    r"\W*(?:explanation|reasoning|justification|proof|reason|because|since(?! then)|here's (?:how|why))\b",
    re.IGNORECASE,
)
_CHECKS = regex(
    r"[\s*_#>$-]*(?:(?:sanity |quick |double[- ])?check|verification|verify(?:ing)?|proof)\b", re.IGNORECASE
)
_CHECK_WORDS = words(
    "check verification verify verifying proof sanity quick double times divided by plus minus"
)


def unread_behind(answer: str, rest: str) -> str:
    """What behind an answer's sentence is not understood; empty where all of it is."""
    rest = _FIGURE.sub(" ", rest)[-_READ:].strip() if "[asy]" in rest else rest[-_READ:].strip()
    if "\\" in rest:
        rest = _SET_APART.sub(" ", rest)
    if not says_something(rest):
        return ""
    last = rest.rpartition("\n")[2]
    if same_value(last, answer) or restated(last, answer):
        return ""
    if rest.lstrip(". \n")[:1] == "(" and _bracketed(rest, answer):
        return ""
    sentences = sentences_of(rest)
    if _CHECKS.match(rest) and _checked_again(rest, sentences, answer):
        return ""
    for sentence in sentences:
        if not known(sentence, answer):
            return "" if _explained(rest, sentences, answer) else sentence
    return ""


def _checked_again(rest: str, sentences: list[str], answer: str) -> bool:
    """Whether what follows puts the answer in again: true calculations, and words that only say so."""
    sentences = [plain_signs(sentence) for sentence in sentences]
    if "\\ne" in rest or "\u2260" in rest or number_in(answer) not in numbers(rest.replace("\\", " ")):
        return False
    allowed = CHECKING | _CHECK_WORDS
    return all(calculations_hold(s) and "=" in s and allowed.issuperset(plain_words(s)) for s in sentences)


def _bracketed(rest: str, answer: str) -> bool:
    """Whether what follows is a remark in brackets that calculates the answer."""
    inner = rest.strip(". \n")
    if says_again(inner.strip("()"), answer) or _ROUNDED.fullmatch(inner):
        return True
    if not inner.endswith(")") or number_in(answer) not in numbers(inner):
        return False
    return not any(turns(sentence) for sentence in sentences_of(inner)) and plain_words_only(inner)


def _explained(rest: str, sentences: list[str], answer: str) -> bool:
    """Whether what follows is an explanation that ends with the answer again."""
    last = next((s for s in reversed(sentences) if not adds_nothing(s)), "")
    if recapped(rest, answer):
        return True
    if (
        _HEADED.match(rest)
        and len(plain_words(rest)) > 3
        and not any(turns(s) or _limits(s) for s in sentences)
    ):
        other = named(last)
        names = other is not None and not STATING.isdisjoint(plain_words(last))
        return ("=" not in last and (not names or bare(other or "") == number_in(answer))) or concluded(
            last, answer
        )
    clause = last.rpartition(", ")[2]
    if not last or not (restated(last, answer) or restated(clause, answer) or concluded(last, answer)):
        return False
    return not any(turns(s) for s in sentences)


def _limits(sentence: str) -> bool:
    return not LIMITS.isdisjoint(plain_words(sentence))
