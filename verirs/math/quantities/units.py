"""Units of measure: words to a unit, and exact factors between units of one dimension.

A unit is a sorted tuple of ``(name, power)``. Words that are no unit (``apples``) are kept as
``("apples", 0)``: they describe what is counted. A name that has several meanings (a pound, a minute) agrees
with another unit where one of its meanings does.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from verirs.math.quantities.table import (
    BINARY_SYMBOLS,
    BINARY_WORDS,
    COMMON_PREFIXES,
    PREFIX_SYMBOLS,
    PREFIX_WORDS,
    SENSES,
    UNITS,
)
from verirs.math.values import words

Unit = tuple[tuple[str, int], ...]
Dimension = tuple[tuple[str, int], ...]

MAX_POWER = 9
_MAX_MEANINGS = 16
_FILLERS = words(
    "of the a an in about approximately different distinct more total altogether all each exactly only"
)
_SMALL = frozenset(("c", "d", "da", "h"))  # prefixes that only stand before a few units
_SMALL_UNITS = frozenset(("m", "g", "L", "l", "Pa", "ha"))


class Size(NamedTuple):
    """How large a unit is: ``factor * pi**pi`` of its dimension's base units."""

    factor: Fraction
    pi: int
    dimension: Dimension


def _table() -> tuple[dict[str, str], dict[str, str], dict[str, str], frozenset[str]]:
    symbols: dict[str, str] = {}
    spoken: dict[str, str] = {}
    definitions: dict[str, str] = {}
    prefixed: set[str] = set()
    for line in UNITS.splitlines():
        if line.count(";") != 2:
            continue  # a heading
        short, long, definition = (part.strip() for part in line.lstrip("* ").split(";"))
        name = (short.split(" ")[0] or long.split(" ")[0]).strip()
        definitions[name] = definition
        if line.startswith("*"):
            prefixed.add(name)
        for symbol in short.split():
            symbols[symbol] = name
        for word in long.split():
            spoken[word] = spoken[word + "s"] = name
    for plural in (
        "hrs",
        "secs",
        "mins",
        "yrs",
        "wks",
        "lbs",
        "yds",
        "gals",
        "ins",
        "fts",
        "amps",
        "degs",
        "cms",
        "kms",
        "kgs",
    ):
        symbols.setdefault(plural, symbols.get(plural[:-1], plural[:-1]))
    for word, name in (("kilohm", "kohm"), ("megohm", "Mohm")):
        spoken[word] = spoken[word + "s"] = name
    return symbols, spoken, definitions, frozenset(prefixed)


_SYMBOLS, _SPOKEN, _DEFINITIONS, _PREFIXED = _table()
CURRENCIES = frozenset(
    (line.split(";")[0].split() or line.split(";")[1].split())[0]
    for line in UNITS.partition("\nmoney\n")[2].partition("\ncounted\n")[0].splitlines()
)
STARTS = frozenset(s[0] for s in [*_SYMBOLS, *_SPOKEN, *PREFIX_SYMBOLS, *PREFIX_WORDS])
"""The first letters that any unit can have."""


@lru_cache(maxsize=4096)
def known(word: str) -> str | None:
    """The name of the unit that a word or a symbol is, if any: ``feet``: ``ft``, ``kilopascals``: ``kPa``."""
    found = _SYMBOLS.get(word) or _prefixed(word)
    if found:
        return found
    low = word.lower()
    if low in _SPOKEN:
        return _SPOKEN[low]
    for prefix, power in PREFIX_WORDS.items():
        if low.startswith(prefix) and (base := _SPOKEN.get(low[len(prefix) :])) in _PREFIXED:
            return f"{_short(power)}{base}"
    for prefix, power in BINARY_WORDS.items():
        if low.startswith(prefix) and (base := _SPOKEN.get(low[len(prefix) :])) in ("bit", "B"):
            return f"{next(s for s, p in BINARY_SYMBOLS.items() if p == power)}{base}"
    if len(word) > 2 and not word.islower() and low in _SYMBOLS:  # "Sec", "HRS"; never "M" for "m"
        return _SYMBOLS[low]
    return None


