"""Conventions that are not mathematics: named options with one default, recorded in every score.

A profile is a row of :data:`PROFILES`: what it sets otherwise than the default. There is no other
place where a
profile decides anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Literal, get_args, get_type_hints

from verirs.system.patterns import regex

Percent = Literal["lenient", "strict"]
Needed = Literal["optional", "required"]
Order = Literal["free", "fixed"]
Profile = Literal["default", "strict", "lenient"]


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
        tolerance: how far a number may be from the gold one: ``0.05`` or ``"5%"`` of the gold,
            ``"0.01 absolute"``, ``"3 digits"`` (significant ones of the gold); a gold ``3.0 \\pm 0.1`` then
            brings its own. ``"gold"``: only golds that bring their own. ``None``: none.
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
    tolerance: float | str | None = None
    order: Order = "free"
    vectors: bool = True
    base: Needed = "optional"
    names: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError: a word that is none of a convention's choices, or no tolerance."""
        hints = _hints()
        for field in fields(self):
            value, hint = getattr(self, field.name), hints[field.name]
            allowed = get_args(hint) if field.name != "tolerance" else ()
            if allowed and value not in allowed:
                raise ValueError(f"{field.name} = {value!r}: must be one of {', '.join(allowed)}")
            if field.name in ("digits", "gold_rounding", "vectors", "names") and not isinstance(value, hint):
                raise ValueError(f"{field.name} = {value!r}: must be {hint.__name__}")
        tolerance_of(self.tolerance)


@cache
def _hints() -> dict[str, Any]:
    """The types of the conventions; to resolve them takes as long as judging ten rows."""
    return get_type_hints(Conventions)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a number may be from the gold one; any of the three is enough."""

    relative: Fraction = Fraction(0)
    absolute: Fraction = Fraction(0)
    digits: int = 0


_NUMBER = r"(\d+/\d+|\d+(?:\.\d*)?(?:e[-+]?\d{1,3})?|\.\d+(?:e[-+]?\d{1,3})?)"
_WRITTEN = regex(
    rf"(?P<sign>\u00b1|\+-|\+/-)?\s*{_NUMBER}\s*"
    r"(?P<unit>%|absolute|abs|relative|rel|(?:significant )?(?:digits?|figures?))?",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def tolerance_of(given: float | str | None) -> Tolerance | None:
    """A tolerance as people write it; ``None`` where there is none, and nothing at all for ``"gold"``.

    Raises:
        ValueError: it is none.
    """
    if given is None:
        return None
    if given == "gold":
        return Tolerance()
    written = _WRITTEN.fullmatch(str(given).strip()) if not isinstance(given, bool) else None
    if written is None:
        raise ValueError(
            f"tolerance = {given!r}: must be a number or '5%' (of the gold), '0.01 absolute', '3 digits' or "
            "'gold'"
        )
    number, unit = Fraction(written[2]), (written["unit"] or "").lower()
    if unit == "%":
        number /= 100
    if "digit" in unit or "figure" in unit:
        if number.denominator != 1 or not 1 <= number <= 50:
            raise ValueError(f"tolerance = {given!r}: 1 to 50 digits")
        return Tolerance(digits=int(number))
    absolute = unit.startswith("abs") or (written["sign"] is not None and unit != "%")
    if not absolute and number >= 1:
        raise ValueError(
            f"tolerance = {given!r}: a relative one is below 1; '{given} absolute' is the other kind"
        )
    return Tolerance(absolute=number) if absolute else Tolerance(relative=number)


DEFAULT = Conventions()
PROFILES: Mapping[Profile, Mapping[str, Any]] = {
    "default": {},
    "strict": {"percent": "strict", "units": "required", "digits": 15, "base": "required", "names": False},
    "lenient": {"digits": 6, "gold_rounding": True},
}
"""``strict`` is for rewards: a policy gets nothing for what the gold does not say. ``lenient`` is for
benchmarks."""


def conventions(profile: Profile = "default", **changes: Any) -> Conventions:
    """A profile's conventions, with changes; a change that is ``None`` is none (but for ``tolerance``).

    Raises:
        ValueError: no such profile, or a value out of its range.
        TypeError: no such convention.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile = {profile!r}: must be one of {', '.join(PROFILES)}")
    return replace(DEFAULT, **{**PROFILES[profile], **{k: v for k, v in changes.items() if v is not None}})
