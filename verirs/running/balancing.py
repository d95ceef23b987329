"""The section ``[balance]``: how many rows of which problems go into the set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from verirs.curation.balance import BANDS, Balance, Balancer
from verirs.parts import SelectorPart


class BalanceConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    quota: Annotated[
        Literal["equal", "difficulty"],
        Field(
            description="``difficulty``: of a problem at most ``select.k`` times its share of fails, rounded "
            "up, at least one: DART's proportional quota, over what was sampled."
        ),
    ] = "equal"
    sources: Annotated[
        dict[str, int],
        Field(description="at most so many rows of a source, as the column ``source`` calls it."),
    ] = {}
    weights: Annotated[
        dict[str, float],
        Field(
            description="the rows of the sources in these proportions, as many as there are; a source that "
            "is not named is left out."
        ),
    ] = {}
    difficulty: Annotated[
        dict[str, float],
        Field(
            description="the share of the problems kept of each band: ``hard`` (pass rate up to .25), "
            "``normal`` (up to .75), ``easy``."
        ),
    ] = {}
    total: Annotated[int, Field(ge=0, description="at most so many rows in the whole set; 0 is all.")] = 0
    order: Annotated[
        Literal["value", "random"],
        Field(
            description="which rows the total keeps: those with the greatest values (top K over the whole "
            "set, with ``select.k = 0``), or any: its matched control."
        ),
    ] = "random"
    seed: Annotated[int, Field(description="of the hashes that choose at random.")] = 0


def balancer(wishes: BalanceConfig, selector: SelectorPart) -> Balancer:
    """What decides over the whole set."""
    most = getattr(selector.made, "k", 0)
    return Balancer(Balance(**wishes.model_dump(), most=most), lambda c: c.value_of(selector.traits.by))


def wrong_balance(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with the section's numbers and names, a line each."""
    table = raw.get("balance")
    if not isinstance(table, Mapping):
        return []
    wrong = []
    bands = table.get("difficulty")
    for name, share in bands.items() if isinstance(bands, Mapping) else ():
        if name not in BANDS:
            wrong.append(f"balance.difficulty.{name}: no band is called so (but {', '.join(BANDS)})")
        elif isinstance(share, (int, float)) and not 0 <= share <= 1:
            wrong.append(f"balance.difficulty.{name}: a share lies between 0 and 1, not {share}")
    for key in ("sources", "weights"):
        found = table.get(key)
        for name, number in found.items() if isinstance(found, Mapping) else ():
            if isinstance(number, (int, float)) and not (number >= 0 and math.isfinite(number)):
                wrong.append(f"balance.{key}.{name}: must not be negative, is {number}")
    return wrong
