"""What the left side of an equation says: whether it only names the right one, and which value it names."""

from __future__ import annotations

from collections.abc import Iterator

from verirs.math.comparing.forms import SETS, agreeing_units
from verirs.math.comparing.scalars import Undecided, close, same_scalar
from verirs.math.values import Node, Refused, symbols
from verirs.system.patterns import regex

_ELLIPSIS = Node("sym", ("…",))
_NUMBERED = regex(r"_\d$")
_INDEXED = regex(r"[A-Za-z]_([i-nr])")


def tidied(node: Node, trusted: bool = False) -> Node:
    """A relation without its ``≈`` tail; ``224 = 224`` as its value.

    A tail that is not what precedes it stays, unless the relation is ``trusted`` (the gold's).
    """
    if node.op != "rel":
        return node
    ops, sides = node.signs, node.sides
    if sides[0].op == "text" and len(sides) == 2 and sides[1].op == "rel":  # the solution is x = 5
        return tidied(sides[1], trusted)
    if "≈" in ops:
        at = ops.index("≈")
        if at == 0 and len(ops) == 1 and is_name(sides[0]):
            ops = ("=",)
        elif trusted or close(sides[at], sides[at + 1]):
            unit = sides[at + 1].args[1:] if sides[at + 1].op == "qty" and sides[at].op != "qty" else ()
            exact = Node("qty", (sides[at], *unit)) if unit else sides[at]
            ops, sides = ops[:at], (*sides[:at], exact)
        else:
            return node
        if not ops:
            kept: Node = sides[0]
            return kept
    if set(ops) == {"="} and not any(symbols(s) or s.op in ("text", "raw", "ratio") for s in sides):
        scalars = [s for s in sides if s.op not in ("seq", "matrix") and s.op not in SETS]
        if len(scalars) == len(sides) and all(agreeing_units(sides[-1], s) for s in sides[:-1]):
            try:
                if all(same_scalar(sides[-1], s)[0] for s in sides[:-1]):
                    last: Node = sides[-1]
                    return last
            except (Undecided, Refused):
                pass
    return Node("rel", (ops, *sides))


def derivative(node: Node) -> tuple[str, int] | None:
    """What is derived how often: ``f'(x)``, ``y''``, ``\\frac{d^2 y}{dx^2}``, ``\\dot{x}``."""
    if node.op in ("sym", "app"):
        name: str = node.name
        if name.endswith("'"):
            return name.rstrip("'"), len(name) - len(name.rstrip("'"))
        if name.startswith(("dot ", "ddot ")):
            return name.split(" ")[1], len(name.split(" ")[0]) - 2
        return None
    if node.op != "mul":
        return None
    factors = [f for x in node.args for f in (x.args if x.op == "mul" else (x,))]
    below = [f for x in factors if x.op == "inv" for f in (x.inner.args if x.inner.op == "mul" else x.args)]
    above = [x for x in factors if x.op != "inv"]
    if len(above) == 3 and len(below) == 1:  # dy/dx in one line
        below.append(above.pop())
    if len(above) != 2 or len(below) != 2:
        return None
    d, order = _power(above[0])
    differential, one = _power(below[0])
    _, again = _power(below[1])
    if d not in _DIFFERENTIALS or differential not in _DIFFERENTIALS or one != 1 or order != again:
        return None
    whole = above[1]
    return (whole.name, order) if whole.op in ("sym", "app") else None


def _power(node: Node) -> tuple[Node, int]:
    if node.op == "pow" and node.exponent.op == "int":
        return node.base, node.exponent.number
    return node, 1


_DIFFERENTIALS = (Node("sym", ("d",)), Node("sym", ("\\partial",)))


def is_name(node: Node) -> bool:
    """Whether the left side of ``=`` only names the right one: ``x``, ``f(x)``, ``|AB|``, ``(x, y)``."""
    op = node.op
    if op == "sym":
        return bool(node.name != "…")
    if op in ("app", "text"):
        return True
    if op == "seq":
        return bool(node.items) and all(is_name(x) for x in node.items)
    if op == "abs":
        inner = node.inner  # |AB| is a length; |x| = 5 says two things
        return is_name(inner) and not (inner.op == "sym" and inner.name.islower())
    if op == "ratio":
        return all(is_name(x) for x in node.args)
    if op == "inv":
        return is_name(node.inner) and node.inner.op == "mul"
    if op == "mul":
        return derivative(node) is not None or all(
            (x.op == "sym" and x.name[:1].isupper()) or (x.op in ("mul", "inv") and is_name(x))
            for x in node.args
        )
    return False


