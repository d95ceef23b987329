"""Verdicts on bare answers: a table by rule, both ways round where the rule is symmetric."""

from __future__ import annotations

import pytest

from verirs.math import DEFAULT, Policy, equivalent
from verirs.types import Verdict

SAME = {
    "integers": [("12", "12.0"), ("-3", "−3"), ("1,234", "1234"), ("1{,}234", r"1\,234"), ("7", "007"),
                 ("10,000,000", r"10{,}000{,}000"), ("1 000 000", "1000000"), ("4", "４"), ("12", r"\text{12}"),
                 ("12", r"\mathbf{12}"), ("12", "{12}"), ("12", r"\boxed{12}"), ("12", "$12$"), ("12", r"\(12\)"),
                 ("12", r"\[12\]"), ("12", "12."), ("12", "**12**"), ("120", "5!"), ("2^{10}", "1024"),
                 ("10^6", "1000000"), ("3", r"\left|-3\right|"), ("2", r"\lfloor 2.7 \rfloor"),
                 ("3", r"\lceil 2.1 \rceil"), ("10", r"\binom{5}{2}"), ("1", r"7 \bmod 3"), ("6", r"2 \cdot 3"),
                 ("6", "2*3"), ("6", "2×3"), ("8", "2**3"), ("5", r"\text{five}"), ("12", r"12^{\text{th}}"),
                 ("4", "+4"), ("6", r"\gcd(12, 18)"), ("100", "1e2"), ("2500", r"2.5 \times 10^3")],
    "fractions": [(r"\frac{1}{2}", "1/2"), (r"\frac12", "0.5"), (r"\dfrac{3}{4}", r"\tfrac34"), ("½", "0.5"),
                  (r"\frac{6}{8}", r"\frac{3}{4}"), (r"-\frac{1}{2}", r"\frac{-1}{2}"), (r"\frac{1}{-2}", "-1/2"),
                  (r"{3 \over 4}", "3/4"), (r"3 \div 4", "3/4"), (r"\frac{x}{2}", "x/2"), (r"\frac2\pi", "2/pi"),
                  (r"\frac{\frac{1}{2}}{3}", "1/6"), ("0.125", "1/8"), (r"0.\overline{3}", "1/3"), ("5/1", "5")],
    "mixed numbers": [(r"2\frac{1}{3}", "7/3"), ("2 1/3", r"\frac73"), (r"-2\frac{1}{2}", "-2.5"),
                      ("33 1/3", r"\frac{100}{3}"), ("1½", "1.5")],
    "decimals": [("0.50", ".5"), ("1.0e-3", "0.001"), (r"1.2 \cdot 10^{-2}", "0.012"), ("1,234.50", "1234.5"),
                 ("0.333333333333", "1/3"), ("3.14159265359", r"\pi")],
    "roots": [(r"\sqrt{12}", r"2\sqrt{3}"), ("√2", r"\sqrt2"), (r"\sqrt[3]{8}", "2"), (r"2^{1/2}", r"\sqrt{2}"),
              (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt2}{2}"), (r"\sqrt{3+2\sqrt{2}}", r"1+\sqrt{2}"),
              ("sqrt(5)", r"\sqrt{5}"), (r"\sqrt[3]{-8}", "-2"), (r"5\sqrt[3]{4}", r"5 \cdot 2^{2/3}"), ("4√3", r"\sqrt{48}")],
    "constants": [(r"2\pi", "2π"), ("pi/4", r"\frac{\pi}{4}"), (r"\sin 30^\circ", r"\frac12"), ("e^{i\\pi}", "-1"),
                  (r"\ln e^2", "2"), (r"\log_2 8", "3"), (r"\log 100", "2"), (r"\cos\frac{\pi}{3}", "0.5"),
                  (r"\arctan 1", r"\frac{\pi}{4}"), (r"\tan^{-1}(1)", r"\pi/4"), (r"\log_{10}{2}", r"\log_{10} 2")],
    "complex": [("3+4i", "4i + 3"), ("(1+i)^2", "2i"), (r"\frac{1}{i}", "-i"), ("-i", r"0 - 1i"), ("i^2", "-1"),
                (r"14.0 + -1.0i", "14 - i"), ("6+9i", "6 + 9 i")],
    "polynomials": [("(x+1)^2", "x^2+2x+1"), ("x^2-y^2", "(x-y)(x+y)"), ("2x", "x*2"), ("3 x^2 y", "3yx^2"),
                    (r"\frac{x^2-1}{x-1}", "x+1"), ("x²", "x^2"), ("-(a-b)", "b-a"), ("n(n+1)/2", r"\frac{n^2+n}{2}"),
                    ("(x+1)^{300}", "(1+x)^{300}"), ("2ab", "2ba"), (r"x^{-1}", r"\frac1x"), ("4x - 2", "2(2x-1)")],
    "functions": [(r"\sin^2 x + \cos^2 x", "1"), (r"\sin 2x", r"2\sin x\cos x"), (r"\ln(x^2)", r"2\ln|x|"),
                  (r"e^{2x}", r"(e^x)^2"), (r"\tan x", r"\frac{\sin x}{\cos x}"), (r"\sqrt{x^2}", "|x|"),
                  (r"\sec x", r"\frac{1}{\cos x}"), (r"\exp(x)", "e^x")],
    "money": [(r"\$5", "5"), ("$1,234.50", "1234.5"), ("€5", "5"), (r"\$5", r"5 \text{ dollars}"), (r"\$0.25", r"25 \text{ cents}")],
    "percent": [(r"50\%", "50%"), ("50%", "50 percent"), ("50%", "0.5"), ("50%", "50"), ("0.25", r"25\%"), ("62.5%", "5/8")],
    "degrees": [(r"30^\circ", "30"), (r"30^{\circ}", "30°"), ("30°", r"30 \text{ degrees}"), (r"\frac{\pi}{6}", r"30^\circ"), ("45 degrees", "45")],
    "units": [(r"5 \text{ cm}", "5"), (r"5\text{ cm}^2", "5 cm^2"), (r"5 \text{ square units}", "5"), ("5 cm²", r"5\text{ cm}^2"),
              ("12 inches", "12"), (r"60 \text{ mph}", r"60 \text{ miles per hour}"), (r"1\text{ m}", r"100 \text{ cm}"),
              (r"12\mathrm{~m}/\mathrm{s}", "12"), ("18 integers", "18"), (r"17\text{ ways}", r"17 \text{ different ways}"), ("2 hours", r"120\text{ minutes}")],
    "bases": [("101_2", "101_{2}"), (r"52_{8}", r"52_{\text{8}}"), ("(52)_8", "52_8"), ("52_8", "52"), ("52_8", "42")],
    "intervals": [("(1,2]", r"\left(1, 2\right]"), ("[0,1)", r"0 \le x < 1"), (r"(-\infty, 3)", "x<3"), ("x>=2", r"[2,\infty)"),
                  (r"x \in [1,2]", "[1,2]"), (r"(1,2)\cup(3,4)", r"(3,4) \cup (1,2)"), (r"\{x | 1<x<2\}", "(1,2)"),
                  (r"x \neq 2", r"(-\infty,2)\cup(2,\infty)"), (r"(0,2)\cup[2,3)", "(0,3)"), (r"[1, +\infty)", r"[1,\infty)"),
                  ("2<x<3", "3>x>2"), ("-x >= -1", "x <= 1"), ("2x < 6", "x < 3"), ("|x| < 2", "(-2,2)"), ("1 < x or x < 0", r"(-\infty,0) \cup (1,\infty)"),
                  (r"\mathbb{R}", r"(-\infty,\infty)"), (r"(-\infty,2)\setminus\{0\}", r"(-\infty,0)\cup(0,2)"), ("a < x < b", "(a,b)")],
    "sets and lists": [("1,2,3", "3, 2, 1"), (r"\{1,2\}", r"\{2,1\}"), ("1,2", r"\{1,2\}"), (r"1 \text{ and } 2", "1,2"),
                       (r"2 \text{ or } 3", "3, 2"), ("x=1, x=2", "1,2"), (r"1 \pm \sqrt{2}", r"1+\sqrt2, 1-\sqrt2"), (r"\pm 3", "3,-3"),
                       ("19, 46, and 82", "19,46,82"), ("x = 2 or x = 3", r"\{2, 3\}"), ("(1,2),(3,4)", "(3,4),(1,2)"),
                       (r"\emptyset", r"\{\}"), (r"\{1,1,2\}", r"\{1,2\}"), ("1; 2", "1, 2"), (r"(\pm 1, 0)", "(1,0),(-1,0)"), ("a=4,-8", "-8, 4")],
    "tuples": [("(1,2)", r"\left( 1 , 2 \right)"), ("(1/2, 0.5)", "(0.5, 1/2)"), ("(x,y)=(1,2)", "(1,2)"), ("(1,000, 2)", "(1,000, 2)"),
               ("(312,123,231)", "(312, 123, 231)"), (r"\langle 1,2 \rangle", r"\left\langle 1, 2 \right\rangle"),
               ("(1,2)", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"), ("(3, 2)", "x=3, y=2")],
    "matrices": [(r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"),
                 (r"\begin{pmatrix}1/2\\3\end{pmatrix}", r"\left(\begin{array}{c} 0.5 \\ 3 \end{array}\right)"),
                 (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", "-2"), (r"\begin{pmatrix}1\\2\\ \end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}")],
    "equations": [("x=5", "5"), ("5", "x = 5"), ("y=2x+1", "2x+1"), ("y = 2x+1", "2x - y + 1 = 0"), ("x+y=1", "2x+2y=2"), ("x+y=1", "1=x+y"),
                  ("f(x)=x^2", "x^2"), ("f(n)=n", "f(x)=x"), (r"x \approx 5", "5"), (r"\frac{1}{3} \approx 0.333", "1/3"), ("a_n = 2n+1", "2n+1"),
                  (r"|AB| = 7", "7"), (r"\frac{AB}{CD} = 2", "2"), ("x = y = 3", "3"), ("2 + 3 = 5", "5"), ("The answer is 5", "5"), ("2x=10", "5"),
                  (r"S_{ABC} : S_{DEF} = 2:3", "2:3"), ("area = 12", "12")],
    "inequalities in letters": [("a < b", "b > a"), ("a<b<c", "c>b>a"), ("x+y>0", "2x+2y>0"), (r"\sin 1 > \cos 2", r"\cos 2 < \sin 1")],
    "ratios": [("3:2", "3 : 2"), ("6:4", "3:2"), ("1:2:3", "2:4:6"), ("3:4", "3/4"), ("12:30", "12:30")],
    "words": [(r"\text{Evelyn}", "Evelyn"), ("odd", "Odd."), (r"\text{(D)}", "D"), ("(C)", r"\textbf{(C)}"), ("B", "B."), ("no solution", r"\emptyset"),
              (r"\text{B, E}", "B, E"), ("True", "true"), (r"\mathrm{E}", "E"), ("the median", "median")],
    "broken escapes": [("\\\\frac{1}{2}", r"\frac{1}{2}"), ("\x0crac{1}{2}", "0.5"), (r"\left(1,2\right)", r"\\left(1,2\\right)")],
    "sums": [(r"\sum_{k=1}^{4} k", "10"), (r"\prod_{k=1}^{4} k", "24")],
}  # fmt: skip

DIFFERENT = {
    "false accepts found in other checkers": [
        (r"\frac{1}{2004!}", r"\frac{1}{2006!}"), (r"\frac{1}{2^{99}}", r"\frac{1}{2^{98}}"),
        (r"\frac{2^{2005}+1}{3 \cdot 2^{2006}}", r"\frac{1}{3 \cdot 2^{2006}}"), (r"1-\frac{1}{e}", r"1+\frac{1}{e}"),
        (r"1-\frac{1}{\mathrm{e}}", r"1+\frac{1}{\mathrm{e}}"), (r"1,2,\ldots,n", r"1,3,\ldots,2n-1"), ("1:2:3", "1:4:9"),
        ("3x-y+13=0", "3x+4y+14=0"), (r"5 \text{ cm}^2", r"5 \text{ cm}^3"), ("1200_7", "1200_6"), ("52_8", "528"), ("2x+1", "2x+7"),
        ("385_9", "3859"), (r"\text{no}", r"\text{on}"), ("0", "0.0000001"), ("2010", "2010.001"), ("100000", "100001"), (r"50 \text{ candies}", r"60 \text{ candies}"),
    ],
    "numbers": [("5", "-5"), ("5", "5.001"), ("0.5", "0.05"), ("1/3", "0.33"), ("1/2", "2"), ("12", "1.2"), ("5", "5!"), ("2", "2x"), ("1e3", "1e4"),
                ("7/3", r"2\frac{2}{3}"), (r"\sqrt2", "1.41"), (r"2\pi", "6.28"), ("5", "50%"), ("5%", "500%"), (r"2^{99999}", "2^{99998}"), ("3", r"\pi"), ("10", r"10\pi")],
    "lists": [("2", "2,3"), ("2", "2 or 3"), ("1,2", "1,1,2"), ("1,2", "1,3"), ("5", r"\{1,2,3,4,5\}"), ("8", r"5 \pm 3"), ("(1,2)", "(2,1)"), ("(1,2)", r"\{1,2\}"),
              ("2,3", "23"), ("12", "1,2"), (r"\pm 3", "3"), ("1,2,3", "1,2"), ("C", "A, B, C"), ("C", "(A) (B) (C)"), ("D", "D or E"), ("(1,2)", "(1,2,0)"), ("2", "(2,)"), ("2", "[2,3]")],
    "intervals": [("(1,2)", "[1,2]"), ("(1,2]", "[1,2)"), ("x<3", "x>3"), ("x<3", r"x \le 3"), (r"(1,2)\cup(3,4)", "(1,2)"), (r"(1,2)\cup(3,4)", r"(1,2)\cap(3,4)"), ("5", "x>4"), ("5", r"\mathbb{R}"), ("a<b", "b<a"), ("[0,1]", "[0,2]")],
    "expressions": [("x^2", "x^3"), ("x/2", "y/2"), ("(x+1)^2", "x^2+1"), (r"\sqrt{x^2}", "x"), ("x", "|x|"), (r"\sin x", r"\cos x"), ("e^x", "e^{-x}"), ("f(x)", "f(y)"), (r"\log_2 3", r"\log_3 2"), ("x^{1000000}-1", "x^{1000000}+1"), (r"I(0)e^{-t}", r"I(0)e^{t}")],
    "equations": [("x=5", "x=6"), ("k=15", "w=15"), ("x+y=1", "x+y=2"), ("2x+z=1", "1"), ("7=11a+c", "11a+c"), ("a^2+b=0", "0"), ("x=2", "x^2=4"), ("5", "1=2=3=4=5"), ("6", "5=6"), ("5", r"x \neq 5"), ("5", r"\neq 5"), ("5", "x"), ("P(0)=1/4", "P(1)=1/4"), ("P(0)=1/4", "P(0)=1/2"), (r"\frac13 \approx 0.333", r"\frac14 \approx 0.333"), ("1/3", r"1/3 \approx 0.5")],
    "words": [("Tuesday", "Tuesdays"), (r"\text{(P)}", r"\text{not (P)}"), ("A", "B"), ("abc", "cba"), (r"\text{abc}", r"\text{cba}"), ("3", "three hundred"), ("5", "not 5"), ("5", "the answer is not 5"), ("odd", "even"), ("yes", "no"), ("5", "None"), ("C", "A and C")],
    "units": [(r"5\text{ m}", r"5\text{ km}"), ("5 cm", "5 hours"), (r"15 \text{ cents}", r"\$15"), (r"90^\circ", r"90 \text{ radians}"), (r"12 \text{ boys}", r"12 \text{ girls}"), (r"5 \text{ cm}^2", r"5 \text{ cm}")],
    "times and ratios": [("12:00", "1:00"), ("4:30", "2:15"), ("1:2", "2:1"), ("3:2", "2:3"), ("1:2", "1:2:3")],
    "matrices": [(r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1&2\\3&5\end{pmatrix}"), (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1&2\end{pmatrix}"), (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "-2")],
    "nothing": [("5", ""), ("5", "   "), ("5", "."), ("5", "$"), ("5", "{"), ("5", "}{"), ("5", "\\"), ("5", "???"), ("0", ""), ("5", r"\infty"), (r"\infty", "10^{400}"), ("5", r"\frac{5}{0}"), ("0", "10^{-400}"), ("0", "e^{-1000}")],
}  # fmt: skip


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


@pytest.mark.parametrize(("gold", "answer"), flat({k: v for k, v in SAME.items() if k != "bases"}))
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
def test_every_policy_option_decides_something(option: dict, gold: str, answer: str, default: bool) -> None:
    assert equivalent(gold, answer, DEFAULT).passed is default
    assert equivalent(gold, answer, Policy(**option)).passed is not default


def test_conventions_are_recorded() -> None:
    assert equivalent(r"5 \text{ cm}", "5").details["conventions"] == ["units"]
    assert equivalent("50%", "50").details["conventions"] == ["percent"]
    assert "conventions" not in equivalent("1/2", "0.5").details


def test_policy_refuses_unknown_values() -> None:
    with pytest.raises(ValueError, match="percent"):
        Policy(percent="sometimes")


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
