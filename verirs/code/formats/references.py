"""Tests without expected values: a reference program says them (EvalPlus), or the tests run the text of the
program themselves (DS-1000).

EvalPlus compares floats within 1e-6 and everything else with ``==`` (https://github.com/evalplus/evalplus,
``evalplus/eval``); DS-1000 defines ``test_execution(solution)`` and sometimes ``test_string(solution)``
(https://github.com/xlang-ai/DS-1000).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from verirs.code.formats.faults import UnusableTests, shown
from verirs.code.formats.length import check_length

EVALPLUS = ("base_input", "canonical_solution")
"""Columns by which a row of EvalPlus is known."""
EVALPLUS_ALL = ("base_input", "plus_input", "canonical_solution", "prompt", "entry_point", "atol")
DS1000 = "code_context"
PROGRAM_TEXT = "solution_text"
"""The name by which DS-1000's tests ask for the text of the program."""
_REFERENCE = "_reference"
_TESTS = """
import copy

{reference}

_INPUTS = {inputs}


def _given(n):
    return copy.deepcopy(_INPUTS[n])


def _same(answer, due, atol):
    parts = due if isinstance(due, (list, tuple)) and due else [due]
    if all(isinstance(part, float) for part in parts):
        atol = atol or 1e-6
    if not atol or isinstance(due, bool):
        return bool(answer == due)
    if isinstance(due, (list, tuple)):
        return isinstance(answer, type(due)) and len(answer) == len(due) and all(
            _same(a, d, atol) for a, d in zip(answer, due))
    if isinstance(due, (int, float)) and isinstance(answer, (int, float)):
        return answer == due or abs(answer - due) <= atol + 1e-7 * abs(due)
    return bool(answer == due)


_DUES = [{name}(*_given(n)) for n in range(len(_INPUTS))]
for _n in range({base}):
    assert _same(candidate(*_given(_n)), _DUES[_n], {atol})
for _n in range({base}, len(_INPUTS)):
    assert _same(candidate(*_given(_n)), _DUES[_n], {atol})
"""


def evalplus_tests(left: dict[str, Any], name: str) -> str:
    """Test code from the columns of a row of EvalPlus, which are taken out of ``left``.

    Raises:
        UnusableTests: a column is not what it should be.
    """
    base, plus = (_inputs(left.pop(key, None) or [], key) for key in ("base_input", "plus_input"))
    solution, prompt, atol = left.pop("canonical_solution"), left.pop("prompt", ""), left.pop("atol", 0) or 0
    for told in ("contract", "task_id", "test", "assertion"):
        left.pop(told, None)
    if not isinstance(solution, str) or not isinstance(prompt, str):
        raise UnusableTests("canonical_solution and prompt must be texts")
    if isinstance(atol, str) and re.fullmatch(r"[\d.]+(?:e-?\d+)?", atol):
        atol = float(atol)
    if not isinstance(atol, (int, float)) or isinstance(atol, bool) or not 0 <= atol < 1:
        raise UnusableTests(f"atol must be a number: {shown(atol)}")
    if not base and not plus:
        raise UnusableTests("base_input and plus_input are empty")
    return _TESTS.format(
        reference=_reference(prompt, solution, name), name=_REFERENCE, inputs=repr([*base, *plus]),
        base=len(base), atol=float(atol),
    )  # fmt: skip


def _inputs(value: Any, key: str) -> list[list[Any]]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, (list, tuple)) for v in value):
        raise UnusableTests(f"{key} is no list of lists of arguments: {shown(value)}")
    return [list(v) for v in value]


def _reference(prompt: str, solution: str, name: str) -> str:
    """The reference program, with its entry point under another name."""
    if not name:
        raise UnusableTests("the tests call a function and do not say which; name it with entry_point")
    for text in (prompt + solution, solution):
        check_length(text)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name]
        if found:
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    node.name = _REFERENCE
                elif isinstance(node, ast.Name) and node.id == name:
                    node.id = _REFERENCE
            return ast.unparse(tree)
    raise UnusableTests(f"canonical_solution defines no {name}")


def ds1000_tests(context: Any) -> str:
    """Test code from DS-1000's ``code_context``.

    Raises:
        UnusableTests: it is no code, or defines no test.
    """
    check_length(context if isinstance(context, str) else "")
    try:
        tree = ast.parse(context) if isinstance(context, str) else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    found = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)} if tree is not None else set()
    tests = [t for t in ("test_execution", "test_string") if t in found]
    if "test_execution" not in tests:
        raise UnusableTests("code_context defines no test_execution")
    calls = "\n".join(f"{test}({PROGRAM_TEXT})" for test in tests)
    return f"{context}\n\n{calls}\n"


def is_evalplus(table: Mapping[str, Any]) -> bool:
    return all(key in table for key in EVALPLUS)
