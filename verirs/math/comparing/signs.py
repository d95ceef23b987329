"""Both signs written out: ``1 \\pm \\sqrt{2}`` as the list of its values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from verirs.math.values import Node, Refused, contains, neg

MAX_SIGNS = 4
MAX_COMBINATIONS = 64
SIGNS = frozenset(("pm", "mp"))


def expand(node: Node) -> Node:
    """Both signs written out: a list of the values, components of a tuple independently."""
    values = _variants(node)
    if len(values) == 1:
        return values[0]
    return Node("seq", ("", ",", *values))


def _variants(node: Node) -> list[Node]:
    if not contains(node, SIGNS):
        return [node]
    if node.op == "seq":
        kind, joiner, *items = node.args
        if kind in ("", "{}"):
            flat = [v for item in items for v in _variants(item)]
            return [Node("seq", (kind, joiner, *flat))]
        combos = list(product(*(_variants(item) for item in items)))
        if len(combos) > MAX_COMBINATIONS:
            raise Refused("very many signs")
        return [Node("seq", (kind, joiner, *combo)) for combo in combos]
    if node.op == "rel" and len(node.args) == 3:
        return [Node("rel", (node.signs, node.left, v)) for v in _variants(node.right)]
    count = _count(node)
    if count > MAX_SIGNS:
        raise Refused("very many signs")
    if contains(node, frozenset(("mp",))):
        return [_signed(node, iter([s] * count)) for s in (1, -1)]
    out: list[Node] = []
    for combo in product((1, -1), repeat=count):
        value = _signed(node, iter(combo))
        if value not in out:
            out.append(value)
    return out


def _count(node: Node) -> int:
    own = node.op in SIGNS
    return own + sum(_count(x) for x in node.args if isinstance(x, Node))


def _signed(node: Node, signs: Iterator[int]) -> Node:
    if node.op in SIGNS:
        sign = next(signs) * (1 if node.op == "pm" else -1)
        inner = _signed(node.inner, signs)
        return inner if sign > 0 else neg(inner)
    if not contains(node, SIGNS):
        return node
    return Node(node.op, tuple(_signed(x, signs) if isinstance(x, Node) else x for x in node.args))
