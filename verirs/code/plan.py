"""Reads a problem's tests and decides how they can be judged: the mode, the cases, the test code.

The mode depends on the tests alone, never on what a program does, so that a program cannot choose
a weaker one:

- ``io``: input and expected output texts; the output is compared on the host.
- ``literal``: every test is an ``assert`` around one call with plain arguments; judged on the host.
- ``driver``: any other test code, run in a sandboxed process of its own that calls the program; objects of
  the program are stand-ins there.
- ``inproc``: the tests derive from the program's classes or take its objects to pieces; run together with it.
  What comes out can be forged, so it is marked and must survive a canary (`verirs.code.canary`).

Test code is parsed here, never run. Tests come from a dataset; those written by a model should be
cut to size first (`verirs.code.agreement` does).
"""

from __future__ import annotations

import ast
import math
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from verirs.code import testcode
from verirs.code.checker import Checker, read_checker
from verirs.code.compare import JUDGE, Comparison
from verirs.code.dropped import dropped
from verirs.code.entry import callable_as, entry_name
from verirs.code.evaluating import evaluates, looks_up
from verirs.code.folding import NotPlain
from verirs.code.formats.faults import UnusableTests, shown
from verirs.code.formats.imports import before, with_usual_imports
from verirs.code.formats.reading import USUAL, resolved
from verirs.code.given import compares_given
from verirs.code.literal import SAME, Case, literal_cases
from verirs.code.nodes import not_data, with_nodes
from verirs.code.shared import shared
from verirs.sandbox.jobs import Call
from verirs.sandbox.languages import language_name
from verirs.types import Problem


class Mode(StrEnum):
    IO = "io"
    LITERAL = "literal"
    DRIVER = "driver"
    INPROC = "inproc"


