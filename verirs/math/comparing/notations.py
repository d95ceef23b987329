"""Other readings of a value, tried where the first says that two answers differ.

``C(8, 3)`` is a number of combinations beside a number, a point beside a point; ``C_8^3`` and ``P_8^3`` are
such numbers where the other side has no such letter; j is the imaginary unit beside i.
"""

from __future__ import annotations

from verirs.math.reading.commands import chosen
from verirs.math.values import Node, contains, symbols

_POINTS = frozenset(("seq", "matrix"))
_NAMED = frozenset(("app", "sym"))
_I = Node("const", ("i",))
_CONSTANTS = frozenset(("const",))


def other_reading(g: Node, a: Node) -> tuple[Node, Node] | None:
    """Both values in their other reading, ``None`` where neither has one."""
    one, two = _read(g, a), _read(a, g)
    return None if (one, two) == (g, a) else (one, two)


def _read(node: Node, other: Node) -> Node:
    if not contains(node, _NAMED):
        return node
    theirs = symbols(other)
    if "j" in symbols(node) and "j" not in theirs and contains(other, _CONSTANTS):
        node = _imaginary(node)
    if _point(node):
        if other.op in _POINTS:
            return Node("seq", ("()", ",", *node.args[1:]))
        if other.op == "rel" and other.args[-1].op in _POINTS and len(other.args) == 3:
            return Node(
                "rel", (("=",), Node("sym", (node.args[0],)), Node("seq", ("()", ",", *node.args[1:])))
            )
    return node if _point(node) and _point(other) else _counted(node, theirs)


def _point(node: Node) -> bool:
    return node.op == "app" and len(node.args) > 2 and len(node.args[0]) == 1 and bool(node.args[0].isupper())


def _counted(node: Node, theirs: set[str]) -> Node:
    """Combinations and permutations in letters as such."""
    op, args = node.op, node.args
    if op == "app" and args[0] in ("C", "P") and len(args) == 3:
        return chosen(args[0], args[1], args[2])
    if op == "pow" and args[0].op == "sym" and args[0].args[0] not in theirs:
        letter, _, below = args[0].args[0].partition("_")
        if letter in ("C", "P", "A") and below.isdecimal() and args[1].op == "int":
            low, high = sorted((int(below), args[1].args[0]))
            return chosen("C" if letter == "C" else "P", Node("int", (high,)), Node("int", (low,)))
    if op == "sym" and args[0] not in theirs and args[0][:2] in ("C_", "P_"):
        n, _, k = args[0][2:].partition(",")
        if n.isdecimal() and k.isdecimal():
            return chosen(args[0][0], Node("int", (int(n),)), Node("int", (int(k),)))
    if op in ("sym", "const"):
        return node
    return Node(op, tuple(_counted(x, theirs) if isinstance(x, Node) else x for x in args))


def _imaginary(node: Node) -> Node:
    if node == Node("sym", ("j",)):
        return _I
    return Node(node.op, tuple(_imaginary(x) if isinstance(x, Node) else x for x in node.args))
