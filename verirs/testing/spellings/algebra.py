"""Expressions with letters: polynomials, lines, cases, families, congruences, antiderivatives, functions."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from verirs.testing.spellings.way import (
    AMS,
    MATH,
    SYMPY,
    Kind,
    Twist,
    Way,
    hub,
    other,
    superscript,
)

MODULAR = hub("huggingface/lighteval/issues/140")
FORALL = hub("scitix/sieval/pull/28")
CASES = "https://en.wikipedia.org/wiki/Piecewise_function"
LE, GE, ROW = r"\le", r"\ge", r" \\ "
IF_ROW = r"{f} & \text{{ if }} {c}| \\ "
FRAC_PI = r"\frac{{1}}{{{b}}}{pi}"
Coefficients = tuple[int, ...]
"""From the constant term upwards."""


def term(c: int, power: int, x: str, form: str, star: str) -> str:
    """``3x^2`` without its sign, in the form for powers with ``{x}`` and ``{e}``."""
    letter = "" if power == 0 else (x if power == 1 else form.format(x=x, e=power, s=superscript(power)))
    number = "" if abs(c) == 1 and letter else str(abs(c))
    return number + (star if number and letter else "") + letter


def polynomial(
    v: Coefficients,
    x: str = "x",
    form: str = "{x}^{{{e}}}",
    star: str = "",
    space: str = " ",
    up: bool = False,
) -> str:
    """The terms with their signs, from the highest power down, or up."""
    powers = [p for p in range(len(v)) if v[p]]
    text = ""
    for p in powers if up else reversed(powers):
        sign = "-" if v[p] < 0 else ("+" if text else "")
        gap = space if text else ""
        text += gap + sign + gap + term(v[p], p, x, form, star)
    return text or "0"


def times(a: Coefficients, b: Coefficients) -> Coefficients:
    result = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return tuple(result)


@dataclass(frozen=True)
class Poly:
    """A product of two linear factors, a factor in front, and a constant behind (0: it factors)."""

    roots: tuple[int, int]
    front: int = 1
    plus: int = 0

    @property
    def coefficients(self) -> Coefficients:
        a, b = self.roots
        p = times((self.front,), times((-a, 1), (-b, 1)))
        return (p[0] + self.plus, *p[1:])

    def factored(self, mark: str = "") -> str | None:
        if self.plus:
            return None
        front = {1: "", -1: "-"}.get(self.front, f"{self.front}{mark}")
        return front + mark.join(
            f"({polynomial((-r, 1), form='', space=' ')})" if r else "x" for r in self.roots
        )


def poly(rng: Random) -> Poly:
    low, high = sorted(rng.sample([-7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 6, 9], 2))
    return Poly((low, high), rng.choice([1, 1, 1, 2, 3, -1]), rng.choice([0, 0, 0, 1, 5]))


POLYNOMIAL = Kind[Poly](
    "polynomial",
    poly,
    [
        Way("expanded", lambda v: polynomial(v.coefficients)),
        Way("no spaces", lambda v: polynomial(v.coefficients, form="{x}^{e}", space=""), MATH),
        Way("upwards", lambda v: polynomial(v.coefficients, up=True), MATH),
        Way("plain carets", lambda v: polynomial(v.coefficients, form="{x}^{e}"), mode="plain"),
        Way("stars", lambda v: polynomial(v.coefficients, form="{x}**{e}", star="*"), SYMPY, "plain"),
        Way("carets and stars", lambda v: polynomial(v.coefficients, form="{x}^{e}", star="*"), hub("QwenLM/Qwen2.5-Math/issues/29"), "plain"),
        Way("superscripts", lambda v: polynomial(v.coefficients, form="{x}{s}"), hub("maths/moodle-qtype_stack/issues/1107"), "plain"),
        Way("cdot", lambda v: polynomial(v.coefficients, star=r" \cdot "), MATH),
        Way("factored", lambda v: v.factored(), hub("open-compass/opencompass/pull/2593")),
        Way("factored with cdot", lambda v: v.factored(r" \cdot "), MATH),
        Way("factored with stars", lambda v: v.factored("*"), SYMPY, "plain"),
        Way("factor swapped", lambda v: f"(x {-v.roots[1]:+d})(x {-v.roots[0]:+d})" if v.front == 1 and not v.plus else None, MATH),
        Way("parentheses", lambda v: rf"\left({polynomial(v.coefficients)}\right)", MATH),
        Way("function", lambda v: f"f(x) = {polynomial(v.coefficients)}", MATH, names=True),
        Way("function p", lambda v: f"p(x)={polynomial(v.coefficients)}", MATH, names=True),
        Way("y", lambda v: f"y = {polynomial(v.coefficients)}", MATH, names=True),
        Way("horner", lambda v: f"x(x {v.coefficients[1]:+d}) {v.coefficients[0]:+d}" if v.front == 1 and v.coefficients[1] and v.coefficients[0] else None, MATH),
    ],
    [
        Twist("a root", lambda v, rng: replace(v, roots=(v.roots[0], v.roots[1] + 3))),
        Twist("signs", lambda v, rng: replace(v, roots=(-v.roots[1], -v.roots[0])) if v.roots[0] != -v.roots[1] else None),
        Twist("constant", lambda v, rng: replace(v, plus=v.plus + 1)),
        Twist("factor", lambda v, rng: replace(v, front=v.front + 1 or 2)),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """``y = slope x + at``, of whole numbers that are not 0."""

    slope: int
    at: int


def line(rng: Random) -> Line:
    return Line(other(rng, 0, -9, 9), other(rng, 0, -9, 9))


LINE = Kind[Line](
    "line",
    line,
    [
        Way("solved for y", lambda v: f"y = {polynomial((v.at, v.slope))}"),
        Way("no spaces", lambda v: f"y={polynomial((v.at, v.slope), space='')}", MATH, "plain"),
        Way("star", lambda v: f"y = {polynomial((v.at, v.slope), star='*')}", hub("huggingface/Math-Verify/issues/60"), "plain"),
        Way("constant first", lambda v: f"y = {polynomial((v.at, v.slope), up=True)}", MATH),
        Way("sides swapped", lambda v: f"{polynomial((v.at, v.slope))} = y", MATH),
        Way("right side alone", lambda v: polynomial((v.at, v.slope)), MATH),
        Way("all on one side", lambda v: f"{polynomial((0, v.slope))} - y {v.at:+d} = 0", hub("huggingface/Math-Verify/issues/26")),
        Way("standard form", lambda v: f"{polynomial((0, v.slope))} - y = {-v.at}", MATH),
        Way("twice", lambda v: f"2y = {polynomial((2 * v.at, 2 * v.slope))}", MATH),
        Way("point and slope", lambda v: f"y {-(v.at + v.slope):+d} = {'-' if v.slope == -1 else '' if v.slope == 1 else v.slope}(x - 1)" if v.at + v.slope else None, MATH),
    ],
    [
        Twist("slope", lambda v, rng: replace(v, slope=v.slope + 1) if v.slope != -1 else None),
        Twist("sign of the slope", lambda v, rng: replace(v, slope=-v.slope)),
        Twist("constant", lambda v, rng: replace(v, at=-v.at)),
        Twist("slope upside down", lambda v, rng: Line(v.at, v.slope)),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Pieces:
    """Two linear pieces: below ``at`` the one, above it the other; ``left`` tells whose ``at`` is."""

    below: Coefficients
    above: Coefficients
    at: int
    left: bool

    def put(self, form: str, less: str = "<", at_most: str = r"\le", swapped: bool = False) -> str:
        """In a form for each row with ``{f}`` and ``{c}``, joined by the form after ``|``."""
        row, join = form.split("|")
        more, at_least = {"<": ">"}.get(less, less), {r"\le": r"\ge", "<=": ">=", r"\leq": r"\geq"}[at_most]
        parts = [
            (polynomial(self.below), f"x {at_most if self.left else less} {self.at}"),
            (polynomial(self.above), f"x {more if self.left else at_least} {self.at}"),
        ]
        return join.join(row.format(f=f, c=c) for f, c in (reversed(parts) if swapped else parts))

    def cases(self, row: str, name: str = "", swapped: bool = False) -> str:
        return rf"{name}\begin{{cases}} {self.put(f'{row}|{ROW}', swapped=swapped)} \end{{cases}}"


def pieces(rng: Random) -> Pieces:
    def piece() -> Coefficients:
        return (rng.randint(-9, 9), other(rng, 0, -5, 5))

    while True:
        value = Pieces(piece(), piece(), rng.randint(-3, 4), rng.random() < 0.5)
        one, two = (p[0] + p[1] * value.at for p in (value.below, value.above))
        if value.below != value.above and one != two:
            return value


def otherwise(v: Pieces) -> str:
    low = f"x {LE if v.left else '<'} {v.at}"
    return rf"\begin{{cases}} {polynomial(v.below)} & \text{{if }} {low} \\ {polynomial(v.above)} & \text{{otherwise}} \end{{cases}}"


PIECEWISE = Kind[Pieces](
    "piecewise function",
    pieces,
    [
        Way("cases", lambda v: v.cases("{f} & {c}")),
        Way("named f", lambda v: v.cases("{f} & {c}", "f(x) = "), MATH, names=True),
        Way("comma", lambda v: v.cases("{f}, & {c}"), MATH),
        Way("if", lambda v: v.cases(r"{f} & \text{{if }} {c}"), AMS),
        Way("comma and if", lambda v: v.cases(r"{f}, & \text{{if }} {c}"), AMS),
        Way("for", lambda v: v.cases(r"{f} & \text{{for }} {c}"), AMS),
        Way("rows swapped", lambda v: v.cases("{f} & {c}", swapped=True), CASES),
        Way("otherwise", otherwise, AMS),
        Way("array", lambda v: rf"\left\{{\begin{{array}}{{ll}} {v.put('{f} & {c}|' + ROW)} \end{{array}}\right.", MATH),
        Way("array with if", lambda v: rf"\left\{{\begin{{array}}{{ll}} {v.put(IF_ROW)} \end{{array}}\right.", MATH),
        Way("words", lambda v: v.put(r"{f} \text{{ if }} {c}|, "), MATH),
        Way("words in plain letters", lambda v: v.put("{f} if {c}| and ", at_most="<="), mode="plain"),
        Way("words with for", lambda v: v.put(r"{f} \text{{ for }} {c}|, \ "), MATH),
        Way("sides of the conditions", lambda v: rf"\begin{{cases}} {polynomial(v.below)} & {v.at} {GE if v.left else '>'} x \\ {polynomial(v.above)} & {v.at} {'<' if v.left else LE} x \end{{cases}}", MATH),
    ],
    [
        Twist("whose the point is", lambda v, rng: replace(v, left=not v.left)),
        Twist("pieces swapped", lambda v, rng: replace(v, below=v.above, above=v.below)),
        Twist("a bound", lambda v, rng: replace(v, at=v.at + 1)),
        Twist("a piece", lambda v, rng: replace(v, above=(v.above[0] + 1, v.above[1]))),
    ],
)  # fmt: skip