@dataclass(frozen=True, slots=True)
class IoCase:
    """One input text and the output it must give."""

    stdin: str
    output: str
    time_limit: float | None = None
    """CPU seconds of this test, where they differ from the problem's."""
    memory_limit_mb: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a problem's tests are judged.

    Args:
        entry_points: the names the tests take from the program, the called one first.
        labels: what to call each test, cut to 200 characters.
        io: the cases of mode ``io``, with the ``language`` of the programs, and the ``comparison`` of
            outputs or the ``checker`` that judges them.
        cases: the cases of mode ``literal``.
        setup: test code to run first; it never touches the program (``driver``, ``inproc``).
        tests: texts of test code, each one test. A ``literal`` plan has them too, as its second way.
        required: those of the entry points that a program must define; the others it may.
        checks: marks of functions in the tests that hold checks, and what to call each.
        modules: names under which the tests import the program.
        watch: globals of the library that the tests may put something in the place of.
        compares_given: the tests compare an answer with what was given for it (`verirs.code.given`).
        evaluates: what in the tests may run a text that the program answers; empty: nothing.
        looks_up: the tests look up attributes by names that are no constants.
        dropped: methods whose answers the tests never look at (`verirs.code.dropped`).
        shares: what the tests and the program share in one process and two do not (`verirs.code.shared`).
        why: why not a stronger mode.
        prelude: Python code to run before the program, or ``usual`` (`verirs.code.formats.imports`).
        as_text: the tests ask for the text of the program, by the name of the entry point.
        owner: the class that the entry point may be a method of; empty: it must be a function.
    """

    mode: Mode
    entry_points: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    io: tuple[IoCase, ...] = ()
    language: str = "python"
    comparison: Comparison = JUDGE
    checker: Checker | None = None
    cases: tuple[Case, ...] = ()
    setup: str = ""
    tests: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    checks: tuple[tuple[str, str], ...] = ()
    modules: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    compares_given: bool = False
    evaluates: str = ""
    looks_up: bool = False
    dropped: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    why: str = ""
    prelude: str = ""
    as_text: bool = False
    owner: str = ""


def code_prompt(problem: Problem) -> str:
    """The code a completion may continue: ``meta["code_prompt"]``, else the last user message where
    that defines the entry point, else nothing."""
    given = problem.meta.get("code_prompt")
    if isinstance(given, str):
        return given
    said = asked(problem)
    name, _ = entry_name(problem.entry_point)
    return said if name and (f"def {name}(" in said or f"class {name}" in said) else ""


def asked(problem: Problem) -> str:
    """The last message of the user."""
    return next((m["content"] for m in reversed(problem.prompt) if m.get("role") == "user"), "")


def program_for(plan: Plan, code: str, shown: str = "") -> str:
    """A program as the tests call it: with the format's prelude, a method as a function, and with lists and
    trees in place of their JSON.

    Args:
        shown: the problem's text, which may tell the types of arguments.
    """
    if plan.language != "python":
        return code
    if plan.as_text:
        return f"{plan.entry_points[0]} = {code!r}\n"
    called = code
    if plan.mode is not Mode.IO and plan.entry_points and plan.owner:
        called = callable_as(code, plan.entry_points[0], plan.owner)
    if plan.mode is Mode.LITERAL and not plan.tests:
        called = with_nodes(called, plan.entry_points[0], plan.owner, [c.call for c in plan.cases], shown)
    if plan.prelude and plan.prelude != USUAL:
        return before(called, plan.prelude)
    return with_usual_imports(called) if plan.prelude or called is not code else code


def plan_tests(problem: Problem, comparison: Comparison = JUDGE) -> Plan:
    """How to judge a problem's tests.

    Args:
        comparison: of outputs, where the problem names none.

    Raises:
        UnusableTests: no tests, tests that are neither Python nor input-output pairs, or a comparison or
            checker that cannot be understood.
    """
    problem = resolved(problem)
    if not problem.tests:
        raise UnusableTests("the problem has no tests")
    name, owner = entry_name(problem.entry_point)
    prelude = problem.meta.get("prelude")
    prelude = prelude if isinstance(prelude, str) else ""
    if isinstance(problem.tests, str):
        tests, given = problem.tests, code_prompt(problem)
        if prelude == USUAL:
            tests = with_usual_imports(tests)
        elif prelude:
            given = f"{prelude.rstrip()}\n\n{given}"
        plan = _plan_code(tests, name, given)
    else:
        plan = _plan_pairs([t for t in problem.tests if isinstance(t, Mapping)], name)
    method = not isinstance(problem.tests, str) or "." in (problem.entry_point or "")
    as_text = problem.meta.get("as_text") is True
    plan = replace(plan, prelude=prelude, owner=owner if method else "", as_text=as_text)
    if as_text:
        plan = replace(plan, mode=Mode.INPROC, why="the tests run the text of the program")
    language = problem.meta.get("language") or "python"
    if plan.mode is not Mode.IO:
        if not isinstance(problem.tests, str) and (made := not_data(asked(problem), name)):
            raise UnusableTests(
                f"the tests give JSON for an object of the class {made}, which is not understood"
            )
        if language != "python":
            raise UnusableTests(f"functions are judged in Python, not in {language}")
        return plan
    try:
        checker = problem.meta.get("checker")
        return replace(
            plan,
            language=language_name(language),
            comparison=comparison.with_(problem.meta.get("compare")),
            checker=read_checker(checker) if checker else None,
        )
    except ValueError as error:
        raise UnusableTests(str(error)) from error


def _plan_pairs(tests: Sequence[Mapping[str, Any]], entry_point: str) -> Plan:
    """Pairs in the form of :mod:`verirs.code.formats.pairs`."""
    if all(isinstance(test["input"], str) for test in tests):
        io = tuple(
            IoCase(test["input"], test["output"], _limit(test, "time_limit"), _memory(test)) for test in tests
        )
        return Plan(mode=Mode.IO, io=io, labels=tuple(f"input {shown(case.stdin, 180)}" for case in io))
    if not entry_point:
        raise UnusableTests("the tests call a function and do not say which; name it with entry_point")
    cases = []
    for test in tests:
        given = test["input"]
        named = dict(given) if isinstance(given, Mapping) else test.get("kwargs", {})
        call = Call(args=() if isinstance(given, Mapping) else tuple(given), kwargs=named)
        accepted: list[ast.expr] = [ast.Constant(test[k]) for k in ("output", "also") if k in test]
        inside = f"{shown(given, 120)[1:-1]}{f', **{shown(named, 60)}' if named and call.args else ''}"
        label = f"{entry_point}({inside}) == {shown(test['output'], 60)}"
        cases.append(Case(call, ast.Call(ast.Name(SAME), accepted, []), label[:200]))
    return Plan(
        mode=Mode.LITERAL,
        entry_points=(entry_point,),
        cases=tuple(cases),
        labels=tuple(c.text for c in cases),
    )


def _limit(test: Mapping[str, Any], key: str) -> float | None:
    """A test's own limit, where it has one.

    Raises:
        UnusableTests: it is no positive number.
    """
    value = test.get(key)
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1e6:
        raise UnusableTests(f"a test's {key} is {value!r}; it must be a positive number")
    return value


def _memory(test: Mapping[str, Any]) -> int | None:
    value = _limit(test, "memory_limit_mb")
    return None if value is None else math.ceil(value)


@lru_cache(maxsize=256)
def _plan_code(tests: str, entry_point: str, prompt: str) -> Plan:
    tests = textwrap.dedent(tests.replace("\r\n", "\n")).removeprefix("\ufeff")
    try:
        tree = testcode.without_shadows(ast.parse(tests), entry_point)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnusableTests(f"the tests are not Python: {error}") from error
    modules, taken = testcode.imported(tree, entry_point)
    helpers = testcode.helpers(prompt, entry_point)
    known = testcode.bound_names(helpers) | {"candidate", entry_point} | sys.stdlib_module_names
    free = testcode.free_names(ast.unparse(tree))
    functions, objects = testcode.functions_and_objects(tree, free - known)
    if not (entry_point or modules or functions or objects):
        modules, taken = testcode.only_import(tree)
    others = [n for n in dict.fromkeys([*taken.values(), *functions, *objects]) if n != entry_point]
    if entry_point:
        required = (entry_point, *testcode.mentioned(others, prompt))
    else:
        others = others or testcode.called_builtins(tree)
        others.sort(key=testcode.depth_of_call(tree))
        required = tuple(others) if len(others) == 1 else ()
    if not required and not others:
        raise UnusableTests("the tests call no function of the program; name it with entry_point")
    names = tuple(dict.fromkeys([*required, *others]))
    program = {*names, *taken}
    try:
        texts = testcode.split(tree, tests, program)
    except testcode.NotTests as error:
        raise UnusableTests(str(error)) from error
    if (not any(texts.labels) and not texts.checks) or testcode.always_true(tree):
        raise UnusableTests("the tests hold nothing that could fail")
    lines = [*(f"import {name}" for name in sorted(free & sys.stdlib_module_names)), helpers, texts.setup]
    plan = Plan(
        mode=Mode.DRIVER,
        entry_points=names,
        required=required,
        setup="\n".join(lines),
        tests=texts.tests,
        labels=texts.labels,
        checks=texts.checks,
        modules=tuple(sorted(modules)),
        watch=testcode.watched(tree),
        compares_given=compares_given(tree),
        evaluates=evaluates(tree, {entry_point, *taken}),
        looks_up=looks_up(tree),
        dropped=dropped(tree),
        shares=shared(tree),
    )
    why = testcode.needs_program(tree, program)
    if why:
        return replace(plan, mode=Mode.INPROC, why=why)
    if len(names) > 1:
        return replace(plan, why="the tests are more than asserts around calls of one function")
    try:
        cases = literal_cases(testcode.without_shadows(ast.parse(tests), entry_point), names)
    except NotPlain as reason:
        return replace(plan, why=str(reason))
    return replace(plan, mode=Mode.LITERAL, cases=cases)
