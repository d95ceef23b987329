"""Golds written again by the spelling machine: what it recognises, and that what it writes is the same."""

from __future__ import annotations

from fractions import Fraction

import pytest

from verirs.math import equivalent
from verirs.testing.spellings.golds import DRESSES, dressed, recognised, respelled
from verirs.testing.spellings.measure import verirs_accepts

GOLDS = (
    "18", "-7", "1,234", "145.0", "0.25", r"\frac{3}{7}", "$-3/4$", r"25\%", r"(-\infty, 4]", "(3, -2)",
    r"[2, \frac{7}{2})", r"\{1, 2, 5\}", r"3\sqrt{5}", r"\frac{2\pi}{3}", r"30^\circ", "9 (apples)",
    "x^2+3x-4", r"f(x)=\left(x+1\right)^{2}", r"5 \text{ cm}", r"a \leq b", r"\sin x \cdot e^{-t}",
    "No solution", r"The side is $\sqrt{2}$ long.", r"\$ 3040", "11:45 p.m.",
)  # fmt: skip


@pytest.mark.parametrize("gold", GOLDS)
def test_a_gold_is_itself_in_every_notation_of_its_kind_and_every_dress(gold: str) -> None:
    pairs = list(respelled(gold, 60))
    assert len(pairs) >= 2
    assert [pair.answer for pair in pairs if not verirs_accepts(pair)] == []


@pytest.mark.parametrize(
    ("gold", "kind", "value"),
    [
        ("1,234", "integer", 1234),
        ("145.0", "integer", 145),
        (r"-\frac{6}{8}", "fraction", Fraction(-3, 4)),
        ("2.50", "decimal", Fraction(5, 2)),
        ("(3, -2)", "point", (3, -2)),
    ],
)
def test_what_a_plain_gold_is_recognised_as(gold: str, kind: str, value: object) -> None:
    found = recognised(gold)
    assert found is not None
    assert (found[0].name, found[1]) == (kind, value)


@pytest.mark.parametrize(
    "gold", ["0,245", "(0, 1, 2", r"\frac{1}{0}", "six", "6 (quarters)", r"\sqrt{12}", "[1, 1]"]
)
def test_what_may_be_two_things_is_of_no_kind(gold: str) -> None:
    assert recognised(gold) is None


def test_a_dress_is_another_text_and_words_wear_few_of_them() -> None:
    for dress in DRESSES:
        assert dressed(r"\frac{1}{2}", dress) != r"\frac{1}{2}"
    worn = {dress.name for dress in DRESSES if dressed("There is none", dress)}
    assert worn == {"blanks around", "point behind", "bold"}


def test_the_dresses_of_another_value_are_refused() -> None:
    for dress in DRESSES:
        text = dressed(r"f(x) \leq \frac{3}{4}, x^2 - 1", dress)
        if text is not None:
            assert not equivalent(r"f(x) \leq \frac{3}{4}, x^2 + 1", text).passed
