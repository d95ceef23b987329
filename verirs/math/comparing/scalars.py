"""Are two scalar expressions the same number, or the same function of their letters?

Cheapest exact way first: equal trees, exact rationals, rational functions modulo a prime, and last
complex balls. Different is always proved. Equal is proved for rationals; for polynomials and
rational functions it holds but for a chance of about 2**-110 (the points are drawn from a hash of
the two expressions themselves, so none can be written to fit them); for roots, logarithms and
trigonometric constants it means agreement to about 180 digits (constants) or to 60 digits at random
points (functions). Letters are taken to be real numbers; negative ones only have a say where both
sides are real there.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import flint

from verirs.math.comparing.balls import Ball, random_residue, random_value
from verirs.math.comparing.evaluate import Exact, Modular, NoValue
from verirs.math.values import OPAQUE, Node, contains, symbols, words

_LOCK = threading.Lock()  # flint.ctx.prec belongs to the process
_LOOK, _PROOF, _CONSTANT, _LAST = 128, 320, 1024, 4096
_WRITTEN = frozenset(("int", "dec"))


class Undecided(ArithmeticError):
    """Neither equality nor difference could be shown."""


def same_scalar(g: Node, a: Node, natural_log: bool = False) -> tuple[bool, str]:
    """Whether two expressions are the same, and by which way this was decided.

    Raises:
        Refused: it would cost too much.
        Undecided: no way decides it (for example, neither side has a value anywhere).
    """
    if g == a:
        return True, "identical"
    free = set() if {g.op, a.op} <= _WRITTEN else symbols(g) | symbols(a)
    if not free:
        x, y = _rational(g), _rational(a)
        if x is not None and y is not None:
            return bool(x == y), "exact"
    seed = hashlib.blake2b(repr((g, a) if repr(g) < repr(a) else (a, g)).encode(), digest_size=32).digest()
    if free:
        decided = _modular(g, a, free, seed)
        if decided is not None:
            return decided, "modular"
    with _LOCK:
        kept = flint.ctx.prec
        try:
            if free:
                same = _functions(g, a, free, seed, natural_log)
            else:
                same = _constants(g, a, seed, natural_log)
        finally:
            flint.ctx.prec = kept
    if not same and (contains(g, OPAQUE) or contains(a, OPAQUE)):
        raise Undecided("a sum, an integral or a limit")
    return same, "balls"


def _rational(node: Node) -> Any:
    try:
        return Exact()(node)
    except (NoValue, ZeroDivisionError):
        return None


def _modular(g: Node, a: Node, free: set[str], seed: bytes) -> bool | None:
    """``None`` where a side is no rational function, or has a pole at every point tried."""
    agreed = 0
    for point in range(3):
        env = {name: random_residue(seed, name, point) for name in free}
        try:
            x = Modular(env)(g)
            y = Modular(env)(a)
        except NoValue:
            return None
        except ZeroDivisionError:
            continue
        if x != y:
            return False
        agreed += 1
        if agreed == 2:
            return True
    return None


def _value(node: Node, env: dict[str, Any], seed: bytes, natural_log: bool, point: int = 0) -> Any:
    """The ball of a node, or ``None`` where it has no finite value."""
    try:
        value = Ball(dict(env), bytes([point]) + seed[:31], natural_log)(node)
    except ZeroDivisionError:
        return None
    return value if value.is_finite() else None


def _agree(x: Any, y: Any, bits: int) -> bool | None:
    """Different is certain; the same means to ``bits`` bits of the larger; else ``None``."""
    d = x - y
    if not d.contains(0):
        return False
    scale = max(x.abs_lower(), y.abs_lower())
    if not scale > 0:
        scale = flint.arb(1)
    return True if d.abs_upper() < scale * flint.arb(2) ** -bits else None


def _constants(g: Node, a: Node, seed: bytes, natural_log: bool) -> bool:
    for prec in (_LOOK, _CONSTANT, _LAST):
        flint.ctx.prec = prec
        try:
            x, y = _value(g, {}, seed, natural_log), _value(a, {}, seed, natural_log)
        except NoValue as error:
            raise Undecided(f"no number for {error}") from None
        if x is None or y is None:
            continue
        verdict = _agree(x, y, 600)
        if verdict is not None:
            return verdict
    raise Undecided("no value")


def _functions(g: Node, a: Node, free: set[str], seed: bytes, natural_log: bool) -> bool:
    agreed = 0
    for point in range(5):
        env = {name: random_value(seed, name, point) * (1 if point < 2 else 3) for name in free}
        verdict: bool | None = None
        for prec in (_LOOK, _PROOF) if not agreed else (_PROOF,):
            flint.ctx.prec = prec
            try:
                x = _value(g, env, seed, natural_log, point)
                y = _value(a, env, seed, natural_log, point)
            except NoValue as error:
                raise Undecided(f"no number for {error}") from None
            if x is None or y is None:
                break
            verdict = _agree(x, y, 200)
            if verdict is not None:
                break
        if verdict is False:
            return False
        agreed += verdict is True
        if agreed == 2:
            break
    if agreed < 2:
        raise Undecided("no common values")
    if contains(g, _SIGNED) or contains(a, _SIGNED):
        return _negative_side(g, a, free, seed, natural_log)
    return True


_SIGNED = words("abs root pow fn log")


def _negative_side(g: Node, a: Node, free: set[str], seed: bytes, natural_log: bool) -> bool:
    """Letters below zero: ``|x|`` is not ``x``."""
    flint.ctx.prec = _PROOF
    for point, sign in ((11, -1), (12, None)):
        env = {}
        for n, name in enumerate(sorted(free)):
            s = sign if sign is not None else (-1 if n % 2 == 0 else 1)
            env[name] = random_value(seed, name, point) * 2 * s
        try:
            x = _value(g, env, seed, natural_log, point)
            y = _value(a, env, seed, natural_log, point)
        except NoValue:
            continue
        if x is None or y is None or not (x.imag.is_zero() and y.imag.is_zero()):
            continue
        if _agree(x, y, 200) is False:
            return False
    return True


def has_value(node: Node) -> bool:
    """Whether an expression has a finite value at a random point; a ratio or an infinity has none."""
    env = {name: random_value(b"value", name, 0) for name in symbols(node)}
    with _LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, _LOOK
        try:
            return _value(node, env, b"value", False) is not None
        except NoValue:
            return False
        finally:
            flint.ctx.prec = kept


def constant_factor(f: Node, h: Node) -> int:
    """The sign of the constant ``c`` where ``f = c h`` for all letters, 0 where there is none
    (2 for a constant that is not real).

    Raises:
        Undecided: a side has no value at enough points.
    """
    free = symbols(f) | symbols(h)
    if symbols(f) != symbols(h):
        return 0
    seed = hashlib.blake2b(repr((f, h)).encode(), digest_size=32).digest()
    first: Any = None
    seen = 0
    with _LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, _PROOF
        try:
            for point in range(6):
                env = {name: random_value(seed, name, point) * (1 if point % 2 else 3) for name in free}
                try:
                    x, y = _value(f, env, seed, False, point), _value(h, env, seed, False, point)
                except NoValue as error:
                    raise Undecided(f"no number for {error}") from None
                if x is None or y is None or x.contains(0) or y.contains(0):
                    continue
                ratio = x / y
                if first is None:
                    first = ratio
                elif not _agree(first, ratio, 150):
                    return 0
                seen += 1
                if seen == 3:
                    break
        finally:
            flint.ctx.prec = kept
    if seen < 3:
        raise Undecided("no common values")
    if not first.imag.contains(0):
        return 2
    return 1 if first.real > 0 else -1


def close(exact: Node, about: Node) -> bool:
    """Whether a number after ``≈`` is the one before it, rounded or cut off at its last place."""
    if symbols(exact) or symbols(about):
        return False
    with _LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, _LOOK
        try:
            x, y = _value(exact, {}, b"", False), _value(about, {}, b"", False)
            if x is None or y is None:
                return False
            while about.op in ("qty", "pct", "deg", "neg"):
                about = about.args[0]
            last = flint.arb(10) ** -about.args[1] if about.op == "dec" else flint.arb(1)
            over = abs(x) - abs(y)
            return bool(abs(x - y) < last and over < last and over >= -last * 0.5001)
        except NoValue:
            return False
        finally:
            flint.ctx.prec = kept


def rounds_to(exact: Node, decimal: Node) -> bool:
    """Whether a number without letters, rounded half away from zero, is the decimal as written."""
    if symbols(exact):
        return False
    mantissa, places = decimal.args
    if abs(places) > 2000:
        return False
    with _LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, 256 + 4 * abs(places)
        try:
            value = _value(exact, {}, b"", False)
            if value is None or not value.imag.contains(0):
                return False
            scaled = value.real * flint.arb(10) ** places
            return bool(abs(scaled - mantissa) <= flint.arb(0.5) + flint.arb(2) ** -100)
        except NoValue:
            return False
        finally:
            flint.ctx.prec = kept