def naming(node: Node) -> tuple[Node | None, Node]:
    """The name and the value of ``x = y = 5``; ``(None, ...)`` where the left side is no name."""
    sides = node.sides
    if is_name(sides[0]):
        value: Node = sides[-1]
        for side in sides[1:-1]:
            if not is_name(side) and not _agrees(side, value):
                return None, node
        return sides[0], value
    if len(sides) == 2 and is_name(sides[1]) and symbols(sides[0]):
        name: Node = sides[1]
        return name, sides[0]
    return None, node


def _agrees(one: Node, two: Node) -> bool:
    try:
        return same_scalar(one, two)[0]
    except (Undecided, Refused):
        return False


def same_name(one: Node, two: Node) -> bool:
    first, second = derivative(one), derivative(two)
    if first is not None or second is not None:
        if first is None or second is None or first[1] != second[1]:
            return False
        return first[0] == second[0] or {first[0], second[0]} == {"y", "f"}
    if one.op == two.op == "app":
        if one.name != two.name or len(one.args) != len(two.args):
            return False
        pairs = list(zip(one.args[1:], two.args[1:], strict=True))
        row = any(x == _ELLIPSIS for x, _ in pairs)
        return all(
            x == y or (_variable(x) and _variable(y) and not (row and _number(x) != _number(y)))
            for x, y in pairs
        )
    if one.op == two.op == "seq":
        return one.items == two.items
    if _index(one) and _index(two):  # a_n beside a_k
        return bool(one.name[0] == two.name[0])
    if one.op == two.op == "sym" and one != two:  # x_1 beside x
        bare = [_NUMBERED.sub("", n.name) for n in (one, two)]
        return bare[0] == bare[1] and bare[0] in (one.name, two.name)
    if {one.op, two.op} == {"sym", "app"} and "y" in (one.name, two.name):  # y for f(x)
        return True
    return one == two or ({one.op, two.op} == {"sym", "app"} and one.name == two.name)


def with_names_of(gname: Node, aname: Node, value: Node) -> Node:
    """``f(t) = t**2`` with the gold's letter: ``f(x) = x**2``."""
    mine, other = _index(gname), _index(aname)
    if mine and other and mine != other:
        return substitute(value, {other: Node("sym", (mine,)), mine: Node("sym", (other,))})
    if gname.op != "app" or aname.op != "app" or len(gname.args) != len(aname.args):
        return value
    pairs = {
        y.name: x
        for x, y in zip(gname.args[1:], aname.args[1:], strict=True)
        if _variable(x) and _variable(y) and x != y
    }
    return substitute(value, pairs) if pairs else value


def _variable(node: Node) -> bool:
    """Whether an argument is a letter that only holds a place: x, not the event A."""
    return node.op == "sym" and not node.name.isupper()


def _number(letter: Node) -> str:
    """What stands below a letter: it tells how long the row ``x_1, \\ldots, x_n`` is."""
    return str(letter.name).partition("_")[2]


def _index(name: Node) -> str:
    """The letter n of ``a_n``, the name of a sequence; empty for other names."""
    found = _INDEXED.fullmatch(name.name) if name.op == "sym" else None
    return found[1] if found else ""


def substitute(node: Node, values: dict[str, Node]) -> Node:
    """A value with letters replaced."""
    if node.op == "sym":
        return values.get(node.name, node)
    return Node(node.op, tuple(substitute(x, values) if isinstance(x, Node) else x for x in node.args))


def difference(rel: Node) -> Node:
    return Node("add", (rel.left, Node("neg", (rel.right,))))


def all_named(node: Node) -> tuple[Node, ...] | None:
    """The values of ``y = 2, x = 3`` in the order of their names, where all names differ."""
    named: dict[str, Node] = {}
    for item in node.items:
        if item.op != "rel":
            return None
        name, value = naming(item)
        if name is None or repr(name) in named:
            return None
        named[repr(name)] = value
    return tuple(named[name] for name in sorted(named))


WHOLE_LETTERS = frozenset("klmn")
"""Letters that stand for whole numbers unless something else is said."""


def one_parameter(g: Node, a: Node) -> Node:
    """``n\\pi`` with the gold's letter: the general solution ``k\\pi`` of a trigonometric equation."""
    mine, other = (symbols(g) - symbols(a)) & WHOLE_LETTERS, (symbols(a) - symbols(g)) & WHOLE_LETTERS
    renamed = len(mine) == len(other) == 1
    if renamed and any(x == _PI for x in _leaves(g)):
        return substitute(a, {min(other): Node("sym", (min(mine),))})
    return a


_PI = Node("const", ("pi",))


def _leaves(node: Node) -> Iterator[Node]:
    inner = [x for x in node.args if isinstance(x, Node)]
    if not inner:
        yield node
    for x in inner:
        yield from _leaves(x)
