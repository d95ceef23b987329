# ruff: noqa: E501
"""Reading tests: the mode, the cases, the test texts."""

from __future__ import annotations

import textwrap

import pytest

from verirs.code.folding import NotPlain, PlainError
from verirs.code.formats.faults import UnusableTests
from verirs.code.literal import holds
from verirs.code.plan import Mode, Plan, code_prompt, plan_tests
from verirs.types import Problem


def plan(tests: str, entry_point: str | None = "f", prompt: str = "") -> Plan:
    return plan_tests(Problem(prompt=prompt, tests=textwrap.dedent(tests), entry_point=entry_point))


@pytest.mark.parametrize(
    "tests",
    [
        "assert f(1) == 2\nassert f(3) == 4",
        "def check(candidate):\n    assert candidate(1) == 2\n",
        "METADATA = {'author': 'a'}\n\ndef check(g):\n    assert g([1]) == [2], 'message'\n    assert True, 'one more'\n\ncheck(f)",
        "assert abs(f(2) - 4.0) < 1e-6",
        "assert tuple(f([1, 2])) == (1, 2)",
        "assert not f('a')\nassert f('b')\nassert f(x=1) is None",
        "xs = [1, 2]\nys = 3 * 19\nassert f(xs, ys) == 5",
        "import math\nassert f(*[1, 2]) == 3",
        "assert 5 == f(2)",
        "assert set(f([1, 1])) == set((1,))",
    ],
)
def test_literal_tests(tests: str) -> None:
    assert plan(tests).mode is Mode.LITERAL


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("for i in range(3):\n    assert f(i) == i", "For"),
        ("assert f(f(1)) == 1", "2 calls"),
        ("import math\nassert math.isclose(f(1), 2.0)", "Call"),
        ("def check(candidate):\n    for i in range(3):\n        assert candidate(i) == i", "For"),
        ("assert f(lambda x: x) == 1", "Lambda"),
        ("def test_f():\n    assert f(1) == 1", "FunctionDef"),
        ("assert f([Pair(1, 2)]) == 1", "one function"),
        ("s = f()\ns.push(1)\nassert s.pop() == 1", "Call"),
        ("assert f.__name__ == 'f'", "Attribute"),
        ("a = [1]\nassert f(a) == 2\nassert a == [1]", "may have been changed"),
        ("a = [1]\nb = a\nassert f(b) == a", "may have been changed"),
        ("from numpy import all\nassert all(f(1)) == 2", "ImportFrom"),
        ("assert f(0) == 0\nif __name__ == '__main__':\n    for i in range(3): assert f(i) == i", "If"),
        ("x = f(1)\nassert x == 1", "Call"),
    ],
)
def test_driver_tests(tests: str, why: str) -> None:
    found = plan(tests)
    assert found.mode is Mode.DRIVER
    assert why in found.why


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("class Dog(Animal):\n    pass\nassert f(Dog()) == 1", "derive Dog"),
        ("import inspect\nassert 'x' in inspect.getsource(f)", "to pieces"),
        ("from dataclasses import asdict\nassert asdict(f(1)) == {}", "to pieces"),
        (
            "from unittest.mock import patch\nwith patch('__main__.g'):\n    assert f(1) == 1",
            "change the program",
        ),
    ],
)
def test_tests_that_need_the_program_itself(tests: str, why: str) -> None:
    found = plan(tests)
    assert found.mode is Mode.INPROC
    assert why in found.why


def test_list_methods_on_an_answer_are_plain() -> None:
    assert plan("s = f()\ns.append(1)\nassert s == [1]").mode is Mode.DRIVER


def test_the_entry_point_is_found_when_not_named() -> None:
    assert plan("assert add(1, 2) == 3", None).entry_points == ("add",)
    assert plan("def check(candidate):\n    assert candidate(1) == 1", "f").entry_points == ("f",)


def test_several_functions_are_called_by_their_names() -> None:
    found = plan("assert encode('a') == 'b'\nassert decode('b') == 'a'", None)
    assert found.mode is Mode.DRIVER and found.required == ()  # which of them is a forgotten helper?
    assert found.entry_points == ("encode", "decode")
    prompt = "def encode(s):  # and decode\n"
    found = plan("assert encode('a') == 'b'\nassert decode('b') == 'a'", "encode", prompt)
    assert found.required == ("encode", "decode")


