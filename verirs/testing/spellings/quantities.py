"""Quantities with a unit, durations, clock times, money, angles, counts, sizes, dates, formulas, letters."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from verirs.testing.spellings import english
from verirs.testing.spellings.units import BY_DIMENSION, UNITS, Unit
from verirs.testing.spellings.way import (
    GSM8K,
    MATH,
    OLYMPIAD,
    SIUNITX,
    Kind,
    Twist,
    Way,
    decimal,
    hub,
    superscript,
)

SCIBENCH = hub("allenai/olmo-eval/pull/391")
CONVERT = hub("mkhan45/CalcuLaTeX/issues/47")
SYMBOLS = hub("battery-data-alliance/battery-data-format/pull/67")


@dataclass(frozen=True)
class Quantity:
    number: Fraction
    unit: Unit

    @property
    def n(self) -> str:
        text = decimal(self.number)
        assert text is not None
        return text

    def put(self, form: str) -> str:
        """In a form with ``{n}`` number, ``{u}`` symbol, ``{w}`` word, ``{t}`` TeX."""
        word = self.unit.one if self.number == 1 else self.unit.word
        return form.format(n=self.n, u=self.unit.symbol, w=word, t=self.unit.tex)


def quantity(rng: Random) -> Quantity:
    number = Fraction(rng.randint(2, 99))
    if rng.random() < 0.3:
        number = Fraction(rng.randint(11, 999), rng.choice([2, 4, 10]))
    return Quantity(number, rng.choice(UNITS))


def powered(v: Quantity, form: str) -> str | None:
    """For a symbol with one power: a form with ``{n}``, ``{h}`` its head, ``{p}`` power and ``{s}`` superscript."""
    head, mark, power = v.unit.symbol.partition("^")
    return (
        form.format(n=v.n, h=head, p=power, s=superscript(int(power))) if mark and "/" not in head else None
    )


def per(v: Quantity, form: str) -> str | None:
    """For a quotient: a form with ``{a}`` above and ``{b}`` below, ``{p}`` the negative power of ``{b}``."""
    above, mark, below = v.unit.symbol.partition("/")
    if not mark:
        return None
    base, _, power = below.partition("^")
    return form.format(n=v.n, a=above, b=below, c=base, p=f"-{power or 1}", s=superscript(-int(power or 1)))


def simple(v: Quantity, text: str) -> str | None:
    return text if v.unit.symbol.isalpha() else None


def converted(v: Quantity, form: str, up: bool) -> str | None:
    """In the next greater or smaller unit of its dimension, where that is a short decimal."""
    units = sorted(BY_DIMENSION[v.unit.dimension], key=lambda u: u.factor)
    at = units.index(v.unit) + (1 if up else -1)
    if not 0 <= at < len(units):
        return None
    number = v.number * v.unit.factor / units[at].factor
    text = decimal(number)
    return Quantity(number, units[at]).put(form) if text and len(text) < 9 else None


def another_unit(v: Quantity, rng: Random) -> Quantity:
    return replace(
        v, unit=rng.choice([u for u in BY_DIMENSION[v.unit.dimension] if u != v.unit] or [UNITS[2]])
    )


def another_power(v: Quantity, rng: Random) -> Quantity | None:
    ladder = {"cm": "cm^2", "cm^2": "cm^3", "cm^3": "cm^2", "m": "m^2", "m^2": "m^3", "m^3": "m^2", "m/s": "m/s^2", "m/s^2": "m/s", "ft": "ft^2", "ft^2": "ft"}  # fmt: skip
    symbol = ladder.get(v.unit.symbol)
    return replace(v, unit=next(u for u in UNITS if u.symbol == symbol)) if symbol else None


def another_dimension(v: Quantity, rng: Random) -> Quantity:
    return replace(v, unit=rng.choice([u for u in UNITS if u.dimension != v.unit.dimension and u.dimension[-5:] != v.unit.dimension[-5:]]))  # fmt: skip


QUANTITY = Kind[Quantity](
    "quantity",
    quantity,
    [
        Way("text", lambda v: v.put("{n}{t}")),
        Way("plain letters", lambda v: v.put("{n} {u}"), SCIBENCH, "plain"),
        Way("glued", lambda v: v.put("{n}{u}"), SCIBENCH, "plain"),
        Way("mathrm", lambda v: v.put(r"{n}\ \mathrm{{{u}}}"), OLYMPIAD),
        Way("mathrm with a thin space", lambda v: v.put(r"{n}\,\mathrm{{{u}}}"), OLYMPIAD),
        Way("mathrm with a tie", lambda v: v.put(r"{n}~\mathrm{{{u}}}"), OLYMPIAD),
        Way("mathrm with a tie inside", lambda v: v.put(r"{n} \mathrm{{~{u}}}"), hub("QwenLM/Qwen2.5-Math")),
        Way("mathrm glued", lambda v: v.put(r"{n}\mathrm{{{u}}}"), OLYMPIAD),
        Way("space command", lambda v: v.put(r"{n}\ {u}"), OLYMPIAD),
        Way("textrm", lambda v: simple(v, v.put(r"{n}\textrm{{ {u}}}")), MATH),
        Way("mbox", lambda v: simple(v, v.put(r"{n}\mbox{{ {u}}}")), MATH),
        Way("number in dollars", lambda v: simple(v, v.put("${n}$ {u}")), GSM8K, "plain"),
        Way("word", lambda v: v.put("{n} {w}"), GSM8K, "plain"),
        Way("word in text", lambda v: v.put(r"{n}\text{{ {w}}}"), MATH),
        Way("word in mathrm", lambda v: v.put(r"{n}\ \mathrm{{{w}}}") if " " not in v.unit.word else None, MATH),
        Way("number in dollars, word", lambda v: v.put("${n}$ {w}"), GSM8K, "plain"),
        Way("number in words", lambda v: f"{english.number(v.number.numerator)} {v.unit.word}" if v.number.denominator == 1 else None, GSM8K, "words"),
        Way("british word", lambda v: v.put("{n} {w}").replace("meter", "metre").replace("liter", "litre") if "eter" in v.unit.word or "liter" in v.unit.word else None, hub("llnl/units/issues/293"), "plain"),
        Way("capital word", lambda v: v.put("{n} ") + v.unit.word.title() if " " not in v.unit.word else None, hub("llnl/units/issues/293"), "plain"),
        Way("unit in parentheses", lambda v: v.put("{n} ({w})"), hub("huggingface/Math-Verify/issues/10"), "plain"),
        Way("superscript", lambda v: powered(v, "{n} {h}{s}"), SYMBOLS, "plain"),
        Way("power in braces", lambda v: powered(v, r"{n}\ \mathrm{{{h}}}^{{{p}}}"), OLYMPIAD),
        Way("power in text", lambda v: powered(v, r"{n}\text{{ {h}}}^{{{p}}}"), MATH),
        Way("sq", lambda v: f"{v.n} sq {v.unit.word.removeprefix('square ')}" if v.unit.word.startswith("square") else None, MATH, "plain"),
        Way("sq with a point", lambda v: f"{v.n} sq. {v.unit.symbol.removesuffix('^2')}" if v.unit.word.startswith("square") else None, MATH, "plain"),
        Way("word squared", lambda v: f"{v.n} {v.unit.word.removeprefix('square ')} squared" if v.unit.word.startswith("square") else None, MATH, "plain"),
        Way("negative power", lambda v: per(v, r"{n}\ \mathrm{{{a}\,{c}}}^{{{p}}}"), OLYMPIAD),
        Way("negative power with cdot", lambda v: per(v, r"{n}\ \mathrm{{{a} \cdot {c}^{{{p}}}}}"), OLYMPIAD),
        Way("negative superscript", lambda v: per(v, "{n} {a} {c}{s}"), SYMBOLS, "plain"),
        Way("fraction of units", lambda v: per(v, r"{n}\ \frac{{\text{{{a}}}}}{{\text{{{b}}}}}") if "^" not in v.unit.symbol else None, MATH),
        Way("fraction of upright units", lambda v: per(v, r"{n} \frac{{\mathrm{{{a}}}}}{{\mathrm{{{b}}}}}"), MATH),
        Way("per", lambda v: per(v, "{n} {a} per {b}") if "^" not in v.unit.symbol else None, GSM8K, "plain"),
        Way("slash with spaces", lambda v: per(v, "{n} {a} / {b}"), hub("battery-data-alliance/battery-data-format/pull/67"), "plain"),
        Way("mph or kph", lambda v: {"mi/h": f"{v.n} mph", "km/h": f"{v.n} kph"}.get(v.unit.symbol), GSM8K, "plain"),
        Way("SI", lambda v: rf"\SI{{{v.n}}}{{{v.unit.siunitx}}}" if v.unit.siunitx else None, SIUNITX),
        Way("qty", lambda v: rf"\qty{{{v.n}}}{{{v.unit.siunitx}}}" if v.unit.siunitx else None, SIUNITX),
        Way("Omega", lambda v: rf"{v.n}\ {v.unit.symbol[:-1]}\Omega" if v.unit.dimension == "resistance" else None, SYMBOLS),
        Way("ohm sign", lambda v: f"{v.n} {v.unit.symbol[:-1]}\u2126" if v.unit.dimension == "resistance" else None, SYMBOLS, "plain"),
        Way("greater unit", lambda v: converted(v, "{n}{t}", True), CONVERT),
        Way("smaller unit", lambda v: converted(v, "{n}{t}", False), CONVERT),
        Way("greater unit in plain letters", lambda v: converted(v, "{n} {u}", True), CONVERT, "plain"),
        Way("smaller unit in words", lambda v: converted(v, "{n} {w}", False), CONVERT, "plain"),
        Way("named d", lambda v: v.put("d = {n}{t}"), MATH, names=True),
    ],
    [
        Twist("number", lambda v, rng: replace(v, number=v.number + 1)),
        Twist("another unit", another_unit),
        Twist("another power", another_power),
        Twist("another dimension", another_dimension),
        Twist("sign", lambda v, rng: replace(v, number=-v.number) if v.unit.dimension in ("length", "temperature", "voltage") else None),
        Twist("a thousand times", lambda v, rng: replace(v, number=v.number * 1000)),
    ],
)  # fmt: skip
