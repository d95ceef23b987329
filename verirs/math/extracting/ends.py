"""The values that end a text, each of which may be meant as its answer where none is marked.

A rule that finds an answer in unmarked prose guesses. Where it guessed another value than the gold one, and
the gold one is in bold, on the right of a formula, or in the last sentences of the text too, the guess is no
proof that the text is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from verirs.math.extracting.frames import reported
from verirs.math.extracting.function_words import ALTERNATIVES, COMPARISONS, DENIALS, LIMITS
from verirs.math.extracting.plain_words import has_digit, plain_words
from verirs.math.extracting.sentences import EDGE, LABEL, NUMBER, end_of_sentence, formulas, inside
from verirs.math.values import words
from verirs.system.patterns import regex

_WINDOW = 600
_MOST, _SENTENCES, _NEAR = 24, 8, 3
_FEW = 4
"""So many values are looked at, of so many sentences; numbers in prose in so many of them."""
_LISTS = (["options"], ["choices"], ["problem"], ["question"], ["step"], ["exercise"])
_REPLACES = (["no"], ["wait"], ["actually"], ["sorry"], ["oops"])
_TURNS = COMPARISONS | words("when attained answers possible i least") | LIMITS | DENIALS | ALTERNATIVES
"""What a sentence says with one of these is not simply said."""
_BOLD = regex(r"\*\*([^*\n]{1,120})\*\*")
_RIGHT = regex(r"(?<![<>!=:])=(?!=)|\\approx|\u2248")
_LABEL = regex(r"\A[^:=\d\n]{1,60}:\**\s*(?=\S)")
_NAME = regex(r"\b(?:is|are|was|to) ((?:an? |the )?[A-Za-z]+(?: [A-Za-z]+)?)\s*\Z")
_CONDITION = regex(r"(?:so |and |now )?(?:if|since|because|when|as)\b[^,]*,\s*", re.IGNORECASE)
_OPERAND = regex(r"\s*(?:(?:hundred|thousand|million|billion)\b|[-+*/^\u00d7\u00f7%]\s*[\d($]|x\s*\d|=)")
_OPERATED = regex(r"(?:\d|\))\s*[-+*/\u00d7\u00f7x]\s*\$?\Z")


def may_end_with(text: str, gold: str) -> bool:
    """Whether the digits of a gold number stand at the end of a text at all; true of other golds."""
    plain = gold.strip("$ ").replace(",", "")
    return not plain.isdecimal() or len(plain) < 2 or plain in text.rstrip()[-_WINDOW:].replace(",", "")


def values_at_end(text: str) -> Iterator[str]:
    """Texts of the values that may be meant, the last ones first, each once."""
    seen: set[str] = set()
    for value in _values(text.rstrip()[-_WINDOW:]):
        value = value.strip(EDGE + ".,;")
        if value and value not in seen:
            seen.add(value)
            yield value
            if len(seen) >= _MOST:
                return


def _values(end: str) -> Iterator[str]:
    last = True
    for back, sentence in enumerate(reversed(_sentences(end)[-_SENTENCES:])):
        said = plain_words(sentence)
        if said[:1] in _REPLACES:  # what stands before it is taken back
            return
        if len(said) <= _FEW and "?" not in sentence and DENIALS.isdisjoint(said) and LIMITS.isdisjoint(said):
            yield sentence.strip(EDGE + ".")
        if not ALTERNATIVES.isdisjoint(said) and DENIALS.isdisjoint(said) and (found := formulas(sentence)):
            yield inside(found[-1])
        turns = not _TURNS.isdisjoint(said)
        if turns and last and not {"answer", "or", "either"} & set(said) and not reported(sentence):
            yield from _conditioned(sentence)
        last = last and not has_digit(sentence)
        if "?" in sentence or turns or said[:1] in _LISTS or (len(said) > 2 and reported(sentence)):
            continue
        for bold in reversed(list(_BOLD.finditer(sentence))):
            within = bold[1].strip(" :.")
            yield within
            yield from _rights(within)
        for formula in reversed(formulas(sentence)):
            within = inside(formula)
            yield within
            yield from _rights(within)
        label = _LABEL.match(sentence)
        if label:
            sentence = sentence[label.end() :]
            yield sentence
        yield from _rights(sentence)
        if back < _NEAR and "answer" not in said:  # what is said of "the answer" was read by its cue
            yield from _said(sentence)


def _conditioned(sentence: str) -> Iterator[str]:
    """The numbers a last sentence comes to behind its condition: "If he got 9 more, he would have 50"."""
    condition = _CONDITION.match(sentence)
    if condition is not None:
        yield from _said(sentence[condition.end() :])


def _said(sentence: str) -> Iterator[str]:
    """The name that a sentence ends with, and its numbers that are no operands."""
    if name := _NAME.search(sentence.rstrip(". ")):
        yield name[1]
    for number in reversed(list(NUMBER.finditer(sentence))):
        if LABEL.search(sentence, max(0, number.start() - 12), number.start()):
            continue
        if not _OPERAND.match(sentence, number.end()) and not _OPERATED.search(sentence, 0, number.start()):
            yield number[0]


def _rights(formula: str) -> Iterator[str]:
    """The right sides of its equations, the last first."""
    yield from reversed(_RIGHT.split(formula)[1:])


def _sentences(text: str) -> list[str]:
    found, start = [], 0
    while start < len(text):
        stop = end_of_sentence(text, start)
        if sentence := text[start : stop + 1].strip(" \n\t"):
            found.append(sentence)
        start = max(stop, start) + 1
    return found
