"""Values under conditions, and cases: equal where value and condition are.

Conditions are compared as sets of their letters (:mod:`domains`). One that only one side states may be
left out where it only says from what set a letter of the value is; what holds ``if`` something is never
left out.
"""

from __future__ import annotations

from itertools import permutations
from math import lcm
from typing import Protocol

from verirs.math.comparing.congruences import as_congruence, congruence, same_congruence, shifted
from verirs.math.comparing.constants import same_vectors_up_to_constants, share_constants
from verirs.math.comparing.domains import (
    Domain,
    both,
    domain,
    everything,
    letter_of,
    named,
    outside,
    together,
    union,
)
from verirs.math.comparing.names import naming, substitute
from verirs.math.comparing.sets import Piece, Pieces
from verirs.math.values import Node, symbols

MAX_RENAMED = 3
MAX_LISTED = 32
_NATURAL = {"N", "N0", "Z"}
_WHOLE = ("Z", "N", "N0")


class Comparison(Protocol):
    """What comparing conditions needs of the comparison it is part of."""

    def same(self, g: Node, a: Node) -> bool: ...

    def same_pieces(self, one: Pieces, two: Pieces) -> bool: ...


def parts_of(node: Node) -> tuple[Node, tuple[Node, ...]]:
    """A value and its conditions; ``name = (value under conditions)`` too."""
    if node.op == "given":
        return node.value, node.conditions
    if node.op == "rel" and node.last.op == "given":
        last = node.last
        return Node("rel", (node.signs, *node.sides[:-1], last.value)), last.conditions
    return node, ()


def same_given(comparison: Comparison, g: Node, a: Node) -> bool:
    """Whether two values, of which one at least is under conditions, are the same."""
    gvalue, gconds = parts_of(g)
    if same_as_congruence(g, a):
        return True
    written, said = parts_of(a)
    variables = _declared(gconds) | _declared(said)
    gvalue = formula(gvalue, variables)
    for avalue, aconds in _renamed(gvalue, gconds, formula(written, variables), said):
        letters = _whole_letters(gconds) | _whole_letters(aconds)
        if same_values(comparison, gvalue, avalue, letters) and same_conditions(
            comparison, gconds, aconds, symbols(gvalue), symbols(avalue)
        ):
            return True
    return False


def formula(node: Node, variables: set[str]) -> Node:
    """``2k`` with k an integer is no two thousand."""
    if node.op == "ambiguous":
        inner = node.formula
        return inner if symbols(inner) & variables else node
    return Node(node.op, tuple(formula(x, variables) if isinstance(x, Node) else x for x in node.args))


def same_values(comparison: Comparison, g: Node, a: Node, letters: frozenset[str]) -> bool:
    """Whether two values are the same, or run over the same ones as their integer letter does; the items of a
    list each for themselves."""
    if comparison.same(g, a):
        return True
    if not letters:
        return False
    if g.op == a.op == "seq" and g.brackets in ("", "{}") and a.brackets in ("", "{}"):
        left = list(a.items)
        for x in g.items:
            match = next((i for i, y in enumerate(left) if same_values(comparison, x, y, letters)), None)
            if match is None:
                return False
            del left[match]
        return not left
    other = shifted(g, a, letters)
    return other is not None and comparison.same(g, other)


def same_as_congruence(g: Node, a: Node) -> bool:
    """``n \\equiv 1 (mod 6)`` beside ``n = 6k + 1`` for integers k."""
    found = []
    for node in (g, a):
        value, conds = parts_of(node)
        found.append(congruence(value) or as_congruence(value, conds, _whole_letters(conds)))
    one, two = found
    return one is not None and two is not None and same_congruence(one, two)


def _renamed(
    gvalue: Node, gconds: tuple[Node, ...], avalue: Node, aconds: tuple[Node, ...]
) -> list[tuple[Node, tuple[Node, ...]]]:
    """The answer with its own letters, and with the gold's where both sides have as many parameters that the
    other lacks."""
    out = [(avalue, aconds)]
    declared = _declared(gconds) | _declared(aconds)
    mine = sorted((symbols(gvalue) - symbols(avalue)) & declared)
    theirs = sorted((symbols(avalue) - symbols(gvalue)) - _named(avalue))
    if mine and len(mine) == len(theirs) <= MAX_RENAMED and (_declared(aconds) >= set(theirs) or not aconds):
        for order in permutations(mine):
            pairs = {old: Node("sym", (new,)) for old, new in zip(theirs, order, strict=True)}
            out.append((substitute(avalue, pairs), tuple(substitute(c, pairs) for c in aconds)))
    return out


def _declared(conds: tuple[Node, ...]) -> set[str]:
    return {c.left.name for c in map(_bare, conds) if _membership(c)}


