"""The typed values that pass between the stages: one small immutable tree node.

A node is an operation and its arguments; structural equality and hashing come for free. Literals
are kept exactly as written (``dec`` knows its digits). Operations:

==========  ==========================================  =========================================
scalars     ``int(n)``                                  an integer literal
\\           ``dec(mantissa, places)``                   ``mantissa / 10**places``
\\           ``based(digits, base)``                     digits in a base, both as written
\\           ``sym(name)`` ``const(name)``               a letter; pi, e, i, inf
\\           ``add(*t)`` ``mul(*f)`` ``neg`` ``inv``      flat sums and products
\\           ``pow(b, e)`` ``root(x, n)`` ``fact(x)``
\\           ``fn(name, x)`` ``log(x, base)``            known functions
\\           ``app(name, *x)``                           an unknown function applied
\\           ``abs floor ceil binom det mod``
\\           ``deg(x)`` ``pct(x)`` ``pm(x)`` ``mp(x)``    degrees, per cent, both signs
\\           ``big(name, lower, upper, body)``           sum, product, integral, limit
\\           ``qty(x, unit)``                            a number and its unit (:mod:`quantities`)
\\           ``ambiguous(formula, qty, scaled, how)``     ``5 m`` in plain letters: variables, a unit or a
                                                       power of ten; the other side decides
said        ``given(x, *conditions)``                   a value under conditions; a condition is a ``rel``,
                                                       ``any(*c)``, ``all(*c)``, ``not(c)``, ``otherwise``, or
                                                       ``if(c)``: what holds in that case only
\\           ``cases(*given)``                           a value for each case
\\           ``bound(op, x)``                            ``at least 4``
\\           ``range(lo, hi)``                           ``between 3 and 4``, its ends not said
\\           ``hedge(x)``                                ``maybe 4``
compound    ``seq(kind, joiner, *items)``               kind is ``()``, ``[]``, ``{}``, ``<>`` or bare
\\           ``interval(lo, lo_in, hi, hi_in)``          brackets of different kinds
\\           ``matrix(*rows)``                           rows are tuples
\\           ``rel(ops, *sides)``                        ``a < b <= c``: ops ``("<", "<=")``
\\           ``union inter minus``                       of two sets; number systems are ``const``
\\           ``where(variable, condition)``              set-builder
\\           ``ratio(*terms)``                           ``3:2:1``, also a time of day
moments     ``date(year, month, day)``                  the year is 0 where it is not said
\\           ``clock(seconds, known)``                  since midnight; which half of the day may be open
words       ``text(words)``                             anything that is not mathematics
\\           ``raw(letters, unread)``                    what no reading fits, and what stopped it
==========  ==========================================  =========================================
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NamedTuple


class Node(NamedTuple):
    """One operation and its arguments (nodes, or plain literals as listed above)."""

    op: str
    args: tuple[Any, ...]

    # The arguments by the names of the table above, each for the operations in ``OWNERS``.
    @property
    def name(self) -> str:
        """Of a letter, a constant, a function, a sum."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def number(self) -> int:
        """Of an integer literal."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def mantissa(self) -> int:
        """Of a literal: its digits without the point."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def places(self) -> int:
        """Of a decimal: how many digits stand behind its point."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def digits(self) -> str:
        """Of a number in a base."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def radix(self) -> int:
        """Of a number in a base."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def inner(self) -> Node:
        """Of what has one part."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def base(self) -> Node:
        """Of a power."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def exponent(self) -> Node:
        """Of a power."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def value(self) -> Node:
        """Of a quantity, of a remainder, of what is under conditions."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def unit(self) -> Any:
        """Of a quantity."""
        return self.args[1]

    @property
    def modulus(self) -> Node:
        """Of a remainder."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def conditions(self) -> tuple[Node, ...]:
        """Of a value under conditions."""
        return self.args[1:]

    @property
    def sign(self) -> str:
        """Of a bound."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def limit(self) -> Node:
        """Of a bound."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def formula(self) -> Node:
        """Of plain letters: as variables."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def measured(self) -> Node | None:
        """Of plain letters: as a unit."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def scaled(self) -> Node | None:
        """Of plain letters: as a power of ten."""
        return self.args[2]  # type: ignore[no-any-return]

    @property
    def how(self) -> str:
        """Of plain letters: how sure they are a unit."""
        return self.args[3]  # type: ignore[no-any-return]

    @property
    def brackets(self) -> str:
        """Of a list."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def joiner(self) -> str:
        """Of a list."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def items(self) -> tuple[Node, ...]:
        """Of a list."""
        return self.args[2:]

    @property
    def rows(self) -> tuple[tuple[Node, ...], ...]:
        """Of a matrix."""
        return self.args

    @property
    def signs(self) -> tuple[str, ...]:
        """Of a relation."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def sides(self) -> tuple[Node, ...]:
        """Of a relation."""
        return self.args[1:]

    @property
    def left(self) -> Node:
        """Of a relation: its first side."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def right(self) -> Node:
        """Of a relation: its second side."""
        return self.args[2]  # type: ignore[no-any-return]

    @property
    def last(self) -> Node:
        """Of a relation: its last side."""
        return self.args[-1]  # type: ignore[no-any-return]

    @property
    def letter(self) -> Node:
        """Of a set: what stands for its elements."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def condition(self) -> Node:
        """Of a set."""
        return self.args[1]  # type: ignore[no-any-return]

    @property
    def words(self) -> tuple[str, ...]:
        """Of a text."""
        return self.args

    @property
    def letters(self) -> str:
        """Of what no reading fits."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def unread(self) -> str:
        """Of what no reading fits: what stopped it, where that is known."""
        return self.args[1] if len(self.args) > 1 else ""


