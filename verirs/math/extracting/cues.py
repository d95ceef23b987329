"""Sentences that say which answer is meant: "the answer is", "Final Answer:", and so in the large languages.

The last cue with something behind it counts. A question behind a cue is no answer, nor is the beginning of a
solution ("Answer: First, he buys ..."): then what closes the text is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from verirs.math.extracting.arrived import CONFIRMS, arrived_at
from verirs.math.extracting.function_words import DOUBTS, FOREIGN_NOUNS
from verirs.math.extracting.plain_words import has_digit, plain_words
from verirs.math.extracting.qualifiers import no_cue, qualified
from verirs.math.extracting.roundings import without_aside
from verirs.math.extracting.sentences import EDGE, MATH, NUMBER, end_of_sentence, is_formula, is_value, stated
from verirs.math.values import words
from verirs.system.patterns import regex

_IS = (
    r"[*_\s]*(?:\b(?:is|are|was|equals|becomes|seems to be|appears to be|turns out to be|"
    r"comes out to(?: be)?|"
    r"(?:should|would|must|will|has to|can only|is going to)(?: then| therefore)? be|works out to(?: be)?)\b"
    r"|[:=\uff1a|\u2192]|->|[-\u2013\u2014](?=\s)|(?=\s*\$)|\n)"
)
_OF = r"(?:\s+(?:to|for|of|in|option|choice)\b[^\n.:=]{0,80}?)?"
_OF_ANOTHER = regex(r"\b(?:similar|another|other|different|previous|earlier)\b")
_COPULA = (
    r"[*_\s]*(?:(?:correct[ae]|richtige|finale?|final|definitiva|korrekte|最终|最終)\s*)?[*_\s]*"
    r"(?:\b(?:ist|lautet|wäre|est|sera|es|sería|è|é|e|seria|sarebbe|jest|to|je|adalah|ialah|là|är|er|este|ni|"
    r"van|is)\b"
    r"|是|为|為|即|は|が|同|은|는|это|равен|عبارة|هي|هو|है)?"
    r"\s*[*_\u3011\u300d\]]*(?:[:=\uff1a|\u2192]|[\u2013\u2014-](?=\s))*"
)
_OTHERS = words(
    "ответ результат відповідь απάντηση 答案 答え 解答 正解 回答 结果 結果 综上 답 정답 "
    "الإجابة الجواب جواب پاسخ उत्तर উত্তর "
    "คำตอบ תשובה సమాధానం"
)
_HOW = r"(?:\s*\((?:rounded|to|in|as|exact|simplified|correct)\b[^()\n]{0,60}\))?"
"""How the answer is given: "Answer (rounded to the nearest integer):"."""
_NAMED = regex(rf"s?\b{_OF}{_HOW}{_IS}")
_ENGLISH: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("answer", _NAMED),
    ("result", regex(r"\s*(?:is\b|:)")),
    ("solution", regex(r"\s*(?:is\b|:(?!\s*\n))")),
    ("correct option", _NAMED),
    ("option letter", _NAMED),
    ("correct choice", _NAMED),
    ("\na:", regex("")),
    ("\nans", regex(r"\.?\s*[:=]")),
)
_SPOKEN = frozenset(word for word, _ in _ENGLISH)
_INFLECTED, _BARE = regex(r"\w{0,2}" + _COPULA), regex(_COPULA)
_FOREIGN = tuple((word, _INFLECTED) for word in FOREIGN_NOUNS)
_STRANGE = tuple((word, _BARE) for word in (*_OTHERS, "\n答", "đáp án", "đáp số"))
_ALL = (*_ENGLISH, *_FOREIGN, *_STRANGE)
_ASCII = (*_ENGLISH, *(cue for cue in _FOREIGN if cue[0].isascii()))
"""What announces an answer, and what may follow it up to the answer."""
_CONFIRMED = regex(
    r"(?: indeed| also| therefore)? (?:correct|right|valid|verified|confirmed)\b[\s.!*)]*(?:\n|\Z)"
)
"""Behind "the solution is": a check, no answer."""
_MAX_MENTIONS = 8
_LEAD = regex(
    r"(?:[\s*_`\"':\uff1a}]|(?<=\n)>|\|(?=\s)|=(?!=)|[-\u2013\u2014](?=\s)|\\\\|therefore|thus|hence|simply|"
    r"just|equal to|"
    r"indeed|exactly|precisely|"
    r"approximately|about|around|roughly|likely|then|clearly|for sure|definitely|obviously|actually|"
    r"again|\(?rounded\)?:?|"
    r"environ|etwa|also|ungefähr|donc|pues|约|大約|約)+(?![A-Za-z])",
    re.IGNORECASE,
)
_DERIVES = regex(
    r"(?:let's|let us|let me|let [a-z\\$]|first\b|to (?:find|solve|determine|calculate|get|answer)\b|"
    r"we (?:first|need|know|can|have|are)\b|"
    r"since\b|given\b|if\b|step\s*\d|1[.)]\s)",
    re.IGNORECASE,
)
_WOULD_HAVE = regex(r"\bwould have\b")
_TWO_NUMBERS = regex(r"\d\D+\d")


@dataclass(frozen=True, slots=True)
class Said:
    """What follows the last cue: an answer and its sentence; or, where ``answer`` is ``None``, from where on
    the text goes on."""

    answer: str | None
    after: int
    start: int = 0


def said(text: str, computed: str | None = None) -> Said | None:
    """What the last "the answer is" (or the like) of a text names; ``None`` where it has none."""
    if (confirmed := CONFIRMS.search(text, max(0, len(text) - 300))) is not None:
        return Said(stated(confirmed["value"], computed) or None, len(text), confirmed.start("value"))
    end, colon, weak = _last_cue(text)
    if end < 0:
        return None
    start, stop = _sentence_at(text, end)
    sentence = text[start:stop].strip(EDGE)
    if sentence.endswith(" |"):  # a cell of a table
        sentence = sentence.partition(" |")[0].strip(EDGE)
    if sentence.endswith("]") and "[" not in sentence:  # [Answer: 5]
        sentence = sentence[:-1].rstrip()
    if not sentence or _asks(text, stop):
        return Said(None, stop + 1)
    rest = text[stop + 1 :]
    if (
        colon
        and (rest and not rest.isspace())
        and not is_value(sentence)
        and (_DERIVES.match(sentence) or (NUMBER.match(sentence) is None and _goes_on(rest)))
    ):
        return Said(None, start)
    if weak and has_digit(rest):
        return Said(None, start)
    core = without_aside(sentence)
    taken_back = core != sentence and (_takes_back(sentence[len(core) :]))
    answer = stated(sentence if taken_back else core, computed)
    if (
        answer == sentence
        and has_digit(sentence)
        and not is_value(sentence)
        and not qualified(_WOULD_HAVE.sub("has", sentence))
    ):
        answer = arrived_at(text[:start], sentence) or sentence
    return Said(answer or None, stop, start)


def _takes_back(aside: str) -> bool:
    """Whether a remark in brackets, or behind "or", is known to make an answer another one or none."""
    return qualified(aside) or not DOUBTS.isdisjoint(plain_words(aside)) or "mod" in plain_words(aside)


def statement(text: str) -> str | None:
    """The sentence behind the last cue, as it is; ``None`` where there is none, or a question."""
    end, _, _ = _last_cue(text)
    if end < 0:
        return None
    start, stop = _sentence_at(text, end)
    return None if _asks(text, stop) else text[start:stop].strip(EDGE) or None


def _sentence_at(text: str, end: int) -> tuple[int, int]:
    """Where the sentence behind a cue begins, its first words that say nothing left out, and where it
    ends."""
    lead = _LEAD.match(text, end)
    start = lead.end() if lead else end
    while start < len(text) and text[start] in EDGE:
        start += 1
    math = MATH.match(text, start)
    return start, end_of_sentence(text, math.end() - 1 if math and is_formula(math) else start)


def _asks(text: str, stop: int) -> bool:
    return text[max(0, stop - 2) : stop + 1].strip(EDGE + "!").endswith(("?", "\uff1f"))


def _goes_on(rest: str) -> bool:
    """Whether a solution follows: some sentences with numbers."""
    return len(rest) > 40 and _TWO_NUMBERS.search(rest) is not None


def _last_cue(text: str) -> tuple[int, bool, bool]:
    """Where the last cue with something behind it ends (-1: none), whether it is only a heading, and
    whether it
    may tell of a result on the way."""
    low = "\n" + text.lower()
    if len(low) != len(text) + 1:  # a letter whose lower case is longer
        low = "\n" + text
    if not text.isascii():
        tables = _ALL
    else:
        tables = _ENGLISH if " the " in low else _ASCII
    end, colon, weak = -1, False, False
    for anchor, pattern in tables:
        if end >= 0 and anchor in ("result", "solution"):
            continue
        if anchor not in low:
            continue
        begin = end if end > 0 else 0
        at = len(low)
        for _ in range(_MAX_MENTIONS):
            at = low.rfind(anchor, begin, at)
            if at < 0:
                break
            match = pattern.match(low, at + len(anchor))
            if match and (
                no_cue(low, at, anchor in _SPOKEN)
                or _OF_ANOTHER.search(match[0])
                or (match[0].endswith(("is", "are")) and _CONFIRMED.match(low, match.end()))
            ):
                continue
            if match and low[match.end() : match.end() + 40].strip(" *_\n:|$"):
                if match.end() > end:
                    end, colon = match.end(), (anchor + match[0]).rstrip(" *_")[-1] in ":\n\uff1a"
                    weak = anchor in ("result", "solution")
                break
    return end - 1 if end >= 0 else -1, colon, weak