def _named(value: Node) -> frozenset[str]:
    if value.op == "rel" and set(value.signs) == {"="}:
        name, _ = naming(value)
        return frozenset() if name is None else symbols(name)
    return frozenset()


def _whole_letters(conds: tuple[Node, ...]) -> frozenset[str]:
    return frozenset(c.left.name for c in map(_bare, conds) if _membership(c) and c.right.name == "Z")


def _bare(condition: Node) -> Node:
    inner: Node = condition.inner if condition.op == "if" else condition
    return inner


def _membership(c: Node) -> bool:
    return bool(c.op == "rel" and c.signs == ("∈",) and c.left.op == "sym" and c.right.op == "const")


def same_conditions(
    comparison: Comparison,
    gconds: tuple[Node, ...],
    aconds: tuple[Node, ...],
    gletters: frozenset[str],
    aletters: frozenset[str],
) -> bool:
    """Whether two lists of conditions say the same of every letter, but for what may be left out."""
    one, left = _by_letter(gconds)
    two, right = _by_letter(aconds)
    for letter in one.keys() | two.keys():
        if letter in one and letter in two:
            if not _same_together(comparison, one[letter], two[letter]):
                return False
        elif not _droppable(one.get(letter) or two[letter], letter, gletters if letter in one else aletters):
            return False
    if len(left) != len(right):
        return False
    rest = [_bare(c) for c in right]
    for c in map(_bare, left):
        match = next((i for i, d in enumerate(rest) if _same_condition(comparison, c, d)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _by_letter(conds: tuple[Node, ...]) -> tuple[dict[str, list[Node]], list[Node]]:
    """Conditions that are sets of one letter, by letter; and the others."""
    found: dict[str, list[Node]] = {}
    others: list[Node] = []
    for c in conds:
        letter = letter_of(_bare(c))
        if letter is not None and domain(c) is not None:
            found.setdefault(letter, []).append(c)
        else:
            others.append(c)
    return found, others


def _same_condition(comparison: Comparison, g: Node, a: Node) -> bool:
    if g.op != a.op:
        return False
    if g.op == "rel":
        return comparison.same(g, a)
    if g.op == "any" and len(g.args) == len(a.args):
        return all(any(_same_condition(comparison, x, y) for y in a.args) for x in g.args)
    return g == a


def _same_together(comparison: Comparison, gs: list[Node], xs: list[Node]) -> bool:
    one, two = together(gs), together(xs)
    return one is not None and two is not None and same_domain(comparison, one, two)


def same_domain(comparison: Comparison, one: Domain, two: Domain) -> bool:
    """Whether two sets of one letter are equal. N begins at 0 or 1; a number system that one side does not
    say is the other's."""
    if one.modulus != two.modulus and max(one.modulus, two.modulus) > 1:
        modulus = lcm(one.modulus, two.modulus)
        grid = Domain("Z", modulus, tuple((r, everything()) for r in range(modulus)))
        left, right = both(one, grid), both(two, grid)
        if left is None or right is None:
            return False
        one, two = left, right
    if one.base != two.base:
        if {one.base, two.base} <= _NATURAL and "N" in (one.base, two.base):
            n, other = (one, two) if one.base == "N" else (two, one)
            return _same_parts(comparison, n, other) or _same_parts(comparison, _from_zero(n), other)
        if {one.base, two.base} == {"N0", "Z"}:
            return _same_parts(comparison, one, two)
        if one.base and two.base:
            return False
        system = Domain(one.base or two.base, 1, ((0, everything()),))
        left, right = both(one, system), both(two, system)
        return left is not None and right is not None and _same_parts(comparison, left, right)
    return _same_parts(comparison, one, two)


def domain_of(node: Node) -> Domain | None:
    """A set in words or signs as the set of its letter: ``{x \\in Z : x > 3}``, ``Z^+``."""
    if node.op == "const":
        return named(node.name)
    if node.op == "seq" and node.brackets == "{}" and 0 < len(node.args) - 2 <= MAX_LISTED:
        return _listed(node.items)
    if node.op != "where":
        return None
    condition = node.condition
    parts = list(condition.items) if condition.op == "seq" and condition.joiner != "or" else [condition]
    return together(parts)


def _listed(items: tuple[Node, ...]) -> Domain | None:
    """A few whole numbers as a set."""
    if any(x.op != "int" for x in items):
        return None
    letter = Node("sym", ("n",))
    points = [domain(Node("rel", (("=",), letter, x))) for x in items]
    whole = Domain("Z", 1, ((0, everything()),))
    found = [w for p in points if p is not None and (w := both(p, whole)) is not None]
    return union(found) if len(found) == len(items) else None


def _from_zero(n: Domain) -> Domain:
    """The natural numbers of ``n`` and 0, where ``n`` begins at 1."""
    zero = domain(Node("rel", (("=",), Node("sym", ("n",)), Node("int", (0,)))))
    assert zero is not None
    with_zero = both(zero, Domain("Z", 1, ((0, everything()),)))
    assert with_zero is not None
    return union([n._replace(base="Z"), with_zero]) or n


def _same_parts(comparison: Comparison, one: Domain, two: Domain) -> bool:
    if one.modulus != two.modulus:
        modulus = max(one.modulus, two.modulus)
        if modulus % one.modulus or modulus % two.modulus:
            return False
        left, right = one.at(modulus), two.at(modulus)
    else:
        left, right = dict(one.parts), dict(two.parts)
    return left.keys() == right.keys() and all(comparison.same_pieces(left[r], right[r]) for r in left)


def _droppable(conds: list[Node], letter: str, letters: frozenset[str]) -> bool:
    """Whether conditions only say from what set a letter of the value is."""
    if letter not in letters:
        return False
    found = together(conds)
    if found is None or found.modulus > 1 or found.base not in ("", "R", "C", "Q", *_WHOLE):
        return False
    return all(c.op != "if" or _membership(c.inner) for c in conds)


# -- cases ------------------------------------------------------------------------------------
def same_cases(comparison: Comparison, g: Node, a: Node) -> bool:
    """Whether two lists of cases are one function: the same domain, and equal values wherever two meet."""
    letters = {letter for row in (*g.args, *a.args) for c in row.args[1:] if (letter := letter_of(_bare(c)))}
    one, two = _rows(g), _rows(a)
    if one is None or two is None or len(letters) > 2:
        return _same_rows(comparison, list(g.args), list(a.args))
    gname, aname = _letter(g), _letter(a)
    if gname is None or aname is None:
        return False
    if gname != aname:
        if any(gname in symbols(v) for v, _ in two):
            return False
        two = [(substitute(v, {aname: Node("sym", (gname,))}), d) for v, d in two]
    gs: list[Node] = []
    xs: list[Node] = []
    for gvalue, where in one:
        for avalue, there in two:
            common = both(where, there)
            if common is None:
                return False
            if common.parts and not _same_on(comparison, gvalue, avalue, common, gname):
                return False
            if common.parts:
                gs.append(gvalue)
                xs.append(avalue)
    if share_constants(gs) and not same_vectors_up_to_constants(gs, xs):
        return False
    whole, other = union([d for _, d in one]), union([d for _, d in two])
    return whole is not None and other is not None and same_domain(comparison, whole, other)


def _letter(node: Node) -> str | None:
    found = {letter for row in node.args for c in row.args[1:] if (letter := letter_of(_bare(c)))}
    return next(iter(found)) if len(found) == 1 else None


def _rows(node: Node) -> list[tuple[Node, Domain]] | None:
    """Each case with its set; ``otherwise`` is the rest."""
    found: list[tuple[Node, Domain]] = []
    for n, row in enumerate(node.args, 1):
        value, conds = row.value, list(row.conditions)
        if [_bare(c).op for c in conds] == ["otherwise"]:
            if n < len(node.args) or not found:
                return None
            covered = union([d for _, d in found])
            if covered is None:
                return None
            where: Domain | None = outside(covered)
        else:
            where = together(conds)
        if where is None:
            return None
        found.append((value, where))
    bases = {d.base for _, d in found} - {""}
    if len(bases) > 1:
        return None
    if bases:
        system = Domain(bases.pop(), 1, ((0, everything()),))
        narrowed = [(v, both(d, system)) for v, d in found]
        return [(v, d) for v, d in narrowed if d is not None]
    return found


def _same_on(comparison: Comparison, g: Node, a: Node, where: Domain, letter: str) -> bool:
    """Whether two values agree on a set: as functions, or at each of its points where it is only points."""
    points = [p for _, spans in where.parts for p in spans]
    single = [p for p in points if (p.lo == p.hi and p.lo_in and p.hi_in) or _one_whole(where, p)]
    if len(single) == len(points) <= 8:
        return all(
            comparison.same(substitute(g, {letter: p.lo}), substitute(a, {letter: p.lo})) for p in single
        )
    return comparison.same(g, a)


def _one_whole(where: Domain, p: Piece) -> bool:
    """Whether an interval holds one whole number."""
    ends = (p.lo, p.hi)
    whole = where.base in _WHOLE and {x.op for x in ends} == {"int"}
    return whole and bool(ends[1].number - ends[0].number == where.modulus)


def _same_rows(comparison: Comparison, gs: list[Node], xs: list[Node]) -> bool:
    """Cases whose conditions are no sets of one letter: row by row, in any order."""
    if len(gs) != len(xs):
        return False
    left = list(xs)
    for g in gs:
        for i, a in enumerate(left):
            if comparison.same(g.value, a.value) and same_conditions(
                comparison, g.args[1:], a.args[1:], frozenset(), frozenset()
            ):
                del left[i]
                break
        else:
            return False
    return True
