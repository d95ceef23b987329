"""Is a changed answer still equal to the original one? Said without the checker, by text or by sympy.

For the few mutants that the checker accepts: a proof that the change makes no difference, or ``None``.
Nothing of ``verirs`` is used: formulas are read by ``latex2sympy2_extended`` (which Math-Verify brings) and
compared as numbers of 30 digits at points of their letters.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import count
from typing import Any

import sympy
from latex2sympy2_extended import latex2sympy

_CONSTANT = re.compile(r"(?<![A-Za-z\\])[cCkK]_\{?(\d+)\}?")
_ZERO = re.compile(r"(^|[^\d.])[-+]0(?![\d.,])")
_PARTS = re.compile(r"=|,|\\approx")
_POINTS = 3
_NOTHING = sympy.Float(10) ** -25


def proof(gold: str, mutant: str) -> str | None:
    """Why the two are equal, where that can be shown."""
    if _renamed(gold, mutant):
        return "a free constant renamed"
    if _signless(gold) == _signless(mutant):
        return "the sign of a zero"
    one, two = _PARTS.split(gold), _PARTS.split(mutant)
    changed = [(x, y) for x, y in zip(one, two, strict=False) if x != y]
    if len(one) != len(two) or len(changed) != 1:
        return None
    f, h = (_read(side) for side in changed[0])
    if f is None or h is None:
        return None
    if _same(f, h):
        return "a part of the same value"
    return "the same family" if _same_family(f, h) else None


def _renamed(gold: str, mutant: str) -> bool:
    """One constant, which occurs once, got a name that the answer has not yet: ``c_2`` is now ``c_7``."""
    if _CONSTANT.sub("C", gold) != _CONSTANT.sub("C", mutant):
        return False
    one, two = Counter(_CONSTANT.findall(gold)), Counter(_CONSTANT.findall(mutant))
    lost, new = list((one - two).elements()), list((two - one).elements())
    return len(lost) == len(new) == 1 and one[lost[0]] == 1 == two[new[0]]


def _signless(text: str) -> str:
    """Without the signs of zeros; ``-0,5`` may be a decimal."""
    return _ZERO.sub(r"\g<1>0", text)


def _read(text: str) -> Any:
    """A formula as sympy has it; ``None`` where its reader has none."""
    text = text.strip().strip("$").strip()
    determinant = text.startswith(r"\left|\begin{array}") and text.endswith(r"\end{array}\right|")
    try:
        value = latex2sympy(text)
    except Exception as error:  # noqa: BLE001 - a foreign parser: what it cannot read proves nothing
        print(f"not read by sympy: {text!r}: {type(error).__name__}")
        return None
    value = value.args[0].det() if determinant and value.args[0].is_Matrix else value
    value = value.doit()
    return value.subs(sympy.Symbol("i"), sympy.I)


def _entries(value: Any) -> list[Any]:
    return list(value.as_explicit()) if value.is_Matrix else [value]


def _numbers(value: Any, at: int, letters: list[Any]) -> list[Any]:
    """A value's entries where each letter is a number of its own."""
    point = {x: sympy.Rational(7 + 3 * n + 5 * at, 11 + n) for n, x in enumerate(letters)}
    return [sympy.N(entry.subs(point), 30) for entry in _entries(value)]


def _letters(*values: Any) -> list[Any]:
    return sorted(set().union(*(v.free_symbols for v in values)), key=str)


def _same(f: Any, h: Any) -> bool:
    letters = _letters(f, h)
    for at in range(_POINTS):
        xs, ys = _numbers(f, at, letters), _numbers(h, at, letters)
        if len(xs) != len(ys) or any(not _near(x, y) for x, y in zip(xs, ys, strict=True)):
            return False
    return True


def _near(x: Any, y: Any) -> bool:
    return bool(abs(x - y) < _NOTHING * (1 + abs(x)))


def _same_family(f: Any, h: Any) -> bool:
    """``f + C`` beside ``f + 1 + C``; linear in ``c_1, c_2``: the same span, the same function added."""
    constants = [x for x in _letters(f, h) if re.fullmatch(r"[cC](_\{?\d\}?)?", str(x))]
    letters = [x for x in _letters(f, h) if x not in constants]
    if not constants or not letters:
        return False
    zero = dict.fromkeys(constants, sympy.Integer(0))
    functions = []
    for value in (f, h):
        rest = value.subs(zero)
        parts = [value.subs(zero | {c: sympy.Integer(1)}) - rest for c in constants]
        again = sum((c * part for c, part in zip(constants, parts, strict=True)), rest)
        if not _same(value, again):
            return False  # not linear in its constants
        functions.append((parts, rest))
    (mine, first), (theirs, second) = functions
    samples = [_sampled(x, letters) for x in (*mine, *theirs, first - second)]
    n = len(constants)
    return _rank(samples[:n]) == n == _rank(samples[n : 2 * n]) == _rank(samples)


def _sampled(value: Any, letters: list[Any]) -> list[Any]:
    row: list[Any] = []
    for at in count():
        row += _numbers(value, at, letters)
        if len(row) >= 12:
            return row
    return row


def _rank(rows: list[list[Any]]) -> int:
    """By elimination; a rest below 10^-15 is none."""
    left, rank = [list(row) for row in rows], 0
    for column in range(len(rows[0])):
        pivot = max(left, key=lambda row: abs(row[column]), default=None)
        if pivot is None or abs(pivot[column]) < sympy.Float(10) ** -15:
            continue
        left.remove(pivot)
        left = [
            [x - row[column] / pivot[column] * y for x, y in zip(row, pivot, strict=True)] for row in left
        ]
        rank += 1
    return rank
