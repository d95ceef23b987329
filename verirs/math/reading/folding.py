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
    for item in listed(items):
        if kept and _condition_of(kept, item):
            kept[-1] = given(kept[-1], [item])
        elif kept and item.op == "bound" and (letter := _bounded(kept[-1])) is not None:
            kept.append(Node("rel", ((item.args[0],), letter, item.args[1])))
        else:
            kept.append(item)
    if len(kept) == 1:
        return kept[0]
    if all(x.op == "bound" for x in kept):
        kept = [Node("rel", ((x.args[0],), Node("sym", ("x",)), x.args[1])) for x in kept]
    kept = modular(numbered(kept))
    under = [x.op == "given" for x in kept]
    if not any(under):
        return Node("seq", ("", joiner, *kept))
    if all(under) and not _all_domains(kept):
        return cases(kept)
    if under == [False] * (len(kept) - 1) + [True] or _all_domains([x for x in kept if x.op == "given"]):
        values = [x.args[0] if x.op == "given" else x for x in kept]
        conditions: list[Node] = []
        for x in kept:
            if x.op == "given":
                conditions += [c for c in x.args[1:] if c not in conditions]
        return given(Node("seq", ("", joiner, *values)), conditions)
    return Node("seq", ("", joiner, *kept))


def numbered(items: list[Node]) -> list[Node]:
    """``x_{1,2} = 3, 5`` as ``x = 3, x = 5``."""
    first = items[0]
    if first.op != "rel" or first.args[0] != ("=",) or first.args[1].op != "sym" or len(first.args) != 3:
        return items
    name, _, numbers = first.args[1].args[0].partition("_")
    if numbers != ",".join(str(n) for n in range(1, len(items) + 1)) or any(x.op == "rel" for x in items[1:]):
        return items
    values = [first.args[2], *items[1:]]
    return [Node("rel", (("=",), Node("sym", (name,)), value)) for value in values]


def modular(items: list[Node]) -> list[Node]:
    """``n \\equiv 1, 4 \\pmod 5`` as a congruence for each remainder."""
    first, last = items[0], items[-1]
    signed = last.op in ("neg", "pm") and last.inner.op == "mod"  # -1 (mod 5)
    said = last.inner if signed else last
    if first.op != "rel" or first.signs != ("≡",) or len(first.args) != 3 or said.op != "mod":
        return items
    rests = [first.right, *items[1:-1], Node(last.op, (said.inner,)) if signed else said.inner]
    if any(x.op in _NO_REMAINDERS for x in rests):
        return items
    return [Node("rel", (("≡",), first.left, Node("mod", (x, said.args[1])))) for x in rests]


def listed(items: list[Node]) -> list[Node]:
    """``k = 0, \\pm 1, \\pm 2, \\ldots`` as k whole; ``k = 1, 2, 3, \\ldots`` as whole and at least 1."""
    if len(items) < 4 or items[-1] != _DOTS:
        return items
    first = next((n for n, x in enumerate(items) if n and x.op == "rel" and x.args[0] == ("=",)), None)
    if first is None or len(items[first].args) != 3:
        return items
    _, letter, start = items[first].args
    rest = items[first + 1 : -1]
    if letter.op != "sym" or start.op != "int" or len(rest) < 2:
        return items
    whole = Node("rel", (("∈",), letter, Node("const", ("Z",))))
    if all(x == Node("pm", (Node("int", (n,)),)) for n, x in enumerate(rest, 1)) and start.args[0] == 0:
        return [*items[:first], whole]
    if all(x == Node("int", (n,)) for n, x in enumerate(rest, start.args[0] + 1)):
        return [*items[:first], Node("all", (whole, Node("rel", ((">=",), letter, start))))]
    return items


def cases(rows: list[Node]) -> Node:
    """Values each under its own condition; of one named function where all of them name it."""
    first = rows[0].args[0]
    named = [r.args[0] for r in rows if r.args[0].op == "rel" and r.args[0].args[0] == ("=",)]
    if len(named) == len(rows) and all(v.args[1] == first.args[1] and len(v.args) == 3 for v in named):
        bare = [Node("given", (r.args[0].args[2], *r.args[1:])) for r in rows]
        return Node("rel", (("=",), first.args[1], Node("cases", tuple(bare))))
    if first.op == "rel" and first.args[0] == ("=",) and len(first.args) == 3 and len(named) == 1:
        bare = [Node("given", (first.args[2], *rows[0].args[1:])), *rows[1:]]
        return Node("rel", (("=",), first.args[1], Node("cases", tuple(bare))))
    return Node("cases", tuple(rows))


def function_of(name: Node, body: Node) -> Node:
    """``f: x \\mapsto x^2`` as ``f(x) = x^2``."""
    if name.op == "ratio" and len(name.args) == 2 and all(x.op == "sym" for x in name.args):
        return Node("rel", (("=",), Node("app", (name.args[0].args[0], name.args[1])), body))
    if name.op != "sym":
        raise Unreadable("a map of more than a letter")
    return Node("rel", (("=",), Node("app", ("f", name)), body))


def excepted(items: list[Node]) -> list[Node]:
    """``x \\ne 1, 3`` as two conditions on x."""
    out: list[Node] = []
    for item in items:
        last = out[-1] if out else None
        if last is not None and last.op == "rel" and last.args[0] == ("!=",) and not symbols(item):
            out.append(Node("rel", (("!=",), last.args[1], item)))
        else:
            out.append(item)
    return out


def _bounded(node: Node) -> Node | None:
    """The letter of ``x > 7``, which a bare bound after it goes on about."""
    if (
        node.op == "rel"
        and len(node.args) == 3
        and set(node.args[0]) <= _INEQUALITIES
        and node.args[1].op == "sym"
    ):
        letter: Node = node.args[1]
        return letter
    return None


def _condition_of(kept: list[Node], node: Node) -> bool:
    """Whether an item only says what the letters of those before it range over."""
    if membership(node):
        return True
    if node.op == "all" or node.op == "any":
        return True
    last = kept[-1]
    value = last.args[0] if last.op == "given" else last
    return all(x.op == "given" for x in kept[:-1]) and _restriction(value, node)


def _restriction(value: Node, node: Node) -> bool:
    """Whether the second of two items only restricts the letters of the first."""
    if node.op != "rel" or not set(node.args[0]) <= _INEQUALITIES:
        return False
    if value.op in _COMPARED and not (
        value.op == "rel" and set(value.args[0]) == {"="} and len(symbols(value)) > 1
    ):
        return False
    return symbols(node) <= symbols(value) and bool(symbols(node))


def membership(node: Node) -> bool:
    return bool(
        node.op == "rel"
        and node.args[0] == ("∈",)
        and node.args[-1].op == "const"
        and node.args[1].op == "sym"
    )


def _all_domains(items: list[Node]) -> bool:
    """Whether all conditions only say what set a letter is from, one set for each letter."""
    conditions = [c for x in items for c in x.args[1:]]
    if not all(membership(c) and c.args[2].args[0] not in _PARTS for c in conditions):
        return False
    said = {(c.args[1], c.args[2]) for c in conditions}
    return len({letter for letter, _ in said}) == len(said)
