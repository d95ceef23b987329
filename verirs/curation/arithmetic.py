"""Calculations that a text writes out and that are wrong: ``12 * 3 = 38``.

Only what can be read without doubt is looked at: numbers, ``+ - * /``, powers and round brackets on both
sides of an equals sign, with nothing beside them that could belong to the calculation. Where a decimal or a
division stands in it, the last digit may be rounded; among whole numbers it must be right. A text about other
bases, remainders or clocks is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

_NUMBER = r"\d[\d,]*(?:\.\d+)?|\.\d+"
_CALCULATION = re.compile(rf"(?:{_NUMBER}|[-+*/×·÷=()^$€£ ]|\*\*)+")
_PART = re.compile(rf"\s*(?:({_NUMBER})|(\*\*|[-+*/^()]))")
_LATEX = re.compile(r"\\(?:times|cdot|div|left|right|[,;! ()\[\]]|\$)")
_SAID = {"\\times": "*", "\\cdot": "*", "\\div": "/"}
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})
_MONEY = str.maketrans("", "", "$€£")
_OTHER = re.compile(
    r"\bbase\b|\bmod(?:ulo|ular)?\b|\bpmod\b|remainder|congruent|o'clock|\b[ap]\.?m\b|binary|hexadecimal|octal|_\d",
    re.IGNORECASE,
)
_BOUND = re.compile(r"[A-Za-z0-9_\\^{}%°√/*+=\u0370-\u03ff-]")
"""What beside a calculation may belong to it."""
_LAST_WORD = re.compile(r"(\\?[A-Za-z]+)[ :]*$")
_NEXT_WORD = re.compile(r" *([A-Za-z]+)")
_PART_OF_IT = frozenset(
    (
        *("of", "times", "plus", "minus", "by", "than", "over", "per", "percent", "twice", "half", "double"),
        *("triple", "sin", "cos", "tan", "log", "ln", "sqrt", "exp", "root", "power", "squared", "cubed"),
        *(
            "hundred",
            "thousand",
            "million",
            "billion",
            "dozen",
            "mod",
            "divided",
            "multiplied",
            "more",
            "less",
        ),
        *("and", "to", "from"),
    )
)
_LONGEST = 200


def wrong(text: str, asked: str = "") -> str:
    """The first calculation in a text that is wrong, or an empty text.

    Args:
        asked: the problem, which may say that numbers are to be read in another way.
    """
    if "=" not in text or _OTHER.search(text) or _OTHER.search(asked):
        return ""
    plain = _LATEX.sub(lambda m: _SAID.get(m[0], " "), text).translate(_SIGNS)
    for line in plain.splitlines():
        if "=" in line:
            for found in _CALCULATION.finditer(line):
                if (fault := _fault(found, line)) is not None:
                    return fault
    return ""


def _fault(found: re.Match[str], line: str) -> str | None:
    told = found[0]
    if "=" not in told or len(told) > _LONGEST:
        return None
    if not line[: found.start()].strip() and told.lstrip().startswith("- "):
        told = told.lstrip()[2:]  # a list's dash
    sides = told.translate(_MONEY).split("=")
    # a side at either end is whole only if nothing beside it can belong to it
    before, after = line[: found.start()], line[found.end() :]
    operator_first = before.strip()[-1:].isalnum() and sides[0].strip()[:1] in tuple("-+*/^()")
    if operator_first or _goes_on_before(before, told):
        sides[0] = ""
    if _goes_on_after(told, after) or (not after.strip() and _operators(sides[-1])):
        sides[-1] = ""  # what follows may stand in the next line
    for left, right in pairwise(sides):
        if (fault := _unequal(left, right)) is not None:
            return fault
    return None


def _goes_on_before(before: str, told: str) -> bool:
    if word := _LAST_WORD.search(before):
        apart = before[-1:] in " :" or told[:1] in " $("
        return not apart or len(word[1]) == 1 or word[1].startswith("\\") or word[1].lower() in _PART_OF_IT
    return bool(_BOUND.match(before.rstrip()[-1:]) or before[-1:] in (":", ","))


def _goes_on_after(told: str, after: str) -> bool:
    if word := _NEXT_WORD.match(after):
        apart = after[:1] == " " or told[-1:] == " "
        return not apart or len(word[1]) == 1 or word[1].lower() in _PART_OF_IT
    return bool(_BOUND.match(after.lstrip()[:1]))


def _unequal(left: str, right: str) -> str | None:
    right = right.rstrip(" ,.-(")
    one, other = _value(left), _value(right)
    if one is None or other is None or not _operators(left) or _SHARE.fullmatch(left.strip()):
        return None
    if (span := _RANGE.fullmatch(left.strip())) and int(span[1]) < int(span[2]):
        return None  # "hours 1-8 = 8"
    said = [other]
    if _operators(right) and (first := _FIRST.match(right)):
        said.append(_number(first[1]))  # "18 - 6 = 12 - 2 = 10": a reckoning that goes on
    slack = _slack(left, right, one)
    return None if any(abs(one - value) <= slack for value in said) else f"{left.strip()} = {right.strip()}"


_SHARE = re.compile(r"\d+/\d+")
"""A fraction alone: what it is of stands elsewhere."""
_FIRST = re.compile(r"\s*(\d[\d,]*(?:\.\d+)?)(?![\d.])")
_RANGE = re.compile(r"(\d+)-(\d+)")


def _operators(side: str) -> bool:
    return bool(re.search(r"[\d)]\s*(?:\*\*|[-+*/^])\s*[(\d.]", side))


def _slack(left: str, right: str, value: Fraction) -> Fraction:
    """How far two sides may be apart: one in the last digit that is written, if anything is rounded."""
    if "/" not in left + right and "." not in left + right:
        return Fraction(0)
    digits = [len(n.partition(".")[2]) for n in re.findall(_NUMBER, right)]
    return max(Fraction(1, 10 ** max(digits, default=0)), abs(value) / 10**9)


def _value(side: str) -> Fraction | None:
    """The value of a calculation; ``None`` where it is none, or cannot be read without doubt."""
    parts = list(_parts(side))
    doubtful = re.search(r"/\s*[\d.,]+\s*/", side)  # "20 / 1/4" may mean both
    if not parts or len(parts) > 40 or doubtful:
        return None
    try:
        value, rest = _sum(parts, 0)
    except (ValueError, ZeroDivisionError, IndexError, OverflowError):
        return None
    return value if rest == len(parts) else None


def _parts(side: str) -> Iterator[str]:
    at = 0
    side = side.strip()
    while at < len(side):
        part = _PART.match(side, at)
        if part is None:
            yield "?"
            return
        yield part[1] or part[2].replace("**", "^")
        at = part.end()


def _sum(parts: list[str], at: int) -> tuple[Fraction, int]:
    value, at = _product(parts, at)
    while at < len(parts) and parts[at] in "+-":
        sign = 1 if parts[at] == "+" else -1
        other, at = _product(parts, at + 1)
        value += sign * other
    return value, at


def _product(parts: list[str], at: int) -> tuple[Fraction, int]:
    value, at = _power(parts, at)
    while at < len(parts) and parts[at] in "*/":
        divides = parts[at] == "/"
        other, at = _power(parts, at + 1)
        value = value / other if divides else value * other
    return value, at


def _power(parts: list[str], at: int) -> tuple[Fraction, int]:
    if parts[at] == "-":
        value, at = _power(parts, at + 1)
        return -value, at
    value, at = _atom(parts, at)
    if at < len(parts) and parts[at] == "^":
        exponent, at = _power(parts, at + 1)
        if exponent.denominator != 1 or abs(exponent) > 20 or abs(value) > 10**6:
            raise ValueError("no whole power")
        value **= int(exponent)
    return value, at


def _atom(parts: list[str], at: int) -> tuple[Fraction, int]:
    if parts[at] == "(":
        value, at = _sum(parts, at + 1)
        if parts[at] != ")":
            raise ValueError("an open bracket")
        return value, at + 1
    return _number(parts[at]), at + 1


def _number(text: str) -> Fraction:
    whole = text.rstrip(",")
    if "," in whole and not re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", whole):
        raise ValueError("commas that part no thousands")
    return Fraction(whole.replace(",", ""))
