"""Two options of one problem are near misses: they may not be equal.

Kinds after the options of AQuA, of the STEM part of MMLU and the GAOKAO in https://github.com/QwenLM/Qwen2.5-Math
and of https://github.com/TIGER-AI-Lab/MMLU-Pro; the words and values are our own. At first try all of
the first list but three were called equal.
"""

from __future__ import annotations

import pytest

from verirs.math import equivalent

OTHERS = [
    ("4% profit", "4% loss"),
    ("$8 gain", "$8 loss"),
    ("250 J into the gas", "250 J out of the gas"),
    ("0.2 M NaCl", "0.2 M KCl"),
    ("2 kilograms of iron", "2 kilograms of wool"),
    ("6 m to the left", "6 m to the right"),
    ("90 percent of the samples hold the true mean", "90 percent of the samples hold the sampled mean"),
    (r"\neg a \wedge b", r"a \wedge \neg b"),
    (r"\neg a", "a"),
    (r"a \wedge b", r"a \vee b"),
    (r"4 \in S", r"5 \in S"),
    (r"\exists k \in N, k^2 \leqslant 3^k", r"\forall k \in N, k^2 \leqslant 3^k"),
    (r"w^2 \geq [\foo / 2]", r"w^2 \leq [\foo / 2]"),
    ("I only", "I, II, and III"),
    ("Only (IV)", "(I) and (IV)"),
    (r"T = H(w) K^2", r"T = |H(w)| K^2"),
    ("g(4)", "|g(4)|"),
    ("25^0", "40^0"),
    ("True, False", "False, True"),
    ("True, Cannot be told", "Cannot be told, True"),
    ("up, down, up", "down, up, up"),
    ("All of these", "Both of these"),
    ("C_4H_8", "C_3H_8"),
    ("(A) Assets, (B) Costs", "(A) Income, (B) Equity"),
    (r"$3.4$ $10^{-5} \mathrm{~kg}$", r"$1.0 \times 10^{-5} \mathrm{~kg}$"),
    (r"$v_1$ for the first cart and $\frac{1}{2}$ $v_1$ for the second cart", "$v_1$"),
    ("3 mm outside the lens, 5 mm wide", "3 mm inside the lens, 5 mm wide"),
    ("7 km north and 90 m east", "7 km south and 90 m west"),
]
SAME = [
    ("4% profit", "4%"),
    ("4% profit", "4 % profit"),
    ("5 km from home", "5 kilometres away from home"),
    ("8 sq. feet", "8 square feet"),
    ("$2.5bn", "2.5 billion dollars"),
    ("25^0", "25°"),
    (r"25^{\circ}", "25^o"),
    (r"\exists k \in N, k^2 \leqslant 3^k", r"$\exists k \in N,\, k^{2} \leq 3^{k}$"),
    (r"a \wedge b", r"b \wedge a"),
    (r"x \in (1, 2)", "(1, 2)"),
    ("I only", "I"),
    ("True, False", "true, false"),
    ("C_4H_8", "C4H8"),
    ("(A) Assets, (B) Costs", "(A) assets, (B) costs"),
    (r"3.4 $10^{-5} \mathrm{~kg}$", r"3.4 \times 10^{-5} kg"),
    ("both 3 and 4", "3 and 4"),
    ("red, green and blue", "blue, red, green"),
    ("g(4)^2", "|g(4)|^2"),
]


@pytest.mark.parametrize(("one", "two"), OTHERS)
def test_two_options_are_not_equal(one: str, two: str) -> None:
    assert not equivalent(one, two).passed
    assert not equivalent(two, one).passed


@pytest.mark.parametrize(("one", "two"), SAME)
def test_one_option_written_in_two_ways_is(one: str, two: str) -> None:
    assert equivalent(one, two).passed
    assert equivalent(two, one).passed