def _prefixed(symbol: str) -> str | None:
    for end in (3, 2, 1):
        prefix = symbol[:end]
        base = _SYMBOLS.get(symbol[end:])
        if base is None or symbol[end:] == "gm":  # kgm is a kilogram metre
            continue
        if prefix in PREFIX_SYMBOLS and base in _PREFIXED:
            if prefix in _SMALL and base not in _SMALL_UNITS:
                continue
            return f"{_short(PREFIX_SYMBOLS[prefix])}{base}"
        if prefix in BINARY_SYMBOLS and base in ("bit", "B"):
            return prefix + base
    if len(symbol) == 4 and symbol.startswith("\\mu"):
        return _prefixed("u" + symbol[3:])
    return None


def _short(power: int) -> str:
    return next(s for s, p in PREFIX_SYMBOLS.items() if p == power)


@lru_cache(maxsize=4096)
def size(name: str) -> Size:
    """The size of one named unit, prefix included."""
    definition = _DEFINITIONS.get(name)
    if definition is None:
        for prefixes, base in ((BINARY_SYMBOLS, 2), (PREFIX_SYMBOLS, 10)):
            for end in (3, 2, 1):
                power = prefixes.get(name[:end])
                if power is not None and name[end:] in _PREFIXED:
                    inner = size(name[end:])
                    return Size(inner.factor * Fraction(base) ** power, inner.pi, inner.dimension)
        return Size(Fraction(1), 0, ((name, 1),))  # a name of nothing known: itself
    if definition == "!":
        return Size(Fraction(1), 0, ((name, 1),))
    factor, pi = Fraction(1), 0
    parts: list[tuple[str, int]] = []
    for part in definition.split():
        if part == "pi":
            pi += 1
        elif part[0].isdigit():
            factor *= Fraction(part)
        else:
            base_name, _, power_text = part.partition("^")
            parts.append((base_name, int(power_text or 1)))
    total = _total(tuple(parts))
    return Size(factor * total.factor, pi + total.pi, total.dimension)


def _total(unit: Unit) -> Size:
    factor, pi = Fraction(1), 0
    dimension: dict[str, int] = {}
    for name, power in unit:
        one = size(name)
        factor *= one.factor**power
        pi += one.pi * power
        for base, p in one.dimension:
            dimension[base] = dimension.get(base, 0) + p * power
    return Size(factor, pi, tuple(sorted((n, p) for n, p in dimension.items() if p)))


def build(parts: list[tuple[str, int]]) -> Unit:
    """A unit from its names and their powers, in writing order."""
    powers: dict[str, int] = {}
    for name, power in parts:
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted((n, p) for n, p in powers.items() if p)) or (("dimensionless", 1),)


def describing(text: list[str]) -> Unit:
    """Words that say what is counted."""
    kept = {_singular(word) for word in text if word not in _FILLERS}
    return tuple((word, 0) for word in sorted(kept))


def rate_of(unit: Unit, counted: str) -> Unit:
    """A unit for each of what is counted: ``dollar`` per ``group``."""
    return (*unit, (_EACH + _singular(counted), -1))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


NEVER_OMITTED: frozenset[Unit] = frozenset(((name, 1),) for name in ("ppm", "ppb", "'"))
"""Units that an answer may not have beside a gold number without one: they scale it, or are unclear."""
_AREAS = ((("m", 2),), (("m", 3),))
_EACH = "each "
"""Before the name of what a price is for: no unit has such a name."""


def counted(unit: Unit) -> bool:
    """Whether a unit only says what is counted: ``5 apples``."""
    return bool(unit) and unit[0][1] == 0


def without_rate(unit: Unit) -> Unit:
    """What a price is in: ``dollar`` of ``dollar per hour``; other units as they are."""
    above = tuple((name, power) for name, power in unit if power > 0)
    return above if len(above) == 1 and above[0][1] == 1 and above[0][0] in CURRENCIES else unit