class Refused(ValueError):
    """The cost guard said no: reading or comparing this would cost too much. Says why."""


class Unreadable(ValueError):
    """The text is not mathematics this parser knows."""


def words(text: str) -> frozenset[str]:
    """A set of words from one string: how the vocabularies of this package are written."""
    return frozenset(text.split())


OWNERS: dict[str, frozenset[str]] = {
    "name": words("sym const app fn big"),
    "number": words("int"),
    "mantissa": words("int dec"),
    "places": words("dec"),
    "digits": words("based"),
    "radix": words("based"),
    "inner": words("neg inv abs pct deg pm mp fact floor ceil if not hedge"),
    "base": words("pow"),
    "exponent": words("pow"),
    "value": words("given qty mod"),
    "unit": words("qty"),
    "modulus": words("mod"),
    "conditions": words("given"),
    "sign": words("bound"),
    "limit": words("bound"),
    "formula": words("ambiguous"),
    "measured": words("ambiguous"),
    "scaled": words("ambiguous"),
    "how": words("ambiguous"),
    "brackets": words("seq"),
    "joiner": words("seq"),
    "items": words("seq"),
    "rows": words("matrix"),
    "signs": words("rel"),
    "sides": words("rel"),
    "left": words("rel"),
    "right": words("rel"),
    "last": words("rel"),
    "letter": words("where"),
    "condition": words("where"),
    "words": words("text"),
    "letters": words("raw"),
    "unread": words("raw"),
}
"""The operations that have each accessor of a node."""


def checked() -> None:
    """Makes every accessor refuse a node of another operation. The tests do so; it costs time."""
    for name, owners in OWNERS.items():
        get = vars(Node)[name].fget
        if not hasattr(get, "__wrapped__"):
            setattr(Node, name, property(_refusing(name, owners, get)))


def _refusing(name: str, owners: frozenset[str], get: Callable[[Node], Any]) -> Callable[[Node], Any]:
    @wraps(get)
    def refusing(node: Node) -> Any:
        assert node.op in owners, f"{node.op!r} has no {name}"
        return get(node)

    return refusing


ZERO, ONE, TWO = (Node("int", (n,)) for n in range(3))
INFINITY = Node("const", ("inf",))
NUMBERS = frozenset(("int", "dec", "qty", "pct"))
"""Numbers, alone or with a unit: what most answers are."""
OPAQUE = frozenset(("big",))
"""What only algebra evaluates: sums, products, integrals, limits."""
EMPTY = Node("seq", ("{}", ","))


def neg(x: Node) -> Node:
    """Minus ``x``, literals folded so that ``-3`` is one literal."""
    if x.op == "int":
        return Node("int", (-x.number,))
    if x.op == "dec":
        return Node("dec", (-x.mantissa, x.places))
    if x.op == "neg":
        return x.inner
    return Node("neg", (x,))


def symbols(node: Node) -> frozenset[str]:
    """Names of the free letters in a value (an applied unknown function counts as one)."""
    return _parts(node)[0]


def contains(node: Node, ops: frozenset[str]) -> bool:
    """Whether any of these operations occurs in the value."""
    return not ops.isdisjoint(_parts(node)[1])


@lru_cache(maxsize=64)  # a comparison asks this of the same values again and again
def _parts(node: Node) -> tuple[frozenset[str], frozenset[str]]:
    """The letters and the operations of a value."""
    letters: set[str] = set()
    ops: set[str] = set()
    todo: list[Any] = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, Node):
            op, args = part
            ops.add(op)
            if op == "sym":
                letters.add(args[0])
                continue
            if op == "app":
                letters.add(args[0] + "()")
            todo += [x for x in args if isinstance(x, tuple)]
        else:
            todo += [x for x in part if isinstance(x, Node)]
    return frozenset(letters), frozenset(ops)
