"""Numbers, ratios, percentages and numbers with units: are two of them equal?"""

from __future__ import annotations

from verirs.math.comparing.constants import same_up_to_constants
from verirs.math.comparing.forms import (
    CONSTANTS,
    DEGREE,
    LITERALS,
    PERCENT,
    RADIAN,
    agreeing_units,
    clock,
    infinite,
    is_zero,
    measure,
    scaled,
)
from verirs.math.comparing.measures import converted
from verirs.math.comparing.scalars import Undecided, has_value, nearly, rounds_to, same_scalar
from verirs.math.comparing.series import same_terms
from verirs.math.comparing.tolerance import near
from verirs.math.conventions import Conventions, tolerance_of
from verirs.math.quantities.units import NEVER_OMITTED, conversions, without_rate
from verirs.math.values import OPAQUE, Node, contains

_NO_SCALARS = frozenset(("seq", "matrix", "text", "raw", "rel", "ratio"))


class Quantities:
    """The part of a comparison that ends at numbers."""

    def __init__(self, conventions: Conventions) -> None:
        self.conventions = conventions
        self.used: list[str] = []
        self.method = "form"
        self.undecided = ""
        self.work = 0

    def note(self, convention: str) -> bool:
        if convention not in self.used:
            self.used.append(convention)
        return True

    def same(self, g: Node, a: Node) -> bool:
        raise NotImplementedError

    def ratios(self, g: Node, a: Node) -> bool:
        if g.op == a.op == "ratio":
            if len(g.args) != len(a.args):
                return False
            if all(self.same(x, y) for x, y in zip(g.args, a.args, strict=True)):
                return True
            if clock(g) and clock(a):
                return False
            (first, *more), (second, *others) = g.args, a.args
            return not any(is_zero(x) for x in g.args + a.args) and all(
                self.scalar(Node("mul", (first, y)), Node("mul", (x, second)))
                for x, y in zip(more, others, strict=True)
            )
        ratio, other = (g, a) if g.op == "ratio" else (a, g)
        if len(ratio.args) != 2 or other.op in ("seq", "matrix"):
            return False
        top, bottom = ratio.args
        if is_zero(bottom):
            return False
        quotient = Node("mul", (top, Node("inv", (bottom,))))
        return self.scalar(quotient, other) if ratio is g else self.scalar(other, quotient)

    def quantities(self, g: Node, a: Node) -> bool:
        if a.op == "mod" != g.op and self.scalar(g, a.value):  # the class of 5 modulo 7
            return False
        gv, gu = measure(g)
        av, au = measure(a)
        if not gu and not au:
            return self.based(g, a)
        if gu == au:
            return self.scalar(gv, av)
        if gu and au:
            if any(self.scalar(gv, converted(av, way)) for way in conversions(gu, au)):
                return True
            bare = without_rate(gu), without_rate(au)
            if (bare[0] == gu) == (bare[1] == au) or self.conventions.units == "required":
                return False
            ways = conversions(*bare)  # a price, and what it is for on one side only
            return any(self.scalar(gv, converted(av, way)) for way in ways) and self.note("units")
        unit = gu or au
        if unit == PERCENT:
            return self.percent(gv, av, bool(gu))
        if contains(av if gu else gv, CONSTANTS) and (turned := conversions(RADIAN, unit)):
            angle = converted(gv if gu else av, turned[0])
            return self.scalar(angle, av) if gu else self.scalar(gv, angle)
        if unit == DEGREE and self.conventions.units == "required":
            return self.scalar(g, a)
        if self.conventions.units == "required" or (au and au in NEVER_OMITTED):
            return False
        return self.scalar(gv, av) and self.note("units")

    def percent(self, gv: Node, av: Node, gold: bool) -> bool:
        hundredth = scaled(gv if gold else av, 1, 100)
        if self.scalar(hundredth, av) if gold else self.scalar(gv, hundredth):
            return True
        if self.conventions.percent == "lenient" and self.scalar(gv, av):
            return self.note("percent")
        return False

    def based(self, g: Node, a: Node) -> bool:
        if g.op != "based" and a.op != "based":
            return self.scalar(g, a)
        if g.op == a.op:
            return (g.radix == a.radix or 10 in (g.radix, a.radix)) and self.scalar(g, a)
        if self.scalar(g, a):
            return True
        if self.conventions.base == "optional" and g.op == "based" and a == _digits(g.digits):
            return self.note("base")
        return False

    def scalar(self, g: Node, a: Node) -> bool:
        if g == a:
            return True
        literal = g.op in LITERALS and a.op in LITERALS
        if not literal:
            if infinite(g) or infinite(a) or not agreeing_units(g, a):
                return False
            if g.op in _NO_SCALARS or a.op in _NO_SCALARS:
                return self.same(g, a) if (g.op, a.op) != ("seq", "seq") else False
        if g.op == a.op == "big" and same_terms(g, a):
            self.method = "form"
            return True
        try:
            same, self.method = same_scalar(g, a)
        except Undecided as error:
            if contains(a, OPAQUE) or contains(g, OPAQUE) or has_value(a) or not has_value(g):
                self.undecided = str(error)
            return False
        if same:
            return True
        if self.rounded(g, a) or (not literal and same_up_to_constants(g, a)):
            return True
        return self.conventions.tolerance is not None and self.near(g, a)

    def near(self, g: Node, a: Node) -> bool:
        """A number within the tolerance of the gold one."""
        tolerance = tolerance_of(self.conventions.tolerance)
        return tolerance is not None and near(g, a, tolerance) and self.note("tolerance")

    def rounded(self, g: Node, a: Node) -> bool:
        """A long decimal for the number it rounds, a float for the number that it is nearly."""
        if self.conventions.digits and (nearly(g, a) or nearly(a, g)):
            return self.note("digits")
        decimal, exact = (g, a) if g.op == "dec" else (a, g)
        if decimal.op != "dec" or exact.op == "dec":
            return False
        digits = len(str(abs(decimal.mantissa)))
        if self.conventions.digits and digits >= self.conventions.digits and rounds_to(exact, decimal):
            return self.note("digits")
        if self.conventions.gold_rounding and decimal is g and rounds_to(exact, decimal):
            return self.note("gold_rounding")
        return False


def _digits(text: str) -> Node | None:
    """The digits of a number in a base as they are written, read as a decimal number."""
    whole, point, part = text.partition(".")
    if not (whole + part).isdecimal():
        return None
    return Node("dec", (int(whole + part), len(part))) if point else Node("int", (int(whole),))
