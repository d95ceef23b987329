"""Real roots of a polynomial in one letter, as values: rational ones and those of square factors."""

from __future__ import annotations

from typing import Any

import flint

from verirs.math.comparing.evaluate import Exact, NoValue
from verirs.math.values import Node, neg

MAX_DEGREE = 6
_MAX_BITS = 400


def polynomial(node: Node, letter: str) -> Any:
    """The polynomial that a value is in a letter: interpolated at whole numbers, checked at others; else
    ``None``."""
    try:
        at = [(flint.fmpq(x), Exact({letter: flint.fmpq(x)})(node)) for x in range(-4, 6)]
    except (NoValue, ZeroDivisionError):
        return None
    found = flint.fmpq_poly([0])
    for n, (x, y) in enumerate(at[: MAX_DEGREE + 1]):  # Newton's form
        factor = flint.fmpq_poly([1])
        for earlier, _ in at[:n]:
            factor *= flint.fmpq_poly([-earlier, 1])
        found += factor * ((y - found(x)) / factor(x))
    try:
        far = [(flint.fmpq(x, 7), Exact({letter: flint.fmpq(x, 7)})(node)) for x in (64, 95, -121)]
    except (NoValue, ZeroDivisionError):
        return None
    return found if all(found(x) == y for x, y in [*at, *far]) and found.degree() > 0 else None


def real_roots(found: Any) -> list[Node] | None:
    """All real roots, ``None`` where one of them has no such form."""
    whole = found.numer()
    if any(abs(int(c)).bit_length() > _MAX_BITS for c in whole.coeffs()):
        return None
    roots: list[Node] = []
    for factor, _ in whole.factor()[1]:
        coefficients = [int(c) for c in factor.coeffs()]
        if len(coefficients) == 2:
            roots.append(_ratio(Node("int", (-coefficients[0],)), coefficients[1]))
        elif len(coefficients) == 3:
            c, b, a = coefficients
            square = b * b - 4 * a * c
            if square > 0:
                root = Node("root", (Node("int", (square,)), Node("int", (2,))))
                roots += [
                    _ratio(Node("add", (Node("int", (-b,)), part)), 2 * a) for part in (root, neg(root))
                ]
        else:
            return None
    return roots


def _ratio(top: Node, bottom: int) -> Node:
    return top if bottom == 1 else Node("mul", (top, Node("inv", (Node("int", (bottom,)),))))
