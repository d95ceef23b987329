"""Numbers from values, in three fields: exact rationals, integers modulo a prime, complex balls.

All arithmetic is python-flint's. A ball is a midpoint with a proved error bound, so two disjoint
balls prove two numbers different at any precision. Every operation that could grow without bound
(powers, factorials, sums) is checked before it is carried out and raises :class:`Refused`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, ClassVar

import flint

from verirs.math.values import Node, Refused, Unreadable, words

MAX_BITS = 200_000
MAX_FACTORIAL = 5_000
MAX_TERMS = 500
PRIME = (1 << 61) - 1
_fmpq, _fmpz, _acb, _arb = flint.fmpq, flint.fmpz, flint.acb, flint.arb


class NoValue(ArithmeticError):
    """This field has no value for the node (or none is defined there)."""


class Field:
    """Evaluation by operation; subclasses say what numbers and functions are."""

    kind: Any

    def __init__(self, env: dict[str, Any] | None = None) -> None:
        self.env: dict[str, Any] = {} if env is None else env
        self.bound = 0

    def __call__(self, node: Node) -> Any:
        handler = self.table.get(node.op)
        if handler is None:
            raise NoValue(node.op)
        return handler(self, *node.args)

    # literals
    def integer(self, n: int) -> Any:
        return self.kind(n)

    def decimal(self, mantissa: int, places: int) -> Any:
        return self.rational(_power_of_ten(mantissa, places))

    def rational(self, q: Any) -> Any:
        raise NotImplementedError

    def based(self, digits: int, base: int) -> Any:
        try:
            return self.kind(int(str(digits), base))
        except ValueError as error:
            raise NoValue("digits beyond the base") from error

    def symbol(self, name: str) -> Any:
        try:
            return self.env[name]
        except KeyError:
            raise NoValue(name) from None

    def const(self, name: str) -> Any:
        raise NoValue(name)

    # arithmetic
    def add(self, *terms: Node) -> Any:
        total = self(terms[0])
        for term in terms[1:]:
            total = total + self(term)
        return total

    def mul(self, *factors: Node) -> Any:
        total = self(factors[0])
        for factor in factors[1:]:
            total = total / self(factor.args[0]) if factor.op == "inv" else total * self(factor)
        return total

    def neg(self, x: Node) -> Any:
        return -self(x)

    def inv(self, x: Node) -> Any:
        return self.kind(1) / self(x)

    def pct(self, x: Node) -> Any:
        return self(x) / self.kind(100)

    def qty(self, x: Node, unit: object) -> Any:
        return self(x)

    def seq(self, kind: str, joiner: str, *items: Node) -> Any:
        if kind == "[]" and len(items) == 1:
            return self(items[0])
        raise NoValue("seq")

    def fact(self, x: Node) -> Any:
        n = whole(x)
        if n is None or n < 0:
            raise NoValue("factorial")
        if n > MAX_FACTORIAL:
            raise Refused(f"the factorial of {_short(n)}")
        return self.rational(_fmpq(_fmpz.fac_ui(n)))

    def binom(self, n: Node, k: Node) -> Any:
        a, b = whole(n), whole(k)
        if a is None or b is None or a < 0 or b < 0:
            raise NoValue("binom")
        if a > MAX_FACTORIAL:
            raise Refused(f"a binomial coefficient of {_short(a)}")
        return self.rational(_fmpq(_fmpz.bin_uiui(a, b)))

    def big(self, name: str, lower: Node, upper: Node, body: Node) -> Any:
        """A finite sum or product with whole bounds, term by term."""
        if name not in ("sum", "prod") or lower.op != "rel" or lower.args[1].op != "sym":
            raise NoValue(name)
        start, stop = whole(lower.args[2]), whole(upper)
        if start is None or stop is None:
            raise NoValue(name)
        if stop - start > MAX_TERMS:
            raise Refused(f"a {name} of {_short(stop - start)} terms")
        index = lower.args[1].args[0]
        kept = self.env.get(index)
        total = self.kind(0 if name == "sum" else 1)
        for n in range(start, stop + 1):
            self.env[index] = self.kind(n)
            total = total + self(body) if name == "sum" else self.checked(total * self(body))
        if kept is None:
            self.env.pop(index, None)
        else:
            self.env[index] = kept
        return total

    def checked(self, value: Any) -> Any:
        return value

    table: ClassVar[dict[str, Callable[..., Any]]] = {}


def _handlers(cls: type[Field], **more: str) -> dict[str, Callable[..., Any]]:
    names = {"int": "integer", "dec": "decimal", "sym": "symbol"}
    ops = ["based", "const", "add", "mul", "neg", "inv", "pct", "qty", "seq", "fact", "binom", "big"]
    names |= {op: op for op in ops} | more
    return {op: getattr(cls, method) for op, method in names.items()}


def _short(n: int) -> str:
    return str(n) if abs(n) < 10**12 else "many"


def _power_of_ten(mantissa: int, places: int) -> Any:
    scale = _fmpz(10) ** abs(places)
    return _fmpq(_fmpz(mantissa), scale) if places > 0 else _fmpq(_fmpz(mantissa) * scale)


def whole(node: Node) -> int | None:
    """The exact integer a node stands for, if it is one."""
    if node.op == "int":
        n: int = node.args[0]
        return n
    try:
        q = Exact()(node)
    except (NoValue, ZeroDivisionError):
        return None
    return int(q.p) if q.q == 1 else None


class Exact(Field):
    """Rational numbers; a root or power counts where it is rational."""

    kind = _fmpq

    def rational(self, q: Any) -> Any:
        return q

    def checked(self, value: Any) -> Any:
        if value.height_bits() > MAX_BITS:
            raise Refused("a number of very many digits")
        return value

    def mul(self, *factors: Node) -> Any:
        return self.checked(super().mul(*factors))

    def power(self, base: Node, exponent: Node) -> Any:
        b, e = self(base), self(exponent)
        if e.q != 1:
            return self._rational_root(b, e)
        if b == 0 and e < 0:
            raise ZeroDivisionError
        n = int(e.p)
        if abs(n) > 1 and b.height_bits() > 1 and b.height_bits() * abs(n) > MAX_BITS:
            raise Refused("a power of very many digits")
        return b**n if b.height_bits() > 1 else (b if n % 2 else b * b) if n else _fmpq(1)

    def _rational_root(self, b: Any, e: Any) -> Any:
        degree = int(e.q)
        if b < 0 or degree > 64:
            raise NoValue("a root")
        top, bottom = _exact_root(b.p, degree), _exact_root(b.q, degree)
        if top is None or bottom is None:
            raise NoValue("an irrational root")
        if b == 0 and e < 0:
            raise ZeroDivisionError
        root = _fmpq(top, bottom)
        if root.height_bits() > 1 and root.height_bits() * abs(int(e.p)) > MAX_BITS:
            raise Refused("a power of very many digits")
        return root ** int(e.p)

    def root(self, x: Node, degree: Node) -> Any:
        b, n = self(x), self(degree)
        if n.q == 1 and int(n.p) % 2 and b < 0:
            return -self._rational_root(-b, _fmpq(1) / n)
        return self._rational_root(b, _fmpq(1) / n)

    def abs(self, x: Node) -> Any:
        return abs(self(x))

    def floor(self, x: Node) -> Any:
        return _fmpq(self(x).floor())

    def ceil(self, x: Node) -> Any:
        return _fmpq(self(x).ceil())

    def mod(self, x: Node, m: Node) -> Any:
        a, b = self(x), self(m)
        if a.q != 1 or b.q != 1 or b == 0:
            raise NoValue("mod")
        return _fmpq(a.p % b.p)

    def det(self, matrix: Node) -> Any:
        rows = [[self(x) for x in row] for row in matrix.args]
        if len(rows) != len(rows[0]):
            raise NoValue("det")
        return flint.fmpq_mat(rows).det()

    def fn(self, name: str, *args: Node) -> Any:
        if name not in ("gcd", "lcm", "max", "min"):
            raise NoValue(name)
        values = [self(x) for x in args]
        if name in ("max", "min"):
            return max(values) if name == "max" else min(values)
        if any(v.q != 1 for v in values):
            raise NoValue(name)
        total = values[0].p
        for v in values[1:]:
            total = total.gcd(v.p) if name == "gcd" else total.lcm(v.p)
        return _fmpq(total)


Exact.table = _handlers(
    Exact, pow="power", root="root", abs="abs", floor="floor", ceil="ceil", mod="mod", det="det", fn="fn"
)


def _exact_root(n: Any, degree: int) -> Any:
    if n == 0 or n == 1:
        return n
    root = n.root(degree)
    return root if root**degree == n else None


class Modular(Field):
    """Integers modulo ``2**61 - 1``: where a rational function's letters stand for random residues,
    two equal values are, but for a chance of degree / 2**61, the same function (Schwartz 1980; Zippel
    1979)."""

    @staticmethod
    def kind(n: int) -> Any:
        return flint.nmod(n % PRIME, PRIME)

    def rational(self, q: Any) -> Any:
        return flint.nmod(int(q.p % PRIME), PRIME) / flint.nmod(int(q.q % PRIME), PRIME)

    def power(self, base: Node, exponent: Node) -> Any:
        n = whole(exponent)
        if n is None:
            raise NoValue("a power")
        b = self(base)
        if n < 0:
            b, n = self.kind(1) / b, -n
        return self.kind(pow(int(b), n, PRIME))

    def det(self, matrix: Node) -> Any:
        rows = [[int(self(x)) for x in row] for row in matrix.args]
        if len(rows) != len(rows[0]):
            raise NoValue("det")
        return flint.nmod_mat(len(rows), len(rows), [x for row in rows for x in row], PRIME).det()


Modular.table = _handlers(Modular, pow="power", det="det")


class Ball(Field):
    """Complex balls at the precision of ``flint.ctx``. What has no numeric meaning (an unknown
    function, an integral) gets a random value fixed by its parts, so that equal parts agree."""

    kind = _acb

    def __init__(
        self, env: dict[str, Any] | None = None, seed: bytes = b"", natural_log: bool = False
    ) -> None:
        super().__init__(env)
        self.seed = seed
        self.natural_log = natural_log

    def rational(self, q: Any) -> Any:
        return _acb(q)

    def const(self, name: str) -> Any:
        if name == "pi":
            return _acb(_arb.pi())
        if name == "e":
            return _acb(_arb.const_e())
        if name == "i":
            return _acb(0, 1)
        raise NoValue(name)

    def deg(self, x: Node) -> Any:
        return self(x) * _arb.pi() / 180

    def power(self, base: Node, exponent: Node) -> Any:
        n = whole(exponent)
        if base.op == "const" and base.args[0] == "e" and n is None:
            return self.exp(self(exponent))
        b = self(base)
        if n is not None:
            if n < 0 and b.contains(0):
                raise NoValue("a pole")
            if n.bit_length() > 40:
                raise Refused("a power with a very large exponent")
            return b**n
        e = self(exponent)
        _bounded(e, 64)
        if b.is_zero():
            raise NoValue("a power of zero")
        return b**e

    def root(self, x: Node, degree: Node) -> Any:
        n = whole(degree)
        b = self(x)
        if n == 2:
            return b.sqrt()
        if n is None:
            return b ** (1 / self(degree))
        if n == 0:
            raise NoValue("a root of degree zero")
        if n % 2 and b.imag.is_zero() and b.real < 0:
            return -((-b) ** (_acb(1) / n))
        return _acb(0) if b.is_zero() and n > 0 else b ** (_acb(1) / n)

    def abs(self, x: Node) -> Any:
        return _acb(abs(self(x)))

    def floor(self, x: Node) -> Any:
        return _acb(self(x).real.floor())

    def ceil(self, x: Node) -> Any:
        return _acb(self(x).real.ceil())

    def log(self, x: Node, base: Node) -> Any:
        return self(x).log() / self(base).log()

    def exp(self, x: Any) -> Any:
        _bounded(x, 64)
        return x.exp()

    def fn(self, name: str, *args: Node) -> Any:
        values = [self(x) for x in args]
        x = values[0]
        if len(values) == 1 and name in _ELEMENTARY:
            _bounded(x, 64 if name in ("sinh", "cosh", "tanh", "coth", "sech", "csch") else 2000)
            return getattr(x, _ELEMENTARY[name])()
        if name in ("ln", "log") and len(values) == 1:
            if name == "ln" or self.natural_log:
                return x.log()
            return x.log() / _acb(10).log()
        if name == "exp" and len(values) == 1:
            return self.exp(x)
        if name in _RECIPROCAL and len(values) == 1:
            return getattr(_acb(1) / x, _RECIPROCAL[name])()
        if name in ("Re", "Im"):
            return _acb(x.real if name == "Re" else x.imag)
        if name == "arg":
            return _acb(x.arg())
        return self.opaque(name, *args)

    def det(self, matrix: Node) -> Any:
        if len(matrix.args) != len(matrix.args[0]):
            raise NoValue("det")
        return flint.acb_mat([[self(x) for x in row] for row in matrix.args]).det()

    def fact(self, x: Node) -> Any:
        try:
            return super().fact(x)
        except NoValue:
            return self.opaque("!", x)

    def binom(self, n: Node, k: Node) -> Any:
        try:
            return super().binom(n, k)
        except NoValue:
            return self.opaque("binom", n, k)

    def mod(self, x: Node, m: Node) -> Any:
        return self.opaque("mod", x, m)

    def app(self, name: str, *args: Node) -> Any:
        return self.opaque("app " + name, *args)

    def big(self, name: str, lower: Node, upper: Node, body: Node) -> Any:
        try:
            return super().big(name, lower, upper, body)
        except NoValue:
            pass
        index = lower.args[1].args[0] if lower.op == "rel" and lower.args[1].op == "sym" else None
        if index is None:
            return self.opaque(name, lower, upper, body)
        kept = self.env.get(index)
        self.bound += 1
        self.env[index] = random_value(self.seed, f"bound {self.bound}", 0)
        value = self.opaque(name, lower.args[2], upper, body)
        self.bound -= 1
        if kept is None:
            self.env.pop(index, None)
        else:
            self.env[index] = kept
        return value

    def opaque(self, name: str, *args: Node) -> Any:
        parts = [name]
        for arg in args:
            try:
                parts.append(_digits(self(arg)))
            except NoValue:
                parts.append(repr(arg))
        return random_value(self.seed, "\0".join(parts), 0)


_ELEMENTARY = {n: n for n in words("sin cos tan cot sec csc sinh cosh tanh coth sech csch")} | {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
}
_RECIPROCAL = {"arccot": "atan", "arcsec": "acos", "arccsc": "asin"}
Ball.table = _handlers(
    Ball, deg="deg", pow="power", root="root", abs="abs", floor="floor", ceil="ceil", log="log", fn="fn",
    det="det", mod="mod", app="app",
)  # fmt: skip


def _bounded(x: Any, bits: int) -> None:
    if not x.is_finite():
        raise NoValue("not finite")
    if abs(x) > _arb(2) ** bits:
        raise Refused("an exponent or an angle of very many digits")


def _digits(x: Any) -> str:
    """Fifteen digits of a ball, equal for equal numbers (but for a chance of about 10**-20)."""
    out = []
    for part in (x.real, x.imag):
        if part.contains(0) and part.abs_upper() < _arb(2) ** -60:
            out.append("0")
        else:
            out.append(part.str(15, radius=False))
    return "|".join(out)


def random_value(seed: bytes, name: str, point: int) -> Any:
    """A complex-free random rational in (1/4, 5/4) as a ball, fixed by its arguments."""
    digest = hashlib.blake2b(f"{point}\0{name}".encode(), key=seed[:32], digest_size=8).digest()
    return _acb(_fmpq(int.from_bytes(digest, "big") + (1 << 62), 1 << 64))


def random_residue(seed: bytes, name: str, point: int) -> Any:
    """A random residue modulo ``PRIME``, fixed by its arguments."""
    digest = hashlib.blake2b(f"{point}\0{name}".encode(), key=seed[:32], digest_size=16).digest()
    return Modular.kind(int.from_bytes(digest, "big"))


def exact(node: Node) -> Any:
    """The exact rational a node stands for, or ``None``.

    Raises:
        Refused: computing it would cost too much.
    """
    try:
        return Exact()(node)
    except (NoValue, ZeroDivisionError):
        return None


__all__ = [
    "Ball",
    "Exact",
    "Modular",
    "NoValue",
    "Refused",
    "Unreadable",
    "exact",
    "random_residue",
    "random_value",
    "whole",
]
