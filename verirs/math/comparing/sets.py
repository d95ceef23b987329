"""Sets of real numbers in one normal form: from intervals, unions, inequalities, set-builders.

A set is a list of pieces in order, none touching the next; an end is a value node and a number to
sort by. Only sets whose ends are numbers have this form; for others the answer is ``None``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import flint

from verirs.math.comparing.balls import Ball
from verirs.math.comparing.evaluate import Exact, NoValue
from verirs.math.values import INFINITY, ZERO, Node, Refused, neg, symbols

MAX_PIECES = 64
_ORDER = {"<", "<=", ">", ">="}
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


class Piece(NamedTuple):
    """One interval: its ends as nodes and as numbers, and whether they belong to it."""

    lo: Node
    lo_in: bool
    hi: Node
    hi_in: bool
    start: Any
    stop: Any


Pieces = list[Piece]
_LOW = neg(INFINITY)


def _number(node: Node) -> Any:
    """A real ball of an end, or ``None``."""
    if node.op == "const" and node.name == "inf":
        return flint.arb.pos_inf()
    if node.op == "neg" and node.inner == INFINITY:
        return flint.arb.neg_inf()
    try:
        value = Ball()(node)
    except (NoValue, ZeroDivisionError):
        return None
    return value.real if value.is_finite() and value.imag.contains(0) else None


def piece(lo: Node, lo_in: bool, hi: Node, hi_in: bool) -> Piece | None:
    start, stop = _number(lo), _number(hi)
    if start is None or stop is None:
        return None
    return Piece(lo, lo_in and start.is_finite(), hi, hi_in and stop.is_finite(), start, stop)


def pieces(node: Node) -> Pieces | None:
    """The set a node describes, if it is one of real numbers with numbers for ends."""
    op, args = node.op, node.args
    if op == "interval":
        return _one(piece(*args))
    if op == "seq":
        return _from_seq(node)
    if op == "const" and node.name[0] == "R":  # R, R>=0
        sign = node.name[1:-1]
        return _side(sign, ZERO) if sign else _one(piece(_LOW, False, INFINITY, False))
    if op in ("union", "inter", "minus"):
        left, right = map(pieces, args)
        if left is None or right is None:
            return None
        if op == "union":
            return join(left + right)
        return meet(left, right if op == "inter" else complement(right))
    if op == "where":
        return pieces(node.condition)
    if op == "any":
        parts = [pieces(x) for x in args]
        return None if any(p is None for p in parts) else join([q for p in parts if p is not None for q in p])
    if op == "rel":
        return _from_relation(node)
    return None


def solutions(node: Node) -> Pieces | None:
    """The numbers that ``x = 3 or x = -3`` and ``|x| = 3`` name."""
    if node.op == "seq" and node.brackets == "" and len(node.args) <= MAX_PIECES:
        parts = [solutions(x) for x in node.items]
        if len({str(sorted(symbols(x))) for x in node.items}) != 1:
            return None
        return None if any(p is None for p in parts) else join([q for p in parts if p is not None for q in p])
    return pieces(node) if node.op == "rel" and node.signs == ("=",) and len(node.args) == 3 else None


def states_solutions(node: Node) -> bool:
    """Whether equations say what their letter is: ``x = 3 or x = -3``, ``|x| = 3``."""
    if node.op == "seq":
        return all(states_solutions(x) for x in node.items)
    if node.op != "rel" or len(node.args) != 3:
        return False
    sides = node.sides
    return any(x.op in ("sym", "abs") and not symbols(y) for x, y in (sides, sides[::-1]))


def _one(found: Piece | None) -> Pieces | None:
    return None if found is None else join([found])


def _from_seq(node: Node) -> Pieces | None:
    kind, joiner, *items = node.args
    if kind in ("()", "[]") and len(items) == 2:
        return _one(piece(items[0], kind == "[]", items[1], kind == "[]"))
    if kind == "{}":
        points = [piece(x, True, x, True) for x in items[:MAX_PIECES]]
        if len(items) > MAX_PIECES or any(p is None for p in points):
            return None
        return join([p for p in points if p is not None])
    if kind == "" and items and all(x.op in ("rel", "interval", "union", "seq") for x in items):
        parts = [pieces(x) for x in items]
        total: Pieces | None = None
        for part in parts:
            if part is None:
                return None
            if total is None:
                total = part
            else:
                total = join(total + part) if joiner == "or" or items[0].op != "rel" else meet(total, part)
        return total
    return None


def _from_relation(node: Node) -> Pieces | None:
    ops, *sides = node.args
    if ops == ("∈",):
        return pieces(sides[1])
    if ops == ("∉",):
        inside = pieces(sides[1])
        return None if inside is None else complement(inside)
    if not set(ops) <= _FLIP.keys():
        return None
    letters = set().union(*(symbols(s) for s in sides))
    if len(letters) != 1:
        return None
    total: Pieces | None = None
    for i, op in enumerate(ops):
        part = _half(op, sides[i], sides[i + 1])
        if part is None:
            return None
        total = part if total is None else meet(total, part)
    return total


def _half(op: str, left: Node, right: Node) -> Pieces | None:
    """One relation in one letter, linear in it (or ``|x| < a``)."""
    if left.op == "sym" and not symbols(right):
        return _side(op, right)
    if right.op == "sym" and not symbols(left):
        return _side(_FLIP[op], left)
    if left.op == "abs" and not symbols(right):
        return _absolute(op, left.inner, right)
    if right.op == "abs" and not symbols(left):
        return _absolute(_FLIP[op], right.inner, left)
    letters = symbols(left) | symbols(right)
    if len(letters) != 1:
        return None
    name = next(iter(letters))
    difference = Node("add", (left, Node("neg", (right,))))
    try:
        at = [Exact({name: flint.fmpq(x)})(difference) for x in (0, 1, 7)]
    except (NoValue, ZeroDivisionError):
        return None
    slope = at[1] - at[0]
    if slope == 0 or at[2] != at[0] + 7 * slope:
        return _polynomial(op, difference, name)
    root = -at[0] / slope
    end = Node("mul", (Node("int", (int(root.p),)), Node("inv", (Node("int", (int(root.q),)),))))
    return _side(op if slope > 0 else _FLIP[op], end)


def _polynomial(op: str, zero: Node, name: str) -> Pieces | None:
    """Where a polynomial is 0, positive or negative, if its real roots are rational or those of a square
    equation."""
    from verirs.math.comparing.roots import polynomial, real_roots

    found = polynomial(zero, name)
    roots = None if found is None else real_roots(found)
    if found is None or roots is None:
        return None
    points = [p for root in roots if (p := piece(root, True, root, True)) is not None]
    points = join(points)
    if op in ("=", "!="):
        return points if op == "=" else complement(points)
    kept = list(points) if op in ("<=", ">=") else []
    for gap in complement(points):
        inside = _between(gap)
        sign = found(inside)
        if (sign > 0) == (op[0] == ">"):
            kept.append(gap)
    return join(kept)


def _between(gap: Piece) -> Any:
    """A rational number inside an interval."""
    if not gap.start.is_finite() and not gap.stop.is_finite():
        return flint.fmpq(0)
    if not gap.start.is_finite():
        return flint.fmpq(int(float(gap.stop)) - 2)
    if not gap.stop.is_finite():
        return flint.fmpq(int(float(gap.start)) + 2)
    numerator, denominator = ((float(gap.start) + float(gap.stop)) / 2).as_integer_ratio()
    return flint.fmpq(numerator, denominator)


def _absolute(op: str, inside: Node, size: Node) -> Pieces | None:
    """``|x - a| < b``, for what is linear in x."""
    low, high = neg(size), size
    if op in ("<", "<="):
        parts = _half(op, inside, high), _half(_FLIP[op], inside, low)
        return None if parts[0] is None or parts[1] is None else meet(parts[0], parts[1])
    number = _number(size)
    if number is None or number < 0:
        return None
    parts = _half(op, inside, high), _half(_FLIP[op], inside, low)
    if parts[0] is None or parts[1] is None:
        return None
    return meet(parts[0], parts[1]) if op == "!=" else join(parts[0] + parts[1])


def _side(op: str, end: Node) -> Pieces | None:
    if op in ("<", "<="):
        return _one(piece(_LOW, False, end, op == "<="))
    if op in (">", ">="):
        return _one(piece(end, op == ">=", INFINITY, False))
    point = _one(piece(end, True, end, True))
    return point if op == "=" or point is None else complement(point)


def join(parts: Pieces) -> Pieces:
    """The union in normal form: sorted, touching pieces made one, empty ones left out."""
    if len(parts) > MAX_PIECES:
        raise Refused("a union of very many sets")
    kept = [p for p in parts if p.start < p.stop or (p.lo_in and p.hi_in and not p.start > p.stop)]
    kept.sort(key=lambda p: (float(p.start), not p.lo_in))
    out: Pieces = []
    for p in kept:
        if out and not p.start > out[-1].stop and (p.start < out[-1].stop or p.lo_in or out[-1].hi_in):
            last = out[-1]
            further = p.stop > last.stop or (not p.stop < last.stop and p.hi_in)
            if further:
                out[-1] = Piece(last.lo, last.lo_in, p.hi, p.hi_in, last.start, p.stop)
        else:
            out.append(p)
    return out


def complement(parts: Pieces) -> Pieces:
    """The real numbers outside a set in normal form."""
    out: Pieces = []
    lo, lo_in, start = _LOW, False, flint.arb.neg_inf()
    for p in parts:
        if p.start.is_finite():
            out.append(Piece(lo, lo_in, p.lo, not p.lo_in, start, p.start))
        lo, lo_in, start = p.hi, not p.hi_in, p.stop
    if start.is_finite() or not parts:
        out.append(Piece(lo, lo_in, INFINITY, False, start, flint.arb.pos_inf()))
    return join(out)


def meet(one: Pieces, two: Pieces) -> Pieces:
    """The intersection of two sets in normal form."""
    out: Pieces = []
    for p in one:
        for q in two:
            a = p if p.start > q.start or (not p.start < q.start and not p.lo_in) else q
            b = p if p.stop < q.stop or (not p.stop > q.stop and not p.hi_in) else q
            out.append(Piece(a.lo, a.lo_in, b.hi, b.hi_in, a.start, b.stop))
    return join(out)
