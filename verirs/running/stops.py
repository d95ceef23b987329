"""The sections that say when to stop: ``[until]`` a problem, ``[limits]`` the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_DECIDED = 2048
"""The largest cap under which a pass rate is decided: its intervals are exact, and cost the square of it."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UntilConfig(_Section):
    """When a problem has enough samples; see docs/until.md. One goal: passes and fails, or ``decided``, or
    ``majority``."""

    accept: Annotated[
        int, Field(ge=0, description="stop a problem after so many passes that may be accepted.")
    ] = 0
    reject: Annotated[
        int, Field(ge=0, description="and so many verified fails that may be rejected (pairs, RL groups).")
    ] = 0
    first: Annotated[
        int,
        Field(ge=1, description="size of the first round, which all problems get; pass@k is told up to it."),
    ] = 4
    give_up_after: Annotated[
        int, Field(ge=0, description="stop a problem after so many samples without a pass; 0 never.")
    ] = 0
    quota: Annotated[
        Literal["equal", "difficulty"],
        Field(
            description="``difficulty``: ``accept`` is for a problem that always failed in the first round; "
            "others want in proportion to their fails there, at least one, and no more of theirs is accepted."
        ),
    ] = "equal"
    distinct: Annotated[
        Literal["passes", "texts", "methods"],
        Field(description="what ``accept`` counts; but for ``passes`` all figures are of the first round."),
    ] = "passes"
    decided: Annotated[
        float,
        Field(
            ge=0,
            lt=1,
            description="stop when the interval of this level for the pass rate holds no edge of ``band``; "
            "0.9 is usual, 0 is off.",
        ),
    ] = 0.0
    band: Annotated[
        tuple[float, float], Field(description="the edges of a filter by pass rate, as shares.")
    ] = (0.1, 0.9)
    majority: Annotated[
        bool,
        Field(
            description="stop when no further sample can change which answer has most votes; needs no gold "
            "answer."
        ),
    ] = False


class LimitsConfig(_Section):
    max_errors: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="the run stops when more than this share of at least 200 verdicts is ``error``.",
        ),
    ] = 0.01
    samples: Annotated[
        int, Field(ge=0, description="start no new round when the run holds so many samples; 0 is no budget.")
    ] = 0
    tokens: Annotated[
        int, Field(ge=0, description="the same of generated tokens, where the engine counts them.")
    ] = 0
    hours: Annotated[float, Field(ge=0, description="the same of hours that this command has sampled.")] = 0.0
    money: Annotated[
        float, Field(ge=0, description="the same of what the generated tokens cost by ``price``.")
    ] = 0.0
    price: Annotated[
        float, Field(ge=0, description="of a million generated tokens, in any currency; 0 is not known.")
    ] = 0.0


def wrong_stops(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with ``[until]`` and ``[limits]`` as wholes."""
    wrong = _wrong_until(raw["until"]) if isinstance(raw.get("until"), Mapping) else []
    until, n = raw.get("until"), raw.get("n", 0)
    asked = isinstance(until, Mapping) and until.get("decided")
    if not wrong and asked and isinstance(n, int) and n > MOST_DECIDED:
        wrong.append(f"until.decided: n = {n} is too much for exact intervals; at most {MOST_DECIDED}")
    limits = raw.get("limits")
    if isinstance(limits, Mapping) and limits.get("money") and not limits.get("price"):
        wrong.append("limits.money: needs limits.price, of a million generated tokens")
    return wrong


def _wrong_until(table: Mapping[str, Any]) -> list[str]:
    traces = bool(table.get("accept") or table.get("reject"))
    goals = [
        name
        for name, asked in (
            ("accept/reject", traces),
            ("decided", table.get("decided")),
            ("majority", table.get("majority")),
        )
        if asked
    ]
    if not goals:
        return ["until: no goal; give accept = 4 (passes), or reject, decided or majority"]
    if goals[1:]:
        return [f"until: {' and '.join(goals)} are goals of their own; give one"]
    wrong = [
        f"until.{key}: counts passes, so it needs until.accept"
        for key, plain in (("give_up_after", 0), ("quota", "equal"), ("distinct", "passes"))
        if table.get(key, plain) != plain and not table.get("accept")
    ]
    first, given_up = table.get("first", UntilConfig().first), table.get("give_up_after", 0)
    if isinstance(first, int) and isinstance(given_up, int) and 0 < given_up < first:
        wrong.append(f"until.give_up_after: the first round has {first} samples; give at least that")
    band = table.get("band", UntilConfig().band)
    if isinstance(band, (list, tuple)) and len(band) == 2 and all(isinstance(b, (int, float)) for b in band):
        low, high = band
        if (low, high) != UntilConfig().band and not table.get("decided"):
            wrong.append("until.band: the edges of until.decided, which is not asked for")
        if not (0 <= low < high <= 1 and (low > 0 or high < 1)):
            wrong.append("until.band: give two shares, the lower one first, for example [0.1, 0.9]")
    return wrong
