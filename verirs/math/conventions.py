"""Conventions that are not mathematics: named options with one default, recorded in every score."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

Percent = Literal["lenient", "strict"]
Needed = Literal["optional", "required"]
Order = Literal["free", "fixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """How answers are read where notation leaves a choice. Change a field only when your data set
    means something else by its answers.

    Args:
        percent: ``lenient``: ``50%`` is 50 or 0.5, whichever the other side wrote without the sign;
            ``strict``: it is 0.5.
        units: ``optional``: a unit or description that only one side wrote is ignored; ``required``:
            it makes the answers different. Two written units must always agree.
        digits: a decimal of at least this many significant digits counts as the number it rounds
            (``0.333333333333`` for 1/3); 0 never.
        gold_rounding: ``True``: an exact answer is right if rounding it to the gold decimal's places
            gives the gold; for data sets whose golds are rounded.
        order: ``free``: a bare list ``1, 2`` may be in any order; ``fixed``: not.
        vectors: ``True``: a tuple and a one-column or one-row matrix of the same entries are equal.
        base: ``optional``: ``385_9`` may be written ``385``; ``required``: only with its base, or as
            the number it is.
        names: ``True``: ``x = 5`` is right for 5, and an equation solved for a letter for its other side.
    """

    percent: Percent = "lenient"
    units: Needed = "optional"
    digits: int = 10
    gold_rounding: bool = False
    order: Order = "free"
    vectors: bool = True
    base: Needed = "optional"
    names: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError: a word that is none of a convention's choices."""
        hints = get_type_hints(type(self))
        for field in fields(self):
            value, allowed = getattr(self, field.name), get_args(hints[field.name])
            if allowed and value not in allowed:
                raise ValueError(f"{field.name} = {value!r}: must be one of {', '.join(allowed)}")


DEFAULT = Conventions()
