"""What is said about a value is part of it: the table of ``near.py``, and texts that nest or repeat."""

from __future__ import annotations

import pytest

from tests.math.near import ROWS
from verirs.math import equivalent
from verirs.types import Verdict

RIGHT = [(row.gold, answer) for row in ROWS for answer in row.right]
WRONG = [(row.gold, answer) for row in ROWS for answer in row.wrong]


@pytest.mark.parametrize(("gold", "answer"), RIGHT)
def test_other_words_for_the_same(gold: str, answer: str) -> None:
    score = equivalent(gold, answer)
    assert score.passed, score


@pytest.mark.parametrize(("gold", "answer"), WRONG)
def test_near_misses_on_both_sides(gold: str, answer: str) -> None:
    assert not equivalent(gold, answer).passed
    assert not equivalent(answer, gold).passed


@pytest.mark.parametrize(
    "text",
    [
        "maybe " * 900 + "5",
        "if " * 500 + "x>0",
        "5 " + "(or 6 " * 400 + ")" * 400,
        "either " * 800 + "3",
        "at least " * 700 + "4",
        "from 3 to " * 300 + "4",
        "x is " * 500 + "5",
        "2 for x>0, " * 150,
        "]1,2[" * 100,
        r"\begin{cases}" * 50,
        "nCr " * 300,
        "2 unless " * 200 + "x>0",
    ],
    ids=lambda text: text[:12],
)
def test_repeated_words_are_refused_without_a_crash(text: str) -> None:
    assert equivalent("5", text).verdict is Verdict.FAIL
    assert equivalent(text, "5").verdict in (Verdict.FAIL, Verdict.ABSTAIN)


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        (r"1/\sqrt{3} \approx 58\%", True),
        (r"1/\sqrt{3} \approx 57.7\%", True),
        (r"1/\sqrt{3} \approx 59\%", False),
        (r"1/\sqrt{3} \approx 28\%", False),
        (r"1/\sqrt{3} \approx 0.58", True),
        (r"1/\sqrt{3} \approx 0.55", False),
    ],
)
def test_a_rounding_is_of_the_last_place_that_is_written(answer: str, passes: bool) -> None:
    assert equivalent(r"1/\sqrt{3}", answer).passed is passes


def test_a_multiple_of_an_empty_tuple_is_no_vector() -> None:
    assert not equivalent("[[1, 2], [3, 4]]", "5()").passed
    assert not equivalent("5() + 2()", "(1, 2)").passed
