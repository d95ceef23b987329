"""Verdicts on bare answers: a table by rule, both ways round where the rule is symmetric."""

from __future__ import annotations

from typing import Any

import pytest

from tests.math.pairs import DIFFERENT, SAME
from verirs.math import DEFAULT, Conventions, equivalent
from verirs.types import Verdict


def flat(table: dict[str, list[tuple[str, str]]]) -> list[object]:
    return [pytest.param(g, a, id=f"{rule}: {g} | {a}") for rule, pairs in table.items() for g, a in pairs]


@pytest.mark.parametrize(("gold", "answer"), flat(SAME))
def test_same(gold: str, answer: str) -> None:
    assert equivalent(gold, answer).verdict is Verdict.PASS


@pytest.mark.parametrize(("gold", "answer"), flat(DIFFERENT))
def test_different(gold: str, answer: str) -> None:
    score = equivalent(gold, answer)
    assert score.verdict is Verdict.FAIL, score
    assert score.reason


@pytest.mark.parametrize(
    ("gold", "answer"),
    flat({k: v for k, v in SAME.items() if k not in ("bases", "choices", "golds not solved")}),
)
def test_the_other_way_round(gold: str, answer: str) -> None:
    assert equivalent(answer, gold).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("option", "gold", "answer", "default"),
    [
        ({"percent": "strict"}, "50%", "50", True),
        ({"units": "required"}, r"5 \text{ cm}", "5", True),
        ({"digits": 0}, "1/3", "0.333333333333", True),
        ({"digits": 3}, "1/3", "0.333", False),
        ({"gold_rounding": True}, "0.458", r"\frac{27}{59}", False),
        ({"order": "fixed"}, "1,2", "2,1", True),
        ({"vectors": False}, "(1,2)", r"\begin{pmatrix}1\\2\end{pmatrix}", True),
        ({"base": "required"}, "52_8", "52", True),
        ({"names": False}, "5", "x=5", True),
    ],
)
def test_every_policy_option_decides_something(
    option: dict[str, Any], gold: str, answer: str, default: bool
) -> None:
    assert equivalent(gold, answer, DEFAULT).passed is default
    assert equivalent(gold, answer, Conventions(**option)).passed is not default


def test_conventions_are_recorded() -> None:
    assert equivalent(r"5 \text{ cm}", "5").details["conventions"] == ["units"]
    assert equivalent("50%", "50").details["conventions"] == ["percent"]
    assert "conventions" not in equivalent("1/2", "0.5").details


def test_policy_refuses_unknown_values() -> None:
    with pytest.raises(ValueError, match="percent"):
        Conventions(percent="sometimes")  # type: ignore[arg-type]


def test_a_gold_at_fault_makes_no_one_wrong() -> None:
    assert equivalent("", "5").verdict is Verdict.ABSTAIN
    assert equivalent(r"\frac{1}{", "5").verdict is Verdict.ABSTAIN
    assert equivalent("9^{9^{9^9}}", "5").verdict is Verdict.ABSTAIN
    assert equivalent(r"\frac{1}{", r"\frac{1}{").verdict is Verdict.PASS


def test_algebra_decides_what_nothing_else_can() -> None:
    assert equivalent(r"\frac13", r"\int_0^1 x^2 dx").verdict is Verdict.PASS
    assert equivalent(r"\frac12", r"\int_0^1 x^2 dx").verdict is Verdict.FAIL
    assert equivalent(r"\frac{\pi^2}{6}", r"\sum_{n=1}^{\infty} \frac{1}{n^2}").verdict is Verdict.PASS
    assert equivalent("1", r"\lim_{x \to 0} \frac{\sin x}{x}").verdict is Verdict.PASS
    assert equivalent(r"\frac{n(n+1)}{2}", r"\sum_{k=1}^{n} k").details["method"] == "algebra"
