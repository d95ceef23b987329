"""Sums and products that dots shorten: ``a_0 + a_1 + \\ldots + a_k`` is ``a_k + a_{k-1} + \\ldots + a_0``.

A run of terms whose places follow each other becomes one name of its ends, however many of them are written
out; what does not run in steps of one stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from verirs.math.values import ONE, ZERO, Node
from verirs.system.patterns import regex

DOTS = "…"
_DOTS = Node("sym", (DOTS,))
_SUMMED = frozenset(("add", "mul"))
_INDEXED = regex(r"(?P<base>[^_]+)_\{?(?P<letter>[A-Za-z]?)(?P<number>[+-]?\d+)?\}?")


class _Place(NamedTuple):
    """The family of a term, and its index: a letter and what is added to it."""

    family: str
    letter: str
    number: int


def collapsed(node: Node) -> Node:
    """A value with each run of terms that dots shorten as one name."""
    args = tuple(collapsed(x) if isinstance(x, Node) else x for x in node.args)
    if node.op in _SUMMED and _DOTS in args:
        return _joined(node.op, args)
    return Node(node.op, args)


def _joined(op: str, terms: Sequence[Node]) -> Node:
    same = Node(op, tuple(terms))
    at = terms.index(_DOTS)
    base = next((term.base for term in terms if term.op == "pow" and term.base.op == "sym"), None)
    places = [_place(term, base) for term in terms if term != _DOTS]
    if at == 0 or at == len(terms) - 1 or len(places) != len(terms) - 1:
        return same
    found = [place for place in places if place is not None]
    if len(found) != len(places) or len({place.family for place in found}) != 1:
        return same
    steps = [_step(x, y) for run in (found[:at], found[at:]) for x, y in pairwise(run)]
    if any(step not in (1, -1) or step != steps[0] for step in steps):
        return same
    first, last = found[0], found[-1]
    if first.letter == last.letter and steps and (last.number - first.number) * (steps[0] or 1) < 0:
        return same
    ends = sorted(f"{place.letter}{place.number:+d}" for place in (first, last))
    return Node("sym", (f"{op} {first.family}: {ends[0]} {DOTS} {ends[1]}",))


def _step(one: _Place, two: _Place) -> int | None:
    return two.number - one.number if one.letter == two.letter else None


def _place(term: Node, base: Node | None) -> _Place | None:
    """Where a term stands in its family, powers of ``base`` where there are any; ``None`` where that
    cannot be told."""
    if base is not None:
        power = term.exponent if term.op == "pow" and term.base == base else ONE if term == base else None
        power = ZERO if term == ONE else power
        index = _place(power, None) if power is not None else None
        return index and _Place(f"{base.name}^", index.letter, index.number)
    if term.op == "int":
        return _Place("", "", term.number)
    if term.op == "sym":
        found = _INDEXED.fullmatch(term.name)
        if found is not None:
            return _Place(f"{found['base']}_", found["letter"], int(found["number"] or 0))
        return _Place("", term.name, 0) if len(term.name) == 1 else None
    if term.op == "add" and len(term.args) == 2:
        letter, number = term.args
        if letter.op == "sym" and len(letter.name) == 1 and number.op == "int":
            return _Place("", letter.name, number.number)
    return None
