"""Other readings of a value, tried where the first says that two answers differ.

``C(8, 3)`` is a number of combinations beside a number, a point beside a point; ``C_8^3`` and ``P_8^3`` are
such numbers where the other side has no such letter; j is the imaginary unit beside i; a sum that dots
shorten may be written with more terms or from its end.
"""

from __future__ import annotations

from verirs.math.comparing.dotted import DOTS, collapsed
from verirs.math.comparing.forms import SETS
from verirs.math.comparing.names import substitute
from verirs.math.comparing.scalars import Undecided, same_scalar
from verirs.math.reading.commands import chosen
from verirs.math.values import ONE, ZERO, Node, Refused, contains, symbols

_POINTS = frozenset(("seq", "matrix"))
_NAMED = frozenset(("app", "sym"))
_I = Node("const", ("i",))
_COMPLEX = frozenset(("const", "root"))


def other_reading(g: Node, a: Node) -> tuple[Node, Node] | None:
    """Both values in their other reading, ``None`` where neither has one."""
    one, two = _read(g, a), _mixed(_read(a, g), g)
    one = shaped(one, two)
    two = shaped(two, one)
    one = shaped(one, two)
    return None if (one, two) == (g, a) else (one, two)


def _read(node: Node, other: Node) -> Node:
    if not contains(node, _NAMED):
        return node
    mine, theirs = symbols(node), symbols(other)
    if not mine:
        return node
    if DOTS in mine:
        node = collapsed(node)
    if _chain_of_names(node) and _several_named(other):
        return Node("seq", ("", ",", *(Node("rel", (("=",), x, node.last)) for x in node.sides[:-1])))
    for letter, twin in (("I", "j"), ("j", "I")):
        if letter in mine and letter not in theirs and (twin in theirs or contains(other, _COMPLEX)):
            node = _imaginary(node)
    if _point(node):
        if other.op in _POINTS:
            return Node("seq", ("()", ",", *node.args[1:]))
        if other.op == "rel" and other.last.op in _POINTS and len(other.args) == 3:
            return Node("rel", (("=",), Node("sym", (node.name,)), Node("seq", ("()", ",", *node.args[1:]))))
    return node if _point(node) and _point(other) else _counted(node, theirs)


def _mixed(a: Node, g: Node) -> Node:
    """``2 and 1/2`` beside one number as the mixed number."""
    if a.op != "seq" or a.args[:2] != ("", "and") or len(a.args) != 4 or g.op in ("seq", "rel", *SETS):
        return a
    whole, part = a.items
    top, bottom = part.args if part.op == "mul" and len(part.args) == 2 else (ZERO, ZERO)
    if not (whole.op == top.op == "int" and bottom.op == "inv" and bottom.inner.op == "int"):
        return a
    proper = whole.number > 0 and 0 < top.number < bottom.inner.number
    return Node("add", (whole, part)) if proper else a


def _chain_of_names(node: Node) -> bool:
    """``x = y = z = 1``"""
    if node.op != "rel" or len(node.args) < 4 or set(node.signs) != {"="}:
        return False
    return all(x.op == "sym" for x in node.sides[:-1]) and not symbols(node.last)


def _several_named(node: Node) -> bool:
    """A point, or several equations."""
    return node.op == "seq" or (node.op == "rel" and bool(node.left.op == "seq"))


def _point(node: Node) -> bool:
    if node.op != "app" or len(node.args) < 3:
        return False
    name = node.name.removesuffix(" given")  # P(2 | -1) is a point where both are numbers
    return (
        len(name) == 1
        and bool(name.isupper())
        and (name == node.name or not symbols(Node("seq", node.args[1:])))
    )


def _counted(node: Node, theirs: frozenset[str]) -> Node:
    """Combinations and permutations in letters as such."""
    op, args = node.op, node.args
    if op == "app" and node.name in ("C", "P") and len(args) == 3:
        return chosen(*args)
    if op == "pow" and node.base.op == "sym" and node.base.name not in theirs:
        letter, _, below = node.base.name.partition("_")
        if letter in ("C", "P", "A") and below.isdecimal() and node.exponent.op == "int":
            low, high = sorted((int(below), node.exponent.number))
            return chosen("C" if letter == "C" else "P", Node("int", (high,)), Node("int", (low,)))
    if op == "sym" and node.name not in theirs and node.name[:2] in ("C_", "P_"):
        n, _, k = node.name[2:].partition(",")
        if n.isdecimal() and k.isdecimal():
            return chosen(node.name[0], Node("int", (int(n),)), Node("int", (int(k),)))
    if op in ("sym", "const"):
        return node
    return Node(op, tuple(_counted(x, theirs) if isinstance(x, Node) else x for x in args))


