"""Which reading of plain letters counts beside the other side, and conversion between units."""

from __future__ import annotations

from verirs.math.comparing.forms import measure
from verirs.math.comparing.moments import MOMENTS
from verirs.math.quantities.units import SAME, Conversion, counted
from verirs.math.values import Node, symbols

_LISTED = frozenset(("seq", "interval", "matrix", "rel", "union", "text", "raw"))
_SECONDS = (("s", 1),)


def settled(g: Node, a: Node) -> tuple[Node, Node]:
    """Both sides with the reading of their plain letters that the other side suggests."""
    if g.op == "ambiguous" and a.op == "ambiguous":
        if g.formula == a.formula or g.formula.op in _LISTED:
            return g.formula, a.formula
        if g.measured is not None and a.measured is not None:
            return g.measured, a.measured
        if g.scaled is not None and a.scaled is not None:
            return g.scaled, a.scaled
        return g.formula, a.formula
    if g.op == "ambiguous":
        return chosen(g, a, gold=True), a
    if a.op == "ambiguous":
        return g, chosen(a, g, gold=False)
    return g, a


def chosen(node: Node, other: Node, gold: bool) -> Node:
    """What ``5 m`` is beside another value: a product beside letters, a quantity beside a quantity. Beside a
    bare number a letter that may be a power of ten is one, a well-known unit a unit, all else a variable."""
    formula, quantity, scaled, how = node.formula, node.measured, node.scaled, node.how
    if scaled is not None and scaled.op in MOMENTS:
        moment: Node = scaled
        return moment if other.op in MOMENTS else formula
    if symbols(other) or other.op in _LISTED:
        return formula
    _, unit = measure(other)
    if unit and not counted(unit) and unit[0][0] != "%":
        found: Node | None = quantity or scaled
        return found or formula
    if scaled is not None and (how != "usual" or quantity is None):
        kept: Node = scaled
        return kept
    if quantity is None or how == "rare" or (how == "glued" and (gold or quantity.unit == _SECONDS)):
        return formula
    measured: Node = quantity
    return measured


def converted(value: Node, conversion: Conversion) -> Node:
    """A number in one unit as the number in the other."""
    if conversion == SAME:
        return value
    factors = [value, Node("int", (conversion.factor.numerator,))]
    factors.append(Node("inv", (Node("int", (conversion.factor.denominator,)),)))
    if conversion.pi:
        factors.append(Node("pow", (Node("const", ("pi",)), Node("int", (conversion.pi,)))))
    node = Node("mul", tuple(factors))
    if not conversion.offset:
        return node
    offset = conversion.offset
    shift = Node(
        "mul", (Node("int", (offset.numerator,)), Node("inv", (Node("int", (offset.denominator,)),)))
    )
    return Node("add", (node, shift))
