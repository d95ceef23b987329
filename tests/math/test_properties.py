"""Relations that must hold for every answer: generated expressions, rewritings and mutants."""

from __future__ import annotations

import random
from fractions import Fraction

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from verirs.math import equivalent
from verirs.math.conventions import DEFAULT
from verirs.math.judge import judge
from verirs.math.reading import read as read_module
from verirs.types import Verdict

integers = st.integers(-9999, 9999)
small = st.integers(1, 60)


def numbers() -> st.SearchStrategy[str]:
    return st.one_of(
        integers.map(str),
        st.tuples(integers, small).map(lambda t: rf"\frac{{{t[0]}}}{{{t[1]}}}"),
        st.tuples(integers, small).map(lambda t: f"{t[0]}/{t[1]}"),
        st.tuples(st.integers(-999, 999), st.integers(1, 4)).map(lambda t: f"{t[0] / 10 ** t[1]:.{t[1]}f}"),
        st.tuples(small, small).map(lambda t: rf"{t[0]}\sqrt{{{t[1]}}}"),
        st.tuples(small, small).map(lambda t: rf"\frac{{{t[0]}\pi}}{{{t[1]}}}"),
    )


def polynomials() -> st.SearchStrategy[str]:
    term = st.tuples(st.integers(1, 30), st.sampled_from("xyab"), st.integers(1, 5)).map(
        lambda t: f"{t[0]}{t[1]}^{{{t[2]}}}"
    )
    return st.lists(term, min_size=1, max_size=4).map(" + ".join)


def answers() -> st.SearchStrategy[str]:
    scalar = st.one_of(numbers(), polynomials())
    return st.one_of(
        scalar,
        st.lists(numbers(), min_size=2, max_size=4).map(lambda v: "(" + ", ".join(v) + ")"),
        st.lists(numbers(), min_size=2, max_size=4).map(lambda v: r"\{" + ", ".join(v) + r"\}"),
        st.tuples(integers, small).map(lambda t: f"[{t[0]}, {t[0] + t[1]})"),
        numbers().map(lambda v: f"x = {v}"),
        numbers().map(lambda v: rf"{v} \text{{ cm}}"),
        st.lists(st.lists(numbers(), min_size=2, max_size=2), min_size=2, max_size=2).map(
            lambda m: r"\begin{pmatrix}" + r" \\ ".join(" & ".join(r) for r in m) + r"\end{pmatrix}"
        ),
    )


def respelled(text: str, rng: random.Random) -> str:
    """The same answer in other LaTeX: spacing, fraction commands, delimiters."""
    for old, new in (
        (r"\frac", r"\dfrac"),
        (r"\frac", r"\tfrac"),
        ("(", r"\left("),
        (", ", ","),
        (", ", r",\ "),
    ):
        if rng.random() < 0.4:
            text = text.replace(old, new)
    text = (
        text.replace(r"\left(", r"\left(").replace(")", r"\right)")
        if r"\left(" in text and "[" not in text
        else text
    )
    if rng.random() < 0.5:
        text = text.replace(" + ", "+")
    wrap = rng.choice(
        ["{}", "${}$", " {} ", r"\displaystyle {}", r"\boxed{{{}}}", r"\({}\)", "{}.", r"\[ {} \]"]
    )
    return wrap.format(text)


@settings(max_examples=150, deadline=None)
@given(answers(), st.randoms(use_true_random=False))
def test_reflexive_and_blind_to_spelling(text: str, rng: random.Random) -> None:
    assert equivalent(text, respelled(text, rng)).passed, respelled(text, rng)


@settings(max_examples=200, deadline=None)
@given(answers(), answers())
def test_symmetric_and_deterministic(one: str, two: str) -> None:
    first = judge(one, two)
    assert judge(one, two) == first
    assert judge(two, one).verdict == first.verdict


@settings(max_examples=200, deadline=None)
@given(integers, small, integers, small)
def test_rationals_agree_with_fractions(a: int, b: int, c: int, d: int) -> None:
    same = Fraction(a, b) == Fraction(c, d)
    assert equivalent(rf"\frac{{{a}}}{{{b}}}", f"{c}/{d}").passed is same
    assert equivalent(f"{a}/{b}", rf"{a * d}/{b * d}").passed


