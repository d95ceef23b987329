"""When two texts are the same method."""

from __future__ import annotations

from verirs.types import Completion, Problem
from verirs.until import methods
from verirs.until.methods import equations, tokens

WORDS = Problem(prompt="How many?", answer="12")
CODE = Problem(prompt="Sum a list", tests="assert f([1]) == 1", entry_point="f")


def method(problem: Problem, text: str) -> str:
    return methods.method(problem, Completion(text=text))


def test_equations_are_read_whatever_stands_around_them() -> None:
    assert equations("She has 3 * 4 = 12 eggs, so 12 - 2 = 10.") == ["3*4", "12-2"]
    assert equations("$1,000 × 3 = $3,000 and 5% = 5") == ["1000*3"]
    assert equations("x = 3, so y = 4") == [] and equations("") == []


def test_words_do_not_make_a_method_and_numbers_do() -> None:
    a = method(WORDS, "First 3 * 4 = 12. So 12.")
    assert a == method(WORDS, "We multiply: 3*4=12, the answer is 12")
    assert a != method(WORDS, "4 + 4 + 4 = 12")
    assert a != method(WORDS, "4 * 3 = 12")  # another order is another calculation
    assert method(WORDS, "Twelve.") != method(WORDS, "It is twelve.")  # nothing to compare: each its own


def test_names_and_comments_do_not_make_a_program() -> None:
    a = "def f(xs):\n    total = 0  # begin\n    for x in xs:\n        total += x\n    return total\n"
    b = "def f(values):\n    t = 0\n\n    for v in values: t += v\n    return t\n"
    assert tokens(a) == tokens(b) and method(CODE, f"```python\n{a}```") == method(CODE, b)
    assert method(CODE, a) != method(CODE, "def f(xs):\n    return sum(xs)\n")
    assert tokens("def f(a): return max(a)") != tokens("def f(a): return min(a)")
    assert tokens("def f(a): return a.b") != tokens("def f(a): return a.c")


def test_what_cannot_be_read_is_a_method_of_its_own() -> None:
    assert tokens("def f(:\n  '''") == []
    assert method(CODE, "no code here") != method(CODE, "nor here")
    assert method(CODE, "def f(:\n  '''") == method(CODE, "def f(:\n  '''")
