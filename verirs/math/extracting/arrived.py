"""The number that a plain sentence in prose arrives at, where it has several.

A text arrives at a number that it had not said before: what it was given, and what it found on the way,
stands in the sentences before. So of several numbers the only new one is meant ("In 5 days he answers 320
emails", where the 5 days were told), or the one that the last calculation gave. Nothing here looks at a
reference answer: a text has one such number or none.
"""

from __future__ import annotations

import re
from itertools import pairwise

from verirs.math.extracting.function_words import (
    ALTERNATIVES,
    AUXILIARIES,
    CONDITIONS,
    CONTRASTS,
    DENIALS,
    DESCRIBING,
    DOUBTS,
    PRONOUNS,
    THINKS,
)
from verirs.math.extracting.labels import FAULTS
from verirs.math.extracting.plain_words import has_digit, plain_words
from verirs.math.extracting.roundings import same
from verirs.math.extracting.sentences import LABEL, NUMBER, bare, end_of_sentence, with_unit
from verirs.math.extracting.worked import computed, worked_out
from verirs.math.values import words
from verirs.system.patterns import regex

_READ = 4_000
_OPEN = (
    DENIALS | DOUBTS | (CONDITIONS - {"if"}) | words("or either between about approximately roughly around")
)
"""With one of these a sentence leaves open which number it means."""
_AGAINST = (
    DENIALS | DOUBTS | (CONDITIONS - {"if"}) | CONTRASTS | ALTERNATIVES | THINKS
    | words(
        "i me my mine you your another other others some any said says say told claim claimed friend teacher "
        "student guess guessed estimate attempt try wrong incorrect false mistake mistaken error trap "
        "tempting invalid rejected extraneous spurious far fails fail failed instead example "
        "suppose let imagine if limit bound previous old naive wrongly incorrectly opposite ignore disregard "
        "above below first draft plain second guesses were been about"
    )
)  # fmt: skip
"""With one of these a sentence may say something else of its number than that it is so."""
BEFORE_THAT = regex(r"\bbefore (?:we|you|i|he|she|it|they)\b", re.IGNORECASE)
"""What a number was before something: "before we put it on top, it is"."""
_TO_DO = words("double halve add subtract multiply divide half key unknowns limit")
"""What is still to be done with a number, or what it is of."""
_OF_SEVERAL = _TO_DO | words(
    "sum product ratio difference quotient twice thrice maximum minimum range ranges lies neither could may "
    "might"
)
"""What is said of several numbers that are no answer together."""
_JOINS = regex(r"[^,]*(?:\band\b|,)[^,]*", re.IGNORECASE)
_COUNTED = words("old were been")
"""What may stand behind what is counted: "12 cats were left", "30 years old"."""
_ORDINALS = words("first second other")
_AGAINST_NUMBER = (_AGAINST - DENIALS) | words(
    "answer result solution enough right correct true count counts counted matter apply included qualify "
    "fit valid work"
)
_STATING = DESCRIBING | AUXILIARIES | PRONOUNS
"""One of these stands in every plain sentence."""
_LIMITING = words("than least most over under above below to within near from by")
_BOUNDING = _LIMITING | words("between of")
"""Words right before a number that is a bound, or a part of something else."""
_UNIT = r"(?:\s?[A-Za-z]+(?: [a-z]+)??)?"
_NUMBER = r"\(?(?:[$\u20ac\u00a3]\s?)?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?\)?"
_SIGN = r"\s*(?:[-+*/\u00d7\u00f7]|x|plus|minus|times|multiplied by|divided by|of(?: the)?)\s*"
_CALCULATED = regex(
    rf"(?P<left>{_NUMBER}{_UNIT}(?:{_SIGN}{_NUMBER}{_UNIT}){{1,8}}),? or (?:a total of )?(?P<value>{_NUMBER})"
    r"(?P<rest>[^\d,;]*)\Z"
)
"""A calculation and, behind "or", what it gives."""
_SIGNS = {
    "multiplied by": "*", "divided by": "/", "times": "*", "plus": "+", "minus": "-", "of the": "*",
    "of": "*", "\u00d7": "*", "\u00f7": "/", "x": "*",
}  # fmt: skip
_OPENING = regex(
    r"\W*(?:(?:so|then|now|and|therefore|thus|that means|this means)(?: that)?,?\s+)?"
    r"(?:in|for|after|at|with|by|during|over|within|since|on|because|when|as)\b[^,]*?"
    r"(?:,|\s(?:he|she|it|they|we|there)\b)",
    re.IGNORECASE,
)
"""What opens a sentence before its subject: "in a week of 5 days she"."""
_BECAUSE = r"(?:so |now |and )?(?:since|because|as|given that|now that)\b[^,]*,\s*"
_LAST_CLAUSE = regex(
    rf"\A{_BECAUSE}(?=[a-z\d$])|"
    r"\A(?:so |now |and )?(?:when|after)\b[^,]*,\s*(?=[a-z])|"
    r"\A.*,?\s(?:which|that|this) (?:means|would mean|leaves)(?: that)?,?\s+|"
    r"\A(?:so |now |and )?if\b[^,]*,\s*(?:then|that means(?: that)?)\s+",
    re.IGNORECASE,
)
"""What stands before the clause that a sentence comes to: "Since he packs 2 in each,", "4 cannot come, which
means"."""
_REASON = regex(_BECAUSE, re.IGNORECASE)
_OTHER_CASE = regex(r"(?:^|[.\n]\s*)(?:so |and |but )?(?:if|suppose|when)\b", re.IGNORECASE)
_NEAR = 300
CONFIRMS = regex(
    r"\b(?:our|the|my|this)(?: final)? (?:answer|solution) of (?P<value>[^.\n=:]{1,120}?) (?:is|are)"
    r"(?: indeed| also| therefore)? (?:correct|right|valid|verified|confirmed)[\s.!*]*\Z",
    re.IGNORECASE,
)
"""An answer that its check confirms: "So our answer of 36 girls is correct."."""
_FINAL = regex(
    rf"\b(?:is|are|was|were|equals|costs?|makes|gives|comes to|be)\s+(?P<value>{_NUMBER}){_UNIT}\W*\Z"
)
_WORD = regex(r"[A-Za-z]+(?: by| the)?|\u00d7|\u00f7")
_NOT_SIGNS = regex(r"[^\d.+*/()%-]")


