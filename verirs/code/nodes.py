"""Linked lists and binary trees in tests of JSON: LeetCode's ``[1, 2]`` for a ``ListNode``, ``[3, null, 5]``
for a ``TreeNode``.

What a parameter is made of stands in its annotation: in the program, else in the signature that the
problem's text shows. The program's function is called through one that makes such arguments of lists, and a
list of what it gives back. That one runs in the program's process: it only turns what the program computes
into the form of the tests. Where a function is annotated to return nothing, its first argument is the answer,
as on LeetCode.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

NODES = ("ListNode", "TreeNode")
_SIGNATURE = r"def\s+{name}\s*\((?:[^()]|\([^()]*\))*\)\s*(?:->\s*[^:\n]+)?:"

_CALLED = '''


def _with_nodes(function, kinds, back, classes):
    """Make nodes of lists for ``function``, and a list of the nodes that it returns."""

    def made(kind, value):
        if kind[:1] == "*":
            return [made(kind[1:], v) for v in value] if isinstance(value, list) else value
        if kind not in classes or not (value is None or isinstance(value, list)):
            return value
        if not value:
            return None
        nodes = [None if v is None else classes[kind](v) for v in value]
        if kind == "ListNode":
            for node, after in zip(nodes, nodes[1:]):
                node.next = after
        else:
            rest = iter(nodes[1:])
            for node in filter(None, nodes):
                node.left, node.right = next(rest, None), next(rest, None)
        return nodes[0]

    def listed(kind, value):
        if kind[:1] == "*":
            return [listed(kind[1:], v) for v in value] if isinstance(value, (list, tuple)) else value
        if value is None and kind in classes:
            return []
        if "ListNode" in classes and isinstance(value, classes["ListNode"]):
            out = []
            while value is not None:
                out.append(value.val)
                value = value.next
                if len(out) > 1000000:
                    raise ValueError("a list without an end")
            return out
        if "TreeNode" in classes and isinstance(value, classes["TreeNode"]):
            row, out = [value], []
            for node in row:
                out.append(None if node is None else node.val)
                row += [] if node is None else [node.left, node.right]
                if len(out) > 1000000:
                    raise ValueError("a tree without an end")
            while out[-1] is None:
                out.pop()
            return out
        return value

    inside = []

    def called(*args, **kwargs):
        if inside:
            return function(*args, **kwargs)
        names = list(kinds)
        args = [made(kinds[n], v) for n, v in zip(names, args)] + list(args[len(names):])
        kwargs = {n: made(kinds.get(n, ""), v) for n, v in kwargs.items()}
        inside.append(function)
        try:
            value = function(*args, **kwargs)
        finally:
            inside.pop()
        if back == "None" and value is None:
            first = [*args, *kwargs.values()][:1]
            return listed(kinds[names[0]], first[0]) if first else None
        return listed(back, value)

    return called


'''


def with_nodes(code: str, name: str, owner: str, shown: str = "") -> str:
    """The program, whose function ``name`` stands there, called with nodes where its annotations name them.

    Args:
        owner: the class that ``name`` may be a method of.
        shown: the problem's text, for a program without annotations.
    """
    found = _kinds(_functions(code, name, owner))
    if found is None and any(n in shown for n in NODES):
        signatures = re.findall(_SIGNATURE.format(name=re.escape(name)), shown)
        found = _kinds(f for s in signatures for f in _functions(f"{s.strip()} pass", name, ""))
    if found is None:
        return code
    kinds, back = found
    used = [n for n in NODES if any(n in k for k in (*kinds.values(), back))]
    classes = ", ".join(f"{n!r}: {n}" for n in used)
    return f"{code.rstrip()}{_CALLED}{name} = _with_nodes({name}, {kinds!r}, {back!r}, {{{classes}}})\n"


def _functions(code: str, name: str, owner: str) -> Iterator[ast.FunctionDef]:
    """The functions and methods that a call of ``name`` may mean."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) and node.name == owner else [node]
        yield from (n for n in inside if isinstance(n, ast.FunctionDef) and n.name == name)


def _kinds(functions: Iterator[ast.FunctionDef]) -> tuple[dict[str, str], str] | None:
    """What each parameter is made of, and what comes back; ``None`` where no node is."""
    for function in functions:
        a = function.args
        kinds = {
            p.arg: _kind(p.annotation) for p in (*a.posonlyargs, *a.args, *a.kwonlyargs) if p.arg != "self"
        }
        back = _kind(function.returns)
        if any(n in k for k in (*kinds.values(), back) for n in NODES):
            return kinds, back
    return None


def _kind(annotation: ast.expr | None) -> str:
    """``ListNode``, ``TreeNode``, one star more for each list around it, ``None``; empty: something else."""
    match annotation:
        case ast.Constant(value=None):
            return "None"
        case ast.Constant(value=str() as text):
            try:
                return _kind(ast.parse(text, mode="eval").body)
            except (SyntaxError, ValueError):
                return ""
        case ast.Name(id=name) if name in NODES:
            return name
        case ast.Subscript(value=ast.Name(id="List" | "list"), slice=inside):
            kind = _kind(inside)
            return f"*{kind}" if kind.lstrip("*") in NODES else ""
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inside):
            return _kind(inside)
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=parts)):
            return next((k for p in parts if (k := _kind(p)) not in ("", "None")), "")
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return next((k for p in (left, right) if (k := _kind(p)) not in ("", "None")), "")
    return ""
