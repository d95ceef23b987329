"""Whose fault an exception in test code is: the tests' own, or that of what the program answered.

An expression is the program's business when something in it may come from an answer: the names that may are
found on the syntax tree, generously. An exception of a frame whose expression holds none is the tests' own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def of_tests(error: BaseException, sources: dict[str, str], program: Iterable[str]) -> bool:
    """Whether the tests themselves are broken: the exception depends on no answer of the program.

    ``sources`` are the texts of the test code by the file names that they were compiled with.
    """
    if isinstance(error, (AssertionError, SystemExit)):
        return False
    if isinstance(error, (SyntaxError, ImportError)) or type(error) is NameError:
        return True
    trees = {}
    for name, text in sources.items():
        try:
            trees[name] = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
    names = _reached(list(trees.values()), set(program))
    trace = error.__traceback__
    met = False
    while trace is not None:
        tree = trees.get(trace.tb_frame.f_code.co_filename)
        if tree is not None:
            met = True
            node = _node(tree, trace)
            if isinstance(node, ast.Raise) and trace.tb_next is None:  # the tests say that something is wrong
                return False
            if node is None or _mentions(node, names):
                return False
        trace = trace.tb_next
    return met


def unasked(error: BaseException, sources: dict[str, str], program: Iterable[str]) -> bool:
    """Whether the tests are broken, where they failed before the program was asked anything: nothing where
    they failed, and no condition around it, has to do with the program."""
    if not (found := _frames(error, sources)):
        return of_tests(error, sources, program)
    names = _reached([ast.parse(sources[n]) for n in sources if _parses(sources[n])], set(program))
    tree, node = found[-1]
    if isinstance(error, AssertionError):  # the whole condition, not the part of it that was looked at last
        node = min(
            (n for n in ast.walk(tree) if _asserts(n, node)),
            key=_size,
            default=node,
        )
    around = [n for n in ast.walk(tree) if isinstance(n, (ast.If, ast.While, ast.IfExp)) and _holds(n, node)]
    return not _mentions(node, names) and not any(_mentions(n.test, names) for n in around)


def _asserts(outer: ast.AST, inner: ast.AST) -> bool:
    """Whether this piece is what ``inner`` asserted in: an assert, or a block whose end does (assertLogs), of
    which Python 3.13 names the head alone."""
    if isinstance(outer, (ast.With, ast.AsyncWith)):
        return any(_holds(item.context_expr, inner) for item in outer.items)
    return isinstance(outer, ast.Assert) and _holds(outer, inner)


def at_end(error: BaseException, sources: dict[str, str]) -> bool:
    """Whether an exit leaves no statement of the tests out: none comes after it in its function or text, and
    no loop goes on."""
    for tree, node in _frames(error, sources):
        scopes = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
        scope: Any = min((n for n in scopes if _holds(n, node)), key=_size, default=tree)
        for n in ast.walk(scope):
            later = isinstance(n, ast.stmt) and n.lineno > (node.end_lineno or 0)
            if later or (isinstance(n, (ast.For, ast.While, ast.AsyncFor)) and _holds(n, node)):
                return False
    return True


def place(error: BaseException, sources: dict[str, str]) -> str:
    """The tests' innermost line in an exception's trace, as ``file:line``; empty: there is none."""
    found, trace = "", error.__traceback__
    while trace is not None:
        if (name := trace.tb_frame.f_code.co_filename) in sources:
            found = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def unreached(frame: FrameType | None, error: BaseException, sources: dict[str, str]) -> bool:
    """Whether a check stands where an exception has left a block of the tests, or after that place in it.

    ``frame``: who leaves the block, called by the tests' own frame.
    """
    while frame is not None and frame.f_code.co_filename not in sources:
        frame = frame.f_back
    if frame is None:
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_frame is not frame:
        trace = trace.tb_next
    trees = {name: ast.parse(text) for name, text in sources.items() if _parses(text)}
    tree = trees.get(frame.f_code.co_filename)
    if trace is None or tree is None:
        return False
    at = trace.tb_lineno
    functions = [n for t in trees.values() for n in ast.walk(t) if isinstance(n, _FUNCTION)]
    checking = {n.name for n in functions if any(map(_is_check, ast.walk(n)))}
    left = [n for n in ast.walk(tree) if isinstance(n, (ast.With, ast.AsyncWith)) and _leaves(n, frame, at)]
    return any(
        (_is_check(n) or (isinstance(n, ast.Name) and n.id in checking)) and (n.end_lineno or 0) >= at
        for block in left
        for statement in block.body
        for n in ast.walk(statement)
        if hasattr(n, "end_lineno")
    )


def _leaves(block: Any, frame: FrameType, line: int) -> bool:
    """Whether a frame leaves this block now, after something in its body at ``line``."""
    head = block.lineno <= frame.f_lineno <= (block.items[-1].context_expr.end_lineno or 0)
    return head and bool(block.body[0].lineno <= line <= (block.body[-1].end_lineno or 0))


def _is_check(node: ast.AST) -> bool:
    """An assert that may fail, or a call that asserts."""
    match node:
        case ast.Assert(test=test):
            return not isinstance(test, ast.Constant)
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name.lower().startswith("assert")
    return False


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _holds(outer: Any, inner: Any) -> bool:
    begins = (outer.lineno, outer.col_offset) <= (inner.lineno, inner.col_offset)
    return begins and (outer.end_lineno, outer.end_col_offset) >= (inner.end_lineno, inner.end_col_offset)


def _frames(error: BaseException, sources: dict[str, str]) -> list[tuple[ast.Module, Any]]:
    """What each frame of the tests was doing, the innermost last."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        text = sources.get(trace.tb_frame.f_code.co_filename)
        if text is not None and _parses(text):
            tree = ast.parse(text)
            node = _node(tree, trace)
            if node is not None:
                found.append((tree, node))
        trace = trace.tb_next
    return found


