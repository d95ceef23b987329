"""Numbers in digits: separators of several countries, repeating decimals, exponents, bases of programs.

A dot or comma that may be two things is read as English text does; only what has one reading in another
country is read as there (``1.234,5``, ``1.234.567``, ``12,34,567``, ``1'234'567``).
"""

from __future__ import annotations

import re

from verirs.math.values import Node, Refused, Unreadable
from verirs.system.patterns import regex

MAX_DIGITS = 4_000
MAX_EXPONENT = 10_000
_MAX_REPEATING = 200

_SEP = r"(?:\{,\}|,\\!|\\!,|,\s\\!|\\,|\\;|\\:|\\!|\\ |~)"
_GROUPED_TEX = rf"[1-9]\d{{0,2}}(?:{_SEP}\s?\d{{3}})++(?!\d)"
_GROUPED_COMMA = r"[1-9]\d{0,2}(?:,\d{3})++(?![\d]|,\d)"
_GROUPED_SPACE = r"[1-9]\d{0,2}(?: \d{3})++(?! ?\d|\s*/)"
_GROUPED_MARK = r"[1-9]\d{0,2}(?:(?:'\d{3})++|(?:_\d{3})++)(?!\d)"
_INDIAN = r"[1-9]\d?(?:,\d{2}(?=,))++,\d{3}(?![\d]|,\d)"
_CONTINENTAL = (
    r"[1-9]\d{0,2}(?:(?:\.\d{3})++,\d+|(?:\.\d{3}){2,}+|(?: \d{3})++,(?:(?:\d{3} )++\d{1,3}|\d{1,2}))"
    r"(?![\d.,]\d|\d)"
    r"|\d+\{,\}(?:\d{1,2}|\d{4,})(?!\d)"
)
_BAR = r"\\(?:overline|bar)\s*(?:\{\d+\}|\d)"
_DOTS = r"(?:\.\.\.|\\[lc]?dots(?![a-zA-Z]))"
_FRACTION = rf"(?:\.\d*\(\d+\)(?![\w^!(.])|\.\d+(?:{_BAR}|\s?{_DOTS})?|\.{_BAR}|\.(?![\d.]|\\[lcd]))?"
_EXPONENT = r"(?:[eE][+-]?\d+(?![\w.]))?"
_PROGRAM = r"0[xX][0-9a-fA-F]+(?!\w)|0[bB][01]+(?!\w)|0[oO][0-7]+(?!\w)"
_POINT = rf"\.\d*\(\d+\)(?![\w^!(.])|\.\d+(?:{_BAR}|{_DOTS})?"
NUMBER = (
    rf"(?:{_PROGRAM}|{_CONTINENTAL}|(?:{_GROUPED_TEX}|{_INDIAN}|{_GROUPED_COMMA}|{_GROUPED_MARK}"
    rf"|{_GROUPED_SPACE}|\d+){_FRACTION}|{_POINT}){_EXPONENT}"
)
NUMBER_IN_BRACKETS = rf"(?:{_PROGRAM}|(?:{_GROUPED_TEX}|{_GROUPED_MARK}|\d+){_FRACTION}|{_POINT}){_EXPONENT}"
"""Between brackets a comma is a separator of items."""
_SEPARATORS = regex(r"[^\d.eE+-]")
_IS_CONTINENTAL = regex(rf"(?:{_CONTINENTAL}){_EXPONENT}")
_BASES = {"x": 16, "X": 16, "b": 2, "B": 2, "o": 8, "O": 8}


def number(text: str) -> Node:
    """A number literal as written: digits with their separators, a point, an exponent.

    Raises:
        Refused: more than ``MAX_DIGITS`` digits or an exponent beyond ``MAX_EXPONENT``.
        Unreadable: a decimal that goes on in a way that cannot be seen.
    """
    if text.isdecimal():
        if len(text) > MAX_DIGITS:
            raise Refused(f"a number of {len(text)} digits")
        return Node("int", (int(text),))
    if text[0] == "0" and text[1] in _BASES:
        if len(text) > _MAX_REPEATING:
            raise Refused("a long number of a program")
        return Node("based", (text[2:].upper(), _BASES[text[1]]))
    if "overline" in text or "bar" in text or "(" in text:
        head, _, tail = re.sub(r"\\(?:overline|bar)|\(", "|", text, count=1).partition("|")
        if not (repeat := tail.strip(" {})")).isdecimal():
            raise Unreadable("digits that repeat, with a power of ten")
        return repeating(head, repeat)
    if "dots" in text or "..." in text:
        return _continued(re.sub(_DOTS, "", text).strip())
    if _IS_CONTINENTAL.fullmatch(text):
        text = text.replace("{,}", ",").replace(".", "").replace(",", ".")
    for part in ("\\,", "\\;", "\\:", "\\!", "\\ "):
        text = text.replace(part, "")
    exponent = 0
    body = _SEPARATORS.sub("", text)
    for mark in ("e", "E"):
        if mark in body:
            body, _, tail = body.partition(mark)
            if len(tail) > 7 or abs(int(tail)) > MAX_EXPONENT:
                raise Refused(f"the exponent {tail[:12]}")
            exponent = int(tail)
            break
    whole, point, part = body.partition(".")
    digits = whole + part
    if len(digits) > MAX_DIGITS:
        raise Refused(f"a number of {len(digits)} digits")
    places = len(part) - exponent
    if not point and places <= 0:
        return Node("int", (int(digits) * 10**-places,))
    return Node("dec", (int(digits), places))


def repeating(head: str, repeat: str) -> Node:
    """``0.1\\overline{6}``: the exact fraction."""
    whole, _, part = _SEPARATORS.sub("", head).partition(".")
    if len(whole) + len(part) + len(repeat) > _MAX_REPEATING:
        raise Refused("a very long repeating decimal")
    nines = 10 ** len(repeat) - 1
    top = int((whole + part) or "0") * nines + int(repeat)
    return Node("mul", (Node("int", (top,)), Node("inv", (Node("int", (nines * 10 ** len(part),)),))))


def _continued(text: str) -> Node:
    """``0.1666...``: the fraction whose repeating digits can be seen at the end; of ten digits or more the
    decimal itself."""
    head = _SEPARATORS.sub("", text)
    whole, _, part = head.partition(".")
    found = repeats(part)
    if found is not None:
        kept, period = found
        return repeating(f"{whole}.{kept}", period)
    if len((whole + part).lstrip("0")) < 10:
        raise Unreadable("a decimal whose end cannot be seen")
    return Node("dec", (int(whole + part), len(part)))


def repeats(part: str) -> tuple[str, str] | None:
    """The digits before the period and the period, where the decimals end in at least two whole periods:
    ``166`` is ``1`` and ``6``. A long period must begin at the point."""
    for length in range(1, len(part) // 2 + 1):
        period = part[-length:]
        start = len(part)
        while start >= length and part[start - length : start] == period:
            start -= length
        times = (len(part) - start) // length
        if times < 2 or period.strip("0") == "" or length * times < 2 + (length > 1):
            continue
        while start and part[start - 1] == period[-1]:  # the period may begin earlier
            period = period[-1] + period[:-1]
            start -= 1
        if length > 2 and start and times < 3:
            continue
        return part[:start], period
    return None
