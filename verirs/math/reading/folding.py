"""The items of an answer made one value: what is a condition goes to its value, values under conditions of
their own are cases."""

from __future__ import annotations

from verirs.math.reading.conditions import given
from verirs.math.values import Node, Unreadable, symbols

_INEQUALITIES = frozenset(("!=", "<", ">", "<=", ">="))
_PARTS = frozenset(("even", "odd", "prime", "irrational"))
_DOTS = Node("sym", ("…",))
_NO_REMAINDERS = frozenset(("rel", "mod", "seq", "given", "text"))
_COMPARED = frozenset(("rel", "seq", "interval", "union", "text", "sym"))


def folded(items: list[Node], joiner: str) -> Node:
    """Several items as one value: a list, cases, or one value under conditions."""
    kept: list[Node] = []
    if membership(items[0]):  # what a letter is from, said first
        items = sorted(items, key=membership)
    indices = {x.left for x in items if membership(x)}
    for item in listed(items):
        if kept and (_condition_of(kept, item) or _on_index(kept[-1], item, indices)):
            kept[-1] = given(kept[-1], [item])
        elif kept and item.op == "bound" and (letter := _bounded(kept[-1])) is not None:
            kept.append(Node("rel", ((item.sign,), letter, item.limit)))
        else:
            kept.append(item)
    if len(kept) == 1:
        return kept[0]
    if all(x.op == "bound" for x in kept):
        kept = [Node("rel", ((x.sign,), Node("sym", ("x",)), x.limit)) for x in kept]
    kept = modular(numbered(kept))
    under = [x.op == "given" for x in kept]
    if not any(under):
        return Node("seq", ("", joiner, *kept))
    if all(under) and not _all_domains(kept):
        return cases(kept)
    if under == [False] * (len(kept) - 1) + [True] or _all_domains([x for x in kept if x.op == "given"]):
        values = [x.value if x.op == "given" else x for x in kept]
        conditions: list[Node] = []
        for x in kept:
            if x.op == "given":
                conditions += [c for c in x.conditions if c not in conditions]
        return given(Node("seq", ("", joiner, *values)), conditions)
    return Node("seq", ("", joiner, *kept))


def numbered(items: list[Node]) -> list[Node]:
    """``x_{1,2} = 3, 5`` as ``x = 3, x = 5``."""
    first = items[0]
    if first.op != "rel" or first.signs != ("=",) or first.left.op != "sym" or len(first.args) != 3:
        return items
    name, _, numbers = first.left.name.partition("_")
    if numbers != ",".join(str(n) for n in range(1, len(items) + 1)) or any(x.op == "rel" for x in items[1:]):
        return items
    values = [first.right, *items[1:]]
    return [Node("rel", (("=",), Node("sym", (name,)), value)) for value in values]


def modular(items: list[Node]) -> list[Node]:
    """``n \\equiv 1, 4 \\pmod 5`` as a congruence for each remainder."""
    first, last = items[0], items[-1]
    signed = last.op in ("neg", "pm") and last.inner.op == "mod"  # -1 (mod 5)
    said = last.inner if signed else last
    if first.op != "rel" or first.signs != ("≡",) or len(first.args) != 3 or said.op != "mod":
        return items
    rests = [first.right, *items[1:-1], Node(last.op, (said.value,)) if signed else said.value]
    if any(x.op in _NO_REMAINDERS for x in rests):
        return items
    return [Node("rel", (("≡",), first.left, Node("mod", (x, said.modulus)))) for x in rests]


def listed(items: list[Node]) -> list[Node]:
    """``k = 0, \\pm 1, \\pm 2, \\ldots`` as k whole; ``k = 1, 2, 3, \\ldots`` as whole and at least 1."""
    if len(items) < 4 or items[-1] != _DOTS:
        return items
    first = next((n for n, x in enumerate(items) if n and x.op == "rel" and x.signs == ("=",)), None)
    if first is None or len(items[first].args) != 3:
        return items
    _, letter, start = items[first].args
    rest = items[first + 1 : -1]
    if letter.op != "sym" or start.op != "int" or len(rest) < 2:
        return items
    whole = Node("rel", (("∈",), letter, Node("const", ("Z",))))
    if all(x == Node("pm", (Node("int", (n,)),)) for n, x in enumerate(rest, 1)) and start.number == 0:
        return [*items[:first], whole]
    if all(x == Node("int", (n,)) for n, x in enumerate(rest, start.number + 1)):
        return [*items[:first], Node("all", (whole, Node("rel", ((">=",), letter, start))))]
    return items


