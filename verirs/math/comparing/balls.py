"""Complex balls: numbers with a proved error bound, for roots, logarithms and trigonometry.

Two disjoint balls prove two numbers different at any precision. What has no numeric meaning gets a
random value fixed by its parts.
"""

from __future__ import annotations

import hashlib
from typing import Any

import flint

from verirs.math.comparing.evaluate import Field, Modular, NoValue, exact, handlers, whole
from verirs.math.values import Node, Refused, words

_fmpq, _acb, _arb = flint.fmpq, flint.acb, flint.arb


class Ball(Field):
    """Complex balls at the precision of ``flint.ctx``. What has no numeric meaning (an unknown
    function, an integral) gets a random value fixed by its parts, so that equal parts agree."""

    kind = _acb

    def __init__(
        self,
        env: dict[str, Any] | None = None,
        seed: bytes = b"",
        natural_log: bool = False,
        below: bool = False,
    ) -> None:
        super().__init__(env)
        self.below = below  # a function that has no formula is negative
        self.seed = seed
        self.natural_log = natural_log
        self.real_root = False  # a negative number had its real root taken

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
        if base.op == "const" and base.name == "e" and n is None:
            return self.exp(self(exponent))
        b = self(base)
        if n is not None:
            if n < 0 and b.contains(0):
                raise NoValue("a pole")
            if n.bit_length() > 40:
                raise Refused("a power with a very large exponent")
            return b**n
        odd = _odd_root(exponent)
        if odd is not None and b.imag.is_zero() and b.real < 0:  # the real root
            self.real_root = True
            power = (-b) ** (_acb(odd[0]) / odd[1])
            return -power if odd[0] % 2 else power
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
            self.real_root = True
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
        if name == "cis" and len(values) == 1:
            return self.exp(x * _acb(0, 1))
        if name in ("Re", "Im"):
            return _acb(x.real if name == "Re" else x.imag)
        if name in ("max", "min") and len(values) > 1 and all(v.imag.is_zero() for v in values):
            return _extreme(values, 1 if name == "max" else -1)
        if name == "arg":
            return _acb(x.arg())
        return self.opaque(name, *args)

    def det(self, matrix: Node) -> Any:
        if len(matrix.rows) != len(matrix.rows[0]):
            raise NoValue("det")
        return flint.acb_mat([[self(x) for x in row] for row in matrix.args]).det()

    def fact(self, x: Node) -> Any:
        try:
            return super().fact(x)
        except NoValue:
            value = self(x) + 1
            _bounded(value, 16)
            return value.gamma()

    def binom(self, n: Node, k: Node) -> Any:
        try:
            return super().binom(n, k)
        except NoValue:
            a, b = self(n), self(k)
            _bounded(a, 16)
            _bounded(b, 16)
            return (a + 1).gamma() / ((b + 1).gamma() * (a - b + 1).gamma())

    def mod(self, x: Node, m: Node) -> Any:
        return self.opaque("mod", x, m)

    def app(self, name: str, *args: Node) -> Any:
        value = self.opaque("app " + name, *args)
        return -value if self.below else value

    def big(self, name: str, lower: Node, upper: Node, body: Node) -> Any:
        try:
            return super().big(name, lower, upper, body)
        except NoValue:
            pass
        index = lower.left.name if lower.op == "rel" and lower.left.op == "sym" else None
        if index is None:
            return self.opaque(name, lower, upper, body)
        kept = self.env.get(index)
        self.bound += 1
        self.env[index] = random_value(self.seed, f"bound {self.bound}", 0)
        value = self.opaque(name, lower.right, upper, body)
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


def _odd_root(exponent: Node) -> tuple[int, int] | None:
    """Numerator and denominator of an exponent like 2/3, whose denominator is odd."""
    if exponent.op not in ("mul", "inv", "neg"):
        return None
    q = exact(exponent)
    return (int(q.p), int(q.q)) if q is not None and q.q % 2 == 1 and q.q < 1000 else None


_ELEMENTARY = {n: n for n in words("sin cos tan cot sec csc sinh cosh tanh coth sech csch")} | {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
}
_RECIPROCAL = {"arccot": "atan", "arcsec": "acos", "arccsc": "asin"}


def _extreme(values: list[Any], sign: int) -> Any:
    """The largest of real balls, or the smallest for a negative sign."""
    best = values[0]
    for value in values[1:]:
        above = (value - best).real * sign
        if above > 0:
            best = value
        elif not above < 0:
            raise NoValue("two equal values")
    return best


Ball.table = handlers(
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
