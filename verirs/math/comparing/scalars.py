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
from verirs.math.comparing.evaluate import Exact, Modular, NoValue, whole
from verirs.math.values import INFINITY, ONE, OPAQUE, Node, contains, symbols, words

LOCK = threading.Lock()  # flint.ctx.prec belongs to the process
_LOOK, PROOF, _CONSTANT, _LAST = 128, 320, 1024, 4096
_WRITTEN = frozenset(("int", "dec"))
_NONE: frozenset[str] = frozenset()


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
    free = _NONE if {g.op, a.op} <= _WRITTEN else symbols(g) | symbols(a)
    if not free:
        x, y = _rational(g), _rational(a)
        if x is not None and y is not None:
            return bool(x == y), "exact"
    seed = hashlib.blake2b(repr((g, a) if repr(g) < repr(a) else (a, g)).encode(), digest_size=32).digest()
    if free:
        decided = _modular(g, a, free, seed)
        if decided is not None:
            return decided, "modular"
    with LOCK:
        kept = flint.ctx.prec
        try:
            if free:
                same = _functions(g, a, free, seed, natural_log)
            else:
                same = _constants(g, a, seed, natural_log)
        finally:
            flint.ctx.prec = kept
    if not same and (_unfinished(g) or _unfinished(a)):
        if partial_sums_differ(g, a):
            return False, "balls"
        raise Undecided("a sum, an integral or a limit")
    return same, "balls"


def _unfinished(node: Node) -> bool:
    """Whether a value holds a sum, an integral or a limit that is not just so many terms."""
    if node.op == "big":
        name, lower, upper, body = node.args
        finite = name in ("sum", "prod") and lower.op == "rel" and len(lower.args) == 3
        if not finite or whole(lower.right) is None or whole(upper) is None:
            return True
        return _unfinished(body)
    if not contains(node, OPAQUE):
        return False
    return any(_unfinished(x) for x in node.args if isinstance(x, Node)) or node.op in ("matrix", "where")


def _rational(node: Node) -> Any:
    try:
        return Exact()(node)
    except (NoValue, ZeroDivisionError):
        return None


def _modular(g: Node, a: Node, free: frozenset[str], seed: bytes) -> bool | None:
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


def value_at(
    node: Node, env: dict[str, Any], seed: bytes, natural_log: bool, point: int = 0, *, below: bool = False
) -> Any:
    """The ball of a node, or ``None`` where it has no finite value, or one of real and of complex roots;
    ``below``: functions without a formula are negative."""
    field = Ball(dict(env), bytes([point]) + seed[:31], natural_log, below)
    try:
        value = field(node)
    except ZeroDivisionError:
        return None
    if field.real_root and not value.imag.contains(0):
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
            x, y = value_at(g, {}, seed, natural_log), value_at(a, {}, seed, natural_log)
        except NoValue as error:
            raise Undecided(f"no number for {error}") from None
        if x is None or y is None:
            continue
        verdict = _agree(x, y, 600)
        if verdict and contains(g, _OPAQUE) and (contains(g, _SIGNED) or contains(a, _SIGNED)):
            return _negative_side(g, a, frozenset(), seed, natural_log)
        if verdict is not None:
            return verdict
    raise Undecided("no value")


_FAR = (40, -20)
_SIZES = (1, 1, 3, 3, 3, -1, -3)


def _functions(g: Node, a: Node, free: frozenset[str], seed: bytes, natural_log: bool) -> bool:
    agreed = 0
    for point, size in enumerate(_SIZES):
        env = {name: random_value(seed, name, point) * size for name in free}
        verdict: bool | None = None
        for prec in (_LOOK, PROOF) if not agreed else (PROOF,):
            flint.ctx.prec = prec
            try:
                x = value_at(g, env, seed, natural_log, point)
                y = value_at(a, env, seed, natural_log, point)
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
    if (contains(g, _STEPPED) or contains(a, _STEPPED)) and not _at_steps(g, a, free):
        return False
    if contains(g, _SIGNED) or contains(a, _SIGNED):
        return _negative_side(g, a, free, seed, natural_log)
    return True