def _node(tree: ast.Module, trace: TracebackType) -> ast.AST | None:
    """The smallest piece of the tree that holds what a frame was doing."""
    positions = list(trace.tb_frame.f_code.co_positions())
    line, end_line, column, end_column = positions[trace.tb_lasti // 2]
    if line is None or end_line is None or column is None or end_column is None:
        return None
    best: Any = None
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.stmt)) and node.end_lineno and node.end_col_offset is not None:
            begins = (node.lineno, node.col_offset) <= (line, column)
            ends = (node.end_lineno, node.end_col_offset) >= (end_line, end_column)
            if begins and ends and (best is None or _size(node) <= _size(best)):
                best = node
    return best


def _size(node: Any) -> tuple[int, int]:
    return node.end_lineno - node.lineno, node.end_col_offset - node.col_offset


def _mentions(node: ast.AST, names: set[str]) -> bool:
    for n in ast.walk(node):
        if isinstance(n, ast.Name) and n.id in names:
            return True
        if isinstance(n, ast.Attribute) and "." + n.attr in names:
            return True
    return False


def _targets(node: ast.AST) -> set[str]:
    """The names that an assignment to this target makes hold something else."""
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(attr=name):
            return {"." + name}
        case ast.Subscript(value=value) | ast.Starred(value=value):
            return _targets(value)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return set().union(*map(_targets, items))
    return set()


def _reached(trees: list[ast.Module], program: set[str]) -> set[str]:
    """Names (and attributes, with a dot before them) that may hold what came from the program."""
    names = set(program)
    nodes = [n for tree in trees for n in ast.walk(tree)]
    functions: dict[str, list[ast.arguments]] = {}
    for n in nodes:
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions.setdefault(n.name, []).append(n.args)
        elif isinstance(n, ast.ExceptHandler) and n.name:
            names.add(n.name)
    before = -1
    while before != len(names):
        before = len(names)
        for n in nodes:
            _step(n, names, functions)
    return names


def _step(n: ast.AST, names: set[str], functions: dict[str, list[ast.arguments]]) -> None:
    match n:
        case ast.Assign(targets=targets, value=value) if _mentions(value, names):
            for target in targets:
                names |= _targets(target)
        case ast.AnnAssign(target=target, value=value) if value is not None and _mentions(value, names):
            names |= _targets(target)
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            if _mentions(value, names):
                names |= _targets(target)
        case ast.For(target=target, iter=it) | ast.AsyncFor(target=target, iter=it):
            if _mentions(it, names):
                names |= _targets(target)
        case ast.comprehension(target=target, iter=it) if _mentions(it, names):
            names |= _targets(target)
        case ast.withitem(context_expr=value, optional_vars=target) if target and _mentions(value, names):
            names |= _targets(target)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _mentions(n, names):
            names |= {name, "." + name}
        case ast.Call(func=func, args=args, keywords=keywords):
            given = [*args, *(k.value for k in keywords)]
            if any(_mentions(a, names) for a in given):
                if isinstance(func, ast.Attribute) and not func.attr.startswith("assert"):
                    names |= _targets(func.value)
                called = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
                for a in functions.get(called, ()):
                    names |= _parameters(a)
                if called == "exec":  # what a text is run in, it changes
                    names |= set().union(*map(_targets, given))
            if _mentions(func, names):  # what the program is given to call, it calls with its own values
                for a in given:
                    if isinstance(a, ast.Lambda):
                        names |= _parameters(a.args)
                    elif isinstance(a, ast.Name):
                        for known in functions.get(a.id, ()):
                            names |= _parameters(known)
                    for part in ast.walk(a):  # what it is given it may change, and what a path leads to
                        if isinstance(part, (ast.Name, ast.Attribute)) and isinstance(part.ctx, ast.Load):
                            names |= _targets(part)


def _parameters(a: ast.arguments) -> set[str]:
    found = {x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs)}
    return found | {x.arg for x in (a.vararg, a.kwarg) if x is not None}
