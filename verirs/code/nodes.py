"""Linked lists and binary trees in tests of JSON: LeetCode's ``[1, 2]`` for a ``ListNode``, ``[3, null, 5]``
for a ``TreeNode``.

What a parameter is made of stands in its annotation: in the program, else in the signature that the
problem's text shows. Where neither says, it is what the program takes it for (`verirs.code.uses`), as far as
all tests give it lists. The program's function is called through one that makes such arguments of lists, and
a list of what it gives back. That one runs in the program's process: it only turns what the program computes
into the form of the tests. Where a function returns nothing, its first argument is the answer, as there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from verirs.code.uses import LINKS, returns_nothing, uses
from verirs.sandbox.jobs import Call

NODES = ("ListNode", "TreeNode")
_OTHERS = ("Node", "NestedInteger", "ImmutableListNode", "CustomFunction", "Interval", "Employee")
"""Classes of LeetCode whose objects JSON does not tell, or tells in several ways."""
_LONG = 20_000
_TRIED = 3
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

    def is_node(value, kind=""):
        """Whether a value is a node: of the tests' class, or of one of the program's own with such parts."""
        if type(value).__module__ == "builtins" or not hasattr(value, "val"):
            return False
        if hasattr(value, "left") and hasattr(value, "right"):
            return kind != "ListNode"
        return kind != "TreeNode" and hasattr(value, "next")

    def listed(kind, value):
        if kind[:1] == "*":
            return [listed(kind[1:], v) for v in value] if isinstance(value, (list, tuple)) else value
        if value is None and kind in classes:
            return []
        if isinstance(value, list) and any(map(is_node, value)):
            return [listed(kind, v) for v in value]
        if is_node(value, "ListNode"):
            out = []
            while value is not None:
                out.append(value.val)
                value = value.next
                if len(out) > 1000000:
                    raise ValueError("a list without an end")
            return out
        if is_node(value, "TreeNode"):
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


def with_nodes(code: str, name: str, owner: str, calls: Sequence[Call], shown: str = "") -> str:
    """The program, whose function ``name`` stands there, called with nodes where it takes them.

    Args:
        owner: the class that ``name`` may be a method of.
        calls: those of the tests.
        shown: the problem's text, for a program without annotations.
    """
    tree = _parsed(code)
    found = _kinds(_functions(tree, name, owner))
    if found is None and any(n in shown for n in NODES):
        found = _kinds(signatures(shown, name))
    if found is None and len(code) <= _LONG and re.search(rf"\.(?:{'|'.join(LINKS)})\b", code):
        last = list(_functions(tree, name, owner))[-_TRIED:]
        found = next((k for f in last if (k := _used(tree, f, calls))), None)
    if found is None:
        return code
    kinds, back = found
    used = [n for n in NODES if any(n in k for k in (*kinds.values(), back))]
    classes = ", ".join(f"{n!r}: {n}" for n in used)
    return f"{code.rstrip()}{_CALLED}{name} = _with_nodes({name}, {kinds!r}, {back!r}, {{{classes}}})\n"


def not_data(shown: str, name: str) -> str:
    """The class in a signature of a problem's text that no list of JSON is made into; empty: none."""
    for function in signatures(shown, name):
        for annotation in (p.annotation for p in function.args.args):
            words = re.findall(r"\w+", ast.unparse(annotation)) if annotation is not None else []
            if found := next((w for w in words if w in _OTHERS), ""):
                return found
    return ""


def signatures(shown: str, name: str) -> Iterator[ast.FunctionDef]:
    """The heads of a function that a text shows."""
    for head in re.findall(_SIGNATURE.format(name=re.escape(name)), shown):
        yield from _functions(_parsed(f"{head.strip()} pass"), name, "")


def _used(
    tree: ast.Module, function: ast.FunctionDef, calls: Sequence[Call]
) -> tuple[dict[str, str], str] | None:
    """As `_kinds`, by the attributes that the program reads of its parameters."""
    try:
        read, back = uses(tree, function)
    except RecursionError:
        return None
    names = [p for p in read if p != "self"]
    kinds = dict.fromkeys(names, "")
    for at, name in enumerate(names):
        given = [c.args[at] if at < len(c.args) else c.kwargs.get(name) for c in calls]
        links = {LINKS[a] for a in read[name] if a in LINKS}
        if len(links) == 1 and any(given) and all(g is None or isinstance(g, list) for g in given):
            deep = any(isinstance(item, list) for g in given for item in g or [])
            kinds[name] = "*" * deep + links.pop()
    made = {kinds.get(b, b).lstrip("*") for b in back} & {*NODES}
    if not any(kinds.values()) and not made:
        return None
    return kinds, "None" if returns_nothing(function) else made.pop() if len(made) == 1 else ""


def _parsed(code: str) -> ast.Module:
    """A program, or nothing where it cannot be read."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _functions(tree: ast.Module, name: str, owner: str) -> Iterator[ast.FunctionDef]:
    """The functions and methods that a call of ``name`` may mean."""
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