def cases(rows: list[Node]) -> Node:
    """Values each under its own condition; of one named function where all of them name it."""
    first = rows[0].value
    named = [r.value for r in rows if r.value.op == "rel" and r.value.signs == ("=",)]
    if len(named) == len(rows) and all(v.left == first.left and len(v.args) == 3 for v in named):
        bare = [Node("given", (r.value.right, *r.conditions)) for r in rows]
        return Node("rel", (("=",), first.left, Node("cases", tuple(bare))))
    if first.op == "rel" and first.signs == ("=",) and len(first.args) == 3 and len(named) == 1:
        bare = [Node("given", (first.right, *rows[0].conditions)), *rows[1:]]
        return Node("rel", (("=",), first.left, Node("cases", tuple(bare))))
    return Node("cases", tuple(rows))


def function_of(name: Node, body: Node) -> Node:
    """``f: x \\mapsto x^2`` as ``f(x) = x^2``."""
    if name.op == "ratio" and len(name.args) == 2 and all(x.op == "sym" for x in name.args):
        function, letter = name.args
        return Node("rel", (("=",), Node("app", (function.name, letter)), body))
    if name.op != "sym":
        raise Unreadable("a map of more than a letter")
    return Node("rel", (("=",), Node("app", ("f", name)), body))


def excepted(items: list[Node]) -> list[Node]:
    """``x \\ne 1, 3`` as two conditions on x."""
    out: list[Node] = []
    for item in items:
        last = out[-1] if out else None
        if last is not None and last.op == "rel" and last.signs == ("!=",) and not symbols(item):
            out.append(Node("rel", (("!=",), last.left, item)))
        else:
            out.append(item)
    return out


def _bounded(node: Node) -> Node | None:
    """The letter of ``x > 7``, which a bare bound after it goes on about."""
    if (
        node.op == "rel"
        and len(node.args) == 3
        and set(node.signs) <= _INEQUALITIES
        and node.left.op == "sym"
    ):
        return node.left
    return None


def _condition_of(kept: list[Node], node: Node) -> bool:
    """Whether an item only says what the letters of those before it range over."""
    if membership(node):
        return True
    if node.op == "all" or node.op == "any":
        return True
    last = kept[-1]
    value = last.value if last.op == "given" else last
    return all(x.op == "given" for x in kept[:-1]) and _restriction(value, node)


def _restriction(value: Node, node: Node) -> bool:
    """Whether the second of two items only restricts the letters of the first."""
    if node.op != "rel" or not set(node.signs) <= _INEQUALITIES:
        return False
    if value.op in _COMPARED and not (
        value.op == "rel" and set(value.signs) == {"="} and len(symbols(value)) > 1
    ):
        return False
    return symbols(node) <= symbols(value) and bool(symbols(node))


def _on_index(value: Node, node: Node, indices: set[Node]) -> bool:
    """Whether an item bounds a letter that runs over a set: the ``n \\ge 1`` of ``n < x < n + 1, n \\ge 1,
    n \\in \\mathbb{Z}``."""
    if node.op != "rel" or not set(node.signs) <= _INEQUALITIES:
        return False
    letters = symbols(node)
    return len(letters) == 1 and letters < symbols(value) and Node("sym", tuple(letters)) in indices


def membership(node: Node) -> bool:
    return bool(
        node.op == "rel" and node.signs == ("∈",) and node.last.op == "const" and node.left.op == "sym"
    )


def _all_domains(items: list[Node]) -> bool:
    """Whether all conditions only say what set a letter is from, one set for each letter."""
    conditions = [c for x in items for c in x.conditions]
    if not all(membership(c) and c.right.name not in _PARTS for c in conditions):
        return False
    said = {(c.left, c.right) for c in conditions}
    return len({letter for letter, _ in said}) == len(said)
