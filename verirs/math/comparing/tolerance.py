"""Is a number near enough to the gold one?"""

from __future__ import annotations

from typing import Any

import flint

from verirs.math.comparing.balls import Ball
from verirs.math.comparing.evaluate import Exact, NoValue
from verirs.math.comparing.scalars import LOCK as PRECISION_LOCK
from verirs.math.conventions import Tolerance
from verirs.math.values import OPAQUE, Node, Refused, contains, symbols

_PRECISION = 256


def near(g: Node, a: Node, tolerance: Tolerance) -> bool:
    """Whether the number ``a`` is as near to the gold ``g`` as the tolerance says; letters never are."""
    if symbols(g) or symbols(a) or contains(g, OPAQUE) or contains(a, OPAQUE):
        return False
    try:
        gold, answer = Exact()(g), Exact()(a)
    except (NoValue, ZeroDivisionError, Refused):
        return _near_balls(g, a, tolerance)
    return bool(abs(answer - gold) <= _allowed(abs(gold), tolerance))


def _near_balls(g: Node, a: Node, tolerance: Tolerance) -> bool:
    with PRECISION_LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, _PRECISION
        try:
            gold, answer = Ball({}, b"", False)(g), Ball({}, b"", False)(a)
            if not (gold.is_finite() and answer.is_finite()):
                return False
            return bool(abs(answer - gold) <= _allowed(abs(gold).mid(), tolerance))
        except (NoValue, ZeroDivisionError, Refused):
            return False
        finally:
            flint.ctx.prec = kept


def _allowed(size: Any, tolerance: Tolerance) -> Any:
    """The distance that is allowed from a gold number of this size, in the field of the size."""
    kind = type(size)
    relative, absolute = (
        kind(flint.fmpq(q.numerator, q.denominator)) for q in (tolerance.relative, tolerance.absolute)
    )
    allowed = max(size * relative, absolute)
    if tolerance.digits and size > 0:
        ten = kind(10)
        place = int(float(flint.arb(size).log() / flint.arb(10).log()) // 1)
        if size >= ten ** (place + 1):  # the logarithm was rounded
            place += 1
        half = kind(flint.fmpq(1, 2)) * ten ** (place + 1 - tolerance.digits)
        allowed = max(allowed, half)
    return allowed


def own_error(g: Node) -> tuple[Node, str] | None:
    """A gold that brings its tolerance, ``3.0 \\pm 0.1``: its value, and the tolerance as it is written in
    conventions; ``None`` where it brings none."""
    if g.op == "qty":
        inner = own_error(g.value)
        return None if inner is None else (Node("qty", (inner[0], g.unit)), inner[1])
    factors: tuple[Node, ...] = ()
    if g.op == "mul":
        first, *more = g.args
        if first.op == "add":
            g, factors = first, tuple(more)
    if g.op != "add" or len(g.args) != 2:
        return None
    middle, spread = g.args
    if spread.op != "pm":
        return None
    value, error = (Node("mul", (x, *factors)) if factors else x for x in (middle, spread.inner))
    try:
        Exact()(value)
        size = abs(Exact()(error))
    except (NoValue, ZeroDivisionError, Refused):
        return None
    return value, f"{size.p}/{size.q} absolute"
