"""An explanation behind the answer under a head that announces one: "The key steps are: 1. Add the cats.".

It may say more than the closing phrases, but nothing of where the answer stands, nothing that denies, doubts
or opposes, and it comes to the answer again or only lists what was done.
"""

from __future__ import annotations

import re
from itertools import pairwise

from verirs.math.extracting.behind import (
    FAULTS,
    STATING,
    adds_nothing,
    concluded,
    number_in,
    restated,
    sentences_of,
)
from verirs.math.extracting.function_words import ALTERNATIVES, COMPARISONS, DENIALS, LIMITS, MODALS
from verirs.math.extracting.plain_words import has_digit, plain_words
from verirs.math.extracting.sentences import NUMBER, bare
from verirs.math.values import words
from verirs.system.patterns import regex

_MARKER = regex(r"^[ \t]*(?:\d{1,2}[.)]|[-*\u2022])[ \t]+", re.MULTILINE)
"""The number or the sign before an item of a list."""
_HEAD = words(
    "recap recapitulation the a an my our this these it each main key basic important clear clearly simple "
    "careful logical "
    "systematic systematically step steps part parts insight insights idea ideas point points calculation "
    "calculations computation reasoning solution explanation breakdown logic process approach method work "
    "problem question answer value here here's how why through into in of to for by and from with as follows "
    "following is are was were let let's me us i we i'll break breaks broken down explain explains walk "
    "walks you show shows go outline outlines summarize summary verify check involves involve "
    "include includes uses used use using step-by-step solving solve finding find found calculating "
    "calculate "
    "determining determine got get arrived arrive at works worked out behind given information sequential "
    "manageable smaller detail details detailed more quickly briefly there"
)
"""The words of a head that announces an explanation, and of nothing else."""
_ANNOUNCING = words(
    "steps insights points reasoning solution explanation breakdown logic process "
    "recap approach calculation calculations explain break breaks walk show outline summary how"
)
_AS = words("than as under over")
_CAME_TO = regex(
    r"(?:\b(?:get|gets|getting|gives|give|obtain|yields?|is|are|makes?|equals?|finding)\b[^\d\n=]{0,40}|[=:,]\s*)"
    r"[$\u20ac\u00a3]?(\d[\d,]*(?:\.\d+)?)(?![\d.,]*\s*(?:[-+*/x\u00d7\u00f7=]|\w+\)?\s*=))"
)
"""A value that something comes to: behind "to get", behind a sign of equality, alone behind a comma."""
_UNKNOWN = regex(r"(?:\b|\d)[A-Za-z]\b[^=A-Za-z]*$")
"""What stands before a sign of equality in an equation that is to be solved."""
_STEPS = words(
    "add calculate find determine subtract multiply divide sum identify use set solve convert compute count "
    "simplify substitute plug apply factor expand rearrange recognize recognise understand start begin take "
    "verify confirm ensure check round compare combine evaluate express write rewrite break draw square "
    "complete list total group isolate integrate differentiate define represent track consider account "
    "reduce figure work deduct translate sketch recall note observe realize establish collect construct "
    "gather estimate"
)
"""What is done in a step of a calculation."""
_FIRST = words("first second third then next finally lastly and also to we systematically carefully")
_POINTING = words("this that it these those")
_LEADING = words("gives results means leaves creates makes leads totals comes adds brings yields")
_STATED_FIRST = STATING | _LEADING | words("so thus therefore hence")
_AGAINST = (
    LIMITS
    | DENIALS
    | ALTERNATIVES
    | MODALS
    | FAULTS
    | words(
        "i i'm i'd you your instead actually wait oops sorry ignore forget disregard correction real other "
        "another revised contradiction contradicts too box boxed field placeholder above earlier previous"
    )
)


def recapped(rest: str, answer: str) -> bool:
    """Whether what follows is an explanation under a head that announces one, which comes to the answer
    again or only lists what was done."""
    head, colon, body = rest.lstrip(" #*_>-\n").partition(":")
    if "\n" in head and rest.lstrip()[:2] in ("**", "##"):  # a heading
        head, colon, body = rest.lstrip(" #*_>-\n").partition("\n")
    said = plain_words(head)
    if not colon or has_digit(head) or not _HEAD.issuperset(said) or _ANNOUNCING.isdisjoint(said):
        return False
    body = _MARKER.sub("", body)
    sentences = [sentence for sentence in sentences_of(body) if not adds_nothing(sentence)]
    if not sentences or _answers(said):
        return False
    if not all(_explains(sentence, answer) for sentence in sentences):
        return False
    last = next((sentence for sentence in reversed(sentences) if has_digit(sentence)), "")
    if restated(last, answer) or concluded(last, answer) or _first_is(last, answer):
        return True
    return all(restated(sentence, answer) or _is_step(sentence, answer) for sentence in sentences)


def _is_step(sentence: str, answer: str) -> bool:
    """Whether a sentence says what was done, and not what came out of it, unless that is the answer:
    "2. Multiply the cats by the price"."""
    said = [word for word in plain_words(sentence) if word not in _FIRST][:1]
    if not said or not (said[0] in _STEPS or any(base in _STEPS for base in _bases(said[0]))):
        return False
    came = [found for found in _CAME_TO.finditer(sentence) if not _UNKNOWN.search(sentence, 0, found.start())]
    return all(bare(found[1]) == number_in(answer) for found in came)


def _bases(word: str) -> tuple[str, ...]:
    """The verbs of which a word may be the form in "-ing"."""
    stem = word.removesuffix("ing") if word.endswith("ing") else ""
    return (stem, stem + "e", stem[:-1]) if len(stem) > 2 else ()


def _explains(sentence: str, answer: str) -> bool:
    """Whether a sentence of an explanation leaves the answer as it is."""
    said = plain_words(sentence)
    if restated(sentence, answer):
        return True
    points = said[:1] != [] and said[0] in _POINTING and said[1:2] != [] and said[1] not in _LEADING
    if (points and has_digit(sentence) and "=" not in sentence) or not _AGAINST.isdisjoint(said):
        return False
    return not _answers(said) or _first_is(sentence, answer)


def _first_is(sentence: str, answer: str) -> bool:
    """Whether the first number of a sentence is the answer, and what follows compares it with nothing and
    states no other: "Therefore, Adam will be 38 in 8 years"."""
    number = NUMBER.search(sentence)
    if number is None or bare(number[0]) != number_in(answer):
        return False
    rest = sentence[number.end() :].partition(", which")[0]
    said = plain_words(rest)
    if not (COMPARISONS - _AS).isdisjoint(said) or (has_digit(rest) and not STATING.isdisjoint(said)):
        return False
    return not _STATED_FIRST.isdisjoint(plain_words(sentence[: number.start()]))


def _answers(said: list[str]) -> bool:
    """Whether the words of a sentence say what the answer is."""
    return any(noun in ("answer", "result", "solution") and verb in STATING for noun, verb in pairwise(said))
