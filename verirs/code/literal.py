"""Tests that are nothing but asserts around one call with plain arguments: read into calls and conditions.

The calls are sent to the program; the conditions stay here, and `holds` judges each answer on the
host. So the expected values never leave this process. Anything more than that is `NotPlain`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verirs.code.equal import same_value
from verirs.code.folding import PURE, NotPlain, PlainError, fold
from verirs.sandbox.jobs import Call

ANSWER = "<answer>"
"""The name that stands for the program's answer in `Case.condition`; no test can bind it."""
SAME = "<same value>"
"""The function that stands for the comparison of values in pairs; its arguments are the values accepted."""
_LONG = 20_000  # characters of one test


@dataclass(frozen=True, slots=True)
class Case:
    """One call and the condition its answer (the name `ANSWER`) must meet."""

    call: Call
    condition: ast.expr
    text: str
    """The test as its author wrote it, cut to 200 characters, for people."""


def holds(case: Case, answer: Any) -> bool:
    """Whether an answer, made of exact builtin types, meets a case's condition.

    Raises:
        NotPlain: this answer cannot be judged here; a sandboxed test process can.
        PlainError: judging it raises in Python too, so the test fails.
    """
    match case.condition:
        case ast.Call(func=ast.Name(id=name), args=accepted) if name == SAME:
            return any(isinstance(a, ast.Constant) and same_value(answer, a.value) for a in accepted)
    value = fold(case.condition, {ANSWER: answer})
    try:
        return bool(value)
    except ValueError as error:  # an array has no truth value
        raise PlainError(f"ValueError: {error}") from error


def compares(case: Case) -> bool:
    """Whether a condition is ``==`` of the answer itself and a value: data are compared, not classes."""
    node = case.condition
    if not isinstance(node, ast.Compare) or [type(op) for op in node.ops] != [ast.Eq]:
        return False
    return any(isinstance(x, ast.Name) and x.id == ANSWER for x in (node.left, *node.comparators))


def literal_cases(tree: ast.Module, entry_points: Sequence[str]) -> tuple[Case, ...]:
    """The cases of a test module.

    Raises:
        NotPlain: naming the first thing that is more than asserts around one call each.
    """
    main = entry_points[0]
    program = {name: name for name in entry_points} | {"candidate": main}
    names = _Names({}, {})
    cases: list[Case] = []
    checks = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef) and is_check(n)}
    uncalled = set(checks)

    def inside(check: ast.FunctionDef, function: str) -> list[Case]:
        return _cases_of(check.body, program | {check.args.args[0].arg: function}, _Names(names, names.lent))

    for node in tree.body:
        called = call_of_name(node)
        if called is not None and called[0] in checks:
            uncalled.discard(called[0])
            if called[1] not in program or called[1] in names:
                raise NotPlain(f"line {node.lineno}: check({called[1]})")
            cases += inside(checks[called[0]], program[called[1]])
        elif not (isinstance(node, ast.FunctionDef) and node.name in checks):
            cases += _cases_of([node], program, names)
    for name in uncalled:
        cases += inside(checks[name], main)
    if not cases:
        raise NotPlain("no assert around a call")
    return tuple(cases)


def is_check(node: ast.FunctionDef) -> bool:
    """Whether a function is HumanEval's ``def check(candidate)``."""
    a = node.args
    odd = a.posonlyargs or a.kwonlyargs or a.vararg or a.kwarg or a.defaults or node.decorator_list
    return node.name == "check" and len(a.args) == 1 and not odd