@settings(max_examples=100, deadline=None)
@given(st.integers(-(10**25), 10**25), st.integers(0, 12))
def test_decimals_are_exact(mantissa: int, places: int) -> None:
    text = (
        f"{'-' if mantissa < 0 else ''}{abs(mantissa) // 10**places}.{abs(mantissa) % 10**places:0{places}d}"
        if places
        else str(mantissa)
    )
    assert equivalent(text, f"{mantissa}/{10**places}").passed
    assert not equivalent(f"{mantissa}/{10**places}", f"{mantissa + 1}/{10**places}").passed


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-30, 30), min_size=2, max_size=5))
@example([0, 0, 0])
def test_expanded_polynomials_are_the_same(roots: list[int]) -> None:
    factors = "".join(f"(x{-r:+d})" if r else "(x)" for r in roots)  # "xxx" would be a word
    coefficients = [1]
    for r in roots:
        shifted = [*coefficients, 0]
        for i, c in enumerate(coefficients):
            shifted[i + 1] -= r * c
        coefficients = shifted
    n = len(coefficients) - 1
    expanded = "".join(f"{c:+d}x^{{{n - i}}}" for i, c in enumerate(coefficients))
    assert equivalent(factors, expanded).passed
    assert not equivalent(factors, expanded + "+1").passed


@settings(max_examples=30, deadline=None)
@given(numbers(), numbers(), numbers())
def test_transitive(a: str, b: str, c: str) -> None:
    rewrites = [a, rf"\left({a}\right)", rf"{b} + {a} - {b}" if not b.startswith("-") else a, c]
    for x in rewrites:
        for y in rewrites:
            for z in rewrites:
                if equivalent(x, y).passed and equivalent(y, z).passed:
                    assert equivalent(x, z).passed


@settings(max_examples=200, deadline=None)
@given(answers(), st.randoms(use_true_random=False))
def test_a_changed_digit_is_noticed(text: str, rng: random.Random) -> None:
    places = [i for i, c in enumerate(text) if c.isdigit()]
    at = rng.choice(places)
    new = rng.choice([d for d in "0123456789" if d != text[at]])
    mutant = text[:at] + new + text[at + 1 :]
    first = judge(text, mutant)
    if first.verdict is Verdict.PASS:  # only where the numbers agree after all, as in 0/5 and 0/6
        assert first.method in ("exact", "number", "form", "identical", "intervals", "balls", "modular")
        assert _free_of(text, mutant)


def _free_of(text: str, mutant: str) -> bool:
    """Whether an accepted mutant is a true equality that the generator can write: a zero, a power of one,
    0.50 for 0.5, equal fractions."""
    return "0" in text + mutant or "/" in text or "frac" in text or "sqrt" in text


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["cm", "km", "hours", "kg", "dollars"]),
    st.sampled_from(["feet", "minutes", "cents", "mm"]),
    small,
)
def test_a_changed_unit_is_noticed(one: str, two: str, n: int) -> None:
    assume(one != two)
    assert not equivalent(rf"{n} \text{{ {one}}}", rf"{n} \text{{ {two}}}", DEFAULT).passed


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 9), st.integers(2, 9), st.integers(1, 500))
def test_a_changed_base_is_noticed(b: int, c: int, n: int) -> None:
    digits = ""
    rest = n
    while rest:
        digits = str(rest % b) + digits
        rest //= b
    assert equivalent(f"{digits}_{b}", f"{digits}_{{{b}}}").passed
    assert equivalent(f"{digits}_{b}", str(n)).passed
    assert equivalent(f"{digits}_{b}", f"{digits}_{c}").passed is (b == c)


NUMBERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "$", "\\$", "-", "-$", "$-", "+", " $"]),
    st.integers(0, 30).map(str)
    | st.integers(0, 10**17).map(str)
    | st.integers(0, 10**17).map("{:,}".format)
    | st.sampled_from(["00", "007", "1,20", "12,34,567", "0,000"]),
    st.just("") | st.from_regex(r"\A\.[0-9]{0,11}\Z"),
    st.sampled_from(["", "", "%", "\\%", " ", "!", "."]),
)


@settings(max_examples=1000)
@given(NUMBERS)
def test_the_short_way_to_read_a_number_is_the_parsers(text: str) -> None:
    quick = read_module._number(text)
    assert quick is None or quick == read_module._parsed(text)