_SIGNED = words("abs root pow fn log")
_OPAQUE = frozenset(("app",))
_STEPPED = words("floor ceil")
_STEPS = ((2, 1), (3, 1), (-4, 1), (7, 2), (10, 3))


def _at_steps(g: Node, a: Node, free: frozenset[str]) -> bool:
    """Whether floors and ceilings agree where they jump: at whole numbers and their halves and thirds."""
    flint.ctx.prec = PROOF
    for number, (top, bottom) in enumerate(_STEPS):
        env = {
            name: flint.fmpq(top + (n if number % 2 else 0), bottom) for n, name in enumerate(sorted(free))
        }
        try:
            x, y = Exact(dict(env))(g), Exact(dict(env))(a)
        except (NoValue, ZeroDivisionError):
            continue
        if x != y:
            return False
    return True


def _negative_side(g: Node, a: Node, free: frozenset[str], seed: bytes, natural_log: bool) -> bool:
    """Letters below zero: ``|x|`` is not ``x``."""
    flint.ctx.prec = PROOF
    for point, sign, size in ((11, -1, 2), (12, None, 2), (13, -1, 40), (14, 1, 40)):
        env = {}
        for n, name in enumerate(sorted(free)):
            s = sign if sign is not None else (-1 if n % 2 == 0 else 1)
            env[name] = random_value(seed, name, point) * size * s
        try:
            x = value_at(g, env, seed, natural_log, point, below=sign == -1)
            y = value_at(a, env, seed, natural_log, point, below=sign == -1)
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
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, _LOOK
        try:
            return value_at(node, env, b"value", False) is not None
        except NoValue:
            return False
        finally:
            flint.ctx.prec = kept


def constant_factor(f: Node, h: Node) -> int:
    """The sign of the constant ``c`` where ``f = c h`` for all letters, 0 where there is none or where ``f``
    is the same for all letters (2 for a constant that is not real).

    Raises:
        Undecided: a side has no value at enough points.
    """
    free = symbols(f) | symbols(h)
    if symbols(f) != symbols(h):
        return 0
    seed = hashlib.blake2b(repr((f, h)).encode(), digest_size=32).digest()
    first: Any = None
    seen, moves, before = 0, False, None
    signed = contains(f, _SIGNED) or contains(h, _SIGNED)
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, PROOF
        try:
            for point in range(8):
                size = 3 if point % 2 else _FAR[point % 4 == 0] if signed else 1
                env = {name: random_value(seed, name, point) * size for name in free}
                below = size < 0
                try:
                    x = value_at(f, env, seed, False, point, below=below)
                    y = value_at(h, env, seed, False, point, below=below)
                except NoValue as error:
                    raise Undecided(f"no number for {error}") from None
                if x is None or y is None or x.contains(0) or y.contains(0):
                    continue
                if size < 0 and not (x.imag.is_zero() and y.imag.is_zero()):
                    continue
                ratio = x / y
                moves = moves or (before is not None and _agree(before, x, 150) is False)
                before = x
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
    if not moves:
        return 0
    if not first.imag.contains(0):
        return 2
    return 1 if first.real > 0 else -1


_TERMS = (60, 90)


def _cut(node: Node, terms: int) -> Node:
    """Infinite sums with a whole lower bound, cut off."""
    if node.op == "big" and node.name == "sum":
        name, lower, end, body = node.args
        if end == INFINITY and lower.op == "rel" and len(lower.args) == 3 and lower.right.op == "int":
            upper = Node("int", (lower.right.number + terms,))
            return Node("big", (name, lower, upper, _cut(body, terms)))
    return Node(node.op, tuple(_cut(x, terms) if isinstance(x, Node) else x for x in node.args))