def _imaginary(node: Node) -> Node:
    if node in (Node("sym", ("j",)), Node("sym", ("I",))):
        return _I
    return Node(node.op, tuple(_imaginary(x) if isinstance(x, Node) else x for x in node.args))


def shaped(node: Node, other: Node) -> Node:
    """A list of lists beside a matrix as a matrix, ``2i + 3j`` beside a vector as one, a list in square
    brackets beside a set as a set, ``v^T`` as ``v``."""
    if node.op == "pow" and node.base.op == "seq" and node.exponent.op == "sym":
        entries = node.base.args[1:]
        return Node("seq", ("<>", *entries)) if node.exponent.name in ("T", "t", "\\top") else node
    if node.op == "seq" and other.op == "matrix" and node.brackets in ("[]", "()", "{}"):
        rows = [x for x in node.items if x.op == "seq"]
        lengths = {len(x.args) for x in rows}
        if len(rows) == len(node.args) - 2 and len(lengths) == 1:
            return Node("matrix", tuple(tuple(row.items) for row in rows))
    if (column := _column(node, other)) is not None:
        return column
    if node.op == "ambiguous" and other.op in ("union", "seq"):
        node = node.formula
    if other.op == "rel" and other.signs == ("∈",):
        other = other.right
    if node.op == "seq" and (node.brackets == "" or (node.brackets == "[]" and len(node.args) > 4)):
        if node.brackets and other.op == "seq" and other.brackets == "":
            return Node("seq", ("", *node.args[1:]))
        points = other.op == "union" or (other.op == "seq" and other.brackets == "{}")
        if points and not any(x.op in ("rel", "seq", "interval", "union") for x in node.items):
            return Node("seq", ("{}", *node.args[1:]))
    if other.op == "matrix" and 1 in (len(other.rows), len(other.rows[0])):
        return _components(node, max(len(other.rows), len(other.rows[0])), symbols(other))
    if other.op == "seq" and other.brackets in ("()", "<>", "[]") and len(other.args) > 3:
        return _components(node, len(other.args) - 2, symbols(other))
    return node


def _column(node: Node, other: Node) -> Node | None:
    """``\\binom{2}{-1}`` beside a vector of two entries as a column, with or without a name."""
    if node.op == "rel" and node.signs == ("=",) and len(node.args) == 3:
        column = _column(node.right, other)
        return None if column is None else Node("rel", (node.signs, node.left, column))
    if node.op != "binom":
        return None
    beside = other.right if other.op == "rel" and len(other.args) == 3 else other
    pair = beside.op == "seq" and beside.brackets in ("()", "<>") and len(beside.items) == 2
    if not pair and not (beside.op == "matrix" and len(beside.rows) == 2 and len(beside.rows[0]) == 1):
        return None
    return Node("matrix", tuple((x,) for x in node.args))


def _components(node: Node, size: int, known: frozenset[str]) -> Node:
    """``2i - j + 3k`` as ``(2, -1, 3)``; the entries may hold the letters of the vector beside it."""
    if node.op not in ("add", "mul", "neg", "sym", "const") or not 2 <= size <= 3:
        return node
    letters = ["i", "j", "k"][:size]
    plain = _swapped(node, _I, Node("sym", ("i",)))
    units = symbols(plain) - (known - set(letters))
    if not units or not units <= set(letters):
        return node
    nothing = dict.fromkeys(letters, ZERO)
    entries = [substitute(plain, nothing | {letter: ONE}) for letter in letters]
    terms = [Node("mul", (x, Node("sym", (letter,)))) for x, letter in zip(entries, letters, strict=True)]
    try:
        linear = same_scalar(plain, Node("add", tuple(terms)))[0]
    except (Undecided, Refused):
        return node
    return Node("seq", ("<>", ",", *entries)) if linear else node


def _swapped(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return Node(node.op, tuple(_swapped(x, old, new) if isinstance(x, Node) else x for x in node.args))