def reaches(before: str, lead: str, answer: str, rest: str) -> bool:
    """Whether a plain sentence states a number that its text came to: its calculation gave it, or no sentence
    before had it. ``lead`` and ``rest`` are the sentence around it."""
    if " or " in lead and calculated(f"{lead}{answer}{rest}".rstrip(". ")) == answer:
        return True
    number = NUMBER.search(answer)
    said = plain_words(lead) + [word for word in plain_words(answer + rest) if word not in _COUNTED]
    denies = not DENIALS.isdisjoint(said) and counts_denied(lead + answer + rest) == answer
    if (
        number is None
        or rest[:1] == "^"
        or not (_AGAINST_NUMBER if denies else _AGAINST).isdisjoint(_behind_condition(lead, before, said))
        or _STATING.isdisjoint(said)
        or '"' in lead + rest
        or lead.rstrip(" $*").endswith(":")
        or LABEL.search(lead)
        or BEFORE_THAT.search(lead)
        or not _LIMITING.isdisjoint(plain_words(lead)[-1:])
    ):
        return False
    value = bare(number[0])
    if not _TO_DO.isdisjoint(said):
        return worked_out(before, answer)
    new = has_digit(before) and all(bare(m[0]) != value for m in NUMBER.finditer(before[-_READ:]))
    return new or worked_out(before, answer)


def _behind_condition(lead: str, before: str, said: list[str]) -> list[str]:
    """The words of a sentence behind the condition that opens it, where no other case was looked at."""
    clause = _LAST_CLAUSE.search(lead)
    if clause is None or _OTHER_CASE.search(before[-_NEAR:]):
        return said
    return said[len(plain_words(lead[: clause.end()])) :]


def only_new(before: str, sentence: str) -> re.Match[str] | None:
    """The only number of a sentence that the text before it had not said; ``None`` where it has none,
    several, or leaves it open."""
    if not has_digit(before) or not _OPEN.isdisjoint(plain_words(sentence)):
        return None
    known = {bare(found[0]) for found in NUMBER.finditer(before[-_READ:])}
    opening = _OPENING.match(sentence)
    new = [
        found
        for found in NUMBER.finditer(sentence)
        if bare(found[0]) not in known
        and not LABEL.search(sentence, max(0, found.start() - 12), found.start())
    ]
    if len({bare(found[0]) for found in new}) > 1:
        final = _FINAL.search(sentence)
        new = [
            found
            for found in new
            if (found.start() == final.start("value") if final else opening and found.start() > opening.end())
        ]
    if len({bare(found[0]) for found in new}) != 1:
        return None
    at, end = new[0].start(), new[0].end()
    if sentence[end : end + 1] in ("^", "!", "/") or not _LIMITING.isdisjoint(
        plain_words(sentence[:at])[-1:]
    ):
        return None
    return new[0]