def call_of_name(node: ast.stmt) -> tuple[str, str] | None:
    """``("f", "x")`` when the statement is ``f(x)``."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name)], keywords=[])):
            return function, name
    return None


class _Names(dict[str, Any]):
    """Constants of the tests. One that was handed to the program may have been changed by it: from then on
    its value is not known here."""

    def __init__(self, names: Mapping[str, Any], lent: dict[int, Any]) -> None:
        super().__init__(names)
        self.lent = lent

    def known(self, node: ast.AST, besides: ast.AST | None = None) -> None:
        """
        Raises:
            NotPlain: an expression uses, outside of ``besides``, what the program may have changed.
        """
        inside = {id(n) for n in ast.walk(besides)} if besides is not None else set()
        for n in ast.walk(node) if self.lent else ():
            if not isinstance(n, ast.Name) or n.id not in self or id(n) in inside:
                continue
            if any(id(x) in self.lent for x in _changeable(self[n.id])):
                raise NotPlain(f"line {n.lineno}: {n.id} was an argument and may have been changed")

    def lend(self, call: ast.Call) -> None:
        """Remember what a call hands to the program."""
        for n in ast.walk(call):
            if isinstance(n, ast.Name) and n.id in self:
                self.lent |= {id(x): x for x in _changeable(self[n.id])}


def _changeable(value: Any) -> list[Any]:
    """The lists, dicts and sets in a value."""
    found, waiting = [], [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (list, tuple, set, frozenset, dict, bytearray)):
            if not isinstance(one, (tuple, frozenset)):
                found.append(one)
            waiting += (
                [*one, *one.values()] if isinstance(one, dict) else [] if isinstance(one, bytearray) else one
            )
    return found


def _harmless(node: ast.Import | ast.ImportFrom, program: Mapping[str, str]) -> bool:
    """Whether an import puts nothing in the place of what this module reads by its name."""
    names = [a.asname or a.name.partition(".")[0] for a in node.names]
    own = isinstance(node, ast.ImportFrom) and all(a.asname is None and a.name in program for a in node.names)
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    known = sys.stdlib_module_names | {
        "numpy",
        "pytest",
    }  # another may not exist: only a test process can say
    if not own and not all(m.partition(".")[0] in known for m in modules):
        return False
    return own or not any(n == "*" or n in PURE or n in program for n in names)


def _cases_of(body: Sequence[ast.stmt], program: Mapping[str, str], names: _Names) -> list[Case]:
    cases: list[Case] = []
    for node in body:
        match node:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case ast.Import() | ast.ImportFrom() if _harmless(node, program):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                name not in program and name not in PURE
            ):
                names.known(value)
                names[name] = _constant(value, names)
            case ast.Assert(test=test):
                cases += _case(test, program, names)
            case _:
                raise NotPlain(f"line {node.lineno}: {type(node).__name__}")
    return cases


def _case(test: ast.expr, program: Mapping[str, str], names: _Names) -> list[Case]:
    names.known(test)
    calls = [n for n in ast.walk(test) if isinstance(n, ast.Call) and _name(n.func) in program]
    if not calls and _constant(test, names):
        return []  # assert True
    text = ast.unparse(test)
    if len(calls) != 1 or len(text) > _LONG:
        raise NotPlain(f"line {test.lineno}: {len(calls)} calls in one assert")
    function = program[_name(calls[0].func)]
    call = Call(
        args=tuple(_arguments(calls[0], names)),
        kwargs={_keyword(k): _constant(k.value, names) for k in calls[0].keywords},
        function=function if function != program["candidate"] else None,
    )
    names.lend(calls[0])
    names.known(test, besides=calls[0])
    condition = _Fill(calls[0], names).visit(test)
    for answer in (0, [0]):  # can such a condition be judged at all?
        try:
            fold(condition, {ANSWER: answer})
        except PlainError:
            continue
    return [Case(call, condition, f"assert {text}"[:200])]


def _arguments(call: ast.Call, names: Mapping[str, Any]) -> Sequence[Any]:
    value = _constant(ast.List(call.args, ast.Load(), lineno=call.lineno), names)
    assert isinstance(value, list)
    return value


def _keyword(keyword: ast.keyword) -> str:
    if keyword.arg is None:
        raise NotPlain(f"line {keyword.lineno}: ** in a call")
    return keyword.arg


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _constant(node: ast.expr, names: Mapping[str, Any]) -> Any:
    try:
        return fold(node, names)
    except PlainError as error:
        raise NotPlain(f"line {node.lineno}: {error}") from error


class _Fill(ast.NodeTransformer):
    """Puts `ANSWER` where the call stood, and values where names stood."""

    def __init__(self, call: ast.Call, names: Mapping[str, Any]):
        self.call, self.names = call, names

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return ast.Name(ANSWER) if node is self.call else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(self.names[node.id]) if node.id in self.names else node
