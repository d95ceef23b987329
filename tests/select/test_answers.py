"""Answer classes: mathematics for math, text for code, and the short cut agrees with the long way."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.select.toys import candidate, group
from verirs.math import classes
from verirs.stats.answers import _PLAIN, answer_classes
from verirs.types import Problem


def of(*answers: str | None, tests: str | None = None) -> list[int | None]:
    toy = group(*(candidate(i, answer=a) for i, a in enumerate(answers)))
    return answer_classes(Problem(id="p", tests=tests), toy.candidates)


def same(labels: list[int | None]) -> list[list[int]]:
    """Which places are together."""
    return sorted([i for i, other in enumerate(labels) if other == label] for label in set(labels) - {None})


def test_equal_mathematics_is_one_answer() -> None:
    assert same(of("1/2", "0.5", r"\frac{1}{2}", "2", None, " ")) == [[0, 1, 2], [3]]
    assert of("1/2", None, " ", "")[1:] == [None, None, None]


def test_plain_numbers_are_one_answer_by_value() -> None:
    assert same(of("18", "18.00", "1,800", "1800", "-18", " 18 ")) == [[0, 1, 5], [2, 3], [4]]


def test_answers_of_problems_with_tests_are_texts() -> None:
    assert same(of("1/2", "0.5", "1/2", tests="assert f() == 1")) == [[0, 2], [1]]


NUMBER = st.one_of(
    st.integers(-2000, 2000).map(str),
    st.integers(1000, 3_000_000).map("{:,}".format),
    st.decimals(-50, 50, places=2).map("{:f}".format),
    st.sampled_from(["0", "-0", "0.0", "1", "1.0", "1.00", "1,000", "1000.0"]),
).filter(lambda t: _PLAIN.fullmatch(t) is not None)


@settings(max_examples=60)
@given(st.lists(NUMBER, min_size=2, max_size=8))
def test_the_short_cut_for_numbers_agrees_with_the_checker(texts: list[str]) -> None:
    assert same(of(*texts)) == same(list(classes(texts).labels))
