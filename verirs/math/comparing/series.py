"""Sums and products that are the same term by term: another letter, a shifted index, empty first terms."""

from __future__ import annotations

from verirs.math.comparing.evaluate import whole
from verirs.math.comparing.names import substitute
from verirs.math.comparing.scalars import Undecided, same_scalar
from verirs.math.values import INFINITY, ONE, ZERO, Node, Refused

_INDEX = Node("sym", ("index of both",))
_MAX_FIRST = 8


def same_terms(g: Node, a: Node) -> bool:
    """Whether two sums or products, infinite or as long as each other, have the same terms; no if unknown."""
    one, two = _running(g), _running(a)
    if one is None or two is None or g.name != a.name:
        return False
    try:
        return _shifted(one, two) or _begun_later(one, two, g.name)
    except (Undecided, Refused):
        return False


_Running = tuple[str, int, Node, Node]


def _running(node: Node) -> _Running | None:
    """The letter that runs, where it begins, where it ends, and the term."""
    if node.op != "big" or node.name not in ("sum", "prod"):
        return None
    _, lower, upper, body = node.args
    if lower.op != "rel" or len(lower.args) != 3 or lower.left.op != "sym":
        return None
    start = whole(lower.right)
    return None if start is None else (lower.left.name, start, upper, body)


def _shifted(one: _Running, two: _Running) -> bool:
    terms = []
    for letter, start, _, body in (one, two):
        terms.append(substitute(body, {letter: Node("add", (_INDEX, Node("int", (start,))))}))
    ends = [end if end == INFINITY else _minus(end, start) for _, start, end, _ in (one, two)]
    return _same(ends[0], ends[1]) and _same(terms[0], terms[1])


def _begun_later(one: _Running, two: _Running, name: str) -> bool:
    """Whether one begins later than the other, which begins with terms that change nothing."""
    early, late = sorted((one, two), key=lambda running: running[1])
    if early[1] == late[1] or late[1] - early[1] > _MAX_FIRST or not _same(early[2], late[2]):
        return False
    nothing = ZERO if name == "sum" else ONE
    first = [substitute(early[3], {early[0]: Node("int", (n,))}) for n in range(early[1], late[1])]
    term = [substitute(body, {letter: _INDEX}) for letter, _, _, body in (early, late)]
    return all(_same(x, nothing) for x in first) and _same(term[0], term[1])


def _minus(x: Node, n: int) -> Node:
    return Node("add", (x, Node("int", (-n,))))


def _same(x: Node, y: Node) -> bool:
    return x == y or (INFINITY not in (x, y) and same_scalar(x, y)[0])
