"""Whether tests compare an answer with something made of what the program was given for it.

``f(xs) == sorted(xs)`` asks the program for its answer first and sorts the list then: a program that has
emptied the list is right with nothing. Where it did change something, the tests are run once more without its
changes (`verirs.code.judge`).
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

_BUILTINS = frozenset(dir(builtins)) | {"deepcopy", "approx", "Counter", "copy"}
_COMPARING = ("assert", "isclose", "allclose", "array_equal", "eq", "same")


def compares_given(tree: ast.Module, line: int = 0) -> bool:
    """Whether an answer is compared with what holds a name that was given for it; with ``line``, in the
    statement there."""
    answers = _answers(tree)
    statements = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and not hasattr(n, "body")]
    here = [n for n in statements if n.lineno <= line <= (n.end_lineno or 0)] if line else [tree]
    for sides in (sides for node in here for sides in _compared(node)):
        for side in sides:
            given = _given(side, answers)
            if given and any(other is not side and _names(other) & given for other in sides):
                return True
    return False


def _answers(tree: ast.Module) -> dict[str, set[str]]:
    """Names that hold an answer or a part of it, and the names that were given for it."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                pass
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
            ):
                targets = [target]
            case (
                ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
            ):
                targets = [target]
            case _:
                continue
        if given := _given(value, found):
            for name in set().union(*map(_names, targets)):
                found.setdefault(name, set()).update(given)
    return found


def _compared(tree: ast.AST) -> Iterator[list[ast.expr]]:
    """The sides of each comparison; by equality and order only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            if not any(isinstance(op, (ast.In, ast.NotIn, ast.Is, ast.IsNot)) for op in node.ops):
                yield [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and _called(node).startswith(_COMPARING):
            yield [*node.args, *(k.value for k in node.keywords)]


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _given(node: ast.AST, answers: dict[str, set[str]]) -> set[str]:
    """What was given for the answers that this expression is made of; an index is no part of them."""
    match node:
        case ast.Name(id=name):
            return answers.get(name, set())
        case ast.Subscript(value=value):
            return _given(value, answers)
        case ast.Call(func=func, args=args, keywords=keywords):
            values = [*args, *(k.value for k in keywords)]
            within = _all_given([func, *values], answers)
            return within if _called(node) in _BUILTINS else within.union(*map(_names, values))
    return _all_given(ast.iter_child_nodes(node), answers)


def _all_given(nodes: Iterable[ast.AST], answers: dict[str, set[str]]) -> set[str]:
    return set().union(*(_given(n, answers) for n in nodes))


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - _BUILTINS
