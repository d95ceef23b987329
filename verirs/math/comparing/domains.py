"""What a condition lets a letter be, as a set: a number system, and intervals for each residue class.

``k \\in Z, k > 0`` and ``k`` a positive integer are one set; so are ``n`` odd and ``n \\equiv 1 (mod 2)``. A
condition on several letters, or one whose ends are no numbers, has no such form.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import lcm
from typing import NamedTuple

from verirs.math.comparing.evaluate import exact
from verirs.math.comparing.sets import Piece, Pieces, complement, join, meet, piece, pieces
from verirs.math.values import INFINITY, Node, neg, symbols

MAX_MODULUS = 60
_WHOLE = ("Z", "N", "N0", "even", "odd")
_EVERYTHING = ("all", "constant")
_LOW = neg(INFINITY)


class Domain(NamedTuple):
    """A set of values of one letter: for each residue modulo ``modulus`` the intervals it may lie in.
    ``base`` is the number system where it is not the reals: ``Z``, or one that only equals itself."""

    base: str
    modulus: int
    parts: tuple[tuple[int, Pieces], ...]

    def at(self, modulus: int) -> dict[int, Pieces]:
        """The intervals by residue, for a multiple of the own modulus."""
        own = dict(self.parts)
        return {r: own[r % self.modulus] for r in range(modulus) if own.get(r % self.modulus)}


def everything() -> Pieces:
    whole = piece(_LOW, False, INFINITY, False)
    assert whole is not None
    return [whole]


def domain(condition: Node) -> Domain | None:
    """The set that one condition on one letter describes, ``None`` where it has no such form."""
    op, args = condition.op, condition.args
    if op == "if":
        return domain(condition.inner)
    if op == "any":
        found = [domain(c) for c in args]
        return None if any(d is None for d in found) else union([d for d in found if d is not None])
    if op == "all":
        return together(list(args))
    if op == "not":
        inner = domain(condition.inner)
        return None if inner is None else outside(inner)
    if op != "rel":
        return None
    if condition.signs == ("∉",) and condition.right == Node("const", ("Q",)):
        return named("irrational")
    if condition.signs == ("∈",) and condition.right.op == "const":
        return named(condition.right.name)
    if condition.signs in (("≡",), ("=",)) and len(args) == 3 and condition.right.op == "mod":
        return _class(condition.right)
    found_pieces = pieces(condition)
    return None if found_pieces is None else Domain("", 1, ((0, found_pieces),))


def named(name: str) -> Domain:
    """``Z``, ``R>0``, ``even``, ``prime``: a number system, or its numbers of one sign."""
    base, sign = name, ""
    for mark in (">=0", "<=0", "!=0", ">0", "<0"):
        if name.endswith(mark):
            base, sign = name.removesuffix(mark), mark[:-1]
            break
    span = everything()
    if sign:
        found = pieces(Node("rel", ((sign,), Node("sym", ("x",)), Node("int", (0,)))))
        span = found if found is not None else span
    if base in ("even", "odd"):
        return Domain("Z", 2, ((0 if base == "even" else 1, span),))
    if base in ("N", "N0"):
        start = piece(Node("int", (0 if base == "N0" else 1,)), True, INFINITY, False)
        return _whole(Domain(base, 1, ((0, meet(span, [start] if start else span)),)))
    found_domain = Domain("" if base in _EVERYTHING else base, 1, ((0, span),))
    return _whole(found_domain) if base == "Z" else found_domain


def _class(node: Node) -> Domain | None:
    """``1 mod 3`` as a residue class."""
    value, modulus = exact(node.value), exact(node.modulus)
    if (
        value is None
        or modulus is None
        or value.q != 1
        or modulus.q != 1
        or not 1 <= int(modulus.p) <= MAX_MODULUS
    ):
        return None
    m = int(modulus.p)
    return Domain("Z", m, ((int(value.p) % m, everything()),))


def together(conditions: list[Node]) -> Domain | None:
    """The set of what fulfils all conditions."""
    total: Domain | None = None
    for condition in conditions:
        found = domain(condition)
        if found is None:
            return None
        total = found if total is None else both(total, found)
        if total is None:
            return None
    return total


def _aligned(one: Domain, two: Domain) -> Iterator[tuple[int, Pieces, Pieces]]:
    modulus = lcm(one.modulus, two.modulus)
    left, right = one.at(modulus), two.at(modulus)
    for r in range(modulus):
        yield r, left.get(r, []), right.get(r, [])


def both(one: Domain, two: Domain) -> Domain | None:
    """The intersection; ``None`` where the number systems do not go together."""
    if one.base and two.base and one.base != two.base and not {one.base, two.base} <= set(_WHOLE):
        return None
    modulus = lcm(one.modulus, two.modulus)
    if modulus > MAX_MODULUS:
        return None
    base = one.base or two.base
    if {one.base, two.base} & {"N", "N0"}:
        base = one.base if one.base in ("N", "N0") else two.base
    parts = [(r, meet(p, q)) for r, p, q in _aligned(one, two)]
    return _whole(Domain(base, modulus, tuple((r, p) for r, p in parts if p)))


def union(all_of: list[Domain]) -> Domain | None:
    total = all_of[0]
    for other in all_of[1:]:
        modulus = lcm(total.modulus, other.modulus)
        if total.base != other.base or modulus > MAX_MODULUS:
            return None
        parts = [(r, join(p + q)) for r, p, q in _aligned(total, other)]
        total = Domain(total.base, modulus, tuple((r, p) for r, p in parts if p))
    return _whole(total)


def outside(inner: Domain) -> Domain:
    """The rest of the number system."""
    own = dict(inner.parts)
    parts = [(r, complement(own[r]) if r in own else everything()) for r in range(inner.modulus)]
    return _whole(Domain(inner.base, inner.modulus, tuple((r, p) for r, p in parts if p)))


def _whole(found: Domain) -> Domain:
    """Of whole numbers: intervals that begin and end at the first and last of them."""
    if found.base not in _WHOLE:
        return found
    parts = []
    for r, spans in found.parts:
        kept = [q for p in spans if (q := _of_class(p, r, found.modulus)) is not None]
        if kept:
            parts.append((r, join(kept)))
    return Domain(found.base, found.modulus, tuple(parts))


def _of_class(span: Piece, residue: int, modulus: int) -> Piece | None:
    """The whole numbers of a residue class in an interval, as ``[first, one after the last)``, so that
    neighbours touch."""
    lo, hi = span.lo, span.hi
    if span.start.is_finite():
        first = exact(lo)
        if first is None:
            return span
        n = int(first.ceil()) + (first.q == 1 and not span.lo_in)
        lo = Node("int", (n + (residue - n) % modulus,))
    if span.stop.is_finite():
        last = exact(hi)
        if last is None:
            return span
        n = int(last.floor()) - (last.q == 1 and not span.hi_in)
        hi = Node("int", (n - (n - residue) % modulus + modulus,))
    found = piece(lo, True, hi, False)
    return None if found is None or not found.start < found.stop else found


def letter_of(condition: Node) -> str | None:
    """The one letter a condition is about."""
    found = symbols(condition)
    return next(iter(found)) if len(found) == 1 else None
