"""Small questions about the form of a value: its unit, its kind, its words, its spans."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from verirs.math.values import INFINITY, Node, contains, neg, words

SETS = words("interval union inter minus where")
INEQUALITIES = frozenset(("<", "<=", ">", ">=", "!="))

PERCENT: Any = (("%", 1),)


DEGREE: Any = (("degree", 1),)
RADIAN: Any = (("rad", 1),)


CONSTANTS = frozenset(("const",))


_SAME_WORDS = {
    "none": "no solution", "nosolution": "no solution", "nosolutions": "no solution", "dne": "does not exist",
    "doesnotexist": "does not exist", "norealsolutions": "no solution", "norealsolution": "no solution",
    "nosuchnumber": "no solution", "donotexist": "does not exist", "doesn'texist": "does not exist",
    "doesntexist": "does not exist", "nolimit": "does not exist", "emptyset": "no solution",
    "nosolutionexists": "no solution", "nosolutionsexist": "no solution", "nullset": "no solution",
    "infinitelymanysolutions": "infinitely many", "infinitelymany": "infinitely many",
    "infinitesolutions": "infinitely many", "infinitenumbersolutions": "infinitely many",
    "converges": "convergent", "diverges": "divergent",
    "norealsolutionexists": "no solution", "norealsolutionsexist": "no solution", "noneexist": "no solution",
}  # fmt: skip


_FILLERS = words(
    "all the a an there is are has have it its this that equation system function limit inequality of answer "
    "valid on in at"
)


def bare_letters(node: Node) -> str | None:
    """A text answer as bare letters and digits; also single letters and their products."""
    if node.op == "text":
        joined = "".join(w for w in node.args if w not in _FILLERS) or "".join(node.args)
        return _SAME_WORDS.get(joined, joined)
    if node.op == "raw":
        return node.letters
    if node.op == "sym":
        return str(node.name).lower()
    if node.op == "mul" and all(x.op in ("sym", "const") for x in node.args):
        return "".join(str(x.name) for x in node.args).lower()
    if node.op == "seq" and len(node.args) == 2:
        return "no solution"
    return None


_ONE_OF_SEVERAL = words("first second third fourth last former latter left right upper lower other next")


def without_subject(node: Node) -> Node:
    """``the series is divergent`` as ``divergent``."""
    said = node.args
    if node.op != "text" or len(said) < 4 or said[0] not in ("the", "this") or said[2] not in ("is", "are"):
        return node
    if said[1] in _ONE_OF_SEVERAL:
        return node
    return Node("text", said[3:])


def is_number_set(node: Node) -> bool:
    """Whether it is a set of numbers: R, Z, even."""
    return node.op == "const" and node.name not in ("pi", "e", "i", "inf")


LITERALS = frozenset(("int", "dec"))
_OF_A_NUMBER = frozenset(("qty", "pct", "deg"))


def written_number(node: Node) -> bool:
    """Whether a value is a number in digits, alone or with a unit: what most answers are."""
    return node.op in LITERALS or (node.op in _OF_A_NUMBER and measure(node)[0].op in LITERALS)


def infinite(node: Node) -> bool:
    """Whether a value is plus or minus infinity."""
    return node == INFINITY or (node.op == "neg" and node.inner == INFINITY)


def is_zero(node: Node) -> bool:
    return bool(node.op == "int" and node.number == 0)


def clock(node: Node) -> bool:
    """Whether a ratio may be a time of day."""
    if len(node.args) not in (2, 3) or any(x.op != "int" for x in node.args):
        return False
    h, m = (int(x.number) for x in node.args[:2])
    return 0 <= h <= 24 and (m == 0 or 10 <= m < 60)


def collection_kind(node: Node) -> str:
    if node.op == "matrix":
        return "matrix"
    if node.op != "seq":
        return "scalar"
    kind = node.brackets
    if kind in ("", "{}"):
        return "list"
    if kind == "[]" and len(node.args) == 4:
        return "closed"
    return "tuple"


def inequality_list(node: Node) -> bool:
    items = node.items
    return (bool(items) and all(x.op == "rel" and set(x.signs) & (INEQUALITIES | {"∈"}) for x in items)) or (
        bool(items) and all(x.op in SETS for x in items)
    )


def agreeing_joiners(g: Node, a: Node) -> bool:
    """``x = 3 or y = 2`` is not ``x = 3 and y = 2``; of one name, both are its values."""
    if (g.joiner == "or") == (a.joiner == "or"):
        return True
    if {g.joiner, a.joiner} == {"and", "or"} and all(x.op in ("sym", "text") for x in (*g.items, *a.items)):
        return False  # p and q is not p or q
    return all(len({_numberless(x.left) for x in s.items if x.op == "rel"}) < 2 for s in (g, a))


def _numberless(name: Node) -> Node:
    """x for ``x_1``."""
    return Node("sym", (name.name.partition("_")[0],)) if name.op == "sym" else name


def whole_numbers(node: Node) -> bool:
    """Whether a value is a list, a set or a tuple of integers."""
    return node.op == "seq" and len(node.args) > 2 and all(x.op == "int" for x in node.items)


def spread(node: Node) -> list[Node]:
    """The items of a bare list or a set; each element of a set once, and each of a list of tuples: solutions
    that are told one by one."""
    items = list(node.items)
    solutions = all(x.op == "seq" and x.brackets == "()" for x in items)
    return list(dict.fromkeys(items)) if node.brackets == "{}" or solutions else items


def chain_of(node: Node) -> list[Node]:
    """The sets of ``A \\cup B \\cup C``, all joined in the same way."""
    return [x for part in node.args for x in (chain_of(part) if part.op == node.op else [part])]


def spans(node: Node) -> list[tuple[Node, bool, Node, bool]] | None:
    if node.op == "interval":
        return [node.args]
    if node.op == "seq" and node.brackets in ("()", "[]") and len(node.args) == 4:
        closed = node.brackets == "[]"
        return [(node.items[0], closed, node.items[1], closed)]
    if node.op == "union":
        one, two = map(spans, node.args)
        return None if one is None or two is None else one + two
    if node.op == "rel" and len(node.args) == 4 and node.right.op == "sym":
        ops, lo, _, hi = node.args
        if set(ops) <= {"<", "<="}:
            return [(lo, ops[0] == "<=", hi, ops[1] == "<=")]
        if set(ops) <= {">", ">="}:
            return [(hi, ops[1] == ">=", lo, ops[0] == ">=")]
    if node.op == "rel" and node.signs == ("∈",):
        return spans(node.right)
    if node.op == "rel" and len(node.args) == 3 and node.left.op == "sym":
        op, end = node.signs[0], node.right
        if op in ("<", "<="):
            return [(neg(INFINITY), False, end, op == "<=")]
        if op in (">", ">="):
            return [(end, op == ">=", INFINITY, False)]
    return None


def measure(node: Node) -> tuple[Node, Any]:
    """A number and its unit; percent and degrees are units too."""
    if node.op == "qty":
        return node.value, node.unit
    if node.op == "pct":
        return node.inner, PERCENT
    if node.op == "deg":
        return node.inner, DEGREE
    if node.op == "neg":
        value, unit = measure(node.inner)
        return (neg(value), unit) if unit else (node, ())
    return node, ()


def apart(one: Node | None, two: Node | None) -> bool:
    """Whether two written numbers differ by 1 or more, so that no rounding makes them equal. A unit that only
    one of them has changes nothing, except percent and degrees; two different units may."""
    if one is None or two is None:
        return False
    (a, unit), (b, other) = measure(one), measure(two)
    if unit != other and ((unit and other) or {unit, other} & {PERCENT, DEGREE}):
        return False
    x, y = _written(a), _written(b)
    return x is not None and y is not None and abs(x - y) >= 1


def _written(node: Node) -> Fraction | None:
    """The number that an integer or a short decimal is."""
    if node.op == "int":
        return Fraction(node.number)
    if node.op == "dec" and 0 <= node.places <= 18:
        return Fraction(node.mantissa, 10**node.places)
    return None


def scaled(node: Node, top: int, bottom: int) -> Node:
    return Node("mul", (node, Node("int", (top,)), Node("inv", (Node("int", (bottom,)),))))


_MEASURED = frozenset(("qty",))


def agreeing_units(g: Node, a: Node) -> bool:
    """Whether the units inside two values are the same ones, or one side has none."""
    if not contains(g, _MEASURED) or not contains(a, _MEASURED):
        return True
    one, two = _units(g, set()), _units(a, set())
    return not one or not two or one == two


def _units(node: Node, found: set[Any]) -> set[Any]:
    if node.op == "qty":
        found.add(node.unit)
    for arg in node.args:
        if isinstance(arg, Node):
            _units(arg, found)
    return found
