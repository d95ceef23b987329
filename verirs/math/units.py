"""Units of measure: words to a unit, and exact factors between units of one dimension.

A unit is a sorted tuple of ``(name, power)``. Words that are no unit (``apples``) are kept as
``("apples", 0)``: they describe what is counted.
"""

from __future__ import annotations

from verirs.math.values import words

Unit = tuple[tuple[str, int], ...]

_SYNONYMS = {
    "m": "m meter meters metre metres",
    "cm": "cm centimeter centimeters centimetre centimetres cms",
    "mm": "mm millimeter millimeters millimetre millimetres",
    "km": "km kilometer kilometers kilometre kilometres kms",
    "inch": "inch inches in",
    "foot": "foot feet ft",
    "yard": "yard yards yd yds",
    "mile": "mile miles mi",
    "s": "s sec secs second seconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "day": "day days",
    "week": "week weeks wk wks",
    "month": "month months",
    "year": "year years yr yrs",
    "g": "g gram grams",
    "kg": "kg kilogram kilograms kgs",
    "mg": "mg milligram milligrams",
    "pound": "pound pounds lb lbs",
    "ounce": "ounce ounces oz",
    "ton": "ton tons",
    "L": "L l liter liters litre litres",
    "mL": "mL ml milliliter milliliters millilitre millilitres",
    "gallon": "gallon gallons gal",
    "dollar": "dollar dollars usd bucks",
    "cent": "cent cents",
    "euro": "euro euros eur",
    "gbp": "gbp",
    "yen": "yen jpy",
    "yuan": "yuan rmb cny",
    "rupee": "rupee rupees inr",
    "degree": "degree degrees deg",
    "radian": "radian radians rad",
    "unit": "unit units",
    "N": "N newton newtons",
    "J": "J joule joules",
    "kJ": "kJ kilojoule kilojoules",
    "W": "W watt watts",
    "kW": "kW kilowatt kilowatts",
    "V": "V volt volts",
    "Pa": "Pa pascal pascals",
    "Hz": "Hz hertz",
    "K": "K kelvin kelvins",
    "mol": "mol mole moles",
    "celsius": "celsius",
    "fahrenheit": "fahrenheit",
    "mph": "mph",
    "kph": "kph kmh kmph",
}
NAMES = {word: name for name, words in _SYNONYMS.items() for word in words.split()}
_COMPOUND: dict[str, Unit] = {"mph": (("h", -1), ("mile", 1)), "kph": (("h", -1), ("km", 1))}
_PREFIX_POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_FILLERS = words(
    "of the a an in about approximately different distinct more total altogether all each exactly only"
)
# (dimension, numerator, denominator): how many of the dimension's base unit one of it is
_FACTORS: dict[str, tuple[str, int, int]] = {
    "m": ("length", 1, 1),
    "cm": ("length", 1, 100),
    "mm": ("length", 1, 1000),
    "km": ("length", 1000, 1),
    "inch": ("length", 254, 10000),
    "foot": ("length", 3048, 10000),
    "yard": ("length", 9144, 10000),
    "mile": ("length", 1609344, 1000),
    "s": ("time", 1, 1),
    "min": ("time", 60, 1),
    "h": ("time", 3600, 1),
    "day": ("time", 86400, 1),
    "week": ("time", 604800, 1),
    "g": ("mass", 1, 1),
    "kg": ("mass", 1000, 1),
    "mg": ("mass", 1, 1000),
    "pound": ("weight", 16, 1),
    "ounce": ("weight", 1, 1),
    "L": ("volume", 1, 1),
    "mL": ("volume", 1, 1000),
    "dollar": ("money", 1, 1),
    "cent": ("money", 1, 100),
}


def known(word: str) -> str | None:
    """The unit a word names, if any: ``feet`` -> ``foot``."""
    return NAMES.get(word) or NAMES.get(word.lower())


def build(parts: list[tuple[str, int]]) -> Unit:
    """A unit from its words and their powers, in writing order; ``square`` and ``cubic`` apply
    to the next unit word."""
    powers: dict[str, int] = {}
    described: list[str] = []
    pending = 1
    for word, power in parts:
        low = word.lower()
        if low in _PREFIX_POWERS:
            pending = _PREFIX_POWERS[low]
            continue
        name = known(word)
        if name is None:
            if low not in _FILLERS:
                described.append(low)
            continue
        for part, p in _COMPOUND.get(name, ((name, 1),)):
            powers[part] = powers.get(part, 0) + p * power * pending
        pending = 1
    if powers:
        return tuple(sorted((n, p) for n, p in powers.items() if p)) or (("dimensionless", 1),)
    return tuple((w, 0) for w in sorted(set(described)))


def factor(gold: Unit, answer: Unit) -> tuple[int, int] | None:
    """What a number in ``answer`` is multiplied by to be one in ``gold``: ``(1, 1)`` for the same
    unit, an exact ratio for two units of one dimension, ``None`` when they measure different things.
    """
    if gold == answer:
        return 1, 1
    if not gold or not answer:
        return None
    gold_counts, answer_counts = gold[0][1] == 0, answer[0][1] == 0
    if gold_counts and answer_counts:  # what is counted: one description may be the shorter
        one, two = {w for w, _ in gold}, {w for w, _ in answer}
        return (1, 1) if one <= two or two <= one else None
    if gold_counts or answer_counts:
        return None
    (dims_g, num_g, den_g), (dims_a, num_a, den_a) = _scale(gold), _scale(answer)
    return (num_a * den_g, den_a * num_g) if dims_g == dims_a else None


def _scale(unit: Unit) -> tuple[tuple[tuple[str, int], ...], int, int]:
    dims: dict[str, int] = {}
    num = den = 1
    for name, power in unit:
        dim, n, d = _FACTORS.get(name, (name, 1, 1))
        dims[dim] = dims.get(dim, 0) + power
        if abs(power) > 9:
            return ((repr(unit), 1),), 1, 1
        up, down = (n, d) if power > 0 else (d, n)
        num, den = num * up ** abs(power), den * down ** abs(power)
    return tuple(sorted((n, p) for n, p in dims.items() if p)), num, den
