"""The last tier: sums, integrals and limits, by sympy, only ever inside a worker process.

Values are built as sympy objects node by node; no text reaches sympy's parser. An operation that has
no exact translation here makes the pair undecided, never different.
"""

from __future__ import annotations

from typing import Any

from verirs.math.read import read
from verirs.math.values import Node, Unreadable, contains, symbols
from verirs.workers import Workers

NEEDS = frozenset(("big",))
FUNCTION = "verirs.math.algebra:decide"
_DIGITS = 40


def needed(g: Node, a: Node) -> bool:
    """Whether a pair holds something only algebra evaluates."""
    return contains(g, NEEDS) or contains(a, NEEDS)


def workers(count: int = 1, timeout: float = 1.0, memory_mb: int = 1024) -> Workers:
    """Worker processes for :func:`decide`; each imports sympy once."""
    return Workers(FUNCTION, count=count, timeout=timeout, memory_mb=memory_mb)


def decide(gold: str, answer: str) -> bool | None:
    """Whether two bare answers are equal, by algebra; ``None`` where this cannot tell.

    Runs in a worker. Equal means that the difference simplifies to zero or is smaller than 10**-40
    of the values; different, that it is a number that is not.
    """
    import sympy

    g, a = _scalar(read(gold)), _scalar(read(answer))
    try:
        x, y = _build(g, sympy), _build(a, sympy)
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
    if node.op == "rel" and set(node.args[0]) == {"="} and node.args[1].op in ("sym", "text", "app"):
        last: Node = node.args[-1]
        return last
    return node


def _build(node: Node, sympy: Any) -> Any:
    """A sympy expression, node by node.

    Raises:
        Unreadable: an operation has no exact translation.
    """

    def build(x: Node) -> Any:
        return _build(x, sympy)

    op, args = node.op, node.args
    if op == "int":
        return sympy.Integer(args[0])
    if op == "dec":
        return sympy.Rational(args[0]) / sympy.Integer(10) ** args[1]
    if op == "sym":
        return sympy.Symbol(args[0], real=True)
    if op == "const" and args[0] in ("pi", "e", "i", "inf"):
        return {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "inf": sympy.oo}[args[0]]
    if op == "add":
        return sympy.Add(*map(build, args))
    if op == "mul":
        return sympy.Mul(*map(build, args))
    if op == "neg":
        return -build(args[0])
    if op == "inv":
        return 1 / build(args[0])
    if op == "pow":
        return build(args[0]) ** build(args[1])
    if op == "root":
        return build(args[0]) ** (1 / build(args[1]))
    if op == "fact":
        return sympy.factorial(build(args[0]))
    if op == "binom":
        return sympy.binomial(build(args[0]), build(args[1]))
    if op == "abs":
        return sympy.Abs(build(args[0]))
    if op == "log":
        return sympy.log(build(args[0])) / sympy.log(build(args[1]))
    if op == "fn" and len(args) == 2:
        return _function(args[0], build(args[1]), sympy)
    if op == "big":
        return _big(node, sympy)
    raise Unreadable(op)


_NAMES = {"arc" + n: "a" + n for n in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")}
_SAME = frozenset("sin cos tan cot sec csc sinh cosh tanh coth sech csch exp".split(" "))


def _function(name: str, x: Any, sympy: Any) -> Any:
    if name == "ln":
        return sympy.log(x)
    if name == "log":
        return sympy.log(x) / sympy.log(10)
    if name in _SAME or name in _NAMES:
        return getattr(sympy, _NAMES.get(name, name))(x)
    raise Unreadable(name)


def _big(node: Node, sympy: Any) -> Any:
    name, lower, upper, body = node.args
    if (
        name in ("sum", "prod")
        and lower.op == "rel"
        and lower.args[0] == ("=",)
        and lower.args[1].op == "sym"
    ):
        index = _build(lower.args[1], sympy)
        whole = sympy.Dummy("k", integer=True)
        term = _build(body, sympy).subs(index, whole)
        bounds = (whole, _build(lower.args[2], sympy), _build(upper, sympy))
        return (sympy.Sum if name == "sum" else sympy.Product)(term, bounds).doit()
    if name == "lim" and lower.op == "rel" and lower.args[0] == ("→",) and lower.args[1].op == "sym":
        x = _build(lower.args[1], sympy)
        return sympy.limit(_build(body, sympy), x, _build(lower.args[2], sympy))
    if name == "int":
        integrand, letter = _integrand(body)
        x = sympy.Symbol(letter, real=True)
        return sympy.integrate(_build(integrand, sympy), (x, _build(lower, sympy), _build(upper, sympy)))
    raise Unreadable(name)


def _integrand(body: Node) -> tuple[Node, str]:
    """``x^2 d x`` as ``x^2`` and ``x``."""
    factors = body.args if body.op == "mul" else (body,)
    if len(factors) >= 2 and factors[-2] == Node("sym", ("d",)) and factors[-1].op == "sym":
        rest = factors[:-2]
        if "d" not in set().union(*(symbols(f) for f in rest), set()):
            inside = Node("mul", rest) if len(rest) > 1 else rest[0] if rest else Node("int", (1,))
            return inside, str(factors[-1].args[0])
    raise Unreadable("an integral without its variable")
