"""The table of units: every line resolves, and agrees with pint where that is installed."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import pytest

from verirs.math.quantities.table import PREFIX_SYMBOLS, PREFIX_WORDS, UNITS
from verirs.math.quantities.units import build, conversions, known, size

LINES = [line.lstrip("* ").split(";") for line in UNITS.splitlines() if line.count(";") == 2]
NAMES = [(short.split() or long.split())[0] for short, long, _ in LINES]
PINT = {
    "in": "inch", "mi": "mile", "nmi": "nautical_mile", "au": "au", "ly": None, "pc": None, "t":
    "tonne", "lb": "pound", "oz": "ounce", "ton": "short_ton", "u": None, "stone": "stone", "s":
    "second", "month": None, "year": None, "decade": None, "century": None, "millennium": None,
    "yearlong": None, "julian": "year", "cycle": None, "Hz": None, "rpm": None, "Bq": None, "Ci":
    None, "rev": "turn", "degree": "degree", "gon": "grade", "sr": None, "lm": None, "lx": None,
    "floz": "fluid_ounce", "pt": "pint", "qt": "quart", "gal": "gallon", "bbl": "oil_bbl", "L":
    "liter", "cc": "cc", "sqft": "foot**2", "sqm": "meter**2", "sqin": "inch**2", "sqkm":
    "kilometer**2", "sqmi": "mile**2", "fps": "foot/second", "bps": None, "Bps": None, "hp":
    "horsepower", "mmHg": None, "Torr": "torr", "cup": "cup", "dB": None, "ppm": None, "ppb": None,
    "Np": None, "Btu": "Btu", "cal": "calorie", "ohm": "ohm", "Wh": "watt_hour", "Ah":
    "ampere_hour", "M": "molar", "unit": None, "px": None, "'": "foot", '"': "inch", "league": None,
    "carat": "carat", "slug": "slug", "celsius": None, "fahrenheit": None, "rankine": None, "knot":
    "knot", "G": None, "acre": None, "micron": "micron", "b": "bit", "B": "byte", "grain": "grain",
    "mpg": "mile/gallon", "fathom": None, "furlong": None, "bushel": "bushel", "angstrom": "angstrom", "VA":
    "volt*ampere",
}  # fmt: skip
"""Our names that pint writes in another way, or (``None``) defines otherwise or not at all."""
MONEY = frozenset(
    [
        "dollar",
        "cent",
        "euro",
        "gbp",
        "penny",
        "yen",
        "yuan",
        "rupee",
        "paisa",
        "won",
        "ruble",
        "peso",
        "franc",
        "real",
        "cad",
        "aud",
        "krona",
    ]
)


@lru_cache(maxsize=1)
def registry() -> Any:
    return pytest.importorskip("pint").UnitRegistry(cache_folder=None)


def test_every_line_has_a_size_and_every_name_one_meaning() -> None:
    assert len(NAMES) == len(set(NAMES)) > 120
    symbols = [s for short, _, _ in LINES for s in short.split()]
    assert len(symbols) == len(set(symbols))
    for name in NAMES:
        assert size(name).factor > 0 and size(name).dimension, name


def test_prefixes_as_symbols_and_as_words() -> None:
    assert len(set(PREFIX_SYMBOLS.values())) == len(set(PREFIX_WORDS.values())) == 24
    for word, power in PREFIX_WORDS.items():
        name = known(word + "meters")
        assert name is not None and size(name).factor == Fraction(10) ** power, word
    for symbol, power in PREFIX_SYMBOLS.items():
        name = known(symbol + "m")
        assert name is not None and size(name).factor == Fraction(10) ** power, symbol


def test_units_of_one_dimension_convert_both_ways() -> None:
    for one in NAMES:
        for two in NAMES:
            there, back = conversions(((one, 1),), ((two, 1),)), conversions(((two, 1),), ((one, 1),))
            assert bool(there) == bool(back), (one, two)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in MONEY and PINT.get(n, n) is not None])
def test_a_factor_is_pints(name: str) -> None:
    ours = size(name)
    theirs = registry().Quantity(1, PINT.get(name, name)).to_base_units()
    mass = sum(p for base, p in ours.dimension if base == "g")
    factor = float(ours.factor) * 3.141592653589793**ours.pi / 1000.0**mass  # pint's base is the kilogram
    assert theirs.magnitude == pytest.approx(factor, rel=1e-6), (name, theirs)


def test_build_multiplies_powers() -> None:
    assert build([("m", 1), ("s", -1), ("s", -1)]) == (("m", 1), ("s", -2))
