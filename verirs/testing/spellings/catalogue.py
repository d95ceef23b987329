"""All kinds of values with all their notations. A new notation is one line in the list of its kind."""

from __future__ import annotations

from typing import Any

from verirs.testing.spellings import (
    algebra,
    constants,
    everyday,
    families,
    lists,
    quantities,
    rationals,
    sets,
    whole,
)
from verirs.testing.spellings.way import Kind

KINDS: tuple[Kind[Any], ...] = (
    whole.INTEGER,
    rationals.RATIONAL,
    rationals.DECIMAL,
    rationals.REPEATING,
    rationals.PERCENT,
    rationals.SCIENTIFIC,
    constants.ROOT,
    constants.POWER,
    constants.PI,
    constants.COMPLEX,
    constants.LOG,
    constants.BINOMIAL,
    sets.INTERVAL,
    sets.UNION,
    sets.HOLE,
    sets.SPECIAL,
    lists.POINT,
    lists.SET,
    lists.SOLUTIONS,
    lists.VECTOR,
    lists.MATRIX,
    lists.RATIO,
    lists.BASED,
    algebra.POLYNOMIAL,
    algebra.LINE,
    algebra.PIECEWISE,
    families.FAMILY,
    families.CONGRUENCE,
    families.ANTIDERIVATIVE,
    families.WAVE,
    quantities.QUANTITY,
    everyday.DURATION,
    everyday.CLOCK,
    everyday.MONEY,
    everyday.ANGLE,
    everyday.COUNT,
    everyday.DATE,
    everyday.FORMULA,
    everyday.LETTER,
)


def kind(name: str) -> Kind[Any]:
    return next(k for k in KINDS if k.name == name)
