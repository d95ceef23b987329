"""Congruences, and values that run over the integers: ``n \\equiv 1 (mod 6)`` is ``n = 6k + 1``."""

from __future__ import annotations

from typing import NamedTuple

from verirs.math.comparing.evaluate import exact
from verirs.math.comparing.names import WHOLE_LETTERS, naming, substitute
from verirs.math.comparing.scalars import Undecided, nearest_whole, same_scalar
from verirs.math.values import ZERO, Node, Refused, neg, symbols

MAX_STEP = 10**6
_COMPOUND = frozenset(("seq", "interval", "union", "rel", "where"))


class Congruence(NamedTuple):
    """``value \\equiv rest`` modulo ``modulus``."""

    value: Node
    rest: Node
    modulus: Node


def congruence(node: Node) -> Congruence | None:
    """What a relation with ``mod`` says, ``None`` for others."""
    if node.op != "rel" or len(node.args) != 3 or node.signs not in (("≡",), ("=",)):
        return None
    _, left, right = node.args
    if left.op == "mod":
        return Congruence(left.value, right, left.modulus)
    if right.op == "add":
        *terms, last = right.args
        if last.op == "mod":  # the modulus is of the whole side
            return Congruence(left, Node("add", (*terms, last.value)), last.modulus)
    if right.op == "neg" and right.inner.op == "mod":
        return Congruence(left, neg(right.inner.value), right.inner.modulus)
    if right.op == "mod":
        return Congruence(left, right.value, right.modulus)
    return None


def congruent(g: Node, a: Node) -> bool:
    """Whether one side is a congruence and the other the same without its name, or as a family; of lists item
    by item."""
    if g.op == a.op == "seq" and g.brackets == a.brackets == "" and len(g.items) == len(a.items):
        left = list(a.items)
        for item in g.items:
            found = next((x for x in left if congruent(item, x)), None)
            if found is None:
                return False
            left.remove(found)
        return True
    one, two = congruence(g), congruence(a)
    if (one is None) == (two is None):
        return False
    known, other = (one, _beside(a, one)) if one is not None else (two, _beside(g, two))
    return known is not None and other is not None and same_congruence(known, other)


def _beside(node: Node, other: Congruence | None) -> Congruence | None:
    """What stands beside a congruence as one: ``2 (mod 5)``; ``n = 5k + 2``, where k can only be whole."""
    if other is None:
        return None
    if node.op == "mod":
        return Congruence(other.value, *node.args)
    name, value = naming(node) if node.op == "rel" else (other.value, node)
    letters = symbols(value)
    if name is None or len(letters) != 1 or letters <= symbols(other.value) or not letters <= WHOLE_LETTERS:
        return None
    line = linear(value, min(letters))
    return None if line is None else Congruence(name, *line)


def same_congruence(one: Congruence, two: Congruence) -> bool:
    """Whether two congruences say the same: one value, one modulus, rests that differ by a multiple of it."""
    try:
        if not same_scalar(one.value, two.value)[0]:
            return False
        if not same_scalar(one.modulus, two.modulus)[0] and not same_scalar(one.modulus, neg(two.modulus))[0]:
            return False
        return _multiple(one.rest, two.rest, one.modulus)
    except (Undecided, Refused):
        return False


def _multiple(one: Node, two: Node, step: Node) -> bool:
    """Whether two values differ by a whole multiple of a third."""
    if same_scalar(one, two)[0]:
        return True
    times = nearest_whole(Node("mul", (Node("add", (one, neg(two))), Node("inv", (step,)))))
    if times is None or abs(times) > MAX_STEP:
        return False
    return same_scalar(one, Node("add", (two, Node("mul", (Node("int", (times,)), step)))))[0]


def as_congruence(node: Node, conditions: tuple[Node, ...], letters: frozenset[str]) -> Congruence | None:
    """``n = 6k + 1`` for all integers k as a congruence."""
    if node.op != "rel" or len(letters) != 1 or len(conditions) != 1:
        return None
    name, value = naming(node)
    letter = next(iter(letters))
    if name is None or name.op != "sym" or symbols(value) != {letter}:
        return None
    line = linear(value, letter)
    if line is None or any(exact(x) is None or exact(x).q != 1 for x in line):
        return None
    return Congruence(name, line[0], line[1])


def linear(value: Node, letter: str) -> tuple[Node, Node] | None:
    """``start`` and ``step`` of ``start + step * letter``."""
    at = [substitute(value, {letter: Node("int", (n,))}) for n in (0, 1, 5)]
    step = Node("add", (at[1], neg(at[0])))
    fifth = Node("add", (at[0], Node("mul", (Node("int", (5,)), step))))
    try:
        return (at[0], step) if same_scalar(at[2], fifth)[0] and not same_scalar(step, ZERO)[0] else None
    except (Undecided, Refused, ZeroDivisionError):
        return None


def shifted(g: Node, a: Node, letters: frozenset[str]) -> Node | None:
    """The answer with its integer letter counted as the gold's: ``5\\pi - 2\\pi k`` as ``\\pi + 2\\pi k``.

    The first part that is linear in the letter decides; whether all of it is then the gold is left open."""
    one, two = _first(g, letters), _first(a, letters)
    if one is None or two is None or one[1] != two[1]:
        return None
    (start, step), (other, stride) = one[0], two[0]
    letter = Node("sym", (one[1],))
    try:
        turned = not same_scalar(step, stride)[0]
        if turned and not same_scalar(step, neg(stride))[0]:
            return None
        times = nearest_whole(Node("mul", (Node("add", (start, neg(other))), Node("inv", (stride,)))))
    except (Undecided, Refused):
        return None
    if times is None or abs(times) > MAX_STEP or (times == 0 and not turned):
        return None
    return substitute(a, {one[1]: Node("add", (neg(letter) if turned else letter, Node("int", (times,))))})


def _first(node: Node, letters: frozenset[str]) -> tuple[tuple[Node, Node], str] | None:
    """The first part that is linear in one of the letters: where it starts, its step, and the letter."""
    mine = symbols(node) & letters
    if len(mine) != 1:
        return None
    letter = next(iter(mine))
    if node.op in _COMPOUND:
        found = (_first(x, letters) for x in node.args if isinstance(x, Node))
        return next((x for x in found if x is not None), None)
    line = linear(node, letter)
    return None if line is None else (line, letter)
