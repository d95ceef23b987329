"""The methods that tests call only for what they do: no answer of theirs is looked at.

A method that gives back its own object (``stack.push(1).push(2)``) does not put it in the place of data where
nobody takes the answer for anything. Which call an answer came from cannot be seen in the object; the text
of the tests says it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_BY_NAME = frozenset({"getattr", "methodcaller", "attrgetter", "vars", "__getattribute__", "__dict__"})
"""What reaches a method by a text."""


def dropped(tree: ast.Module) -> tuple[str, ...]:
    """Names of methods whose every use is a statement of its own, or leads to another such call in one."""
    attributes = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    names = {n.attr for n in attributes} | {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    if names & _BY_NAME:
        return ()
    idle = {id(n) for s in ast.walk(tree) if isinstance(s, ast.Expr) for n in _chain(s.value)}
    used = {n.attr for n in attributes if id(n) not in idle}
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return tuple(sorted({n.attr for n in attributes} - used - texts))


def _chain(node: ast.expr) -> Iterator[ast.Attribute]:
    """The methods called one on the answer of the other."""
    while True:
        match node:
            case ast.Await(value=node):
                pass
            case ast.Call(func=ast.Attribute(value=owner) as method):
                yield method
                node = owner
            case _:
                return
