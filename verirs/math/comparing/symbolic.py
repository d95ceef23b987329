"""The worker's side of the last tier: sums, integrals and limits, by sympy.

Imported only inside a worker process. Values are built as sympy objects node by node; no text reaches
sympy's parser. An operation that has no exact translation here makes the pair undecided, never different.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from verirs.math.reading.read import read
from verirs.math.values import Node, Unreadable, symbols, words

_DIGITS = 40


def decide(gold: str, answer: str) -> bool | None:
    """Whether two bare answers are equal, by algebra; ``None`` where this cannot tell.

    Runs in a worker. Equal means that the difference simplifies to zero or is smaller than 10**-30
    of the values; different, that it is a number that is not.
    """
    g, a = _scalar(read(gold)), _scalar(read(answer))
    try:
        x, y = _build(g), _build(a)
    except Unreadable:
        return None
    if x.has(sympy.nan, sympy.zoo) or y.has(sympy.nan, sympy.zoo):
        return None
    difference = sympy.expand(x - y)
    if difference == 0 or sympy.simplify(difference) == 0:
        return True
    if difference.free_symbols or difference.has(sympy.Integral, sympy.Limit):
        return None
    size = sympy.Max(1, abs(x.evalf(15)), abs(y.evalf(15)))
    value = difference.evalf(_DIGITS, maxn=200)
    if not value.is_number or value.has(sympy.nan, sympy.oo):
        return None
    return bool(abs(value) < size * sympy.Float(10) ** -30)


def _scalar(node: Node) -> Node:
    """The value of ``I = 5``."""
    if node.op == "rel" and set(node.signs) == {"="} and node.left.op in ("sym", "text", "app"):
        return node.last
    return node


def _build(node: Node) -> Any:
    """A sympy expression, node by node.

    Raises:
        Unreadable: an operation has no exact translation.
    """

    op, args = node
    if op == "sym":
        return sympy.Symbol(node.name, real=True)
    if op == "const" and node.name in _CONSTANTS:
        return _CONSTANTS[node.name]
    if op == "fn" and len(args) == 2:
        name, inside = args
        return _function(name, _build(inside))
    if op == "big":
        return _big(node)
    if op == "int":
        return sympy.Integer(node.number)
    if op == "dec":
        return sympy.Rational(node.mantissa) / sympy.Integer(10) ** node.places
    if op not in _MADE:
        raise Unreadable(op)
    return _MADE[op](*map(_build, args))


_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "inf": sympy.oo}
_MADE: dict[str, Callable[..., Any]] = {
    "add": sympy.Add,
    "mul": sympy.Mul,
    "neg": lambda x: -x,
    "inv": lambda x: 1 / x,
    "pow": lambda x, n: x**n,
    "root": lambda x, n: x ** (1 / n),
    "fact": sympy.factorial,
    "binom": sympy.binomial,
    "abs": sympy.Abs,
    "log": lambda x, base: sympy.log(x) / sympy.log(base),
}
"""What is made of operations whose arguments are all values."""
_NAMES = {"arc" + n: "a" + n for n in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")}
_SAME = words("sin cos tan cot sec csc sinh cosh tanh coth sech csch exp")


def _function(name: str, x: Any) -> Any:
    if name == "ln":
        return sympy.log(x)
    if name == "log":
        return sympy.log(x) / sympy.log(10)
    if name in _SAME or name in _NAMES:
        return getattr(sympy, _NAMES.get(name, name))(x)
    raise Unreadable(name)


def _big(node: Node) -> Any:
    name, lower, upper, body = node.args
    if name in ("sum", "prod") and lower.op == "rel" and lower.signs == ("=",) and lower.left.op == "sym":
        index = _build(lower.left)
        whole = sympy.Dummy("k", integer=True)
        term = _build(body).subs(index, whole)
        bounds = (whole, _build(lower.right), _build(upper))
        return _where_it_converges((sympy.Sum if name == "sum" else sympy.Product)(term, bounds).doit())
    if name == "lim" and lower.op == "rel" and lower.signs == ("→",) and lower.left.op == "sym":
        x = _build(lower.left)
        return sympy.limit(_build(body), x, _build(lower.right))
    if name == "int":
        integrand, letter = _integrand(body)
        x = sympy.Symbol(letter, real=True)
        return sympy.integrate(_build(integrand), (x, _build(lower), _build(upper)))
    raise Unreadable(name)


def _where_it_converges(value: Any) -> Any:
    """The value of a power series where it converges, for the cases by its letter."""
    if not isinstance(value, sympy.Piecewise) or len(value.args) != 2:
        return value
    inside, outside = value.args
    return inside.expr if outside.expr.has(sympy.Sum) else value


def _integrand(body: Node) -> tuple[Node, str]:
    """``x^2 d x`` as ``x^2`` and ``x``; of a sum the last term has the differential of all of it."""
    if body.op == "neg":
        inner, letter = _integrand(body.inner)
        return Node("neg", (inner,)), letter
    if body.op == "add":
        *terms, last = body.args
        last, letter = _integrand(last)
        if any("d" in symbols(term) for term in terms):
            raise Unreadable("an integral with two variables")
        return Node("add", (*terms, last)), letter
    factors = body.args if body.op == "mul" else (body,)
    if len(factors) >= 2 and factors[-2] == Node("sym", ("d",)) and factors[-1].op == "sym":
        rest = factors[:-2]
        if "d" not in set().union(*(symbols(f) for f in rest), set()):
            inside = Node("mul", rest) if len(rest) > 1 else rest[0] if rest else Node("int", (1,))
            return inside, factors[-1].name
    raise Unreadable("an integral without its variable")


# what sympy loads and builds at first use is not to count as some pair's time
decide("e", r"\lim_{n \to \infty} (1 + 1/n)^n")
