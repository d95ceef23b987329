"""Units of measure as they are written, with exact factors; a table of its own, not the checker's."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Unit:
    """A unit.

    Args:
        dimension: what it measures; units of one dimension convert into each other.
        factor: how many of the dimension's base unit it is.
        symbol: in plain letters, with ``^`` and ``/``.
        word: spelled out, of more than one.
        one: spelled out, of one.
        siunitx: as siunitx writes it, where it does.
    """

    dimension: str
    factor: Fraction
    symbol: str
    word: str
    one: str
    siunitx: str = ""

    @property
    def tex(self) -> str:
        """Upright, with the powers outside of the text: ``\\text{ m}^2``."""
        head, mark, power = self.symbol.partition("^")
        if "/" in head or "/" in power or not mark:
            return rf"\text{{ {self.symbol}}}" if "^" not in self.symbol else rf"\ \mathrm{{{self.symbol}}}"
        return rf"\text{{ {head}}}^{power}"


def _unit(line: str) -> Unit:
    dimension, factor, symbol, word, one, *more = (part.strip() for part in line.split("|"))
    return Unit(dimension, Fraction(factor), symbol, word, one, *more)


UNITS = tuple(
    _unit(line)
    for line in r"""
    length | 1/1000 | mm | millimeters | millimeter | \milli\meter
    length | 1/100 | cm | centimeters | centimeter | \centi\meter
    length | 1 | m | meters | meter | \meter
    length | 1000 | km | kilometers | kilometer | \kilo\meter
    length | 254/10000 | in | inches | inch
    length | 3048/10000 | ft | feet | foot
    length | 9144/10000 | yd | yards | yard
    length | 1609344/1000 | mi | miles | mile
    time | 1/1000 | ms | milliseconds | millisecond | \milli\second
    time | 1 | s | seconds | second | \second
    time | 60 | min | minutes | minute | \minute
    time | 3600 | h | hours | hour | \hour
    time | 86400 | days | days | day
    mass | 1/1000 | mg | milligrams | milligram | \milli\gram
    mass | 1 | g | grams | gram | \gram
    mass | 1000 | kg | kilograms | kilogram | \kilo\gram
    weight | 1 | oz | ounces | ounce
    weight | 16 | lb | pounds | pound
    volume | 1/1000 | mL | milliliters | milliliter | \milli\liter
    volume | 1 | L | liters | liter | \liter
    area | 1/10000 | cm^2 | square centimeters | square centimeter | \square\centi\meter
    area | 1 | m^2 | square meters | square meter | \square\meter
    area | 1000000 | km^2 | square kilometers | square kilometer | \square\kilo\meter
    us area | 1 | ft^2 | square feet | square foot
    us area | 9 | yd^2 | square yards | square yard
    cubic | 1/1000000 | cm^3 | cubic centimeters | cubic centimeter | \cubic\centi\meter
    cubic | 1 | m^3 | cubic meters | cubic meter | \cubic\meter
    speed | 1 | m/s | meters per second | meter per second | \meter\per\second
    speed | 5/18 | km/h | kilometers per hour | kilometer per hour | \kilo\meter\per\hour
    us speed | 1 | mi/h | miles per hour | mile per hour
    acceleration | 1 | m/s^2 | meters per second squared | meter per second squared | \meter\per\second\squared
    density | 1 | kg/m^3 | kilograms per cubic meter | kilogram per cubic meter | \kilo\gram\per\cubic\meter
    density | 1000 | g/cm^3 | grams per cubic centimeter | gram per cubic centimeter | \gram\per\cubic\centi\meter
    force | 1 | N | newtons | newton | \newton
    force | 1000 | kN | kilonewtons | kilonewton | \kilo\newton
    energy | 1 | J | joules | joule | \joule
    energy | 1000 | kJ | kilojoules | kilojoule | \kilo\joule
    energy | 1000000 | MJ | megajoules | megajoule | \mega\joule
    power | 1 | W | watts | watt | \watt
    power | 1000 | kW | kilowatts | kilowatt | \kilo\watt
    pressure | 1 | Pa | pascals | pascal | \pascal
    pressure | 1000 | kPa | kilopascals | kilopascal | \kilo\pascal
    voltage | 1 | V | volts | volt | \volt
    voltage | 1/1000 | mV | millivolts | millivolt | \milli\volt
    current | 1 | A | amperes | ampere | \ampere
    current | 1/1000 | mA | milliamperes | milliampere | \milli\ampere
    resistance | 1 | Ω | ohms | ohm | \ohm
    resistance | 1000 | kΩ | kilohms | kilohm | \kilo\ohm
    frequency | 1 | Hz | hertz | hertz | \hertz
    frequency | 1000 | kHz | kilohertz | kilohertz | \kilo\hertz
    frequency | 1000000 | MHz | megahertz | megahertz | \mega\hertz
    amount | 1 | mol | moles | mole | \mole
    temperature | 1 | K | kelvins | kelvin | \kelvin
    """.strip().splitlines()
)
BY_DIMENSION: dict[str, tuple[Unit, ...]] = {
    dimension: tuple(u for u in UNITS if u.dimension == dimension)
    for dimension in dict.fromkeys(u.dimension for u in UNITS)
}
