"""Roots, powers, multiples of pi, logarithms, complex numbers, binomials: numbers with a formula."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from verirs.testing.spellings.way import (
    AMS,
    MATH,
    MV,
    OLYMPIAD,
    PYTHON,
    SYMPY,
    Kind,
    Twist,
    Way,
    exact,
    hub,
    other,
    signed,
    subscript,
    superscript,
)

NUMPY = "https://numpy.org/doc/stable/reference/routines.math.html"


@dataclass(frozen=True)
class Root:
    """``times`` times the root of ``index`` of a number that no such power divides."""

    times: int
    radicand: int
    index: int = 2

    def put(self, form: str, plain: str = "") -> str | None:
        """A square root in a form with ``{c}`` (empty for 1) and ``{r}``; ``plain`` for the factor 1."""
        if self.index != 2:
            return None
        c = {1: "", -1: "-"}.get(self.times, str(self.times))
        return (plain if plain and self.times == 1 else form).format(c=c, r=self.radicand, n=self.times)

    def cube(self, form: str) -> str | None:
        c = {1: "", -1: "-"}.get(self.times, str(self.times))
        return form.format(c=c, r=self.radicand) if self.index == 3 else None


def root(rng: Random) -> Root:
    times = rng.choice([1, 1, 2, 3, 4, 5, 6, 12, -1, -2, -7])
    if rng.random() < 0.2:
        return Root(times, rng.choice([2, 3, 4, 5, 6, 7, 9, 10, 12]), 3)
    return Root(times, rng.choice([2, 3, 5, 6, 7, 10, 11, 13, 14, 15, 17, 21, 30, 41, 101]))


ROOT = Kind[Root](
    "root",
    root,
    [
        Way("sqrt", lambda v: v.put(r"{c}\sqrt{{{r}}}") or v.cube(r"{c}\sqrt[3]{{{r}}}")),
        Way("no braces", lambda v: v.put(r"{c}\sqrt{r}") if v.radicand < 10 else None, MATH),
        Way("space for braces", lambda v: v.put(r"{c}\sqrt {r}") if v.radicand < 10 else None, OLYMPIAD),
        Way("sqrt()", lambda v: v.put("{c}sqrt({r})"), hub("UKGovernmentBEIS/inspect_ai/issues/5259"), "plain"),
        Way("star sqrt()", lambda v: v.put("{n}*sqrt({r})", "sqrt({r})"), SYMPY, "plain"),
        Way("sqrt() behind", lambda v: v.put("sqrt({r})*{n}") if v.times > 0 else None, SYMPY, "plain"),
        Way("root sign", lambda v: v.put("{c}√{r}"), MV, "plain"),
        Way("root sign with parentheses", lambda v: v.put("{c}√({r})"), MV, "plain"),
        Way("cdot", lambda v: v.put(r"{n} \cdot \sqrt{{{r}}}"), MATH),
        Way("factor behind", lambda v: v.put(r"\sqrt{{{r}}} \cdot {n}") if v.times > 0 else None, MATH),
        Way("index 2", lambda v: v.put(r"{c}\sqrt[2]{{{r}}}"), MATH),
        Way("power of a half", lambda v: v.put(r"{n} \cdot {r}^{{1/2}}", "{r}^{{1/2}}"), MATH),
        Way("power of a frac", lambda v: v.put(r"{n} \cdot {r}^{{\frac{{1}}{{2}}}}", r"{r}^{{\frac{{1}}{{2}}}}"), MATH),
        Way("power of 0.5", lambda v: v.put("{n}*{r}**0.5", "{r}**0.5"), PYTHON, "plain"),
        Way("all under the root", lambda v: rf"\sqrt{{{v.times**2 * v.radicand}}}" if v.times > 1 and v.index == 2 else None, MATH),
        Way("over the root", lambda v: rf"\frac{{{v.times * v.radicand}}}{{\sqrt{{{v.radicand}}}}}" if v.index == 2 else None, MATH),
        Way("words", lambda v: v.put("{n} times the square root of {r}", "the square root of {r}") if v.times > 0 else None, mode="words"),
        Way("math.sqrt", lambda v: v.put("{n}*math.sqrt({r})", "math.sqrt({r})"), PYTHON, "plain"),
        Way("np.sqrt", lambda v: v.put("{n}*np.sqrt({r})", "np.sqrt({r})"), NUMPY, "plain"),
        Way("float", lambda v: v.put(repr(v.times * math.sqrt(v.radicand))), PYTHON, "plain"),
        Way("cube root as a power", lambda v: v.cube("{r}^{{1/3}}") if v.times == 1 else None, MATH),
        Way("cube root sign", lambda v: v.cube("{c}∛{r}"), mode="plain"),
        Way("cbrt", lambda v: v.cube("{c}cbrt({r})"), NUMPY, "plain"),
        Way("left right", lambda v: v.put(r"\left({c}\sqrt{{{r}}}\right)"), MATH),
        Way("named", lambda v: v.put(r"x = {c}\sqrt{{{r}}}"), MATH, names=True),
    ],
    [
        Twist("sign", lambda v, rng: Root(-v.times, v.radicand, v.index)),
        Twist("factor", lambda v, rng: Root(v.times + 1 or 1, v.radicand, v.index)),
        Twist("radicand", lambda v, rng: Root(v.times, v.radicand + (1 if v.radicand not in (3, 8, 15, 7) else 3), v.index)),
        Twist("index", lambda v, rng: Root(v.times, v.radicand, 5 - v.index) if v.radicand not in (4, 9) else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Power:
    base: int
    exponent: int

    def put(self, form: str) -> str:
        return form.format(b=self.base, e=self.exponent, s=superscript(self.exponent))


ORDINALS = {4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth", 10: "tenth"}
POWER = Kind[Power](
    "power",
    lambda rng: Power(rng.choice([2, 3, 5, 6, 7, 11]), rng.choice([2, 3, 4, 5, 7, 10, 12, 20, 100, 2024, -2, -5, -10])),
    [
        Way("caret", lambda v: v.put("{b}^{{{e}}}")),
        Way("no braces", lambda v: v.put("{b}^{e}") if 0 < v.exponent < 10 else None, MATH),
        Way("stars", lambda v: v.put("{b}**{e}"), PYTHON, "plain"),
        Way("caret and parentheses", lambda v: v.put("{b}^({e})"), mode="plain"),
        Way("superscripts", lambda v: v.put("{b}{s}"), mode="plain"),
        Way("pow", lambda v: v.put("pow({b}, {e})"), PYTHON, "plain"),
        Way("base in parentheses", lambda v: v.put(r"\left({b}\right)^{{{e}}}"), MATH),
        Way("written out", lambda v: str(v.base**v.exponent) if 0 < v.exponent < 13 else None, MATH, "plain"),
        Way("one over", lambda v: rf"\frac{{1}}{{{v.base}^{{{-v.exponent}}}}}" if v.exponent < 0 else None, MATH),
        Way("product of two", lambda v: rf"{v.base}^{{2}} \cdot {v.base}^{{{v.exponent - 2}}}" if v.exponent > 3 else None, MATH),
        Way("to the power of", lambda v: v.put("{b} to the power of {e}"), mode="words"),
        Way("to the ordinal", lambda v: f"{v.base} to the {ORDINALS[v.exponent]} power" if v.exponent in ORDINALS else None, mode="words"),
        Way("squared", lambda v: f"{v.base} squared" if v.exponent == 2 else None, mode="words"),
        Way("cubed", lambda v: f"{v.base} cubed" if v.exponent == 3 else None, mode="words"),
        Way("power of the square", lambda v: f"{v.base**2}^{{{v.exponent // 2}}}" if v.exponent % 2 == 0 and v.exponent != 2 else None, MATH),
    ],
    [
        Twist("exponent", lambda v, rng: Power(v.base, v.exponent + 1)),
        Twist("base", lambda v, rng: Power(v.base + 1, v.exponent) if v.exponent != -2 else None),
        Twist("sign of the exponent", lambda v, rng: Power(v.base, -v.exponent)),
    ],
)  # fmt: skip


def part(v: Fraction, form: str) -> str:
    """A multiple of pi in a form with ``{s}`` sign, ``{p}`` (empty for 1), ``{n}`` numerator, ``{q}`` denominator."""
    p = abs(v.numerator)
    return form.format(s="-" if v < 0 else "", p="" if p == 1 else p, n=p, q=v.denominator)


def multiple(rng: Random) -> Fraction:
    value = Fraction(rng.randint(1, 12), rng.choice([1, 1, 2, 3, 4, 5, 6, 8, 12]))
    return -value if rng.random() < 0.15 else value


def proper(v: Fraction, text: str) -> str | None:
    return text if v.denominator > 1 else None


def whole(v: Fraction, text: str) -> str | None:
    return text if v.denominator == 1 else None


PI = Kind[Fraction](
    "multiple of pi",
    multiple,
    [
        Way("frac", lambda v: part(v, r"{s}\frac{{{p}\pi}}{{{q}}}") if v.denominator > 1 else part(v, r"{s}{p}\pi")),
        Way("pi behind", lambda v: proper(v, part(v, r"{s}\frac{{{n}}}{{{q}}}\pi")), MATH),
        Way("dfrac", lambda v: proper(v, part(v, r"{s}\dfrac{{{p}\pi}}{{{q}}}")), MATH),
        Way("slash", lambda v: proper(v, part(v, r"{s}{p}\pi/{q}")), MATH),
        Way("pi in letters", lambda v: proper(v, part(v, "{s}{p}pi/{q}")) or part(v, "{s}{p}pi"), hub("huggingface/Math-Verify/issues/10"), "plain"),
        Way("pi with a star", lambda v: proper(v, part(v, "{s}{n}*pi/{q}")) or part(v, "{s}{n}*pi"), SYMPY, "plain"),
        Way("pi sign", lambda v: proper(v, part(v, "{s}{p}π/{q}")) or part(v, "{s}{p}π"), MV, "plain"),
        Way("pi sign first", lambda v: part(v, "π/{q}") if v.numerator == 1 and v > 0 and v.denominator > 1 else None, MV, "plain"),
        Way("fraction first", lambda v: proper(v, part(v, "{s}({n}/{q})π")), mode="plain"),
        Way("italic pi", lambda v: whole(v, part(v, "{s}{p}𝜋")), MV, "plain"),
        Way("cdot", lambda v: whole(v, part(v, r"{s}{n} \cdot \pi")), MATH),
        Way("space", lambda v: whole(v, part(v, r"{s}{p} \pi")), MATH),
        Way("thin space", lambda v: whole(v, part(v, r"{s}{n}\,\pi")), MATH),
        Way("math.pi", lambda v: proper(v, part(v, "{s}{n}*math.pi/{q}")) or part(v, "{s}{n}*math.pi"), PYTHON, "plain"),
        Way("np.pi", lambda v: part(v, "{s}{n}*np.pi") if v.denominator == 1 else None, NUMPY, "plain"),
        Way("words", lambda v: part(v, "{n} pi") if v.denominator == 1 and v > 1 else None, mode="words"),
        Way("float", lambda v: repr(float(v) * math.pi), PYTHON, "plain"),
        Way("mathbf", lambda v: whole(v, part(v, r"{s}\mathbf{{{p}\pi}}")), MV),
        Way("decimal factor", lambda v: f"{float(v)}\\pi" if v.denominator in (2, 4, 5, 8) else None, MATH),
        Way("named A", lambda v: part(v, r"A = {s}\frac{{{p}\pi}}{{{q}}}") if v.denominator > 1 else part(v, r"A = {s}{p}\pi"), MATH, names=True),
    ],
    [
        Twist("sign", lambda v, rng: -v),
        Twist("one more", lambda v, rng: v + 1),
        Twist("half", lambda v, rng: v / 2),
        Twist("upside down", lambda v, rng: 1 / v if abs(v) != 1 else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Complex:
    real: Fraction
    imaginary: Fraction

    def put(self, form: str) -> str:
        """In a form with ``{a}`` and ``{b}``, the latter with its sign and without a factor 1."""
        size = abs(self.imaginary)
        b = ("- " if self.imaginary < 0 else "+ ") + ("" if size == 1 else exact(size))
        return form.format(a=exact(self.real), b=b)


def complex_number(rng: Random) -> Complex:
    def one() -> Fraction:
        return Fraction(other(rng, 0, -9, 9), rng.choice([1, 1, 1, 1, 2]))

    return Complex(one(), one())


def integral(v: Complex) -> bool:
    return v.real.denominator == v.imaginary.denominator == 1


COMPLEX = Kind[Complex](
    "complex number",
    complex_number,
    [
        Way("a + bi", lambda v: v.put("{a} {b}i")),
        Way("no spaces", lambda v: v.put("{a} {b}i").replace(" ", ""), MATH),
        Way("imaginary part first", lambda v: f"{exact(v.imaginary)}i {signed(v.real)}" if abs(v.imaginary) != 1 else None, MATH),
        Way("star i", lambda v: v.put("{a} {b}*i") if integral(v) and abs(v.imaginary) > 1 else None, hub("maths/moodle-qtype_stack/issues/57"), "plain"),
        Way("star I", lambda v: v.put("{a} {b}*I") if integral(v) and abs(v.imaginary) > 1 else None, SYMPY, "plain"),
        Way("python", lambda v: f"({v.real}{int(v.imaginary):+d}j)" if integral(v) else None, PYTHON, "plain"),
        Way("floats", lambda v: f"{float(v.real)} + {float(v.imaginary)}i" if integral(v) and v.imaginary > 0 else None, hub("huggingface/Math-Verify/issues/2"), "plain"),
        Way("upright i", lambda v: v.put(r"{a} {b}\mathrm{{i}}"), AMS),
        Way("text i", lambda v: v.put(r"{a} {b}\text{{i}}"), AMS),
        Way("imath", lambda v: v.put(r"{a} {b}\imath"), MATH),
        Way("italic i", lambda v: v.put("{a} {b}𝑖") if integral(v) else None, mode="plain"),
        Way("root of minus one", lambda v: v.put(r"{a} {b}\sqrt{{-1}}"), MATH),
        Way("i first", lambda v: f"{exact(v.real)} {'-' if v.imaginary < 0 else '+'} i{abs(v.imaginary)}" if integral(v) and abs(v.imaginary) > 1 else None, MATH),
        Way("cdot i", lambda v: v.put(r"{a} {b} \cdot i") if abs(v.imaginary) != 1 else None, MATH),
        Way("named z", lambda v: v.put("z = {a} {b}i"), MATH, names=True),
    ],
    [
        Twist("conjugate", lambda v, rng: Complex(v.real, -v.imaginary)),
        Twist("sign", lambda v, rng: Complex(-v.real, v.imaginary)),
        Twist("parts swapped", lambda v, rng: Complex(v.imaginary, v.real)),
        Twist("imaginary part", lambda v, rng: Complex(v.real, v.imaginary + 1) if v.imaginary != -1 else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Log:
    """``log_base(of)``, irrational; base 0 is the natural one."""

    base: int
    of: int

    def put(self, form: str) -> str | None:
        return form.format(b=self.base, a=self.of, s=subscript(self.base)) if self.base else None

    def natural(self, form: str) -> str | None:
        return None if self.base else form.format(a=self.of)


LOG = Kind[Log](
    "logarithm",
    lambda rng: Log(rng.choice([0, 2, 3, 5]), rng.choice([6, 7, 10, 11, 12, 13, 14, 15, 20])),
    [
        Way("log", lambda v: v.put(r"\log_{{{b}}} {a}") or v.natural(r"\ln {a}")),
        Way("parentheses", lambda v: v.put(r"\log_{{{b}}}({a})") or v.natural(r"\ln({a})"), MATH),
        Way("left right", lambda v: v.put(r"\log_{{{b}}}\left({a}\right)") or v.natural(r"\ln\left({a}\right)"), MATH),
        Way("argument in braces", lambda v: v.put(r"\log_{b}{{{a}}}") or v.natural(r"\ln{{{a}}}"), MATH),
        Way("plain letters", lambda v: v.put("log_{b}({a})") or v.natural("ln({a})"), mode="plain"),
        Way("subscript sign", lambda v: v.put("log{s}({a})"), mode="plain"),
        Way("quotient of logarithms", lambda v: v.put(r"\frac{{\log {a}}}{{\log {b}}}"), MATH),
        Way("quotient of natural ones", lambda v: v.put(r"\frac{{\ln {a}}}{{\ln {b}}}"), MATH),
        Way("quotient in plain letters", lambda v: v.put("ln({a})/ln({b})"), mode="plain"),
        Way("math.log", lambda v: v.put("math.log({a}, {b})") or v.natural("math.log({a})"), PYTHON, "plain"),
        Way("np.log", lambda v: v.natural("np.log({a})"), NUMPY, "plain"),
        Way("base e", lambda v: v.natural(r"\log_{{e}} {a}"), MATH),
        Way("operatorname", lambda v: v.natural(r"\operatorname{{ln}} {a}"), AMS),
        Way("float", lambda v: repr(math.log(v.of) / (math.log(v.base) if v.base else 1)), PYTHON, "plain"),
    ],
    [
        Twist("argument", lambda v, rng: Log(v.base, v.of + 1)),
        Twist("base", lambda v, rng: Log(v.base + 2 if v.base else 2, v.of)),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Binomial:
    n: int
    k: int

    def put(self, form: str) -> str:
        return form.format(n=self.n, k=self.k, r=self.n - self.k)

    @property
    def value(self) -> int:
        return math.comb(self.n, self.k)


def binomial(rng: Random) -> Binomial:
    n = rng.randint(5, 20)
    return Binomial(n, rng.randint(2, (n - 1) // 2))


BINOMIAL = Kind[Binomial](
    "binomial",
    binomial,
    [
        Way("binom", lambda v: v.put(r"\binom{{{n}}}{{{k}}}")),
        Way("dbinom", lambda v: v.put(r"\dbinom{{{n}}}{{{k}}}"), AMS),
        Way("tbinom", lambda v: v.put(r"\tbinom{{{n}}}{{{k}}}"), AMS),
        Way("choose", lambda v: v.put(r"{{{n} \choose {k}}}"), MATH),
        Way("C(n,k)", lambda v: v.put("C({n}, {k})"), OLYMPIAD, "plain"),
        Way("between subscripts", lambda v: v.put("{{}}_{{{n}}}C_{{{k}}}"), MATH),
        Way("nCk", lambda v: v.put("{n}C{k}"), MATH, "plain"),
        Way("superscript before", lambda v: v.put("^{{{n}}}C_{{{k}}}"), MATH),
        Way("chinese", lambda v: v.put("C_{{{n}}}^{{{k}}}"), hub("QwenLM/Qwen2.5-Math/issues/35")),
        Way("choose in words", lambda v: v.put("{n} choose {k}"), mode="words"),
        Way("comb", lambda v: v.put("math.comb({n}, {k})"), PYTHON, "plain"),
        Way("factorials", lambda v: v.put(r"\frac{{{n}!}}{{{k}!{r}!}}"), MATH),
        Way("factorials with cdot", lambda v: v.put(r"\frac{{{n}!}}{{{k}! \cdot {r}!}}"), MATH),
        Way("the other side", lambda v: v.put(r"\binom{{{n}}}{{{r}}}"), MATH),
        Way("written out", lambda v: str(v.value), MATH, "plain"),
    ],
    [
        Twist("above", lambda v, rng: Binomial(v.n + 1, v.k)),
        Twist("below", lambda v, rng: Binomial(v.n, v.k - 1)),
    ],
)  # fmt: skip