def common(unit: Unit) -> bool:
    """Whether symbols typed as plain letters are a unit to any reader; of one letter, areas and volumes."""
    if len(unit) == 1 and len(unit[0][0]) == 1 and unit[0][1] != 1:
        return unit in _AREAS
    return all(len(name) == 1 or name in _DEFINITIONS or name[:1] in COMMON_PREFIXES for name, _ in unit)


class Conversion(NamedTuple):
    """``x`` in one unit is ``x * factor * pi**pi + offset`` in the other."""

    factor: Fraction
    pi: int = 0
    offset: Fraction = Fraction(0)


SAME = Conversion(Fraction(1))
_ZERO_POINTS = {
    "K": (Fraction(1), Fraction(0)),
    "celsius": (Fraction(1), Fraction("273.15")),
    "fahrenheit": (Fraction(5, 9), Fraction("273.15") - Fraction(160, 9)),
    "rankine": (Fraction(5, 9), Fraction(0)),
}
"""Kelvin per degree, and the kelvin at zero degrees."""
_DEGREES = {"celsius": Fraction(1), "fahrenheit": Fraction(5, 9), "rankine": Fraction(5, 9)}
_ANGLES = frozenset(("rad", "cycle"))


@lru_cache(maxsize=4096)
def conversions(gold: Unit, answer: Unit) -> tuple[Conversion, ...]:
    """The ways in which a number in ``answer`` becomes one in ``gold``: none where they measure different
    things, several where a name has several meanings."""
    if gold == answer:
        return (SAME,)
    if not gold or not answer:
        return ()
    if counted(gold) and counted(answer):  # what is counted: one description may be the shorter
        one, two = {w for w, _ in gold}, {w for w, _ in answer}
        return (SAME,) if one <= two or two <= one else ()
    if counted(gold) or counted(answer) or any(abs(p) > MAX_POWER for _, p in gold + answer):
        return ()
    found: list[Conversion] = []
    for g, a in product(_meanings(gold), _meanings(answer)):
        conversion = _conversion(g, a)
        if conversion is not None and conversion not in found:
            found.append(conversion)
    return tuple(found)


def _meanings(unit: Unit) -> list[Unit]:
    choices = [[(n, power) for n in SENSES.get(name, (name,))] for name, power in unit]
    return [tuple(c) for c, _ in zip(product(*choices), range(_MAX_MEANINGS), strict=False)]


def _conversion(gold: Unit, answer: Unit) -> Conversion | None:
    if len(gold) == len(answer) == 1 and gold[0][1] == answer[0][1] == 1:
        g, a = _zero_point(gold[0][0]), _zero_point(answer[0][0])
        if g and a:
            return Conversion(a[0] / g[0], 0, (a[1] - g[1]) / g[0])
    one, two = _total(_as_kelvin(gold)), _total(_as_kelvin(answer))
    if not _agree(one.dimension, two.dimension):
        return None
    scale_g, scale_a = _degree_scale(gold), _degree_scale(answer)
    return Conversion(two.factor * scale_a / (one.factor * scale_g), two.pi - one.pi)


def _agree(one: Dimension, two: Dimension) -> bool:
    """Equal dimensions; an angle or a cycle may be left out, as in ``rad/s`` and ``s^-1``."""
    if one == two:
        return True
    rest = set(one) ^ set(two)
    return (
        len({name for name, _ in rest}) == 1
        and rest <= {(n, p) for n in _ANGLES for p in (-2, -1, 1, 2)}
        and (bool(set(one) - rest) and bool(set(two) - rest))
    )


def _zero_point(name: str) -> tuple[Fraction, Fraction] | None:
    point = _ZERO_POINTS.get(name)
    if point is None and name.endswith("K") and size(name).dimension == (("K", 1),):
        return size(name).factor, Fraction(0)
    return point


def _as_kelvin(unit: Unit) -> Unit:
    return tuple(("K" if name in _DEGREES else name, power) for name, power in unit)


def _degree_scale(unit: Unit) -> Fraction:
    scale = Fraction(1)
    for name, power in unit:
        scale *= _DEGREES.get(name, Fraction(1)) ** power
    return scale
