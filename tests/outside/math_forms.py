"""Forms of answers that people outside had trouble with: own words and numbers, the address of the report
behind each group. A row is a gold answer, an answer, and whether it is right; first come the equal ones.
"""

from __future__ import annotations

from typing import NamedTuple


class Form(NamedTuple):
    """One pair: where the report of its kind stands, the gold answer, an answer, whether it is right."""

    source: str
    gold: str
    answer: str
    right: bool


_GIT = "https://github.com/"
_GROUPS: dict[str, list[tuple[str, str, bool]]] = {
    "asc-community/AngouriMath/issues/202": [
        (
            r"\begin{cases} 3x & x < 2 \\ 5 & x \ge 2 \end{cases}",
            r"3x \text{ if } x<2, \text{ else } 5",
            True,
        ),
        (r"\begin{cases} 3x & x < 2 \\ 5 & x \ge 2 \end{cases}", "if x < 2 then 3x else 5", True),
        (r"\begin{cases} 3x & x < 2 \\ 5 & x \ge 2 \end{cases}", "3x if x<=2, else 5", False),
        (r"\begin{cases} 3x & x < 2 \\ 5 & x \ge 2 \end{cases}", "3x", False),
    ],
    "cortex-js/compute-engine/issues/61": [
        (
            r"\begin{cases} 0 & n = 0 \\ 4 & n = 1 \\ n^2+1 & n \geq 2 \end{cases}",
            r"\begin{cases} n^2+1, & n \geq 2 \\ 4, & n = 1 \\ 0, & n = 0 \end{cases}",
            True,
        ),
        (
            r"\begin{cases} 0 & n = 0 \\ 4 & n = 1 \\ n^2+1 & n \geq 2 \end{cases}",
            r"\begin{cases} n^2+1, & n > 2 \\ 4, & n = 1 \\ 0, & n = 0 \end{cases}",
            False,
        ),
    ],
    "martinjrobins/diffsl/issues/145": [
        (
            r"f(x)=\begin{cases} x^3, & x \ge 0, \\ -x, & x < 0. \end{cases}",
            r"f(x) = x^3 \text{ for } x \ge 0 \text{ and } f(x) = -x \text{ for } x < 0",
            True,
        ),
        (
            r"f(x)=\begin{cases} x^3, & x \ge 0, \\ -x, & x < 0. \end{cases}",
            r"f(x) = x^3 \text{ for } x < 0 \text{ and } f(x) = -x \text{ for } x \ge 0",
            False,
        ),
    ],
    "numbas/Numbas/issues/572": [
        (r"\frac{x^3}{3}+x+C", r"\frac{x^3+3x+5}{3}+K", True),
        (r"\frac{x^3}{3}+x+C", r"\frac{x^3}{3}+x", False),
        (r"\frac{x^3}{3}+x+C", r"\frac{x^3}{3}+Cx", False),
    ],
    "maths/moodle-qtype_stack/issues/1229": [
        (r"\ln|x|+C", r"\ln|kx|", True),
        (r"3\ln|x-1|+c", r"\ln|5(x-1)^3|+C", True),
        (r"3\ln|x-1|+c", r"3\ln|x-1|", False),
    ],
    "openwebwork/pg/issues/508": [
        ("x^2/2+C", "500+C", False),
        ("x^2/2+C", "2000+C", False),
        ("x^2/2+C", r"\frac{(x+1)^2}{2}-x+C", True),
    ],
    "openwebwork/webwork-open-problem-library/pull/781": [
        (r"\sin x - 2x + C", r"-2x+\sin x+15+C", True),
        (r"\sin x - 2x + C", r"-2x+2\sin x+C", False),
    ],
    "boisgera/CDIS/issues/30": [
        (r"(-\infty, 4]", r"\left]-\infty, 4 \right]", True),
        (r"(-\infty, 4]", r"\left]-\infty, 4 \right[", False),
    ],
    "ribault/CFT-Review/issues/4": [
        (r"[25,\infty)", r"[25,\infty[", True),
        ("(0,7)", "]0,7[", True),
        ("(0,7)", "[0,7]", False),
    ],
    "APEXCalculus/APEXCalculusPTX/issues/245": [
        (r"(-\infty,1)\cup(1,3)\cup(3,\infty)", r"\mathbb{R} - \{1,3\}", True),
        (r"(-\infty,1)\cup(1,3)\cup(3,\infty)", r"\{x \mid x \ne 1 \text{ and } x \ne 3\}", True),
        (r"(-\infty,1)\cup(1,3)\cup(3,\infty)", r"\{x\in\mathbb{R} \mid x \neq 1, 3\}", True),
        (r"(-\infty,1)\cup(1,3)\cup(3,\infty)", r"\text{all real numbers except } 1 \text{ and } 3", True),
        (r"(-\infty,1)\cup(1,3)\cup(3,\infty)", r"\text{all real numbers except } 1", False),
    ],
    "Khan/khan-exercises/issues/123328": [
        (r"\{ x \in \mathbb{R} \mid -7 \le x \le 7 \}", r"|x| \le 7", True),
        (r"\{ x \in \mathbb{R} \mid 7 < x \le 17 \}", "(7, 17]", True),
        (r"\{ x \in \mathbb{R} \mid 7 < x \le 17 \}", "x is greater than 7 and at most 17", True),
        (r"\{ x \in \mathbb{R} \mid 7 < x \le 17 \}", "[7, 17]", False),
    ],
    "augustt198/latex2sympy/issues/42": [
        (r"x \equiv 3 \pmod 7", r"x \equiv 10 \pmod{7}", True),
        (r"x \equiv 3 \pmod 7", "x = 3 mod 7", True),
        (r"x \equiv 3 \pmod 7", r"x \equiv 3 \pmod{14}", False),
        (r"x \equiv 3 \pmod 7", r"x \equiv 4 \pmod{7}", False),
    ],
    "mathquill/mathquill/issues/613": [
        (r"n \equiv 1 \pmod{6}", r"n \equiv 1 \mod 6", True),
        (r"n \equiv 1 \pmod{6}", r"n = 6k+1, k \in \mathbb{Z}", True),
        (r"n \equiv 1 \pmod{6}", r"n = 6k+2, k \in \mathbb{Z}", False),
    ],
    "crypto101/book/pull/301": [(r"a = b \pmod 4", r"a \equiv b \pmod 4", True)],
    "latex3/unicode-math/issues/176": [
        (r"\epsilon^2/2", r"\frac{\varepsilon^2}{2}", True),
        (r"\epsilon^2/2", r"\frac{\eta^2}{2}", False),
    ],
    "clarkgrubb/latex-input/issues/5": [(r"2\phi+1", "2φ+1", True), (r"2\phi+1", r"1+2\varphi", True)],
    "Qalculate/libqalculate/issues/533": [
        ("3i", r"3\angle 90^\circ", True),
        ("1+i", r"\sqrt2 \operatorname{cis}(\pi/4)", True),
        ("1+i", r"\sqrt2 \operatorname{cis}(45^\circ)", True),
        ("1+i", r"\sqrt2 \angle 46^\circ", False),
    ],
    "Qalculate/libqalculate/issues/162": [
        (r"2\left(\cos\frac{\pi}{6}+i\sin\frac{\pi}{6}\right)", r"2e^{i\pi/6}", True),
        (r"2\left(\cos\frac{\pi}{6}+i\sin\frac{\pi}{6}\right)", r"2e^{j\pi/6}", True),
    ],
    "josephwright/siunitx/issues/475": [(r"5\angle 30^\circ", r"5\angle\frac{\pi}{6}", True)],
    "sympy/sympy/issues/23515": [
        ("f'(x) = 6x", "6x", True),
        ("f'(x) = 6x", r"\frac{df}{dx} = 6x", True),
        ("f''(x) = 6x", "f'(x) = 6x", False),
    ],
    "augustt198/latex2sympy/issues/28": [
        (r"y^{\prime} = 3y", "y' = 3y", True),
        (r"y^{\prime\prime} = 3y", "y' = 3y", False),
    ],
    "FoxAviation/AnalysisSummary/issues/11": [
        (r"f^{-1}(x) = \frac{x-1}{2}", r"\frac{x-1}{2}", True),
        (r"f^{-1}(x) = \frac{x-1}{2}", r"f(x) = \frac{x-1}{2}", False),
    ],
    "sympy/sympy/pull/10713": [
        (
            r"x = \frac{\pi}{2} + 2\pi n, n \in \mathbb{Z}",
            r"\frac{\pi}{2}+2k\pi \text{ for every integer } k",
            True,
        ),
        (
            r"x = \frac{\pi}{2} + 2\pi n, n \in \mathbb{Z}",
            r"\{2n\pi + \frac{\pi}{2} \mid n \in \mathbb{Z}\}",
            True,
        ),
        (r"x = \frac{\pi}{2} + 2\pi n, n \in \mathbb{Z}", r"\frac{\pi}{2}+k\pi, k\in\mathbb{Z}", False),
        (r"x = \frac{\pi}{2} + 2\pi n, n \in \mathbb{Z}", r"\frac{\pi}{2}+2k\pi, k\in\mathbb{R}", False),
    ],
    "josdejong/mathjs/issues/567": [("4", "(-8)^{2/3}", True), ("-2", "(-8)^{1/3}", True)],
    "numworks/epsilon/issues/1080": [(r"\sqrt[3]{-5}", "(-5)^{1/3}", True), ("2", "(-8)^{1/3}", False)],
    "josdejong/mathjs/issues/524": [("-3", r"\sqrt[3]{-27}", True)],
    "python-periodictable/periodictable/issues/48": [
        (r"\mathrm{NiCl}_2", "NiCl₂", True),
        (r"\text{Ca(OH)}_2", "Ca(OH)2", True),
        (r"\mathrm{SO}_4^{2-}", "SO₄²⁻", True),
        (r"\mathrm{SO}_4^{2-}", "SO4^{2-}", True),
        (r"\mathrm{SO}_4^{2-}", "SO_3^{2-}", False),
    ],
    "typora/typora-issues/issues/76": [
        (r"\ce{(NH4)2SO4}", r"(\mathrm{NH}_4)_2\mathrm{SO}_4", True),
        (r"\ce{C6H5CHO}", r"\mathrm{C}_6\mathrm{H}_5\mathrm{CHO}", True),
        (r"\mathrm{CO}_2", "CO", False),
    ],
    "cp-algorithms/cp-algorithms/issues/83": [
        (r"\binom{8}{3}", "C(8,3)", True),
        (r"\binom{8}{3}", "C_8^3", True),
        (r"\binom{8}{3}", "{}^8C_3", True),
        (r"\binom{8}{3}", "C_{8,3}", True),
        (r"\binom{8}{3}", "C(8,2)", False),
    ],
    "josdejong/mathjs/issues/2314": [
        ("56", "8C3", True),
        ("56", "8 choose 3", True),
        ("336", r"{}_8P_3", True),
        ("56", r"{}_8P_3", False),
    ],
    "printfn/fend/issues/180": [("10", "nCr(5,2)", True), ("20", "nPr(5,2)", True)],
    "openwebwork/webwork-open-problem-library/pull/890": [
        ("DNE", "does not exist", True),
        ("DNE", "The limit does not exist.", True),
        ("DNE", "the limit exists", False),
        ("DNE", r"\infty", False),
    ],
    "mooculus/calculus/issues/63": [(r"\infty", r"+\infty", True), (r"-\infty", r"\infty", False)],
    "openwebwork/webwork-open-problem-library/pull/1227": [
        (r"(2,\infty)", "(2, infinity)", True),
        (r"-\infty", "minus infinity", True),
    ],
    "asuzukosi/post-training-experiments/issues/49": [
        ("7", "7 or 9", False),
        ("7", "either 7 or 9", False),
        ("7", "7, maybe 9", False),
        ("7", "at least 7", False),
        ("7", "between 7 and 9", False),
        ("7", r"7 \text{ (or possibly } 9)", False),
    ],
    "scitix/sieval/issues/26": [
        (r"n = 3k \text{ for positive integers } k", "n=3", False),
        (
            r"\text{all } n = 3k \text{ with } k \text{ a positive integer}",
            r"n = 3k, k \in \mathbb{Z}^+",
            True,
        ),
        (
            r"\text{all } n = 3k \text{ with } k \text{ a positive integer}",
            r"n = 3k, k \in \mathbb{Z}",
            False,
        ),
    ],
    "diofant/diofant/pull/155": [("x < 3 or x > 5", r"(-\infty,3)\cup(5,\infty)", True)],
}
FORMS = [Form(_GIT + where, *row) for where, rows in _GROUPS.items() for row in rows]
