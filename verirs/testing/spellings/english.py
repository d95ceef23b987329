"""Numbers in English words, written independently of any reader of them."""

from __future__ import annotations

from fractions import Fraction

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_PARTS = {
    2: "half",
    3: "third",
    4: "quarter",
    5: "fifth",
    6: "sixth",
    7: "seventh",
    8: "eighth",
    9: "ninth",
    10: "tenth",
    11: "eleventh",
    12: "twelfth",
    16: "sixteenth",
    20: "twentieth",
}


def number(n: int, joiner: str = " ", hyphen: str = "-") -> str:
    """An integer in words.

    Args:
        n: below 10^12.
        joiner: between the hundreds and the rest: a space, or `` and ``.
        hyphen: between tens and ones.
    """
    if n < 0:
        return f"negative {number(-n, joiner, hyphen)}"
    if n < 20:
        return _SMALL[n]
    if n < 100:
        return _TENS[n // 10] + (hyphen + _SMALL[n % 10] if n % 10 else "")
    if n < 1000:
        rest = joiner + number(n % 100, joiner, hyphen) if n % 100 else ""
        return f"{_SMALL[n // 100]} hundred{rest}"
    scale, name = next((s, w) for s, w in _SCALES if n >= s)
    left = n % scale
    between = joiner if left < 100 else " "
    return f"{number(n // scale, joiner, hyphen)} {name}" + (
        between + number(left, joiner, hyphen) if left else ""
    )


def fraction(value: Fraction, hyphen: str = " ") -> str | None:
    """A proper fraction in words, ``three quarters``; none where the denominator has no common name."""
    top, bottom = abs(value.numerator), value.denominator
    if bottom not in _PARTS or top >= bottom or value < 0:
        return None
    name = _PARTS[bottom]
    if top > 1:
        name = "halves" if bottom == 2 else name + "s"
    return f"{number(top)}{hyphen}{name}"


def mixed(value: Fraction, one: str = "one") -> str | None:
    """A mixed number in words, ``two and one third``; ``one`` may be ``a``."""
    whole, rest = divmod(value, 1)
    words = fraction(rest) if rest and whole > 0 else None
    if words is None:
        return None
    if one != "one":
        words = words.replace("one ", f"{one} ", 1) if rest.numerator == 1 else None
    return f"{number(int(whole))} and {words}" if words else None


def spoken(text: str) -> str:
    """A decimal digit by digit: ``3.75`` -> ``three point seven five``."""
    sign, digits = ("negative ", text[1:]) if text.startswith("-") else ("", text)
    whole, places = digits.split(".")
    return f"{sign}{number(int(whole))} point {' '.join(_SMALL[int(d)] for d in places)}"
