"""Matrix arithmetic as far as answers use it: sums, scalar multiples, products, transposes, written out.

Entries stay expressions; nothing is evaluated.
"""

from __future__ import annotations

from verirs.math.values import Node, Refused

MAX_WORK = 2_000
_TRANSPOSED = frozenset((Node("sym", ("T",)), Node("sym", ("t",)), Node("sym", ("\\top",))))
Rows = tuple[tuple[Node, ...], ...]


def written_out(node: Node) -> Node:
    """``\\frac{1}{2} M``, ``M N``, ``M + N``, ``M^T``, ``r (1, 2) + s (3, 4)`` as one matrix, or the node."""
    if node.op == "rel":
        return Node("rel", (node.signs, *map(written_out, node.sides)))
    if node.op not in ("mul", "add", "neg", "pow"):
        return node
    rows = _rows(node)
    return node if rows is None else Node("matrix", rows)


def _rows(node: Node) -> Rows | None:
    """The rows of a matrix expression, ``None`` for what is none (a scalar, or shapes that do not fit)."""
    if node.op == "matrix":
        return node.args
    if node.op == "seq" and node.brackets in ("<>", "()") and len(node.args) > 3:
        return tuple((x,) for x in node.items)
    if node.op == "neg":
        inner = _rows(node.inner)
        return None if inner is None else tuple(tuple(Node("neg", (x,)) for x in row) for row in inner)
    if node.op == "pow" and node.exponent in _TRANSPOSED:
        inner = _rows(node.base)
        return None if inner is None else tuple(zip(*inner, strict=True))
    if node.op == "add":
        return _sum([_rows(x) for x in node.args])
    if node.op == "mul":
        return _product(node)
    return None


def _sum(parts: list[Rows | None]) -> Rows | None:
    first = parts[0]
    if first is None:
        return None
    for part in parts[1:]:
        if part is None or len(part) != len(first) or len(part[0]) != len(first[0]):
            return None
        first = tuple(
            tuple(Node("add", xy) for xy in zip(r, s, strict=True)) for r, s in zip(first, part, strict=True)
        )
    return first


def _product(node: Node) -> Rows | None:
    factors: list[Node] = []
    product: Rows | None = None
    for x in node.args:
        rows = _rows(x)
        if rows is None:
            factors.append(x)
        elif product is None:
            product = rows
        else:
            if len(product[0]) != len(rows):
                return None
            if len(product) * len(rows) * len(rows[0]) > MAX_WORK:
                raise Refused("a large matrix product")
            columns = tuple(zip(*rows, strict=True))
            product = tuple(tuple(_dot(row, column) for column in columns) for row in product)
    if product is None or not factors:
        return product
    return tuple(tuple(Node("mul", (x, *factors)) for x in row) for row in product)


def _dot(row: tuple[Node, ...], column: tuple[Node, ...]) -> Node:
    terms = tuple(Node("mul", pair) for pair in zip(row, column, strict=True))
    return terms[0] if len(terms) == 1 else Node("add", terms)
