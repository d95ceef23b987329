"""Durations, times of day, dates, money, angles, counts, formulas of molecules, letters of a choice."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from verirs.testing.spellings import english
from verirs.testing.spellings.way import (
    GSM8K,
    MATH,
    MV,
    QWEN,
    SIUNITX,
    Kind,
    Twist,
    Way,
    decimal,
    digit,
    hub,
    other,
)

SCIBENCH = hub("allenai/olmo-eval/pull/391")
CONVERT = hub("mkhan45/CalcuLaTeX/issues/47")
HOURS = hub("joestelmach/natty/issues/169")
DURATION = Kind[int](
    "duration in minutes",
    lambda rng: 60 * rng.randint(1, 7) + rng.choice([5, 10, 12, 15, 24, 30, 30, 45, 50]),
    [
        Way("minutes", lambda m: rf"{m}\text{{ minutes}}"),
        Way("hours and minutes", lambda m: f"{hours(m)} {m % 60} minutes", HOURS, "plain"),
        Way("with and", lambda m: f"{hours(m)} and {m % 60} minutes", GSM8K, "plain"),
        Way("with a comma", lambda m: f"{hours(m)}, {m % 60} minutes", GSM8K, "plain"),
        Way("in text", lambda m: rf"{m // 60}\text{{ hours }}{m % 60}\text{{ minutes}}" if m >= 120 else None, MATH),
        Way("h min", lambda m: f"{m // 60} h {m % 60} min", HOURS, "plain"),
        Way("hr min", lambda m: f"{m // 60} hr {m % 60} min", GSM8K, "plain"),
        Way("glued", lambda m: f"{m // 60}h{m % 60}m", hub("cpvalente/ontime/pull/307"), "plain"),
        Way("glued with a space", lambda m: f"{m // 60}h {m % 60}m", hub("cpvalente/ontime/pull/307"), "plain"),
        Way("decimal hours", lambda m: f"{decimal(Fraction(m, 60))} hours" if decimal(Fraction(m, 60)) else None, GSM8K, "plain"),
        Way("mixed hours", lambda m: rf"{m // 60}\frac{{1}}{{2}}\text{{ hours}}" if m % 60 == 30 else None, MATH),
        Way("and a half hours", lambda m: f"{english.number(m // 60)} and a half hours" if m % 60 == 30 else None, GSM8K, "words"),
        Way("seconds", lambda m: f"{60 * m} seconds", CONVERT, "plain"),
        Way("number of minutes in words", lambda m: f"{english.number(m)} minutes", GSM8K, "words"),
        Way("min", lambda m: f"{m} min", GSM8K, "plain"),
    ],
    [
        Twist("minutes", lambda m, rng: m + 1),
        Twist("an hour more", lambda m, rng: m + 60),
        Twist("minutes as a decimal", lambda m, rng: m // 60 * 60 + m % 60 * 60 // 100 if m % 5 == 0 and m % 60 * 60 // 100 != m % 60 else None),
    ],
)  # fmt: skip


def hours(minutes: int) -> str:
    return "1 hour" if minutes < 120 else f"{minutes // 60} hours"


@dataclass(frozen=True)
class Clock:
    """A time of day, not at noon or midnight: an hour of the 12-hour clock, a minute, and the half of the day."""

    hour: int
    minute: int
    half: str

    def put(self, form: str) -> str:
        late = self.hour + (12 if self.half == "p" else 0)
        return form.format(
            h=self.hour, m=f"{self.minute:02d}", x=self.half, X=self.half.upper(), l=late, L=f"{late:02d}"
        )


HOURGLASS = hub("dziemborowicz/hourglass/issues/16")
CLOCK = Kind[Clock](
    "time of day",
    lambda rng: Clock(rng.randint(1, 11), rng.randint(1, 59), rng.choice("ap")),
    [
        Way("p.m.", lambda v: v.put(r"{h}:{m}\text{{ {x}.m.}}")),
        Way("plain p.m.", lambda v: v.put("{h}:{m} {x}.m."), MATH, "plain"),
        Way("pm", lambda v: v.put("{h}:{m} {x}m"), HOURGLASS, "plain"),
        Way("PM", lambda v: v.put("{h}:{m} {X}M"), HOURGLASS, "plain"),
        Way("P.M.", lambda v: v.put("{h}:{m} {X}.M."), MATH, "plain"),
        Way("glued", lambda v: v.put("{h}:{m}{X}M"), HOURGLASS, "plain"),
        Way("text around all", lambda v: v.put(r"\text{{{h}:{m} {X}M}}"), MATH),
        Way("24 hours", lambda v: v.put("{l}:{m}") if v.half == "p" else None, HOURGLASS, "plain"),
        Way("in the afternoon", lambda v: v.put("{h}:{m} in the afternoon") if v.half == "p" and v.hour < 6 else None, GSM8K, "words"),
        Way("in the morning", lambda v: v.put("{h}:{m} in the morning") if v.half == "a" else None, GSM8K, "words"),
    ],
    [
        Twist("half of the day", lambda v, rng: replace(v, half="a" if v.half == "p" else "p")),
        Twist("minute", lambda v, rng: replace(v, minute=other(rng, v.minute, 1, 59))),
        Twist("hour", lambda v, rng: replace(v, hour=other(rng, v.hour, 1, 11))),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Money:
    cents: int
    currency: str

    def put(self, form: str) -> str | None:
        """In a form with ``{d}`` the amount with two places, where dollars are meant."""
        return form.format(d=self.amount) if self.currency == "dollar" else None

    @property
    def amount(self) -> str:
        return f"{self.cents // 100}.{self.cents % 100:02d}"

    @property
    def grouped(self) -> str:
        return f"{self.cents // 100:,}.{self.cents % 100:02d}"

    def foreign(self, sign: str, word: str, currency: str, form: str) -> str | None:
        return form.format(s=sign, w=word, d=self.amount) if self.currency == currency else None


def money(rng: Random) -> Money:
    cents = rng.choice([rng.randint(105, 9999), 100 * rng.randint(2, 90), 100 * rng.randint(1000, 90000)])
    return Money(cents, rng.choice(["dollar", "dollar", "dollar", "euro", "pound"]))


SIGNS = {"dollar": r"\$", "euro": "€", "pound": "£"}
MONEY = Kind[Money](
    "money",
    money,
    [
        Way("sign", lambda v: SIGNS[v.currency] + v.amount),
        Way("bare dollar sign", lambda v: v.put("${d}"), GSM8K, "plain"),
        Way("sign and commas", lambda v: SIGNS[v.currency] + v.grouped if v.cents >= 10**5 else None, GSM8K),
        Way("no places", lambda v: f"{SIGNS[v.currency]}{v.cents // 100}" if v.cents % 100 == 0 else None, GSM8K),
        Way("dollars", lambda v: v.put("{d} dollars"), GSM8K, "plain"),
        Way("dollars in text", lambda v: v.put(r"{d}\text{{ dollars}}"), MATH),
        Way("USD behind", lambda v: v.put("{d} USD"), SCIBENCH, "plain"),
        Way("USD before", lambda v: v.put("USD {d}"), SCIBENCH, "plain"),
        Way("US$", lambda v: v.put(r"US\${d}"), QWEN),
        Way("sign in text", lambda v: v.put(r"\text{{\$}}{d}"), MATH),
        Way("space behind the sign", lambda v: v.put(r"\$ {d}"), MATH),
        Way("dollars and cents", lambda v: f"{v.cents // 100} dollars and {v.cents % 100} cents" if v.currency == "dollar" and v.cents % 100 > 1 and v.cents >= 200 else None, GSM8K, "plain"),
        Way("cents", lambda v: f"{v.cents} cents" if v.currency == "dollar" and v.cents < 1000 else None, GSM8K, "plain"),
        Way("dollars in words", lambda v: f"{english.number(v.cents // 100)} dollars" if v.currency == "dollar" and v.cents % 100 == 0 else None, GSM8K, "words"),
        Way("euros", lambda v: v.foreign("€", "euros", "euro", "{d} {w}"), GSM8K, "plain"),
        Way("euro sign behind", lambda v: v.foreign("€", "euros", "euro", "{d} {s}"), GSM8K, "plain"),
        Way("EUR", lambda v: v.foreign("€", "EUR", "euro", "{d} {w}"), SCIBENCH, "plain"),
        Way("pounds sign", lambda v: v.foreign(r"\pounds", "", "pound", "{s}{d}"), hub("UKGovernmentBEIS/inspect_ai/issues/838")),
        Way("GBP", lambda v: v.foreign("£", "GBP", "pound", "{d} {w}"), SCIBENCH, "plain"),
    ],
    [
        Twist("amount", lambda v, rng: replace(v, cents=v.cents + 100)),
        Twist("cents", lambda v, rng: replace(v, cents=v.cents + 1)),
        Twist("currency", lambda v, rng: replace(v, currency=rng.choice([c for c in SIGNS if c != v.currency]))),
        Twist("a thousand times", lambda v, rng: replace(v, cents=v.cents * 1000)),
    ],
)  # fmt: skip


ANGLE = Kind[Fraction](
    "angle in degrees",
    lambda rng: Fraction(rng.randint(2, 359)) + (rng.choice([Fraction(1, 2), Fraction(1, 4)]) if rng.random() < 0.3 else 0),
    [
        Way("circ", lambda v: rf"{decimal(v)}^\circ"),
        Way("circ in braces", lambda v: rf"{decimal(v)}^{{\circ}}", MATH),
        Way("degree sign", lambda v: f"{decimal(v)}°", MV, "plain"),
        Way("degree command", lambda v: rf"{decimal(v)}\degree", hub("huggingface/Math-Verify/issues/2")),
        Way("degrees", lambda v: f"{decimal(v)} degrees", MATH, "plain"),
        Way("degrees in text", lambda v: rf"{decimal(v)}\text{{ degrees}}", MATH),
        Way("deg", lambda v: f"{decimal(v)} deg", SCIBENCH, "plain"),
        Way("ang", lambda v: rf"\ang{{{decimal(v)}}}", SIUNITX),
        Way("minutes", lambda v: rf"{v // 1}^\circ {v % 1 * 60}'" if v.denominator > 1 else None, MATH),
        Way("minutes with prime", lambda v: rf"{v // 1}^{{\circ}} {v % 1 * 60}^{{\prime}}" if v.denominator > 1 else None, MATH),
        Way("minutes with signs", lambda v: f"{v // 1}°{v % 1 * 60}′" if v.denominator > 1 else None, MATH, "plain"),
        Way("minutes in words", lambda v: f"{v // 1} degrees {v % 1 * 60} minutes" if v.denominator > 1 else None, MATH, "words"),
        Way("named angle", lambda v: rf"\angle ABC = {decimal(v)}^\circ", MATH, names=True),
        Way("measure of an angle", lambda v: rf"m\angle A = {decimal(v)}^\circ", MATH, names=True),
        Way("number in words", lambda v: f"{english.number(v.numerator)} degrees" if v.denominator == 1 else None, MATH, "words"),
        Way("radians", lambda v: rf"\frac{{{v.numerator}\pi}}{{{180 * v.denominator}}}", MATH),
    ],
    [
        Twist("number", lambda v, rng: v + 1),
        Twist("minutes", lambda v, rng: v + Fraction(1, 4)),
        Twist("rest to a straight angle", lambda v, rng: 180 - v if v < 180 and v != 90 else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Count:
    number: int
    noun: str


COUNT = Kind[Count](
    "count",
    lambda rng: Count(rng.randint(2, 400), rng.choice(["apples", "students", "books", "ways", "tickets", "red marbles"])),
    [
        Way("text", lambda v: rf"{v.number}\text{{ {v.noun}}}"),
        Way("plain", lambda v: f"{v.number} {v.noun}", GSM8K, "plain"),
        Way("number", lambda v: str(v.number), GSM8K, "plain"),
        Way("words", lambda v: f"{english.number(v.number)} {v.noun}", GSM8K, "words"),
        Way("number in dollars", lambda v: f"${v.number}$ {v.noun}", GSM8K, "plain"),
        Way("noun in parentheses", lambda v: f"{v.number} ({v.noun})", hub("huggingface/Math-Verify/issues/10"), "plain"),
        Way("mathrm", lambda v: rf"{v.number}\ \mathrm{{{v.noun}}}" if " " not in v.noun else None, MATH),
        Way("number in bold", lambda v: rf"\mathbf{{{v.number}}}\text{{ {v.noun}}}", MATH),
        Way("dozen", lambda v: f"{v.number // 12} dozen {v.noun}" if v.number % 12 == 0 and v.number > 12 else None, GSM8K, "plain"),
    ],
    [
        Twist("number", lambda v, rng: replace(v, number=v.number + 1)),
        Twist("digit", lambda v, rng: replace(v, number=digit(rng, v.number))),
        Twist("a dozen times", lambda v, rng: replace(v, number=v.number * 12)),
    ],
)  # fmt: skip

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@dataclass(frozen=True)
class Date:
    month: int
    day: int

    def put(self, form: str) -> str:
        suffix = "th" if 10 < self.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(self.day % 10, "th")
        return form.format(M=MONTHS[self.month], d=self.day, t=suffix)


DATE = Kind[Date](
    "date",
    lambda rng: Date(rng.randrange(12), rng.randint(1, 28)),
    [
        Way("month day", lambda v: v.put(r"\text{{{M} {d}}}")),
        Way("plain", lambda v: v.put("{M} {d}"), GSM8K, "words"),
        Way("ordinal", lambda v: v.put("{M} {d}{t}"), GSM8K, "words"),
        Way("day month", lambda v: v.put("{d} {M}"), GSM8K, "words"),
        Way("ordinal of", lambda v: v.put("the {d}{t} of {M}"), GSM8K, "words"),
        Way("month in text", lambda v: v.put(r"\text{{{M} }}{d}"), MATH),
    ],
    [
        Twist("day", lambda v, rng: replace(v, day=other(rng, v.day, 1, 28))),
        Twist("month", lambda v, rng: replace(v, month=other(rng, v.month, 0, 11))),
    ],
)  # fmt: skip

Atoms = tuple[tuple[str, int], ...]
MOLECULES: tuple[Atoms, ...] = (
    (("H", 2), ("O", 1)),
    (("C", 1), ("O", 2)),
    (("N", 1), ("H", 3)),
    (("C", 1), ("H", 4)),
    (("H", 2), ("S", 1), ("O", 4)),
    (("N", 2), ("O", 5)),
    (("Fe", 2), ("O", 3)),
    (("C", 6), ("H", 12), ("O", 6)),
    (("Na", 2), ("C", 1), ("O", 3)),
)


def atoms(v: Atoms, one: str, many: str) -> str:
    return "".join(
        (one if n == 1 else many).format(x=x, n=n, s="".join("₀₁₂₃₄₅₆₇₈₉"[int(d)] for d in str(n)))
        for x, n in v
    )


FORMULA = Kind[Atoms](
    "formula of a molecule",
    lambda rng: rng.choice(MOLECULES),
    [
        Way("mathrm", lambda v: rf"\mathrm{{{atoms(v, '{x}', '{x}_{{{n}}}')}}}"),
        Way("text by atom", lambda v: atoms(v, r"\text{{{x}}}", r"\text{{{x}}}_{n}") if max(n for _, n in v) < 10 else None, MATH),
        Way("mathrm by atom", lambda v: atoms(v, r"\mathrm{{{x}}}", r"\mathrm{{{x}}}_{{{n}}}"), MATH),
        Way("ce", lambda v: rf"\ce{{{atoms(v, '{x}', '{x}{n}')}}}", hub("mhchem/MathJax-mhchem/issues/28")),
        Way("plain", lambda v: atoms(v, "{x}", "{x}{n}"), hub("python-periodictable/periodictable/issues/48"), "plain"),
        Way("subscripts", lambda v: atoms(v, "{x}", "{x}{s}"), hub("python-periodictable/periodictable/issues/48"), "plain"),
        Way("underscores", lambda v: atoms(v, "{x}", "{x}_{n}") if max(n for _, n in v) < 10 else None, mode="plain"),
    ],
    [
        Twist("a number", lambda v, rng: ((v[0][0], v[0][1] + 1), *v[1:])),
        Twist("an atom", lambda v, rng: (*v[:-1], ("Cl", v[-1][1]))),
    ],
)  # fmt: skip

LETTER = Kind[str](
    "letter of a choice",
    lambda rng: rng.choice("ABCDE"),
    [
        Way("letter", str, mode="plain"),
        Way("parentheses", lambda v: f"({v})", QWEN, "plain"),
        Way("one parenthesis", lambda v: f"{v})", QWEN, "plain"),
        Way("point", lambda v: f"{v}.", QWEN, "plain"),
        Way("text", lambda v: rf"\text{{{v}}}", MATH),
        Way("text in parentheses", lambda v: rf"\text{{({v})}}", MATH),
        Way("bold", lambda v: rf"\textbf{{({v})}}", MATH),
        Way("mathrm", lambda v: rf"\mathrm{{{v}}}", MATH),
        Way("option", lambda v: f"Option {v}", hub("huggingface/Math-Verify/issues/13"), "words"),
        Way("choice", lambda v: f"choice {v}", hub("huggingface/Math-Verify/issues/13"), "words"),
        Way("option in text", lambda v: rf"\text{{Option {v}}}", hub("openai/simple-evals/issues/33")),
        Way("markdown bold", lambda v: f"**{v}**", hub("UKGovernmentBEIS/inspect_ai/issues/5055"), "words"),
    ],
    [Twist("another letter", lambda v, rng: rng.choice([c for c in "ABCDE" if c != v]))],
)  # fmt: skip