def partial_sums_differ(g: Node, a: Node) -> bool:
    """Whether infinite sums, cut off at two places, differ by the same amount at both: a difference that more
    terms do not change. Letters are small, so that power series converge."""
    cut = [(_cut(g, n), _cut(a, n)) for n in _TERMS]
    if cut[0] == (g, a) or any(contains(x, OPAQUE - {"big"}) for x in cut[0]):
        return False
    seed = hashlib.blake2b(repr((g, a)).encode(), digest_size=32).digest()
    found = []
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, _LOOK
        try:
            env = {name: random_value(seed, name, 0) / 8 for name in symbols(g) | symbols(a)}
            for one, two in cut:
                x, y = value_at(one, env, seed, False), value_at(two, env, seed, False)
                if x is None or y is None:
                    return False
                found.append((x - y, abs(x) + abs(y)))
        except NoValue:
            return False
        finally:
            flint.ctx.prec = kept
    (first, size), (second, _) = found
    return bool(abs(first) > size * 1e-6 and abs(first - second) < size * 1e-12)


def nearest_whole(node: Node) -> int | None:
    """The whole number nearest to a real value, ``None`` where it has none."""
    names = symbols(node)
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, _LOOK
        try:
            env = {name: random_value(b"whole", name, 0) for name in names}
            value = value_at(node, env, b"whole", False)
            if value is None or not value.imag.contains(0) or abs(value.real) > 2**60:
                return None
            return int((value.real + flint.arb(0.5)).floor().unique_fmpz() or 0)
        except NoValue:
            return None
        finally:
            flint.ctx.prec = kept


def close(exact: Node, about: Node) -> bool:
    """Whether a number after ``≈`` is the one before it, rounded or cut off at its last place."""
    if symbols(exact) or symbols(about):
        return False
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, _LOOK
        try:
            x, y = value_at(exact, {}, b"", False), value_at(about, {}, b"", False)
            if x is None or y is None:
                return False
            place = ONE
            while about.op in ("qty", "pct", "deg", "neg"):
                place = Node(about.op, (place,)) if about.op in ("pct", "deg") else place
                about = about.value if about.op == "qty" else about.inner
            last = value_at(place, {}, b"", False).real
            if about.op == "dec":
                last *= flint.arb(10) ** -about.places
            over = abs(x) - abs(y)
            return bool(abs(x - y) < last and over < last and over >= -last * 0.5001)
        except NoValue:
            return False
        finally:
            flint.ctx.prec = kept


_FLOAT_DIGITS = 15
_EXACT_DIGITS = 12
_FLOAT_ERROR = 1e-13


def nearly(decimal: Node, other: Node) -> bool:
    """Whether a decimal as a program prints its floats (15 significant digits or more) is another number but
    for the error of a calculation in floats. A written number must be short, so that it is exact."""
    if decimal.op != "dec" or _significant(decimal) < _FLOAT_DIGITS or symbols(other):
        return False
    if (
        other.op in _WRITTEN
        and _EXACT_DIGITS < _significant(other) < _FLOAT_DIGITS + (other.op == "int") * 999
    ):
        return False
    if abs(decimal.places) > 400:
        return False
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, 256
        try:
            x, y = value_at(decimal, {}, b"", False), value_at(other, {}, b"", False)
        except NoValue:
            return False
        finally:
            flint.ctx.prec = kept
    if x is None or y is None or not y.imag.contains(0):
        return False
    if y.real.contains(0):
        return bool(abs(x) < 1e-15)
    return bool(abs(x - y) < abs(y) * _FLOAT_ERROR)


def _significant(number: Node) -> int:
    return len(str(abs(number.number if number.op == "int" else number.mantissa)))


def rounds_to(exact: Node, decimal: Node) -> bool:
    """Whether a number without letters, rounded half away from zero, is the decimal as written."""
    if symbols(exact):
        return False
    mantissa, places = decimal.args
    if abs(places) > 2000:
        return False
    with LOCK:
        kept, flint.ctx.prec = flint.ctx.prec, 256 + 4 * abs(places)
        try:
            value = value_at(exact, {}, b"", False)
            if value is None or not value.imag.contains(0):
                return False
            scaled = value.real * flint.arb(10) ** places
            return bool(abs(scaled - mantissa) <= flint.arb(0.5) + flint.arb(2) ** -100)
        except NoValue:
            return False
        finally:
            flint.ctx.prec = kept
