"""Numbers from values, in exact fields: the rationals, and the integers modulo a prime.

All arithmetic is python-flint's. Every operation that could grow without bound
(powers, factorials, sums) is checked before it is carried out and raises :class:`Refused`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import flint

from verirs.math.values import Node, Refused

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

    def based(self, digits: str, base: int) -> Any:
        whole_part, _, part = digits.partition(".")
        try:
            value = int(whole_part + part, base)
        except ValueError as error:
            raise NoValue("digits beyond the base") from error
        return self.rational(_fmpq(value, base ** len(part)))

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
            total = total / self(factor.inner) if factor.op == "inv" else total * self(factor)
        return total

    def neg(self, x: Node) -> Any:
        return -self(x)

    def inv(self, x: Node) -> Any:
        return self.kind(1) / self(x)

    def pct(self, x: Node) -> Any:
        return self(x) / self.kind(100)

    def qty(self, x: Node, unit: object) -> Any:
        return self(x)

    def ambiguous(self, formula: Node, *others: object) -> Any:
        return self(formula)

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
        if name not in ("sum", "prod") or lower.op != "rel" or lower.left.op != "sym":
            raise NoValue(name)
        start, stop = whole(lower.right), whole(upper)
        if start is None or stop is None:
            raise NoValue(name)
        if stop - start > MAX_TERMS:
            raise Refused(f"a {name} of {_short(stop - start)} terms")
        index = lower.left.name
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


def handlers(cls: type[Field], **more: str) -> dict[str, Callable[..., Any]]:
    """What a field does for each operation: the common ones, and its own."""
    names = {"int": "integer", "dec": "decimal", "sym": "symbol"}
    ops = [
        "based",
        "const",
        "add",
        "mul",
        "neg",
        "inv",
        "pct",
        "qty",
        "ambiguous",
        "seq",
        "fact",
        "binom",
        "big",
    ]
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
        return node.number
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
        if degree > 64 or (b < 0 and degree % 2 == 0):
            raise NoValue("a root")
        if b < 0:  # the real root
            root = self._rational_root(-b, e)
            return -root if int(e.p) % 2 else root
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


Exact.table = handlers(
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


Modular.table = handlers(Modular, pow="power", det="det")


def exact(node: Node) -> Any:
    """The exact rational a node stands for, or ``None``.

    Raises:
        Refused: computing it would cost too much.
    """
    try:
        return Exact()(node)
    except (NoValue, ZeroDivisionError):
        return None
