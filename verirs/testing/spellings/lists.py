"""Several numbers together: points, sets, solutions, vectors, matrices, ratios."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

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
    digit,
    exact,
    hub,
    other,
)

WEBWORK = hub("openwebwork/pg/issues/280")
NUMPY = "https://numpy.org/doc/stable/reference/generated/numpy.array.html"
Numbers = tuple[Fraction, ...]
OR_X = r" \text{ or } x = "


def some(rng: Random, count: int) -> Numbers:
    pool = [Fraction(n) for n in range(-12, 25)] + [Fraction(n, 2) for n in (-3, -1, 1, 3, 5)]
    return tuple(rng.sample(pool, count))


def put(v: Numbers, form: str, mark: str = ", ") -> str:
    return form.replace("@", mark.join(exact(x) for x in v))


def plainly(v: Numbers, form: str, mark: str = ", ") -> str:
    return form.replace("@", mark.join(str(x) for x in v))


def one_changed(v: Numbers, rng: Random) -> Numbers:
    at = rng.randrange(len(v))
    return tuple(x + 100 if i == at else x for i, x in enumerate(v))


def one_sign(v: Numbers, rng: Random) -> Numbers:
    at = rng.randrange(len(v))
    return tuple(-x if i == at else x for i, x in enumerate(v))


POINT = Kind[Numbers](
    "point",
    lambda rng: some(rng, 2),
    [
        Way("parentheses", lambda v: put(v, "(@)")),
        Way("no space", lambda v: put(v, "(@)", ","), MATH),
        Way("left right", lambda v: put(v, r"\left(@\right)"), MATH),
        Way("big", lambda v: put(v, r"\big(@\big)"), MATH),
        Way("spaces inside", lambda v: put(v, r"\left( @ \right)"), QWEN),
        Way("plain letters", lambda v: plainly(v, "(@)"), hub("huggingface/Math-Verify/issues/56"), "plain"),
        Way("floats", lambda v: f"({float(v[0])}, {float(v[1])})", PYTHON, "plain"),
        Way("fullwidth", lambda v: plainly(v, "（@）", "，"), QWEN, "plain"),
        Way("semicolon", lambda v: put(v, "(@)", "; "), OLYMPIAD),
        Way("langle", lambda v: put(v, r"\langle @ \rangle"), MATH),
        Way("named letters", lambda v: put(v, "(x, y) = (@)"), MATH),
        Way("assignments", lambda v: rf"x = {exact(v[0])}, y = {exact(v[1])}", MATH),
        Way("assignments with and", lambda v: rf"x = {exact(v[0])} \text{{ and }} y = {exact(v[1])}", MATH),
        Way("assignments in plain letters", lambda v: f"x = {v[0]} and y = {v[1]}", MATH, "plain"),
        Way("system", lambda v: rf"\begin{{cases}} x = {exact(v[0])} \\ y = {exact(v[1])} \end{{cases}}", MATH),
        Way("labelled", lambda v: put(v, "P(@)"), hub("QwenLM/Qwen2.5-Math/issues/35"), names=True),
        Way("labelled with an equals sign", lambda v: put(v, "P = (@)"), MATH, names=True),
        Way("the point", lambda v: plainly(v, "the point (@)"), MATH, "words"),
        Way("column", lambda v: put(v, r"\begin{pmatrix} @ \end{pmatrix}", r" \\ "), MATH),
    ],
    [
        Twist("swapped", lambda v, rng: v[::-1]),
        Twist("a number", one_changed),
        Twist("a sign", one_sign),
    ],
)  # fmt: skip


def sorted_some(rng: Random) -> Numbers:
    return tuple(sorted(some(rng, rng.choice([2, 3, 3, 4]))))


def with_and(v: Numbers, form: str, last: str) -> str:
    return form.replace("@", ", ".join(exact(x) for x in v[:-1]) + last + exact(v[-1]))


SET = Kind[Numbers](
    "set",
    sorted_some,
    [
        Way("braces", lambda v: put(v, r"\{@\}")),
        Way("left right braces", lambda v: put(v, r"\left\{@\right\}"), MATH),
        Way("lbrace", lambda v: put(v, r"\lbrace @ \rbrace"), MATH),
        Way("no spaces", lambda v: put(v, r"\{@\}", ","), MATH),
        Way("plain braces", lambda v: plainly(v, "{@}"), PYTHON, "plain"),
        Way("another order", lambda v: put(v[::-1], r"\{@\}"), MATH),
        Way("bare list", lambda v: put(v, "@"), MATH),
        Way("bare list in another order", lambda v: put(v[::-1], "@"), MATH),
        Way("bare list in plain letters", lambda v: plainly(v, "@"), MATH, "plain"),
        Way("semicolons", lambda v: put(v, "@", "; "), hub("QwenLM/Qwen2.5-Math/issues/35")),
        Way("fullwidth commas", lambda v: plainly(v, "@", "，"), QWEN, "plain"),
        Way("text and", lambda v: with_and(v, "@", r" \text{ and } "), MV),
        Way("comma and", lambda v: with_and(v, "@", r", \text{ and } "), MV),
        Way("and in words", lambda v: ", ".join(str(x) for x in v[:-1]) + f" and {v[-1]}", MV, "plain"),
        Way("a number twice", lambda v: put((*v, v[0]), r"\{@\}"), MATH),
        Way("union", lambda v: put(v[:1], r"\{@\}") + r" \cup " + put(v[1:], r"\{@\}"), hub("openwebwork/pg/pull/306")),
        Way("element of", lambda v: put(v, r"x \in \{@\}"), MATH),
        Way("set of x", lambda v: rf"\{{x : x = {OR_X.join(exact(x) for x in v)}\}}", MATH),
        Way("python list", lambda v: plainly(v, "[@]") if len(v) > 2 else None, PYTHON, "plain"),
    ],
    [
        Twist("a number", lambda v, rng: tuple(sorted(one_changed(v, rng)))),
        Twist("one lost", lambda v, rng: v[:-1] if len(v) > 2 else None),
        Twist("one too many", lambda v, rng: (*v, Fraction(101))),
        Twist("a sign", lambda v, rng: tuple(sorted(set(one_sign(v, rng)))) if 0 not in v else None),
    ],
)  # fmt: skip


def of_two(write: Callable[[Numbers], str | None]) -> Callable[[Numbers], str | None]:
    return lambda v: write(v) if len(v) == 2 else None


SOLUTIONS = Kind[Numbers](
    "solutions",
    lambda rng: tuple(sorted(some(rng, 2))),
    [
        Way("text or", lambda v: put(v, "x = @", r" \text{ or } x = ")),
        Way("list after one name", lambda v: put(v, "x = @"), MATH),
        Way("names and comma", lambda v: put(v, "x = @", ", x = "), MATH),
        Way("names and semicolon", lambda v: put(v, "x = @", "; x = "), MATH),
        Way("names with and", lambda v: put(v, "x = @", r" \text{ and } x = "), MATH),
        Way("plain or", lambda v: plainly(v, "x = @", " or x = "), WEBWORK, "plain"),
        Way("plain and", lambda v: plainly(v, "x = @", " and x = "), WEBWORK, "plain"),
        Way("one name, or", lambda v: put(v, "x = @", r" \text{ or } "), MATH),
        Way("lor", lambda v: put(v, "x = @", r" \lor x = "), OLYMPIAD),
        Way("or sign", lambda v: plainly(v, "x = @", " ∨ x = "), OLYMPIAD, "plain"),
        Way("braces", lambda v: put(v, r"\{@\}"), WEBWORK),
        Way("element of", lambda v: put(v, r"x \in \{@\}"), MATH),
        Way("numbered", of_two(lambda v: rf"x_1 = {exact(v[0])}, x_2 = {exact(v[1])}"), hub("cortex-js/compute-engine/issues/13")),
        Way("numbered with and", of_two(lambda v: rf"x_1 = {exact(v[0])} \text{{ and }} x_2 = {exact(v[1])}"), hub("cortex-js/compute-engine/issues/13")),
        Way("both numbers under one name", of_two(lambda v: put(v, "x_{1,2} = @")), hub("cortex-js/compute-engine/issues/13")),
        Way("numbers only", lambda v: put(v, "@"), MATH),
        Way("numbers with and", lambda v: put(v, "@", r" \text{ and } "), MATH),
        Way("plus-minus", of_two(lambda v: rf"x = {f'{exact((v[0] + v[1]) / 2)} ' if v[0] + v[1] else ''}\pm {exact((v[1] - v[0]) / 2)}"), hub("maths/moodle-qtype_stack/issues/57")),
        Way("plus-minus sign", of_two(lambda v: f"x = ±{v[1]}" if v[0] == -v[1] else None), MV, "plain"),
        Way("the other way round", lambda v: put(v[::-1], "x = @", r" \text{ or } x = "), MATH),
        Way("quad between", lambda v: put(v, "x = @", r", \quad x = "), MATH),
    ],
    [
        Twist("one only", lambda v, rng: v[:1]),
        Twist("a sign", lambda v, rng: tuple(sorted(set(one_sign(v, rng)))) if 0 not in v and v[0] != -v[1] else None),
        Twist("a number", lambda v, rng: tuple(sorted(one_changed(v, rng)))),
        Twist("one too many", lambda v, rng: (*v, Fraction(101))),
    ],
)  # fmt: skip

VECTOR = Kind[Numbers](
    "vector",
    lambda rng: some(rng, 3),
    [
        Way("pmatrix", lambda v: put(v, r"\begin{pmatrix} @ \end{pmatrix}", r" \\ ")),
        Way("pmatrix without spaces", lambda v: put(v, r"\begin{pmatrix}@\end{pmatrix}", r"\\"), MATH),
        Way("bmatrix", lambda v: put(v, r"\begin{bmatrix} @ \end{bmatrix}", r" \\ "), MATH),
        Way("array", lambda v: put(v, r"\left(\begin{array}{c} @ \end{array}\right)", r" \\ "), MATH),
        Way("tuple", lambda v: put(v, "(@)"), MATH),
        Way("langle", lambda v: put(v, r"\langle @ \rangle"), MATH),
        Way("less and greater", lambda v: plainly(v, "<@>"), hub("openwebwork/pg/issues/1166"), "plain"),
        Way("angle signs", lambda v: plainly(v, "⟨@⟩"), MV, "plain"),
        Way("bold units", lambda v: units(v, r"\mathbf{%s}"), MATH),
        Way("hats", lambda v: units(v, r"\hat{%s}"), OLYMPIAD),
        Way("arrows", lambda v: units(v, r"\vec{%s}"), MATH),
        Way("named", lambda v: put(v, r"\mathbf{v} = \begin{pmatrix} @ \end{pmatrix}", r" \\ "), MATH, names=True),
        Way("transposed", lambda v: put(v, "[@]^T"), MATH),
        Way("array()", lambda v: plainly(v, "np.array([@])"), NUMPY, "plain"),
    ],
    [
        Twist("a number", one_changed),
        Twist("a sign", one_sign),
        Twist("order", lambda v, rng: v[::-1]),
    ],
)  # fmt: skip


def units(v: Numbers, form: str) -> str:
    """A sum of unit vectors, of whole numbers that are not 0."""
    text = ""
    for x, name in zip(v, "ijk", strict=True):
        size = "" if abs(x) == 1 else exact(abs(x))
        sign = "-" if x < 0 else ("+" if text else "")
        text += f" {sign} {size}{form % name}" if x else ""
    return text.strip().removeprefix("+ ")


Rows = tuple[tuple[int, ...], ...]


def matrix(rng: Random) -> Rows:
    wide, high = rng.choice([(2, 2), (2, 2), (3, 2), (3, 3)])
    return tuple(tuple(rng.randint(-9, 12) for _ in range(wide)) for _ in range(high))


def rows(v: Rows, form: str, column: str = " & ", row: str = r" \\ ") -> str:
    return form.replace("@", row.join(column.join(str(x) for x in line) for line in v))


def entry(v: Rows, rng: Random) -> Rows:
    i, j = rng.randrange(len(v)), rng.randrange(len(v[0]))
    return tuple(
        tuple(x + 1 if (a, b) == (i, j) else x for b, x in enumerate(line)) for a, line in enumerate(v)
    )


MATRIX = Kind[Rows](
    "matrix",
    matrix,
    [
        Way("pmatrix", lambda v: rows(v, r"\begin{pmatrix} @ \end{pmatrix}")),
        Way("bmatrix", lambda v: rows(v, r"\begin{bmatrix} @ \end{bmatrix}"), MATH),
        Way("glued", lambda v: rows(v, r"\begin{pmatrix}@\end{pmatrix}", "&", r"\\"), MATH),
        Way("array", lambda v: rows(v, rf"\left[\begin{{array}}{{{'c' * len(v[0])}}} @ \end{{array}}\right]"), MATH),
        Way("array with parentheses", lambda v: rows(v, rf"\left(\begin{{array}}{{{'r' * len(v[0])}}} @ \end{{array}}\right)"), MATH),
        Way("matrix in parentheses", lambda v: rows(v, r"\left(\begin{matrix} @ \end{matrix}\right)"), AMS),
        Way("smallmatrix", lambda v: rows(v, r"\left(\begin{smallmatrix} @ \end{smallmatrix}\right)"), AMS),
        Way("row end behind the last row", lambda v: rows(v, r"\begin{bmatrix} @ \\ \end{bmatrix}"), MATH),
        Way("lists", lambda v: rows(v, "[[@]]", ", ", "], ["), PYTHON, "plain"),
        Way("Matrix()", lambda v: rows(v, "Matrix([[@]])", ", ", "], ["), SYMPY, "plain"),
        Way("array()", lambda v: rows(v, "np.array([[@]])", ", ", "], ["), NUMPY, "plain"),
        Way("named", lambda v: rows(v, r"A = \begin{pmatrix} @ \end{pmatrix}"), MATH, names=True),
        Way("named in bold", lambda v: rows(v, r"\mathbf{M} = \begin{pmatrix} @ \end{pmatrix}"), MATH, names=True),
    ],
    [
        Twist("an entry", entry),
        Twist("transposed", lambda v, rng: tuple(zip(*v, strict=True))),
        Twist("rows swapped", lambda v, rng: v[::-1]),
        Twist("negative", lambda v, rng: tuple(tuple(-x for x in line) for line in v)),
    ],
)  # fmt: skip

Ints = tuple[int, ...]


def ratio(rng: Random) -> Ints:
    count = rng.choice([2, 2, 2, 3])
    while True:
        numbers = tuple(rng.sample(range(1, 25), count))
        if math.gcd(*numbers) == 1:
            return numbers


RATIO = Kind[Ints](
    "ratio",
    ratio,
    [
        Way("colon", lambda v: ":".join(map(str, v)), mode="plain"),
        Way("colon with spaces", lambda v: " : ".join(map(str, v)), MATH, "plain"),
        Way("colon command", lambda v: r" \colon ".join(map(str, v)), MATH),
        Way("ratio sign", lambda v: "∶".join(map(str, v)), MV, "plain"),
        Way("fullwidth colon", lambda v: "：".join(map(str, v)), QWEN, "plain"),
        Way("to", lambda v: f"{v[0]} to {v[1]}" if len(v) == 2 else None, hub("huggingface/Math-Verify/issues/13"), "words"),
        Way("to in text", lambda v: rf"{v[0]} \text{{ to }} {v[1]}" if len(v) == 2 else None, hub("huggingface/Math-Verify/issues/13")),
        Way("multiplied", lambda v: ":".join(str(7 * x) for x in v) if max(v) > 8 else None, MATH, "plain"),
        Way("ratio of", lambda v: f"the ratio is {v[0]} to {v[1]}" if len(v) == 2 else None, mode="words"),
        Way("mathbf", lambda v: rf"\mathbf{{{':'.join(map(str, v))}}}", MV),
    ],
    [
        Twist("turned", lambda v, rng: v[::-1]),
        Twist("a number", lambda v, rng: (v[0] + 1, *v[1:]) if math.gcd(v[0] + 1, *v[1:]) == 1 else None),
        Twist("a digit", lambda v, rng: w if math.gcd(*(w := (*v[:-1], digit(rng, v[-1])))) == 1 else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Based:
    """An integer of at least the base, written in a base."""

    value: int
    base: int

    @property
    def digits(self) -> str:
        text, rest = "", self.value
        while rest:
            text = "0123456789ABCDEF"[rest % self.base] + text
            rest //= self.base
        return text

    def put(self, form: str) -> str:
        names = {
            2: "two",
            3: "three",
            4: "four",
            5: "five",
            6: "six",
            7: "seven",
            8: "eight",
            9: "nine",
            12: "twelve",
            16: "sixteen",
        }
        small = str(self.base).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
        return form.format(d=self.digits, b=self.base, w=names[self.base], s=small)


BASED = Kind[Based](
    "number in a base",
    lambda rng: Based(rng.randint(17, 3000), rng.choice([2, 3, 4, 5, 6, 7, 8, 9])),
    [
        Way("subscript", lambda v: v.put("{d}_{{{b}}}")),
        Way("no braces", lambda v: v.put("{d}_{b}"), MATH, "plain"),
        Way("parentheses", lambda v: v.put("({d})_{{{b}}}"), hub("EleutherAI/lm-evaluation-harness/pull/3785")),
        Way("base in words below", lambda v: v.put(r"{d}_{{\text{{{w}}}}}"), hub("EleutherAI/lm-evaluation-harness/pull/3785")),
        Way("base in parentheses", lambda v: v.put("{d}_{{({b})}}"), MATH),
        Way("subscript sign", lambda v: v.put("{d}{s}"), mode="plain"),
        Way("in base", lambda v: v.put("{d} in base {b}"), hub("EleutherAI/lm-evaluation-harness/pull/3785"), "words"),
        Way("in base, base in words", lambda v: v.put("{d} in base {w}"), mode="words"),
        Way("base behind in parentheses", lambda v: v.put("{d} (base {b})"), mode="words"),
        Way("base in text", lambda v: v.put(r"{d} \text{{ base }} {b}"), MATH),
        Way("text around all", lambda v: v.put(r"\text{{{d}}}_{{{b}}}"), MATH),
        Way("binary prefix", lambda v: f"0b{v.digits}" if v.base == 2 else None, PYTHON, "plain"),
        Way("octal prefix", lambda v: f"0o{v.digits}" if v.base == 8 else None, PYTHON, "plain"),
    ],
    [
        Twist("a digit", lambda v, rng: Based(v.value + 1, v.base)),
        Twist("base", lambda v, rng: Based(int(v.digits, v.base + 1), v.base + 1) if v.base < 9 else None),
        Twist("base times", lambda v, rng: Based(v.value * v.base, v.base)),
        Twist("another value", lambda v, rng: Based(other(rng, v.value, max(17, v.value - 30), v.value + 30), v.base)),
    ],
)  # fmt: skip