def arrived_at(before: str, sentence: str) -> str | None:
    """The number of a sentence, with its unit, that the calculation before it gave; else its only new one."""
    clause = _LAST_CLAUSE.search(sentence)
    if clause is not None and not _OTHER_CASE.search(before[-_NEAR:]):
        before, sentence = before + sentence[: clause.start()], sentence[clause.end() :]
    if not _AGAINST.isdisjoint(plain_words(sentence)):
        return None
    result = computed(before)
    if result is not None:
        ours = [m for m in NUMBER.finditer(sentence) if bare(m[0]) == bare(result)]
        if ours:
            return with_unit(sentence, ours[0])
    new = only_new(before, sentence)
    return with_unit(sentence, new) if new is not None else None


def main_clause(sentence: str) -> str:
    """A sentence without the reason that opens it: "Since 8 of the 40 are rotten, 32 can be sold"."""
    reason = _REASON.match(sentence)
    return (
        sentence[reason.end() :] if reason is not None and has_digit(sentence[reason.end() :]) else sentence
    )


def several(text: str, count: int) -> str | None:
    """The ``count`` numbers that the last sentence of a text states, each of which the text came to: "So 78
    stools have three legs and 83 have four."; ``None`` where it has more, fewer, or leaves something open."""
    text = text.rstrip()
    at, last = 0, (0, 0)
    while at < len(text):
        end = end_of_sentence(text, at)
        if has_digit(text[at:end]):
            last = (at, end)
        at = max(end, at) + 1
    start, stop = last
    sentence, before = text[start:stop], text[:start]
    if (confirmed := CONFIRMS.search(text[start:])) is not None:
        sentence = confirmed["value"]
    said = set(plain_words(sentence)) - _COUNTED - _ORDINALS
    if has_digit(text[stop:]) or "?" in text[stop:] or not (_AGAINST | _OF_SEVERAL | FAULTS).isdisjoint(said):
        return None
    numbers = [m for m in NUMBER.finditer(sentence) if not LABEL.search(sentence[: m.start()])]
    if len(numbers) != count or len({bare(m[0]) for m in numbers}) != count:
        return None
    joined = all(_JOINS.fullmatch(sentence, one.end(), two.start()) for one, two in pairwise(numbers))
    if not joined or any(not _BOUNDING.isdisjoint(plain_words(sentence[: m.start()])[-1:]) for m in numbers):
        return None
    known = {bare(m[0]) for m in NUMBER.finditer(before[-_READ:])}
    if not all(bare(m[0]) not in known or worked_out(before, m[0].strip()) for m in numbers):
        return None
    return ", ".join(m[0].strip() for m in numbers)


_COUNT_OF = (
    r"(?:\b(?:number|percentage|percent|fraction|amount|total|rest|share|probability|cost|price)\b[^.]*?)"
)
_OTHER_DENIED = regex(
    rf"{_COUNT_OF}\b(?:not|never|n't)\b(?P<between>[^.\d]*?)\b(?:is|are|was|were|equals|=)\s+[$\u20ac\u00a3]?"
    r"(?P<is>\d[\d,]*(?:\.\d+)?)(?![\d.,]*\d)[^.\d]*\Z|"
    r"(?:\A|\b(?:that|so|means|are|were|the other|the remaining)\s+)(?P<who>\d[\d,]*(?:\.\d+)?)\s+"
    r"(?:[a-z]+\s+){1,3}?(?:did|do|does|were|will|have|had|could|would)(?:n't| not)\b[^.\d]*\Z",
    re.IGNORECASE,
)
"""A denial of something else than the number: "17 students did not pass", "the number of those who did not
pass is 17"."""


def counts_denied(sentence: str) -> str | None:
    """The number of those of whom a sentence denies something, where it does not deny the number."""
    found = _OTHER_DENIED.search(sentence) if _AGAINST_NUMBER.isdisjoint(plain_words(sentence)) else None
    if found is None:
        return None
    if found["is"] and not {"not", "never"}.isdisjoint(plain_words(found["between"])[-2:]):
        return None
    return found["is"] or found["who"]


def calculated(sentence: str) -> str | None:
    """What a sentence ends with where it is the true result of the calculation before "or": "12 + 3 pens,
    or 15 pens"."""
    found = _CALCULATED.search(sentence) if " or " in sentence else None
    if found is None or not _OPEN.isdisjoint(plain_words(sentence[: found.start()] + found["rest"])):
        return None
    left = _NOT_SIGNS.sub("", _WORD.sub(lambda m: _SIGNS.get(m[0].lower(), " "), found["left"]))
    if not same(left, bare(found["value"].strip("()"))):
        return None
    number = NUMBER.search(sentence, found.start("value"))
    return with_unit(sentence, number) if number is not None else None
