"""Whether a text came to a value before it closes with it."""

from __future__ import annotations

import re

from verirs.math.extracting.sentences import NUMBER
from verirs.system.patterns import regex

_LOOKED = 1_000
_WINDOW = 600
_PRINTED = regex(r"```output[ \t]*\n([^`]{0,2000}?)\s*```")
_RESULT = regex(
    r"=\s*\$?\\?\$?\s*(?:<<[^<>]{0,80}>>)?\s*([-\u2212]?[$€£¥]?\s?\d[\d,]*(?:\.\d+)?)(?![\d.]*\s*[-+*/x\u00d7\u00f7\u00b7\u22c5^(]\s*\d)"
)
_VALUE = regex(r"[-$\u20ac\u00a3]*\d[\d,:/]*(?:\.\d+)?(?=[\s\\$%]|\Z)")
_SPACE = regex(r"[\s$*{}]+|\\[()\[\],;!]")


def computed(text: str) -> str | None:
    """The result of the last calculation that is written out in a text, or printed."""
    window = text[-_WINDOW:]
    printed = None
    for printed in _PRINTED.finditer(window):  # noqa: B007
        pass
    if printed is not None:
        lines = [line for line in printed[1].split("\n") if line.strip()]
        if lines and NUMBER.fullmatch(lines[-1].strip()):
            return lines[-1].strip()
    last = None
    for last in _RESULT.finditer(window):  # noqa: B007
        pass
    return last[1] if last is not None else None


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
