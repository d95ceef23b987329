"""Which tests compare an answer with something made of what the program was given for it."""

from __future__ import annotations

import ast

import pytest

from verirs.code.given import compares_given


@pytest.mark.parametrize(
    "tests",
    [
        "assert f(xs) == sorted(xs)",
        "r = f(xs)\nassert len(r) == len(xs)",
        "for x in f(xs):\n    assert x <= max(xs)",
        "class T:\n    def test(self):\n        self.assertEqual(f(self.xs), sum(self.xs))\n",
        "r = s.merge(a, b)\nassert {**a, **b} == r",
    ],
)
def test_compared_with_what_was_given(tests: str) -> None:
    assert compares_given(ast.parse(tests))


@pytest.mark.parametrize(
    "tests",
    [
        "f(xs)\nassert xs == [1, 2]",
        "assert f(xs) == want",
        "k = f(nums)\nassert nums[:k] == want[:k]",
        "assert len(xs) == 3",
        "assert f(q) not in q",
    ],
)
def test_compared_with_something_else(tests: str) -> None:
    assert not compares_given(ast.parse(tests))


def test_a_line_names_its_statement() -> None:
    tree = ast.parse("r = f(xs)\nassert xs == [1]\nassert r == sorted(xs)\n")
    assert [compares_given(tree, line) for line in (1, 2, 3)] == [False, False, True]
