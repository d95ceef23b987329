"""Families of functions with free constants: ``x + C`` is ``x + 2 + C``, ``c_1 e^x + c_2 e^{-x}`` is
``A e^x + B e^{-x}``.

Two families are one where the constant only adds to the function; or where the functions that two or more
constants multiply span the same space; or where only the letter of one constant differs. One constant that
multiplies may be a quantity of the problem (``C V``), so it may not be scaled.
"""

from __future__ import annotations

from collections.abc import Sequence

from verirs.math.comparing.names import substitute
from verirs.math.comparing.samples import rank, sampled
from verirs.math.comparing.scalars import Undecided, same_scalar
from verirs.math.values import ONE, TWO, ZERO, Node, Refused, contains, neg, symbols, words
from verirs.system.patterns import regex

MAX_CONSTANTS = 4
_STRONG = regex(r"C|[CcKk]_\d")
_WEAK = words("c k K A B D a")
_VARIABLES = words(r"x t y s z r u n \theta")
_LOGARITHMS = words("fn log")


def same_up_to_constants(g: Node, a: Node) -> bool:
    """Whether two expressions are one family of functions."""
    if g.op in ("sym", "int", "dec") or a.op in ("sym", "int", "dec"):
        return False
    gs, xs = symbols(g), symbols(a)
    mine = {s for s in gs if _STRONG.fullmatch(s)} or {s for s in gs - xs if s in _WEAK}
    theirs = {s for s in xs if _STRONG.fullmatch(s)} or {s for s in xs - gs if s in _WEAK}
    if not mine or len(mine) != len(theirs) or len(mine) > MAX_CONSTANTS:
        return False
    if not any(all(_STRONG.fullmatch(s) for s in side) for side in (mine, theirs)):
        return False
    variables = gs - mine
    if not variables or variables != xs - theirs:
        return False
    try:
        if len(mine) == 1:
            return _one(g, a, mine.pop(), theirs.pop(), variables)
        return (
            variables <= _VARIABLES and len(variables) == 1 and _span([g], [a], sorted(mine), sorted(theirs))
        )
    except (Undecided, Refused, ZeroDivisionError):
        return False


def share_constants(entries: Sequence[Node]) -> bool:
    """Whether the entries of one vector hold free constants: then they are one family, not one each."""
    return len(entries) > 1 and bool(_constants(entries))


def _constants(entries: Sequence[Node]) -> list[str]:
    return sorted(s for s in _letters(entries) if _STRONG.fullmatch(s))


def _letters(entries: Sequence[Node]) -> set[str]:
    found: set[str] = set()
    return found.union(*map(symbols, entries))


def same_vectors_up_to_constants(gs: Sequence[Node], xs: Sequence[Node]) -> bool:
    """Whether two vectors are one family; a constant is the same one in all entries."""
    mine, theirs = (_constants(side) for side in (gs, xs))
    if mine and not theirs:
        theirs = sorted((_letters(xs) - _letters(gs)) & _WEAK)
    if len(mine) != len(theirs) or len(mine) > MAX_CONSTANTS:
        return False
    try:
        names: dict[str, Node] = {y: Node("sym", (x,)) for x, y in zip(mine, theirs, strict=True)}
        if all(same_scalar(g, substitute(x, names))[0] for g, x in zip(gs, xs, strict=True)):
            return True
        if len(mine) == 1:
            return _shifted(gs, xs, mine[0], theirs[0])
        return _span(gs, xs, mine, theirs)
    except (Undecided, Refused, ZeroDivisionError):
        return False


def _shifted(gs: Sequence[Node], xs: Sequence[Node], mine: str, theirs: str) -> bool:
    """Whether a constant that only adds is shifted by the same number in all entries."""
    shifts: list[Node] = []
    for g, x in zip(gs, xs, strict=True):
        variables = symbols(g) - {mine}
        if not (_adds(g, mine, variables) and _adds(x, theirs, variables)):
            return False
        shifts.append(_minus(substitute(g, {mine: ONE}), substitute(x, {theirs: ONE})))
        if not _same_everywhere(shifts[-1], variables | (symbols(x) - {theirs})):
            return False
    return all(same_scalar(shifts[0], shift)[0] for shift in shifts[1:])


def _one(g: Node, a: Node, mine: str, theirs: str, variables: frozenset[str]) -> bool:
    if mine != theirs and same_scalar(g, substitute(a, {theirs: Node("sym", (mine,))}))[0]:
        return True
    if not (_adds(g, mine, variables) and _adds(a, theirs, variables)):
        return False
    difference = _minus(substitute(g, {mine: ONE}), substitute(a, {theirs: ONE}))
    return _same_everywhere(difference, variables)


def _adds(f: Node, constant: str, variables: frozenset[str]) -> bool:
    """Whether the constant only adds a number, any number, to the function."""
    one, two, three = (substitute(f, {constant: x}) for x in (ONE, TWO, Node("int", (3,))))
    step = _minus(two, one)
    if not _same_everywhere(_minus(f, one), variables) or same_scalar(step, ZERO)[0]:
        return False
    return same_scalar(step, _minus(three, two))[0] or contains(f, _LOGARITHMS)


def _same_everywhere(f: Node, variables: frozenset[str]) -> bool:
    elsewhere = {v: Node("sym", (v + " elsewhere",)) for v in variables}
    return same_scalar(f, substitute(f, elsewhere))[0]


def _minus(f: Node, h: Node) -> Node:
    return Node("add", (f, neg(h)))


def _span(gs: Sequence[Node], xs: Sequence[Node], mine: list[str], theirs: list[str]) -> bool:
    """Whether both are a function plus the span of others, and the same set of functions.

    A vector's functions are sampled in all entries, the samples one behind another.
    """
    functions: list[Node] = []
    for g, x in zip(gs, xs, strict=True):
        one, two = _parts(g, mine), _parts(x, theirs)
        if one is None or two is None:
            return False
        functions += [*one[1], *two[1], _minus(one[0], two[0])]
    found = sampled(functions, 2 * len(mine) + 3)
    if found is None:
        return False
    width = 2 * len(mine) + 1
    rows = [[x for row in found[i::width] for x in row] for i in range(width)]
    n = len(mine)
    return rank(rows[:n]) == n == rank(rows[n : 2 * n]) == rank(rows)


def _parts(f: Node, constants: list[str]) -> tuple[Node, list[Node]] | None:
    """``p`` and ``q_i`` of ``p + c_1 q_1 + c_2 q_2``."""
    zero: dict[str, Node] = dict.fromkeys(constants, ZERO)
    rest = substitute(f, zero)
    functions = [_minus(substitute(f, zero | {c: ONE}), rest) for c in constants]
    terms = [Node("mul", (Node("sym", (c,)), q)) for c, q in zip(constants, functions, strict=True)]
    return (rest, functions) if same_scalar(f, Node("add", (rest, *terms)))[0] else None