def test_helpers_of_the_prompt_serve_the_tests_without_the_answer() -> None:
    prompt = 'import math\n\ndef poly(x):\n    return x + 1\n\ndef f(x):\n    """Inverts poly."""\n'
    found = plan(
        "def check(candidate):\n    for i in range(3):\n        assert candidate(poly(i)) == i", prompt=prompt
    )
    assert found.entry_points == ("f",)
    assert "def poly" in found.setup and "import math" in found.setup and "def f" not in found.setup


def test_a_module_the_tests_forgot_to_import() -> None:
    found = plan("assert f(1) == sys.maxsize")
    assert found.mode is Mode.DRIVER and "import sys" in found.setup


def test_each_assert_is_a_test_of_its_own() -> None:
    found = plan("""
        a = 1
        def check(candidate):
            x = [a]
            assert candidate(x) == sum(x for x in x)
            y = 2
            assert candidate(y) == 2
        check(f)
    """)
    assert found.mode is Mode.DRIVER
    first, second = found.tests
    assert first == "assert candidate(x) == sum((x for x in x))"
    assert second == "y = 2\nassert candidate(y) == 2"  # in the order they were written
    assert found.setup.split() == ["a", "=", "1", "x", "=", "[a]"]


def test_pytest_and_unittest_shapes() -> None:
    found = plan("""
        import unittest
        def test_one():
            assert f(1) == 1
        class T(unittest.TestCase):
            def test_two(self):
                self.assertEqual(f(2), 2)
        if __name__ == '__main__':
            unittest.main()
    """)
    assert [name for _, name in found.checks] == ["def test_one", "def test_two"]
    assert found.labels == ("",)  # the guard, which has to run and checks nothing


@pytest.mark.parametrize(
    ("test", "answer", "result"),
    [
        ("assert f(1) == 2", 2, True),
        ("assert f(1) == 2", 2.0, True),
        ("assert f(1) == 2", "2", False),
        ("assert f(1) is True", 1, False),
        ("assert abs(f(1) - 2.5) < 1e-6", 2.5000000001, True),
        ("assert f(1)", [], False),
        ("assert f(1) in (1, 2)", 2, True),
        ("assert round(f(1), 2) == 0.33", 1 / 3, True),
    ],
)
def test_conditions_are_judged_here(test: str, answer: object, result: bool) -> None:
    (case,) = plan(test).cases
    assert case.call.args == (1,)
    assert holds(case, answer) is result


def test_an_answer_that_python_itself_cannot_judge() -> None:
    (case,) = plan("assert abs(f(1) - 2.5) < 1e-6").cases
    with pytest.raises(PlainError, match="TypeError"):
        holds(case, None)
    (case,) = plan("assert list(f(1)) == [1]").cases
    with pytest.raises(NotPlain):
        holds(case, iter([1]))


def test_pairs() -> None:
    found = plan_tests(Problem(tests=({"input": "1\n", "output": "2\n"},)))
    assert found.mode is Mode.IO and found.io[0].stdin == "1\n"
    found = plan_tests(Problem(tests=({"input": [1, 2], "output": 3},), entry_point="f"))
    assert found.mode is Mode.LITERAL and found.cases[0].call.args == (1, 2)
    assert holds(found.cases[0], 3) and not holds(found.cases[0], 4)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem(), "no tests"),
        (Problem(tests=""), "no tests"),
        (Problem(tests="assert f(1) ="), "not Python"),
        (Problem(tests="x = 1"), "no function"),
        (Problem(tests="x = 1", entry_point="f"), "could fail"),
        (Problem(tests=({"stdin": "1"},)), "no 'input'"),
        (Problem(tests=({"input": [1], "output": 1},)), "the input is no text"),
        (
            Problem(tests=({"input": [1], "output": 1}, {"input": "1", "output": "1"}), entry_point="f"),
            "mix",
        ),
    ],
)
def test_unusable_tests_say_why(problem: Problem, said: str) -> None:
    with pytest.raises(UnusableTests, match=said):
        plan_tests(problem)


def test_where_the_code_prompt_comes_from() -> None:
    code = "def f(x):\n"
    assert code_prompt(Problem(prompt=code, entry_point="f")) == code
    assert code_prompt(Problem(prompt="Write f.", entry_point="f")) == ""
    assert code_prompt(Problem(prompt="Write f.", entry_point="f", meta={"code_prompt": code})) == code
