"""Values with a letter that is free: families over the integers, congruences, antiderivatives, functions."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from verirs.testing.spellings.algebra import polynomial
from verirs.testing.spellings.way import (
    AMS,
    MATH,
    MV,
    OLYMPIAD,
    PYTHON,
    QWEN,
    SYMPY,
    Kind,
    Twist,
    Way,
    hub,
    other,
)

MODULAR = hub("huggingface/lighteval/issues/140")
FORALL = hub("scitix/sieval/pull/28")
FRAC_PI = r"\frac{{1}}{{{b}}}{pi}"


@dataclass(frozen=True)
class Family:
    """``top/bottom * pi + period * pi * k`` for every integer k."""

    top: int
    bottom: int
    period: int

    def put(
        self, k: str = "k", pi: str = r"\pi", frac: str = r"\frac{{{t}{pi}}}{{{b}}}", gap: str = " "
    ) -> str:
        t = "" if self.top == 1 else str(self.top)
        first = frac.format(t=t, b=self.bottom, pi=pi)
        return f"{first} + {self.times}{k}{gap}{pi}"

    @property
    def times(self) -> str:
        return "" if self.period == 1 else str(self.period)


def family(rng: Random) -> Family:
    top, bottom = rng.choice([(1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 6), (5, 6), (1, 8)])
    return Family(top, bottom, rng.choice([1, 2]))


FAMILY = Kind[Family](
    "family of angles",
    family,
    [
        Way("element of Z", lambda v: rf"x = {v.put()}, k \in \mathbb{{Z}}"),
        Way("n", lambda v: rf"x = {v.put('n')}, n \in \mathbb{{Z}}", MATH),
        Way("no name", lambda v: rf"{v.put()}, k \in \mathbb{{Z}}", MATH),
        Way("quad", lambda v: rf"x = {v.put()}, \quad k \in \mathbb{{Z}}", OLYMPIAD),
        Way("parentheses", lambda v: rf"x = {v.put()} \ (k \in \mathbb{{Z}})", OLYMPIAD),
        Way("upright Z", lambda v: rf"x = {v.put()} (k \in \mathbf{{Z}})", hub("QwenLM/Qwen2.5-Math/issues/35")),
        Way("for any integer", lambda v: rf"{v.put()} \text{{ for any integer }} k", FORALL),
        Way("for all integers", lambda v: rf"x = {v.put('n')} \text{{ for all integers }} n", FORALL),
        Way("where it is an integer", lambda v: rf"x = {v.put()} \text{{ where }} k \text{{ is an integer}}", FORALL),
        Way("where it is any integer", lambda v: rf"{v.put()}, \text{{ where }} k \text{{ is any integer}}", FORALL),
        Way("set", lambda v: rf"\left\{{ {v.put()} : k \in \mathbb{{Z}} \right\}}", MATH),
        Way("set with a bar", lambda v: rf"\{{ {v.put('n')} \mid n \in \mathbb{{Z}} \}}", MATH),
        Way("set of x", lambda v: rf"\{{ x \mid x = {v.put()}, k \in \mathbb{{Z}} \}}", hub("QwenLM/Qwen2.5-Math/issues/35")),
        Way("plain letters", lambda v: f"x = {v.put(pi='pi', frac='{t}{pi}/{b}', gap='*')}, k in Z", mode="plain"),
        Way("signs", lambda v: f"x = {v.put(pi='π', frac='{t}{pi}/{b}', gap='')}, k ∈ ℤ", MV, "plain"),
        Way("period first", lambda v: rf"x = {v.times}k\pi + {v.put().split(' + ')[0]}, k \in \mathbb{{Z}}", MATH),
        Way("pi before k", lambda v: rf"x = {v.put().split(' + ')[0]} + {v.times}\pi k, k \in \mathbb{{Z}}", MATH),
        Way("fraction before pi", lambda v: rf"x = {v.put(frac=FRAC_PI)}, k \in \mathbb{{Z}}" if v.top == 1 else None, MATH),
    ],
    [
        Twist("period", lambda v, rng: replace(v, period=v.period * 2)),
        Twist("start", lambda v, rng: replace(v, bottom=v.bottom + 2)),
        Twist("half a turn", lambda v, rng: replace(v, top=v.top + v.bottom) if v.period == 2 else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Congruence:
    rest: int
    modulus: int

    def put(self, form: str) -> str:
        return form.format(
            a=self.rest, m=self.modulus, b=self.rest + self.modulus, c=self.rest - self.modulus
        )


def congruence(rng: Random) -> Congruence:
    modulus = rng.randint(4, 40)
    return Congruence(rng.randint(1, modulus - 1), modulus)


CONGRUENCE = Kind[Congruence](
    "congruence",
    congruence,
    [
        Way("pmod", lambda v: v.put(r"x \equiv {a} \pmod{{{m}}}")),
        Way("mod in parentheses", lambda v: v.put(r"x \equiv {a} \ (\text{{mod }} {m})"), AMS),
        Way("mathrm mod", lambda v: v.put(r"x \equiv {a} \ (\mathrm{{mod}}\ {m})"), AMS),
        Way("bmod", lambda v: v.put(r"x \equiv {a} \bmod {m}"), AMS),
        Way("mod", lambda v: v.put(r"x \equiv {a} \mod {m}"), AMS),
        Way("signs", lambda v: v.put("x ≡ {a} (mod {m})"), MODULAR, "plain"),
        Way("signs without parentheses", lambda v: v.put("x ≡ {a} mod {m}"), MODULAR, "plain"),
        Way("no braces", lambda v: v.put(r"x \equiv {a} \pmod {m}") if v.modulus < 10 else None, MATH),
        Way("another rest", lambda v: v.put(r"x \equiv {b} \pmod{{{m}}}"), MATH),
        Way("negative rest", lambda v: v.put(r"x \equiv {c} \pmod{{{m}}}"), MATH),
        Way("family", lambda v: v.put(r"x = {m}k + {a}, k \in \mathbb{{Z}}"), MATH),
        Way("family, rest first", lambda v: v.put(r"x = {a} + {m}n, n \in \mathbb{{Z}}"), MATH),
        Way("in words", lambda v: v.put("x is congruent to {a} modulo {m}"), mode="words"),
    ],
    [
        Twist("rest", lambda v, rng: replace(v, rest=v.rest % (v.modulus - 1) + 1)),
        Twist("sign", lambda v, rng: replace(v, rest=v.modulus - v.rest)),
        Twist("modulus", lambda v, rng: replace(v, modulus=v.modulus + 1)),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Antiderivative:
    """``n x^(n-1) + m``, integrated: ``x^n + m x + C``."""

    n: int
    m: int

    def put(self, end: str = "+ C", name: str = "") -> str:
        p = (0, self.m, *([0] * (self.n - 2)), 1)
        return f"{name}{polynomial(p)} {end}"


ANTIDERIVATIVE = Kind[Antiderivative](
    "antiderivative",
    lambda rng: Antiderivative(rng.randint(2, 7), other(rng, 0, -9, 9)),
    [
        Way("C", lambda v: v.put()),
        Way("c", lambda v: v.put("+ c"), hub("huggingface/Math-Verify/issues/69"), names=True),
        Way("K", lambda v: v.put("+ K"), MATH, names=True),
        Way("C first", lambda v: f"C + {v.put('').strip()}", MATH),
        Way("constant in text", lambda v: v.put(r"+ \text{constant}"), MATH),
        Way("const", lambda v: v.put(r"+ \text{const}"), MATH),
        Way("C shifted", lambda v: v.put("+ 5 + C"), MATH),
        Way("C subtracted", lambda v: v.put("- C"), MATH),
        Way("C is real", lambda v: v.put(r"+ C, C \in \mathbb{R}"), FORALL),
        Way("where C is a constant", lambda v: v.put(r"+ C \text{ where } C \text{ is a constant}"), FORALL),
        Way("numbered constant", lambda v: v.put("+ C_1"), hub("huggingface/Math-Verify/issues/69"), names=True),
        Way("named F", lambda v: v.put(name="F(x) = "), MATH, names=True),
        Way("named y", lambda v: v.put(name="y = "), MATH, names=True),
    ],
    [
        Twist("exponent", lambda v, rng: replace(v, n=v.n + 1)),
        Twist("a coefficient", lambda v, rng: replace(v, m=v.m + 1) if v.m != -1 else None),
        Twist("a sign", lambda v, rng: replace(v, m=-v.m)),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Wave:
    """``a f(b x)`` for a function by name."""

    a: int
    f: str
    b: int

    def put(self, form: str) -> str | None:
        """In a form with ``{a}`` (empty for 1), ``{n}`` (its number), ``{f}``, ``{b}`` (empty for 1)."""
        return None if self.f == "exp" else self.any(form)

    def any(self, form: str) -> str:
        return form.format(
            a="" if self.a == 1 else self.a, n=self.a, f=self.f, b="" if self.b == 1 else self.b, m=self.b
        )

    def exp(self, form: str) -> str | None:
        return self.any(form) if self.f == "exp" else None


WAVE = Kind[Wave](
    "function",
    lambda rng: Wave(rng.randint(1, 7), rng.choice(["sin", "cos", "tan", "exp", "exp"]), rng.randint(1, 6)),
    [
        Way("tex", lambda v: v.put(r"{a}\{f}({b}x)") or v.any("{a}e^{{{b}x}}")),
        Way("no parentheses", lambda v: v.put(r"{a}\{f} {b}x"), MATH),
        Way("braces", lambda v: v.put(r"{a}\{f}{{{b}x}}"), MATH),
        Way("left right", lambda v: v.put(r"{a}\{f}\left({b}x\right)") or v.any(r"{a}\exp\left({b}x\right)"), hub("sympy/sympy/issues/19464")),
        Way("plain letters", lambda v: v.put("{a}{f}({b}x)"), hub("scitix/sieval/pull/68"), "plain"),
        Way("stars", lambda v: v.any("{n}*{f}({m}*x)"), SYMPY, "plain"),
        Way("operatorname", lambda v: v.put(r"{a}\operatorname{{{f}}}({b}x)"), AMS),
        Way("mathrm", lambda v: v.put(r"{a}\mathrm{{{f}}}({b}x)"), AMS),
        Way("np", lambda v: v.any("{n}*np.{f}({m}*x)"), "https://numpy.org/doc/stable/reference/routines.math.html", "plain"),
        Way("upright e", lambda v: v.exp(r"{a}\mathrm{{e}}^{{{b}x}}"), MV),
        Way("plain e", lambda v: v.exp("{a}e^({b}x)"), mode="plain"),
        Way("python e", lambda v: v.exp("{n}*e**({m}*x)"), PYTHON, "plain"),
        Way("power of a power", lambda v: v.exp(r"{a}\left(e^{{x}}\right)^{{{m}}}"), MATH),
        Way("named", lambda v: v.put(r"f(x) = {a}\{f}({b}x)") or v.any("f(x) = {a}e^{{{b}x}}"), MATH, names=True),
        Way("cdot", lambda v: v.put(r"{n} \cdot \{f}({b}x)") or v.any(r"{n} \cdot e^{{{b}x}}"), QWEN),
    ],
    [
        Twist("front", lambda v, rng: replace(v, a=v.a + 1)),
        Twist("inside", lambda v, rng: replace(v, b=v.b + 1)),
        Twist("numbers swapped", lambda v, rng: replace(v, a=v.b, b=v.a)),
        Twist("another function", lambda v, rng: replace(v, f={"sin": "cos", "cos": "sin", "tan": "sin"}.get(v.f, "tan"))),
    ],
)  # fmt: skip
