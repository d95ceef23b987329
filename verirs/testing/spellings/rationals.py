"""Fractions, decimals, repeating decimals, percents and numbers times a power of ten."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random

from verirs.testing.spellings import english
from verirs.testing.spellings.way import (
    AMS,
    GSM8K,
    MATH,
    MV,
    OLYMPIAD,
    PYTHON,
    QWEN,
    SIUNITX,
    Kind,
    Twist,
    Way,
    decimal,
    digit,
    exact,
    hub,
    other,
    superscript,
)

WORDS = hub("microsoft/Recognizers-Text/issues/441")
VULGAR = {
    Fraction(1, 2): "½", Fraction(1, 3): "⅓", Fraction(2, 3): "⅔", Fraction(1, 4): "¼", Fraction(3, 4): "¾",
    Fraction(1, 5): "⅕", Fraction(2, 5): "⅖", Fraction(3, 5): "⅗", Fraction(4, 5): "⅘", Fraction(1, 6): "⅙",
    Fraction(5, 6): "⅚", Fraction(1, 8): "⅛", Fraction(3, 8): "⅜", Fraction(5, 8): "⅝", Fraction(7, 8): "⅞",
}  # fmt: skip


def rational(rng: Random) -> Fraction:
    if rng.random() < 0.2:
        return rng.choice(list(VULGAR)) + rng.choice([0, 0, 1, 3])
    while True:
        value = Fraction(
            rng.randint(1, rng.choice([9, 30, 400])),
            rng.choice([2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 20, 45, 101]),
        )
        if value.denominator > 1:
            return -value if rng.random() < 0.2 else value


def over(value: Fraction, form: str) -> str:
    """A fraction in a form with ``{s}``, ``{p}`` and ``{q}``: sign, numerator and denominator."""
    return form.format(s="-" if value < 0 else "", p=abs(value.numerator), q=value.denominator)


def short(value: Fraction, form: str) -> str | None:
    return over(value, form) if abs(value.numerator) < 10 and value.denominator < 10 else None


def mixed(value: Fraction, form: str) -> str | None:
    whole, rest = divmod(abs(value), 1)
    if not whole or not rest:
        return None
    sign = "-" if value < 0 else ""
    return form.format(s=sign, w=whole, p=rest.numerator, q=rest.denominator)


def with_vulgar(value: Fraction) -> str | None:
    whole, rest = divmod(value, 1)
    return f"{whole or ''}{VULGAR[rest]}" if value > 0 and rest in VULGAR else None


def floating(value: Fraction) -> str | None:
    """As a program prints it, where that is no exact decimal of few digits."""
    text = repr(float(value))
    return text if len(text.strip("-0.").replace(".", "")) >= 15 and "e" not in text else None


RATIONAL = Kind[Fraction](
    "fraction",
    rational,
    [
        Way("frac", exact),
        Way("slash", str, mode="plain"),
        Way("dfrac", lambda v: over(v, r"{s}\dfrac{{{p}}}{{{q}}}"), MATH),
        Way("tfrac", lambda v: over(v, r"{s}\tfrac{{{p}}}{{{q}}}"), MATH),
        Way("cfrac", lambda v: over(v, r"{s}\cfrac{{{p}}}{{{q}}}"), MATH),
        Way("sfrac", lambda v: over(v, r"{s}\sfrac{{{p}}}{{{q}}}"), hub("OrangeX4/Latex-Sympy-Calculator/issues/28")),
        Way("nicefrac", lambda v: over(v, r"{s}\nicefrac{{{p}}}{{{q}}}"), "https://ctan.org/pkg/units"),
        Way("frac without braces", lambda v: short(v, r"{s}\frac{p}{q}"), MATH),
        Way("frac with one brace", lambda v: short(v, r"{s}\frac{{{p}}}{q}"), MATH),
        Way("frac with spaces", lambda v: short(v, r"{s}\frac {p} {q}"), hub("OrangeX4/Latex-Sympy-Calculator/issues/26")),
        Way("over", lambda v: over(v, r"{s}{{{p} \over {q}}}"), MATH),
        Way("genfrac", lambda v: over(v, r"{s}\genfrac{{}}{{}}{{}}{{}}{{{p}}}{{{q}}}"), AMS),
        Way("flatfrac", lambda v: over(v, r"{s}\flatfrac{{{p}}}{{{q}}}"), "https://ctan.org/pkg/physics"),
        Way("displaystyle", lambda v: rf"\displaystyle {exact(v)}", QWEN),
        Way("textstyle", lambda v: rf"\textstyle {exact(v)}", AMS),
        Way("slash command", lambda v: over(v, r"{s}{p}\slash {q}"), AMS),
        Way("big slash", lambda v: over(v, r"{s}{p}\big/{q}"), AMS),
        Way("Fraction()", lambda v: f"Fraction({v.numerator}, {v.denominator})", PYTHON, "plain"),
        Way("Rational()", lambda v: f"Rational({v.numerator}, {v.denominator})", "https://docs.sympy.org/latest/modules/core.html", "plain"),
        Way("divided by", lambda v: f"{v.numerator} divided by {v.denominator}" if v > 0 else None, hub("microsoft/Recognizers-Text/issues/2716"), "words"),
        Way("div", lambda v: over(v, r"{s}{p} \div {q}"), hub("hiyouga/MathRuler/issues/2")),
        Way("division sign", lambda v: over(v, "{s}{p} ÷ {q}"), mode="plain"),
        Way("slash with spaces", lambda v: over(v, "{s}{p} / {q}"), mode="plain"),
        Way("slash with parentheses", lambda v: over(v, "{s}({p})/({q})"), PYTHON, "plain"),
        Way("fraction slash", lambda v: over(v, "{s}{p}⁄{q}"), mode="plain"),
        Way("division slash", lambda v: over(v, "{s}{p}∕{q}"), mode="plain"),
        Way("super and subscript", lambda v: f"{superscript(v.numerator)}⁄" + str(v.denominator).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) if v > 0 else None, mode="plain"),
        Way("vulgar", with_vulgar, hub("microsoft/Recognizers-Text/issues/2347"), "plain"),
        Way("sign in the numerator", lambda v: over(-v, r"\frac{{-{p}}}{{{q}}}") if v < 0 else None, MATH),
        Way("sign in the denominator", lambda v: over(-v, r"\frac{{{p}}}{{-{q}}}") if v < 0 else None, hub("deepseek-ai/DeepSeek-R1/issues/561")),
        Way("unreduced", lambda v: rf"\frac{{{2 * v.numerator}}}{{{2 * v.denominator}}}", MATH),
        Way("inverse power", lambda v: f"{v.denominator}^{{-1}}" if v.numerator == 1 else None, MATH),
        Way("times an inverse power", lambda v: rf"{v.numerator} \cdot {v.denominator}^{{-1}}", MATH),
        Way("left right parentheses", lambda v: rf"\left({exact(v)}\right)", MATH),
        Way("boldsymbol", lambda v: rf"\boldsymbol{{{exact(v)}}}", MATH),
        Way("mathbf parts", lambda v: over(v, r"{s}\frac{{\mathbf{{{p}}}}}{{\mathbf{{{q}}}}}"), MATH),
        Way("text parts", lambda v: over(v, r"{s}\frac{{\text{{{p}}}}}{{\text{{{q}}}}}"), MV),
        Way("mixed", lambda v: mixed(v, r"{s}{w}\frac{{{p}}}{{{q}}}"), MATH),
        Way("mixed in plain letters", lambda v: mixed(v, "{s}{w} {p}/{q}"), hub("Khan/khan-exercises/issues/156238"), "plain"),
        Way("mixed as a sum", lambda v: mixed(v, "{w} + {p}/{q}") if v > 0 else None, hub("Khan/khan-exercises/issues/124368"), "plain"),
        Way("float", floating, PYTHON, "plain"),
        Way("exact decimal", decimal, MATH, "plain"),
        Way("words", english.fraction, WORDS, "words"),
        Way("words with a hyphen", lambda v: english.fraction(v, "-"), WORDS, "words"),
        Way("mixed in words", english.mixed, hub("markburns/numbers_in_words/issues/32"), "words"),
        Way("mixed in words with a", lambda v: english.mixed(v, "a") if v.denominator not in (8, 11) else None, hub("markburns/numbers_in_words/issues/32"), "words"),
        Way("mixed in digits and words", lambda v: f"{v // 1} and a half" if v > 1 and v.denominator == 2 else None, hub("spencermountain/compromise/issues/155"), "words"),
        Way("over in words", lambda v: f"{english.number(v.numerator)} over {english.number(v.denominator)}" if v > 0 else None, mode="words"),
        Way("out of", lambda v: f"{v.numerator} out of {v.denominator}" if 0 < v < 1 else None, hub("microsoft/Recognizers-Text/issues/2716"), "words"),
        Way("named p", lambda v: f"p = {exact(v)}", MATH, names=True),
        Way("dollars", lambda v: f"${exact(v)}$", QWEN, "plain"),
    ],
    [
        Twist("sign", lambda v, rng: -v),
        Twist("numerator", lambda v, rng: Fraction(digit(rng, v.numerator), v.denominator)),
        Twist("denominator", lambda v, rng: Fraction(v.numerator, v.denominator + 1)),
        Twist("upside down", lambda v, rng: 1 / v),
        Twist("one more", lambda v, rng: v + 1),
        Twist("product for mixed", lambda v, rng: (v // 1) * (v % 1) if v > 1 else None),
    ],
)  # fmt: skip


def terminating(rng: Random) -> Fraction:
    while True:
        value = Fraction(
            rng.randint(1, rng.choice([99, 9999, 10**7])), rng.choice([2, 4, 5, 10, 20, 25, 40, 100, 1000])
        )
        if value.denominator > 1:
            return -value if rng.random() < 0.2 else value


def places(value: Fraction) -> str:
    """The decimal, with a point in any case."""
    text = decimal(value)
    assert text is not None
    return text if "." in text else f"{text}.0"


DECIMAL = Kind[Fraction](
    "decimal",
    terminating,
    [
        Way("decimal", places, mode="plain"),
        Way("zero at the end", lambda v: places(v) + "0", PYTHON, "plain"),
        Way("three zeros at the end", lambda v: places(v) + "000", mode="plain"),
        Way("no zero before the point", lambda v: places(v).replace("0.", ".", 1) if abs(v) < 1 else None, hub("Khan/khan-exercises/issues/137518"), "plain"),
        Way("commas", lambda v: f"{int(abs(v)):,}{places(abs(v))[len(str(int(abs(v)))):]}" if v >= 1000 else None, GSM8K, "plain"),
        Way("comma in braces", lambda v: places(v).replace(".", "{,}") if len(places(v).split(".")[1]) != 3 else None, "https://en.wikipedia.org/wiki/Decimal_separator"),
        Way("decimal comma", lambda v: places(v).replace(".", ",") if len(places(v).split(".")[1]) != 3 else None, hub("maths/moodle-qtype_stack/issues/867"), "plain"),
        Way("arabic point", lambda v: places(v).replace(".", "٫"), hub("espeak-ng/espeak-ng/issues/1812"), "plain"),
        Way("fullwidth", lambda v: places(v).translate(str.maketrans("0123456789.", "０１２３４５６７８９．")), QWEN, "plain"),
        Way("fraction", exact, MATH),
        Way("slash", str, mode="plain"),
        Way("unreduced over a power of ten", lambda v: rf"\frac{{{v.numerator * (1000 // v.denominator)}}}{{1000}}" if 1000 % v.denominator == 0 else None, MATH),
        Way("float noise", lambda v: t if len(t := f"{float(v):.17g}") > 16 and "e" not in t else None, PYTHON, "plain"),
        Way("text", lambda v: rf"\text{{{places(v)}}}", MV),
        Way("mathbf", lambda v: rf"\mathbf{{{places(v)}}}", MV),
        Way("num", lambda v: rf"\num{{{places(v)}}}", SIUNITX),
        Way("Decimal()", lambda v: f"Decimal('{places(v)}')", "https://docs.python.org/3/library/decimal.html", "plain"),
        Way("np.float64()", lambda v: f"np.float64({places(v)})", "https://numpy.org/doc/stable/release/2.0.0-notes.html", "plain"),
        Way("texttt", lambda v: rf"\texttt{{{places(v)}}}", AMS),
        Way("words", lambda v: english.spoken(places(v)) if abs(v) < 1000 else None, hub("akshaynagpal/w2n/issues/29"), "words"),
        Way("unicode minus", lambda v: places(v).replace("-", "−") if v < 0 else None, MV, "plain"),
        Way("plus sign", lambda v: f"+{places(v)}" if v > 0 else None, mode="plain"),
        Way("named x", lambda v: f"x = {places(v)}", MATH, "plain", names=True),
    ],
    [
        Twist("sign", lambda v, rng: -v),
        Twist("digit", lambda v, rng: Fraction(digit(rng, v.numerator), v.denominator)),
        Twist("point moved", lambda v, rng: v * 10),
        Twist("rounded", lambda v, rng: Fraction(round(v)) if abs(v) > 10 else None),
        Twist("one place lost", lambda v, rng: Fraction(places(v)[:-1].rstrip(".")) if len(places(v).split(".")[1]) > 1 else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Repeating:
    """``whole.lead(period)``."""

    whole: int
    lead: str
    period: str

    @property
    def value(self) -> Fraction:
        shift: int = 10 ** len(self.lead)
        tail = Fraction(int(self.period), 10 ** len(self.period) - 1)
        return self.whole + (Fraction(int(self.lead or "0")) + tail) / shift


def repeating(rng: Random) -> Repeating:
    period = rng.choice(["3", "6", "1", "27", "09", "18", "142857", "45", "123"])
    return Repeating(rng.choice([0, 0, 1, 2, 12]), rng.choice(["", "", "1", "8", "04"]), period)


def dots(v: Repeating, end: str) -> str:
    return f"{v.whole}.{v.lead}{v.period * (4 if len(v.period) == 1 else 3)}{end}"


def rolled(v: Repeating, rng: Random) -> Repeating:
    return Repeating(
        v.whole, v.lead, str((int(v.period) + 1) % (10 ** len(v.period) - 1)).zfill(len(v.period))
    )


REPEATING = Kind[Repeating](
    "repeating decimal",
    repeating,
    [
        Way("fraction", lambda v: exact(v.value)),
        Way("overline", lambda v: rf"{v.whole}.{v.lead}\overline{{{v.period}}}", MATH),
        Way("bar", lambda v: rf"{v.whole}.{v.lead}\bar{{{v.period}}}", MATH),
        Way("bar without braces", lambda v: rf"{v.whole}.{v.lead}\bar {v.period}" if len(v.period) == 1 else None, MATH),
        Way("parentheses", lambda v: f"{v.whole}.{v.lead}({v.period})", mode="plain"),
        Way("dot above", lambda v: rf"{v.whole}.{v.lead}\dot{{{v.period}}}" if len(v.period) == 1 else None, MATH),
        Way("dots above the ends", lambda v: rf"{v.whole}.{v.lead}\dot{{{v.period[0]}}}{v.period[1:-1]}\dot{{{v.period[-1]}}}" if len(v.period) > 1 else None, MATH),
        Way("ldots", lambda v: dots(v, r"\ldots"), MATH),
        Way("cdots", lambda v: dots(v, r"\cdots"), MATH),
        Way("three points", lambda v: dots(v, "..."), mode="plain"),
        Way("ellipsis", lambda v: dots(v, "…"), mode="plain"),
        Way("combining overline", lambda v: f"{v.whole}.{v.lead}" + "".join(d + "\u0305" for d in v.period), mode="plain"),
        Way("repeating in words", lambda v: f"{v.whole}.{v.lead}{v.period} repeating" if not v.lead and len(v.period) == 1 else None, mode="words"),
        Way("float", lambda v: floating(v.value), PYTHON, "plain"),
        Way("slash", lambda v: str(v.value), mode="plain"),
    ],
    [
        Twist("another period", rolled),
        Twist("another whole part", lambda v, rng: Repeating(v.whole + 1, v.lead, v.period)),
        Twist("a digit before the period", lambda v, rng: Repeating(v.whole, v.lead + "5", v.period)),
    ],
)  # fmt: skip


def percent(rng: Random) -> Fraction:
    return Fraction(rng.randint(2, 99)) if rng.random() < 0.7 else Fraction(rng.randint(11, 999), 10)


PERCENT = Kind[Fraction](
    "percent",
    percent,
    [
        Way("percent sign", lambda v: rf"{decimal(v)}\%"),
        Way("bare percent sign", lambda v: f"{decimal(v)}%", GSM8K, "plain"),
        Way("space before it", lambda v: rf"{decimal(v)} \%", MATH),
        Way("thin space before it", lambda v: rf"{decimal(v)}\,\%", MATH),
        Way("sign in text", lambda v: rf"{decimal(v)}\text{{\%}}", MATH),
        Way("fullwidth sign", lambda v: f"{decimal(v)}％", QWEN, "plain"),
        Way("percent", lambda v: f"{decimal(v)} percent", MATH, "plain"),
        Way("pct", lambda v: f"{decimal(v)} pct", hub("spencermountain/compromise/issues/54"), "plain"),
        Way("SI", lambda v: rf"\SI{{{decimal(v)}}}{{\percent}}", SIUNITX),
        Way("qty", lambda v: rf"\qty{{{decimal(v)}}}{{\percent}}", SIUNITX),
        Way("small sign", lambda v: f"{decimal(v)}﹪", QWEN, "plain"),
        Way("arabic sign", lambda v: f"{decimal(v)}٪", hub("espeak-ng/espeak-ng/issues/1812"), "plain"),
        Way("per cent", lambda v: f"{decimal(v)} per cent", MATH, "plain"),
        Way("percent in text", lambda v: rf"{decimal(v)}\text{{ percent}}", MATH),
        Way("percent in mathrm", lambda v: rf"{decimal(v)}\ \mathrm{{percent}}", MATH),
        Way("number and sign in dollars", lambda v: rf"${decimal(v)}\%$", MATH, "plain"),
        Way("number in words", lambda v: f"{english.number(v.numerator)} percent" if v.denominator == 1 else None, hub("spencermountain/compromise/issues/54"), "words"),
        Way("of a hundred", lambda v: exact(v / 100), MATH),
        Way("decimal of one", lambda v: decimal(v / 100), hub("UKGovernmentBEIS/inspect_ai/issues/1622"), "plain"),
        Way("zeros", lambda v: f"{decimal(v)}{'0' if v.denominator > 1 else '.00'}%", PYTHON, "plain"),
        Way("named", lambda v: rf"p = {decimal(v)}\%", MATH, names=True),
    ],
    [
        Twist("one more", lambda v, rng: v + 1),
        Twist("sign", lambda v, rng: -v),
        Twist("digit", lambda v, rng: Fraction(digit(rng, v.numerator), v.denominator)),
        Twist("rest to a hundred", lambda v, rng: 100 - v if v not in (50,) and v < 100 else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Scientific:
    """``mantissa * 10**exponent``; the mantissa has one digit before the point."""

    mantissa: Fraction
    exponent: int

    @property
    def value(self) -> Fraction:
        power = Fraction(10 ** abs(self.exponent))
        return self.mantissa * power if self.exponent > 0 else self.mantissa / power

    def put(self, form: str) -> str:
        return form.format(
            m=decimal(self.mantissa), e=self.exponent, E=f"{self.exponent:+03d}", s=superscript(self.exponent)
        )


def scientific(rng: Random) -> Scientific:
    mantissa = (
        Fraction(rng.randint(11, 99), 10) if rng.random() < 0.6 else Fraction(rng.randint(101, 999), 100)
    )
    if mantissa.denominator == 1:
        mantissa += Fraction(1, 2)
    return Scientific(mantissa, other(rng, 0, -9, 12))


SCIENTIFIC = Kind[Scientific](
    "power of ten",
    scientific,
    [
        Way("times", lambda v: v.put(r"{m} \times 10^{{{e}}}")),
        Way("cdot", lambda v: v.put(r"{m} \cdot 10^{{{e}}}"), OLYMPIAD),
        Way("glued times", lambda v: v.put(r"{m}\times10^{{{e}}}"), OLYMPIAD),
        Way("no braces", lambda v: v.put(r"{m} \times 10^{e}") if 0 < v.exponent < 10 else None, OLYMPIAD),
        Way("star", lambda v: v.put("{m}*10^{e}") if v.exponent > 0 else v.put("{m}*10^({e})"), mode="plain"),
        Way("python power", lambda v: v.put("{m} * 10**{e}"), PYTHON, "plain"),
        Way("letter x", lambda v: v.put("{m} x 10^{{{e}}}"), hub("allenai/olmo-eval/pull/391"), "plain"),
        Way("letter x in plain letters", lambda v: v.put("{m} x 10^{e}" if v.exponent > 0 else "{m} x 10^({e})"), hub("allenai/olmo-eval/pull/391"), "plain"),
        Way("times sign", lambda v: v.put("{m} × 10^{{{e}}}"), hub("allenai/olmo-eval/pull/391"), "plain"),
        Way("superscripts", lambda v: v.put("{m} × 10{s}"), hub("allenai/olmo-eval/pull/391"), "plain"),
        Way("middle dot", lambda v: v.put("{m}·10{s}"), mode="plain"),
        Way("e", lambda v: v.put("{m}e{e}"), PYTHON, "plain"),
        Way("e with two digits", lambda v: v.put("{m}e{E}"), PYTHON, "plain"),
        Way("E", lambda v: v.put("{m}E{E}"), hub("maths/moodle-qtype_stack/issues/1382"), "plain"),
        Way("num", lambda v: v.put(r"\num{{{m}e{e}}}"), SIUNITX),
        Way("power first", lambda v: v.put(r"10^{{{e}}} \times {m}"), MATH),
        Way("ast", lambda v: v.put(r"{m} \ast 10^{{{e}}}"), AMS),
        Way("power in parentheses", lambda v: v.put(r"{m}(10^{{{e}}})"), hub("allenai/olmo-eval/pull/391")),
        Way("roman E", lambda v: v.put(r"{m}\mathrm{{E}}{{{e}}}"), hub("maths/moodle-qtype_stack/issues/1382")),
        Way("e in text", lambda v: v.put(r"\text{{{m}e{e}}}"), PYTHON),
        Way("small x and star powers", lambda v: v.put("{m} x 10**{e}"), hub("allenai/olmo-eval/pull/391"), "plain"),
        Way("times ten to the power of", lambda v: v.put("{m} times 10 to the power of {e}"), mode="words"),
        Way("written out", lambda v: decimal(v.value) if v.exponent > -6 else None, MATH, "plain"),
        Way("written out with commas", lambda v: f"{v.value.numerator:,}" if v.exponent > 3 else None, GSM8K, "plain"),
        Way("over a power", lambda v: rf"\frac{{{decimal(v.mantissa)}}}{{10^{{{-v.exponent}}}}}" if v.exponent < -1 else None, MATH),
        Way("another mantissa", lambda v: rf"{decimal(v.mantissa * 10)} \times 10^{{{v.exponent - 1}}}" if v.exponent != 1 else None, MATH),
        Way("mathrm around all", lambda v: v.put(r"\mathrm{{{m} \times 10^{{{e}}}}}"), MATH),
    ],
    [
        Twist("exponent", lambda v, rng: Scientific(v.mantissa, v.exponent + 1)),
        Twist("sign of the exponent", lambda v, rng: Scientific(v.mantissa, -v.exponent)),
        Twist("mantissa", lambda v, rng: Scientific(v.mantissa + Fraction(1, 10), v.exponent) if v.mantissa < 9 else None),
    ],
)  # fmt: skip
