"""Reads test code of any shape: what it takes from the program, and its parts as texts, each one test.

Understood: module-level asserts (MBPP), ``def check(candidate)`` (HumanEval), ``test_*`` functions
and ``unittest`` classes. The texts are what a sandboxed test process runs; nothing is run here.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Collection, Sequence

from verirs.code.literal import call_of_name, is_check

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}
_PLAIN_ATTRIBUTES = frozenset().union(*(dir(t) for t in (str, bytes, list, tuple, dict, set, int, float)))
_RUN_TESTCASE = """import unittest as _unittest
_result = _unittest.TestResult()
_unittest.TestSuite([{cls}({method!r})]).run(_result)
assert _result.testsRun and _result.wasSuccessful(), (_result.failures + _result.errors)[0][1][-500:]"""


def helpers(prompt: str, entry_point: str) -> str:
    """The prompt's imports and helper functions, without the entry point: some tests need them."""
    for ending in ("", "    pass\n"):
        try:
            tree = ast.parse(prompt + ending)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        keep = [n for n in tree.body if getattr(n, "name", "") != entry_point and not isinstance(n, ast.Expr)]
        return "\n".join(map(ast.unparse, keep))
    return ""


def free_names(code: str) -> set[str]:
    """Names the code uses but neither binds at its top level nor finds among the builtins."""
    used: set[str] = set()

    def visit(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            if symbol.is_global() or table.get_type() == "module":
                used.add(symbol.get_name())
        for child in table.get_children():
            visit(child)

    visit(symtable.symtable(code, "tests", "exec"))
    return used - bound_names(code) - _BUILTINS


def bound_names(code: str) -> set[str]:
    """Names bound at the top level of the code."""
    symbols = symtable.symtable(code, "code", "exec").get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}


def functions_and_objects(tree: ast.Module, names: set[str]) -> tuple[list[str], list[str]]:
    """Of names the tests take from the program: those that are only ever called and have a function's
    name, and the others (classes, constants)."""
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    held = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called}
    functions = [n for n in sorted(names) if n not in held and not n.lstrip("_")[:1].isupper()]
    return functions, sorted(names.difference(functions))


def needs_program(tree: ast.Module, entry_points: Sequence[str], objects: Sequence[str]) -> str:
    """Why the tests have to run in the program's own process; empty when they need not."""
    if objects:
        return f"the tests use the program's own {', '.join(objects)}"
    program = {*entry_points, "candidate"}
    made = {
        target.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call) and _called(n.value) in program
        for target in n.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name)) if name in program or name in {"mock", "monkeypatch"}:
                return f"the tests reach into the program: {ast.unparse(node)}"
            case ast.Attribute(value=ast.Call() as call, attr=attr) if _called(call) in program:
                if attr not in _PLAIN_ATTRIBUTES:
                    return f"the tests use an object of the program: .{attr}"
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in made:
                if attr not in _PLAIN_ATTRIBUTES:
                    return f"the tests use an object of the program: {name}.{attr}"
            case ast.Call(func=ast.Name(id="patch")):
                return "the tests patch the program"
            case ast.Compare(left=left, ops=ops, comparators=others):
                identity = any(isinstance(op, (ast.Is, ast.IsNot)) for op in ops)
                if identity and sum(not isinstance(side, ast.Constant) for side in (left, *others)) > 1:
                    return f"the tests ask for identity: {ast.unparse(node)[:80]}"
    return ""


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def split(
    tree: ast.Module, source: str, entry_points: Sequence[str]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The setup (never touches the program), the tests as texts, and a label for each.

    Statements between two tests go with the second, so that all run in their order.
    """
    program = {*entry_points, "candidate"}
    setup: list[str] = []
    texts: list[str] = []
    labels: list[str] = []
    waiting: list[ast.stmt] = []
    for node in _statements(tree, program):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            setup.append(_source(node, source))
        elif any(isinstance(n, ast.Assert) for n in ast.walk(node)) or _calls_own(node, tree):
            texts.append("\n".join(_source(n, source) for n in (*waiting, node)))
            labels.append(_label(node))
            waiting = []
        elif texts or waiting or _uses(node, program):
            waiting.append(node)
        else:
            setup.append(_source(node, source))
    found = _found_by_runners(tree)
    if waiting and not texts and not found:
        texts.append("\n".join(_source(n, source) for n in waiting))
        labels.append(_label(waiting[-1]))
    return "\n".join(setup), (*texts, *found.values()), (*labels, *found)


def _statements(tree: ast.Module, program: set[str]) -> list[ast.stmt]:
    """The module's statements; a check function that is a plain list of asserts is put where it is called."""
    checks = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef) and is_check(n)}
    body = [n for n in tree.body if not _is_main(n)]
    called = {call[0] for n in body if (call := call_of_name(n)) is not None}
    for name in checks:
        if name not in called:
            body.append(ast.parse(f"{name}(candidate)").body[0])
    out: list[ast.stmt] = []
    for node in body:
        call = call_of_name(node)
        check = checks.get(call[0]) if call is not None else None
        if check is None or call is None or not _straight(check):
            if not (isinstance(node, ast.FunctionDef) and node.name in checks and _straight(node)):
                out.append(node)
            continue
        parameter = check.args.args[0].arg
        if parameter != call[1] and not (parameter == "candidate" and call[1] in program):
            out.append(ast.parse(f"{parameter} = {call[1]}").body[0])
        out += check.body
    return out


def _straight(check: ast.FunctionDef) -> bool:
    """Whether a function's body can be run statement by statement at module level."""
    odd = (ast.Return, ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom)
    asserts = any(isinstance(n, ast.Assert) for n in check.body)
    return asserts and not any(isinstance(n, odd) for n in ast.walk(check))


def _calls_own(node: ast.stmt, tree: ast.Module) -> bool:
    """Whether a statement calls a function that the tests define, and so may be a test."""
    own = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _called(node.value) in own


def _is_main(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="unittest"), attr="main"))):
            return True
    return False


def _found_by_runners(tree: ast.Module) -> dict[str, str]:
    """What pytest and unittest would find, by name, as texts: ``test_*`` functions, TestCase methods."""
    found = {}
    called = {_called(n) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and not node.args.args:
            if node.name not in called:
                found[node.name] = f"{node.name}()"
        elif isinstance(node, ast.ClassDef) and any("TestCase" in ast.unparse(b) for b in node.bases):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name.startswith("test"):
                    text = _RUN_TESTCASE.format(cls=node.name, method=method.name)
                    found[f"{node.name}.{method.name}"] = text
    return found


def _source(node: ast.stmt, source: str) -> str:
    """A statement's text; as written for definitions, which may be long and own their lines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.col_offset:
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        return "\n".join(source.split("\n")[first - 1 : node.end_lineno])
    return ast.unparse(node)


def _label(node: ast.stmt) -> str:
    return ast.unparse(node).split("\n")[0][:200]


def _uses(node: ast.AST, names: Collection[str]) -> bool:
    """Whether any of the names occurs in a piece of code."""
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))
