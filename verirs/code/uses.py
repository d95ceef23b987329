"""What a program takes a parameter for, where nothing says its type: the attributes read of its values.

``head.next`` says a linked list and ``root.left`` a tree, also behind other names, containers, loops and the
program's own functions: ``stack = [root]``, ``node = stack.pop()``, ``node.left``. Only the text is read. A
value goes where it is assigned, iterated over, put into a container or handed to a function of the program;
through ``next``, ``left`` and ``right`` it stays of its kind, through any other attribute, operation or
function it does not. A wrong guess can only have a program called with another form of its own arguments.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator

LINKS = {"next": "ListNode", "left": "TreeNode", "right": "TreeNode"}
_PASSING = frozenset(
    [
        "deque",
        "list",
        "tuple",
        "set",
        "iter",
        "reversed",
        "sorted",
        "enumerate",
        "zip",
        "next",
        "min",
        "max",
        "heappop",
        "copy",
    ]
)
"""Functions that give back what they are given, or parts of it."""
_TAKING_OUT = frozenset(["pop", "popleft", "popitem", "get", "values", "items", "copy"])
_PUTTING_IN = frozenset(
    ["append", "appendleft", "extend", "add", "insert", "push", "put", "setdefault", "update"]
)
_MOST = 1000
_DEF = (ast.FunctionDef, ast.AsyncFunctionDef)
_Place = tuple[int, str]
"""A name in a scope, an attribute of ``self``, what a function returns, or a new object of a class."""
_SELF, _RETURN, _NEW = -1, -2, -3


def uses(tree: ast.Module, function: ast.FunctionDef) -> tuple[dict[str, set[str]], set[str]]:
    """The attributes read of what comes from each parameter, and of which classes (``ListNode`` ...) or
    parameters what it returns may be."""
    flow = _Flow(tree)
    read = {p.arg: flow.read_of((id(function), p.arg)) for p in function.args.args}
    back = {
        name
        for name, place in [
            *((k, (_NEW, k)) for k in LINKS.values()),
            *((p, (id(function), p)) for p in read),
        ]
        if (_RETURN, str(id(function))) in flow.reach(place)
    }
    return read, back


def returns_nothing(function: ast.FunctionDef) -> bool:
    """Whether no ``return`` of a function has a value."""
    return not any(isinstance(n, ast.Return) and n.value is not None for n in _own(function))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions in it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (*_DEF, ast.Lambda)):
            yield from _own(child)


class _Flow:
    """Where values of a module go."""

    def __init__(self, tree: ast.Module) -> None:
        self.to: dict[_Place, set[_Place]] = defaultdict(set)
        self.read: dict[_Place, set[str]] = defaultdict(set)
        self.sources: dict[ast.expr, set[_Place]] = {}
        self.functions = {n.name: n for n in ast.walk(tree) if isinstance(n, _DEF)}
        classes = {n.name: _class_of_nodes(n) for n in ast.walk(tree) if isinstance(n, ast.ClassDef)}
        self.classes = {k: k for k in LINKS.values()} | {n: k for n, k in classes.items() if k}
        self._scope(tree, [])

    def reach(self, place: _Place) -> set[_Place]:
        """Where what is in a place may come to."""
        found, waiting = {place}, [place]
        while waiting:
            new = self.to[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    def read_of(self, place: _Place) -> set[str]:
        return set().union(*(self.read[p] for p in self.reach(place)))

    def _scope(self, scope: ast.AST, around: list[tuple[int, set[str]]]) -> None:
        """Follow the statements of a module or function, with the names bound there and ``around`` it."""
        nodes = list(_own(scope))
        free = {x for n in nodes if isinstance(n, (ast.Nonlocal, ast.Global)) for x in n.names}
        bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} - free
        if isinstance(scope, _DEF):
            bound |= {a.arg for a in scope.args.args}
        names = [*around, (id(scope), bound)]

        def place(name: str) -> _Place:
            owner = next((s for s, found in reversed(names) if name in found), names[0][0])
            return owner, name

        for node in nodes:
            if isinstance(node, _DEF):
                self._scope(node, names)
            self._follow(node, scope, place)

    def _follow(self, node: ast.AST, scope: ast.AST, place: Callable[[str], _Place]) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._store(target, value, place)
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
            ):
                self._store(target, value, place)
            case ast.AugAssign(target=target, value=value):
                self._store(target, value, place)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self._to(target, self._from(value, place), place)
            case ast.Return(value=ast.expr() as value):
                self._move(self._from(value, place), {(_RETURN, str(id(scope)))})
            case ast.Attribute(value=value, attr=attr):
                for source in self._from(value, place):
                    self.read[source].add(attr)
            case ast.Call(func=ast.Attribute(value=owner, attr=attr), args=args) if attr in _PUTTING_IN:
                for a in args:
                    self._move(self._from(a, place), self._from(owner, place))
            case ast.Call(args=[first, *rest], func=func) if _name(func) == "heappush":
                for a in rest:
                    self._move(self._from(a, place), self._from(first, place))
        if isinstance(node, ast.Call) and (made := self.classes.get(_name(node.func))) is not None:
            for source in self._linked(node, place):
                self.read[source].add("next" if made == "ListNode" else "left")
        if isinstance(node, ast.Call) and (called := self.functions.get(_name(node.func))) is not None:
            parameters = [a.arg for a in called.args.args if a.arg != "self"]
            for parameter, a in zip(parameters, node.args, strict=False):
                self._move(self._from(a, place), {(id(called), parameter)})
            for keyword in node.keywords:
                self._move(self._from(keyword.value, place), {(id(called), keyword.arg or "")})

    def _store(self, target: ast.expr, value: ast.expr, place: Callable[[str], _Place]) -> None:
        match target, value:
            case (ast.Tuple(elts=ts), ast.Tuple(elts=vs)) if len(ts) == len(vs):
                for t, v in zip(ts, vs, strict=True):
                    self._store(t, v, place)
            case _:
                self._to(target, self._from(value, place), place)

    def _to(self, target: ast.expr, sources: set[_Place], place: Callable[[str], _Place]) -> None:
        """Values get into a target of an assignment."""
        match target:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._to(part, sources, place)
            case ast.Starred(value=value) | ast.Subscript(value=value):
                self._move(sources, self._from(value, place))
            case ast.Attribute(value=value, attr=attr) if attr in LINKS:
                self._move(sources, self._from(value, place))
                for source in sources:  # what is linked to a node is one
                    self.read[source].add(attr)
            case _:
                self._move(sources, self._from(target, place))

    def _move(self, sources: set[_Place], targets: set[_Place]) -> None:
        if len(sources) * len(targets) > _MOST:  # nobody writes so; the price of reading is bounded
            return
        for source in sources:
            self.to[source] |= targets

    def _linked(self, call: ast.Call, place: Callable[[str], _Place]) -> set[_Place]:
        """Where the nodes come from that a new node is linked to: its arguments behind the first."""
        given = [*call.args[1:], *(k.value for k in call.keywords if k.arg in LINKS)]
        return set().union(*(self._from(a, place) for a in given))

    def _from(self, node: ast.expr, place: Callable[[str], _Place]) -> set[_Place]:
        """Where the value of an expression may come from."""
        if node not in self.sources:
            self.sources[node] = self._found(node, place)
        return self.sources[node]

    def _found(self, node: ast.expr, place: Callable[[str], _Place]) -> set[_Place]:
        parts: list[ast.expr] = []
        match node:
            case ast.Name(id=name):
                return {place(name)}
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                return {(_SELF, attr)}
            case ast.Attribute(value=value, attr=attr) if attr in LINKS:
                parts = [value]
            case ast.Subscript(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
                parts = [value]
            case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts) | ast.BoolOp(values=elts):
                parts = elts
            case ast.Dict(values=values):
                parts = values
            case ast.IfExp(body=body, orelse=orelse):
                parts = [body, orelse]
            case ast.BinOp(left=left, right=right):
                parts = [left, right]
            case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt) | ast.SetComp(elt=elt):
                parts = [elt]
            case ast.Call(func=func, args=args):
                name = _name(func)
                if name in self.classes:
                    return {(_NEW, self.classes[name]), *self._linked(node, place)}
                if name in self.functions:
                    return {(_RETURN, str(id(self.functions[name])))}
                if isinstance(func, ast.Attribute) and func.attr in _TAKING_OUT:
                    parts = [func.value]
                elif name in _PASSING:
                    parts = args
        return set().union(*(self._from(p, place) for p in parts))


def _class_of_nodes(node: ast.ClassDef) -> str:
    """Which of LeetCode's classes a class of the program is like: it gives its objects the same links."""
    stored = (n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
    return next((LINKS[a] for a in stored if a in LINKS), "")


def _name(function: ast.expr) -> str:
    """The name that is called: ``f``, ``self.f``, ``heapq.f``."""
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self" | "heapq" | "collections" | "copy"), attr=name):
            return name
    return ""
