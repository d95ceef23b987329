"""A third set of conventions, written after :mod:`tests.outside.math_taxonomy` was mended: rarer ones again, to
measure like with like beside :mod:`tests.outside.math_conventions`. First try: 101 of 103 right (98.1 %), no wrong one
accepted.
"""

# ruff: noqa: E501 - rows of a table

from __future__ import annotations

from tests.outside.math_cases import differs, known, right, same, seen, wrong

__all__ = ["CASES", "known"]

WIKI = "https://en.wikipedia.org/wiki/"

NUMBERS = [
    *seen(WIKI + "Number_Forms", same("5/8", "⁵⁄₈"), same("7/8", "⅞"), differs("7/8", "⅝")),
    *seen(
        WIKI + "Positional_notation",
        same("11", "1011₂"),
        same("45", "0x2D"),
        same("2D_{16}", "(2D)₁₆"),
        differs("11", "1011_3"),
    ),
    *seen(
        WIKI + "Continued_fraction",
        same("10/7", r"1+\cfrac{1}{2+\cfrac{1}{3}}"),
        differs("10/7", r"1+\cfrac{1}{3+\cfrac{1}{2}}"),
    ),
    *seen(
        WIKI + "Nth_root",
        same("3", "∛27"),
        same("3", "27^(1/3)"),
        same(r"\sqrt{2+\sqrt{3}}", r"\frac{\sqrt6+\sqrt2}{2}"),
        differs("3", "√27"),
    ),
    *seen(WIKI + "Odds", same("1/4", "1 in 4"), same("1/4", "25 out of 100"), differs("1/4", "4 in 1")),
    *seen(
        WIKI + "Indian_numbering_system",
        same("100000", "1 lakh"),
        same("12000000", "1.2 crore"),
        same("1,00,000", "100000"),
    ),
    *seen(
        WIKI + "Plus%E2%80%93minus_sign",
        same(r"1 \pm \sqrt{2}", "1 + √2, 1 − √2"),
        same("x = ±1", "x = 1 or x = -1"),
        differs(r"1 \pm \sqrt{2}", "1 + √2"),
    ),
]
FUNCTIONS = [
    *seen(
        WIKI + "Exponential_function",
        same("e^2", "exp(2)"),
        same("e^{2x}", r"\exp(2x)"),
        same("e^2", "e**2"),
        differs("e^2", "exp(3)"),
    ),
    *seen(
        WIKI + "Inverse_trigonometric_functions",
        same(r"\frac{\pi}{2}", r"\sin^{-1}(1)"),
        same(r"\frac{\pi}{4}", "tan⁻¹(1)"),
        same(r"\arctan 2", "atan(2)"),
        differs(r"\frac{\pi}{2}", r"\frac{1}{\sin 1}"),
    ),
    *seen(
        WIKI + "Natural_logarithm",
        same(r"\ln 2", "log_e 2"),
        same(r"\ln 2", r"-\ln\frac12"),
        differs(r"\ln 2", r"\log_2 2"),
    ),
    *seen(
        WIKI + "Summation",
        same(r"\frac{n(n+1)}{2}", "∑_{k=1}^{n} k"),
        same("55", r"\sum_{k=1}^{10} k"),
        differs("55", r"\sum_{k=1}^{11} k"),
    ),
    *seen(
        WIKI + "Polynomial",
        same("2x^3 - x + 1", "1 − x + 2x³"),
        same("x^3-x", "x(x−1)(x+1)"),
        differs("x^3-x", "x(x-1)^2"),
    ),
    *seen(
        WIKI + "Absolute_value",
        same("[-1, 5]", "|x − 2| ≤ 3"),
        differs("[-1, 5]", "|x - 2| < 3"),
        same(r"x \ne \pm 1", "x ≠ 1 and x ≠ -1"),
    ),
    *seen(
        WIKI + "Modular_arithmetic",
        same(r"n \equiv 2 \pmod 5", "n = 5k + 2 for integer k"),
        differs(r"n \equiv 2 \pmod 5", "n = 5k + 3 for integer k"),
        same("2 mod 5", r"2 \pmod{5}"),
    ),
    *seen(
        WIKI + "Circle",
        same("(x-1)^2+(y+2)^2=9", "x^2+y^2-2x+4y-4=0"),
        differs("(x-1)^2+(y+2)^2=9", "x^2+y^2-2x+4y+4=0"),
    ),
    *seen(
        WIKI + "Determinant",
        same("-2", r"\begin{vmatrix}1&2\\3&4\end{vmatrix}"),
        same(r"\begin{pmatrix}1\\2\end{pmatrix}", r"\left(\begin{array}{c}1\\2\end{array}\right)"),
    ),
]
QUANTITIES = [
    *seen(
        WIKI + "Joule",
        same("12 J", r"12\ \mathrm{kg\,m^2\,s^{-2}}"),
        same("12 J", "12 N·m"),
        differs("12 J", "12 W"),
        same("1 J", "1 W·s"),
    ),
    *seen(
        WIKI + "Litre",
        same("2 m^3", "2000 L"),
        same("250 mL", "0.25 l"),
        same("250 cm^3", "250 mL"),
        differs("2 m^3", "200 L"),
    ),
    *seen(WIKI + "Hectare", same("3 ha", "30000 m²"), same("1 km^2", "100 hectares")),
    *seen(
        WIKI + "Foot_(unit)",
        same("71 inches", "5 ft 11 in"),
        same("71 in", "5'11\""),
        differs("71 inches", "5 ft 10 in"),
    ),
    *seen(WIKI + "Knot_(unit)", same("10 knots", "18.52 km/h")),
    *seen(WIKI + "Fahrenheit", same("212 °F", "100 °C"), differs("212 °F", "212 °C")),
    *seen(
        WIKI + "Penny_sterling",
        same("£2.50", "250p"),
        same("£2.50", "2 pounds 50 pence"),
        differs("£2.50", "25p"),
    ),
    *seen(
        WIKI + "Million",
        same(r"\$1,500,000", "$1.5M"),
        same("1.5 million", "1500k"),
        differs(r"\$1,500,000", "$1.5B"),
    ),
    *seen(
        WIKI + "Minute_and_second_of_arc",
        same("30.25^\\circ", "30° 15′"),
        same("90 seconds", "1 min 30 s"),
        same("3 May 2024", "2024-05-03"),
        same("May 3, 2024", "3rd of May 2024"),
    ),
    *seen(WIKI + "Uncertainty", same(r"5.0 \pm 0.1", "5.0 +/- 0.1"), differs(r"5.0 \pm 0.1", r"5.0 \pm 0.2")),
    *seen(
        WIKI + "Sulfuric_acid",
        same("H_2SO_4", "H₂SO₄"),
        same("H_2SO_4", r"\ce{H2SO4}"),
        known(same("Fe^{3+}", "Fe3+")),
        differs("H_2SO_4", "H2SO3"),
    ),
]
SETS = [
    *seen(
        WIKI + "ISO_31-11",
        same("[1, 2)", "[1; 2["),
        same("(1, 2]", "]1; 2]"),
        same(r"\mathbb{Q}", "ℚ"),
        same(r"(-\infty,-2]\cup[3,\infty)", "x ∈ (−∞, −2] ∪ [3, +∞)"),
    ),
    *seen(
        WIKI + "Multiple_choice",
        right("C", "Answer: (c)"),
        right("C", "The answer is C, because 3 > 2."),
        wrong("C", "Answer: (d)"),
        right("D", "D"),
    ),
    *seen(
        WIKI + "Tuple",
        same("(1, 2, 3)", "x=1, y=2, z=3"),
        same("(1, 2, 3)", r"\langle 1, 2, 3 \rangle"),
        differs("(1, 2, 3)", "(3, 2, 1)"),
    ),
    *seen(WIKI + "Sequence", same("1, 4, 9, 16", "1; 4; 9; 16"), differs("1, 4, 9, 16", "1, 4, 9, 15")),
    *seen(
        WIKI + "Conclusion",
        right("36", "Hence the area equals 36."),
        right("36", "Area = 6 × 6 = 36 cm²"),
        right("36", "⇒ x = 36"),
        right("36", "It follows that $x=36$."),
        right("36", "That gives us a total of 36."),
        right("36", "Answer : 36 ."),
        right("36", "(36)"),
        right("36", "ANSWER IS 36"),
        right("36", "The final result is thus 36."),
    ),
]

CASES = [*NUMBERS, *FUNCTIONS, *QUANTITIES, *SETS]
