"""Whether a text came to a value before it closes with it, and what such a value may be of."""

from __future__ import annotations

import re

from verirs.math.extracting.function_words import DENIALS, FUNCTION, LIMITS, SPEAKERS
from verirs.math.extracting.plain_words import plain_words
from verirs.math.values import words
from verirs.system.patterns import regex

_LOOKED = 1_000
_PLAIN = regex(r"[\s$)*]*[A-Za-z][A-Za-z\s*.!$)-]*")
_VALUE = regex(r"[-$\u20ac\u00a3]*\d[\d,:/]*(?:\.\d+)?(?=[\s\\$%]|\Z)")
_SPACE = regex(r"[\s$*{}]+|\\[()\[\],;!]")
NO_LABEL = (
    LIMITS
    | DENIALS
    | SPEAKERS
    | words(
        "wrong incorrect false old other another guess guesses guessed estimate claim first "
        "attempt try example hint check distractor naive"
    )
)
"""What a label of an answer does not say."""


def only_counted(rest: str) -> bool:
    """Whether one to three words behind the result of a calculation say what was counted: "= 195 koi"."""
    said = plain_words(rest)
    return (
        0 < len(said) < 4
        and FUNCTION.isdisjoint(said)
        and NO_LABEL.isdisjoint(said)
        and _PLAIN.fullmatch(rest) is not None
    )


def worked_out(before: str, answer: str) -> bool:
    """Whether a text has come to a value before: on the right of an equation, or at the end of a sentence."""
    number = _VALUE.match(answer)
    value = _SPACE.sub("", number[0] if number else answer)
    squeezed = _SPACE.sub("", before[-_LOOKED:])
    if any(
        (at := squeezed.rfind(sign + value)) >= 0 and not squeezed[at + len(sign + value) :][:1].isdigit()
        for sign in ("=", "\u2248", "\\approx")
    ):
        return True
    return re.search(rf"(?<![\w.,/:]){re.escape(value)}(?:[.](?!\d)|\n)", before[-_LOOKED:]) is not None
