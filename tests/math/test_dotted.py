"""Sums and products that dots shorten, and lists of solutions in which one stands twice."""

from __future__ import annotations

import pytest

from verirs.math import equivalent


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (r"a_1 + a_2 + \cdots + a_n", r"a_1 + \cdots + a_n"),
        (r"a_1 + a_2 + \cdots + a_n", r"a_n + a_{n-1} + \cdots + a_1"),
        (r"\frac{b_0 + b_1 + \ldots + b_k}{3}", r"\frac{b_k + b_{k-1} + b_{k-2} + \dots + b_0}{3}"),
        (r"1+2+\cdots+n", r"1+2+3+\cdots+n"),
        ("1+2+...+n", "1 + 2 + 3 + ... + n"),
        (r"x_1x_2\cdots x_n", r"x_1\cdots x_n"),
        (r"1+x+x^2+\cdots+x^n", r"x^n+x^{n-1}+\cdots+1"),
        (r"y+y^2+\cdots+y^{n-1}", r"y+y^2+y^3+\cdots+y^{n-1}"),
        ("(1,2),(3,4)", "(3,4),(1,2),(3,4)"),
    ],
)
def test_a_run_is_the_same_however_many_terms_are_written(one: str, two: str) -> None:
    assert equivalent(one, two).passed
    assert equivalent(two, one).passed


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (r"a_1 + \cdots + a_n", r"a_0 + \cdots + a_n"),
        (r"a_1 + \cdots + a_n", r"a_1 + \cdots + a_{n-1}"),
        (r"a_1+a_2 + \cdots + a_n", r"a_1+a_3 + \cdots + a_n"),
        (r"a_1+\cdots+a_n", r"b_1+\cdots+b_n"),
        (r"a_1+\cdots+a_n", r"a_1\cdots a_n"),
        (r"1+2+\cdots+n", r"1+3+\cdots+n"),
        (r"1+2+\cdots+n", r"1+2+\cdots+m"),
        (r"1+x+x^2+\cdots+x^n", r"1+x^2+x^4+\cdots+x^n"),
        (r"1+x+\cdots+x^n", r"x+\cdots+x^n"),
        (r"1+x+\cdots+x^n", r"1+y+\cdots+y^n"),
        ("(1,2),(3,4)", "(3,5),(1,2),(3,4)"),
        ("2,2,3", "2,3"),
    ],
)
def test_another_run_is_not(one: str, two: str) -> None:
    assert not equivalent(one, two).passed
    assert not equivalent(two, one).passed
