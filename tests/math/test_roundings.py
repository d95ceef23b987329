"""A rounding behind an answer is a remark, another number there an alternative; sentences that only add."""

from __future__ import annotations

import pytest

from verirs.grading import grade
from verirs.math import extract
from verirs.types import Verdict

ROUNDED = [
    ("1/6", r"So, the probability is $\dfrac{1}{6}$, or about 16.67%."),
    ("1/6", r"So, the probability is \boxed{\dfrac{1}{6}}, or about 16.67%."),
    ("1/6", r"So the probability is $P = \dfrac{1}{6}$, or about $16.67\%$."),
    ("1/7", r"The answer is $\frac{1}{7}$, or approximately 0.143."),
    ("1/7", "The answer is 1/7, which is about 0.14."),
    (r"\sqrt{3}", r"So the length is $\sqrt{3}$ meters, or about 1.73 meters."),
    (r"\sqrt{3}", r"So the length is $\boxed{\sqrt{3}}$ or roughly 1.732."),
    (r"16\pi", r"The area is $16\pi$, that is, about 50.27."),
    ("500/3", r"She drives $\frac{500}{3}$ miles, or about 166.67 miles."),
]
OTHERS = [
    ("1/6", "The answer is 1/6, or about 0.5."),
    ("1/6", r"The probability is $\frac16$, or about 20%."),
    ("1/6", r"So, the probability is \boxed{\dfrac{1}{6}}, or about 25%."),
    ("1/6", r"So, the probability is not $\dfrac{1}{6}$, or about 16.67%."),
    ("1/6", r"So, the probability is less than $\dfrac{1}{6}$, or about 16.67%."),
    ("1/6", r"So, the probability is $\dfrac{1}{6}$ or about 16.67% more than half."),
    ("1/6", r"It is either $\dfrac{1}{5}$ or $\dfrac{1}{6}$, or about 16.67%."),
    ("18", "The total is 18 dollars, or about 20 dollars."),
]
ADDS_NOTHING = [
    "The other root is extraneous.",
    "All other solutions are negative.",
    "Note: we assumed that $x>0$ as given.",
]
TAKES_BACK = [
    "The root is extraneous.",
    "This root is extraneous, and the other is the answer.",
    "The other root is the answer.",
    "Note: we assumed that $x>0$.",
    "Note: we took $x = 7$ as given.",
    "We assumed $x < 3$ as stated.",
    "The other root is rejected, and this one too.",
    "Note: we assumed that it rains as given.",
    "We assumed that $x>0$ as given in another problem.",
]


@pytest.mark.parametrize(("gold", "text"), ROUNDED)
def test_a_rounding_is_a_remark(gold: str, text: str) -> None:
    assert grade("math", answer=gold, text=text).verdict is Verdict.PASS


@pytest.mark.parametrize(("gold", "text"), OTHERS)
def test_another_number_is_no_rounding(gold: str, text: str) -> None:
    assert grade("math", answer=gold, text=text).verdict is not Verdict.PASS


@pytest.mark.parametrize("sentence", ADDS_NOTHING)
def test_what_only_adds(sentence: str) -> None:
    assert extract(rf"So $x = \boxed{{5}}$. {sentence}").answer == "5"


@pytest.mark.parametrize("sentence", TAKES_BACK)
def test_what_may_take_it_back(sentence: str) -> None:
    assert extract(rf"So $x = \boxed{{5}}$. {sentence}").answer is None


@pytest.mark.parametrize(
    "text", [r"\boxed{50/3 \approx 16.67}", "So she needs 50/3 litres, or about 16.67 litres."]
)
def test_of_an_exact_value_and_its_rounding_the_exact_one_is_the_answer(text: str) -> None:
    """A gold that is the rounding needs the convention that it needs beside the exact value alone."""
    assert grade("math", answer="50/3", text=text).verdict is Verdict.PASS
    assert grade("math", answer="16.67", text=text).verdict is Verdict.FAIL
    assert grade("math", answer="16.67", text=text, gold_rounding=True).verdict is Verdict.PASS
    assert grade("math", answer="16.67", text=text, tolerance="0.1%").verdict is Verdict.PASS
    assert grade("math", answer="17", text=text, gold_rounding=True).verdict is Verdict.FAIL


@pytest.mark.parametrize("adjective", ["spurious", "invalid", "inadmissible", "unacceptable"])
def test_a_root_that_is_taken_back_is_none_under_the_lenient_profile_too(adjective: str) -> None:
    text = f"So the root $x = 5$ is {adjective}."
    assert grade("math", answer="5", text=text, profile="lenient").verdict is Verdict.FAIL
