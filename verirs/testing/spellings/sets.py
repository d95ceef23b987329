"""Sets of real numbers: intervals, unions, all but a point, and the answers that are no number."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from verirs.testing.spellings.way import (
    AMS,
    MATH,
    MV,
    OLYMPIAD,
    QWEN,
    SYMPY,
    Kind,
    Twist,
    Way,
    exact,
    hub,
)

FRENCH = "https://en.wikipedia.org/wiki/ISO_31-11"
WEBWORK = hub("openwebwork/pg/pull/514")
RANGES = hub("microsoft/Recognizers-Text/issues/584")
LE, GE, CUP, OR = r"\le", r"\ge", r" \cup ", r" \text{ or } "


@dataclass(frozen=True)
class Interval:
    """Bounds (none is infinity), and whether they belong to it."""

    low: Fraction | None
    high: Fraction | None
    low_in: bool
    high_in: bool

    @property
    def bounded(self) -> bool:
        return self.low is not None and self.high is not None

    @property
    def ends(self) -> tuple[str, str]:
        return (
            r"-\infty" if self.low is None else exact(self.low),
            r"\infty" if self.high is None else exact(self.high),
        )

    @property
    def plain(self) -> tuple[str, str]:
        return ("-inf" if self.low is None else str(self.low), "inf" if self.high is None else str(self.high))

    def put(self, form: str, ends: tuple[str, str] | None = None) -> str:
        """In a form with ``{o}`` and ``{c}`` for the brackets, ``{a}`` and ``{b}`` for the bounds."""
        low, high = ends or self.ends
        return form.format(o="[" if self.low_in else "(", c="]" if self.high_in else ")", a=low, b=high)


def interval(rng: Random) -> Interval:
    low, high = sorted(rng.sample(range(-12, 20), 2))
    bounds = [Fraction(low), Fraction(high)]
    if rng.random() < 0.2:
        bounds[1] += Fraction(1, 2)
    kind = rng.random()
    if kind < 0.3:
        return Interval(bounds[0], None, rng.random() < 0.5, False)
    if kind < 0.5:
        return Interval(None, bounds[1], False, rng.random() < 0.5)
    return Interval(bounds[0], bounds[1], rng.random() < 0.5, rng.random() < 0.5)


def inequality(
    v: Interval, less: str, at_most: str, x: str = "x", ends: tuple[str, str] | None = None
) -> str:
    """``a < x \\le b``, or ``x > a`` for one bound, with these signs for less."""
    low, high = ends or v.ends
    more = {r"<": ">", r"\lt": r"\gt"}.get(less, less)
    at_least = {r"\le": r"\ge", r"\leq": r"\geq", r"\leqslant": r"\geqslant", "<=": ">=", "≤": "≥"}.get(
        at_most, at_most
    )
    if v.high is None:
        return f"{x} {at_least if v.low_in else more} {low}"
    if v.low is None:
        return f"{x} {at_most if v.high_in else less} {high}"
    return f"{low} {at_most if v.low_in else less} {x} {at_most if v.high_in else less} {high}"


def backwards(v: Interval) -> str:
    low, high = v.ends
    if v.high is None:
        return rf"{low} {LE if v.low_in else '<'} x"
    if v.low is None:
        return rf"{high} {GE if v.high_in else '>'} x"
    return rf"{high} {GE if v.high_in else '>'} x {GE if v.low_in else '>'} {low}"


def french(v: Interval, mark: str) -> str:
    low, high = v.ends
    return f"{'[' if v.low_in else ']'}{low}{mark}{high}{']' if v.high_in else '['}"


def two_sided(v: Interval, form: str) -> str | None:
    """In a form with ``{l}`` and ``{h}``, the two one-sided inequalities."""
    if not v.bounded:
        return None
    low, high = v.ends
    return form.format(l=rf"x {GE if v.low_in else '>'} {low}", h=rf"x {LE if v.high_in else '<'} {high}")


def distance(v: Interval) -> str | None:
    if v.low is None or v.high is None or v.low_in != v.high_in:
        return None
    middle, radius = (v.low + v.high) / 2, (v.high - v.low) / 2
    inside = "x" if middle == 0 else f"x {'-' if middle > 0 else '+'} {exact(abs(middle))}"
    return rf"|{inside}| {LE if v.low_in else '<'} {exact(radius)}"


def in_words(v: Interval, x: str = "") -> str | None:
    low, high = v.plain
    if v.bounded:
        return None
    if v.high is None:
        return f"{x}greater than{' or equal to' if v.low_in else ''} {low}"
    return f"{x}less than{' or equal to' if v.high_in else ''} {high}"


def both_in_words(v: Interval) -> str | None:
    low, high = v.plain
    one = f"greater than{' or equal to' if v.low_in else ''} {low}"
    two = f"less than{' or equal to' if v.high_in else ''} {high}"
    return f"{one} and {two}" if v.bounded else None


def at_least(v: Interval, low: str, high: str) -> str | None:
    if v.high is None and v.low_in:
        return low.format(v.low)
    return high.format(v.high) if v.low is None and v.high_in else None


def opened(v: Interval, rng: Random) -> Interval | None:
    """One bound that is there opened or closed."""
    if v.low is not None and (v.high is None or rng.random() < 0.5):
        return replace(v, low_in=not v.low_in)
    return replace(v, high_in=not v.high_in)


def bound(v: Interval, rng: Random) -> Interval:
    return replace(v, low=v.low - 1) if v.low is not None else replace(v, high=(v.high or Fraction(0)) + 1)


def turned(v: Interval, rng: Random) -> Interval | None:
    if v.bounded:
        return None
    return Interval(v.high, v.low, v.high_in, v.low_in)


INTERVAL = Kind[Interval](
    "interval",
    interval,
    [
        Way("brackets", lambda v: v.put("{o}{a}, {b}{c}")),
        Way("no space", lambda v: v.put("{o}{a},{b}{c}"), MATH),
        Way("left right", lambda v: v.put(r"\left{o}{a}, {b}\right{c}"), MATH),
        Way("big brackets", lambda v: v.put(r"\big{o}{a}, {b}\big{c}"), MATH),
        Way("semicolon", lambda v: v.put("{o}{a}; {b}{c}"), FRENCH),
        Way("plus infinity", lambda v: v.put("{o}{a}, +{b}{c}") if v.high is None else None, MV),
        Way("plain letters", lambda v: v.put("{o}{a}, {b}{c}", v.plain), WEBWORK, "plain"),
        Way("infinity in letters", lambda v: v.put("{o}{a}, {b}{c}", v.plain).replace("inf", "infinity"), WEBWORK, "plain"),
        Way("oo", lambda v: v.put("{o}{a}, {b}{c}", v.plain).replace("inf", "oo"), SYMPY, "plain"),
        Way("infinity sign", lambda v: v.put("{o}{a}, {b}{c}", v.plain).replace("inf", "∞"), MV, "plain"),
        Way("outward brackets", lambda v: french(v, ", "), FRENCH),
        Way("outward brackets and semicolon", lambda v: french(v, "; "), FRENCH),
        Way("element of", lambda v: v.put(r"x \in {o}{a}, {b}{c}"), MATH),
        Way("element sign", lambda v: v.put("x ∈ {o}{a}, {b}{c}", v.plain), MV, "plain"),
        Way("inequality", lambda v: inequality(v, "<", r"\le"), MATH),
        Way("leq", lambda v: inequality(v, "<", r"\leq"), MATH),
        Way("leqslant", lambda v: inequality(v, "<", r"\leqslant"), hub("QwenLM/Qwen2.5-Math/issues/35")),
        Way("lt", lambda v: inequality(v, r"\lt", r"\le"), QWEN),
        Way("ascii signs", lambda v: inequality(v, "<", "<=", ends=v.plain), hub("numbas/Numbas/issues/788"), "plain"),
        Way("unicode signs", lambda v: inequality(v, "<", "≤", ends=v.plain), MV, "plain"),
        Way("another letter", lambda v: inequality(v, "<", r"\le", "m"), hub("huggingface/Math-Verify/issues/26"), names=True),
        Way("sides swapped", backwards, hub("numbas/Numbas/issues/788")),
        Way("two inequalities with and", lambda v: two_sided(v, r"{l} \text{{ and }} {h}"), RANGES),
        Way("two inequalities with wedge", lambda v: two_sided(v, r"{l} \land {h}"), OLYMPIAD),
        Way("absolute value", distance, MATH),
        Way("set of x with a colon", lambda v: rf"\{{x : {inequality(v, '<', LE)}\}}", MATH),
        Way("set of x with a bar", lambda v: rf"\{{x \mid {inequality(v, '<', LE)}\}}", MATH),
        Way("set of real x", lambda v: rf"\left\{{x \in \mathbb{{R}} : {inequality(v, '<', LE)}\right\}}", MATH),
        Way("greater than in words", in_words, RANGES, "words"),
        Way("x is greater than", lambda v: in_words(v, "x is "), RANGES, "words"),
        Way("greater and less in words", both_in_words, RANGES, "words"),
        Way("all real numbers greater than", lambda v: in_words(v, "all real numbers "), MATH, "words"),
        Way("at least", lambda v: at_least(v, "x is at least {}", "x is at most {}"), hub("microsoft/Recognizers-Text/issues/551"), "words"),
        Way("or more", lambda v: at_least(v, "{} or more", "{} or less"), hub("microsoft/Recognizers-Text/issues/551"), "words"),
        Way("between, inclusive", lambda v: f"between {v.low} and {v.high}, inclusive" if v.bounded and v.low_in and v.high_in else None, RANGES, "words"),
    ],
    [
        Twist("end point", opened),
        Twist("bound", bound),
        Twist("the other way", turned),
        Twist("sign of a bound", lambda v, rng: replace(v, low=-v.low) if v.low is not None and v.low > 0 else None),
        Twist("half of it", lambda v, rng: replace(v, high=None, high_in=False) if v.bounded else None),
    ],
)  # fmt: skip


@dataclass(frozen=True)
class Union:
    """Two intervals with a gap between them: from minus infinity to ``left``, and ``right`` to infinity or ``end``."""

    left: int
    left_in: bool
    right: int
    right_in: bool
    end: int | None = None

    @property
    def parts(self) -> tuple[Interval, Interval]:
        high = None if self.end is None else Fraction(self.end)
        return (
            Interval(None, Fraction(self.left), False, self.left_in),
            Interval(Fraction(self.right), high, self.right_in, False),
        )

    def join(self, mark: str, plain: bool = False) -> str:
        return mark.join(p.put("{o}{a}, {b}{c}", p.plain if plain else None) for p in self.parts)

    def both(self, mark: str, less: str = "<", at_most: str = r"\le") -> str:
        return mark.join(inequality(p, less, at_most) for p in self.parts)

    @property
    def gap(self) -> str | None:
        if self.end is not None:
            return None
        return f"{'(' if self.left_in else '['}{self.left}, {self.right}{')' if self.right_in else ']'}"


def union(rng: Random) -> Union:
    left, right, end = sorted(rng.sample(range(-12, 15), 3))
    return Union(left, rng.random() < 0.5, right, rng.random() < 0.5, end if rng.random() < 0.4 else None)


def far(v: Union) -> str | None:
    if v.end is not None or v.left_in != v.right_in or (v.left + v.right) % 2:
        return None
    middle, radius = (v.left + v.right) // 2, (v.right - v.left) // 2
    inside = "x" if middle == 0 else f"x {'-' if middle > 0 else '+'} {abs(middle)}"
    return rf"|{inside}| {GE if v.left_in else '>'} {radius}" if (v.right - v.left) % 2 == 0 else None


UNION = Kind[Union](
    "union of intervals",
    union,
    [
        Way("cup", lambda v: v.join(r" \cup ")),
        Way("union sign", lambda v: v.join(" ∪ ", True), MV, "plain"),
        Way("letter U", lambda v: v.join(" U ", True), hub("Doenet/DoenetML/issues/168"), "plain"),
        Way("union in letters", lambda v: v.join(" union ", True), hub("Doenet/DoenetML/issues/168"), "plain"),
        Way("or between intervals", lambda v: v.join(r" \text{ or } "), MATH),
        Way("parts swapped", lambda v: r" \cup ".join(p.put("{o}{a}, {b}{c}") for p in reversed(v.parts)), MATH),
        Way("left right", lambda v: r" \cup ".join(p.put(r"\left{o}{a}, {b}\right{c}") for p in v.parts), MATH),
        Way("outward brackets", lambda v: r" \cup ".join(french(p, "; ") for p in v.parts), FRENCH),
        Way("element of", lambda v: rf"x \in {v.join(CUP)}", MATH),
        Way("or", lambda v: v.both(r" \text{ or } "), MATH),
        Way("plain or", lambda v: v.both(" or ", "<", "<="), hub("openwebwork/pg/issues/280"), "plain"),
        Way("lor", lambda v: v.both(r" \lor "), OLYMPIAD),
        Way("set with or", lambda v: rf"\{{x : {v.both(OR)}\}}", MATH),
        Way("absolute value", far, MATH),
        Way("reals without", lambda v: rf"\mathbb{{R}} \setminus {v.gap}" if v.gap else None, hub("adyavanapalli/stanford-introduction-to-mathematical-thinking/issues/6")),
        Way("not in", lambda v: rf"x \notin {v.gap}" if v.gap else None, MATH),
    ],
    [
        Twist("end point", lambda v, rng: replace(v, left_in=not v.left_in)),
        Twist("other end point", lambda v, rng: replace(v, right_in=not v.right_in)),
        Twist("bound", lambda v, rng: replace(v, left=v.left - 1)),
        Twist("gap filled to a half", lambda v, rng: replace(v, left=v.right - 1) if v.right - v.left > 1 else None),
        Twist("end", lambda v, rng: replace(v, end=v.end + 1) if v.end is not None else None),
    ],
)  # fmt: skip

HOLE = Kind[int](
    "all but a point",
    lambda rng: rng.randint(-20, 20),
    [
        Way("cup", lambda a: rf"(-\infty, {a}) \cup ({a}, \infty)"),
        Way("neq", lambda a: rf"x \neq {a}", MATH),
        Way("ne", lambda a: rf"x \ne {a}", MATH),
        Way("unequal sign", lambda a: f"x ≠ {a}", MV, "plain"),
        Way("!=", lambda a: f"x != {a}", SYMPY, "plain"),
        Way("not equal", lambda a: rf"x \not= {a}", MATH),
        Way("reals without", lambda a: rf"\mathbb{{R}} \setminus \{{{a}\}}", hub("huggingface/lighteval/issues/140")),
        Way("reals minus", lambda a: rf"\mathbb{{R}} - \{{{a}\}}", hub("huggingface/lighteval/issues/140")),
        Way("set of real x", lambda a: rf"\{{x \in \mathbb{{R}} : x \neq {a}\}}", MATH),
        Way("set of x", lambda a: rf"\{{x \mid x \neq {a}\}}", MATH),
        Way("all reals except", lambda a: f"all real numbers except {a}", MATH, "words"),
        Way("or", lambda a: f"x < {a} or x > {a}", MATH, "plain"),
    ],
    [
        Twist("point", lambda a, rng: a + 1),
        Twist("sign", lambda a, rng: -a),
    ],
)  # fmt: skip

SPECIAL = Kind[str](
    "no number",
    lambda rng: rng.choice(["infinity", "minus infinity", "none", "missing", "reals"]),
    [
        Way("plain", lambda v: {"infinity": r"\infty", "minus infinity": r"-\infty", "none": r"\text{no solution}", "missing": r"\text{does not exist}", "reals": r"\mathbb{R}"}[v]),
        Way("signs", lambda v: {"infinity": "∞", "minus infinity": "−∞", "none": "∅", "reals": "ℝ"}.get(v), MV, "plain"),
        Way("words", lambda v: {"infinity": "infinity", "minus infinity": "negative infinity", "none": "no solution", "missing": "does not exist", "reals": "all real numbers"}[v], WEBWORK, "words"),
        Way("words in text", lambda v: {"infinity": r"\text{infinity}", "minus infinity": r"-\text{infinity}", "none": r"\text{No solution.}", "missing": r"\text{Does not exist}", "reals": r"\text{All real numbers}"}[v], WEBWORK),
        Way("other words", lambda v: {"infinity": "positive infinity", "minus infinity": "minus infinity", "none": "no solutions", "reals": "all reals"}.get(v), WEBWORK, "words"),
        Way("short", lambda v: {"infinity": "inf", "minus infinity": "-inf", "missing": "DNE"}.get(v), WEBWORK, "plain"),
        Way("oo", lambda v: {"infinity": "oo", "minus infinity": "-oo"}.get(v), SYMPY, "plain"),
        Way("plus sign", lambda v: r"+\infty" if v == "infinity" else None, MATH),
        Way("empty set", lambda v: r"\emptyset" if v == "none" else None, MATH),
        Way("varnothing", lambda v: r"\varnothing" if v == "none" else None, MATH),
        Way("empty braces", lambda v: r"\{\}" if v == "none" else None, MATH),
        Way("there is none", lambda v: "There is no solution" if v == "none" else None, MATH, "words"),
        Way("there are none", lambda v: "There are no solutions" if v == "none" else None, MATH, "words"),
        Way("whole line", lambda v: r"(-\infty, \infty)" if v == "reals" else None, MATH),
        Way("whole line as an inequality", lambda v: r"-\infty < x < \infty" if v == "reals" else None, WEBWORK),
        Way("element of", lambda v: r"x \in \mathbb{R}" if v == "reals" else None, MATH),
        Way("bold R", lambda v: r"\mathbf{R}" if v == "reals" else None, AMS),
        Way("DNE in text", lambda v: r"\text{DNE}" if v == "missing" else None, WEBWORK),
        Way("the limit does not exist", lambda v: "the limit does not exist" if v == "missing" else None, WEBWORK, "words"),
    ],
    [Twist("another", lambda v, rng: rng.choice([w for w in ("infinity", "minus infinity", "none", "missing", "reals") if w != v]))],
)  # fmt: skip
