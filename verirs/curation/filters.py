"""``[filter]``: which problems are kept, by what is known of them.

A pair of numbers is a range, both ends included; a text or a list of texts says which values are kept. A
column ``meta.KEY`` is one of the source's own. A value that is not known is outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from verirs.curation.facts import COLUMNS, KNOWN
from verirs.errors import nearest
from verirs.types import Problem

INSIDE, UNSURE = "inside", "not surely outside"
KEEP = (INSIDE, UNSURE)
META = "meta."


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One line of a filter.

    Args:
        column: what is looked at.
        low: of a range.
        high: of a range; ``None`` where values are listed.
        values: that are kept.
        unsure: keep what is not surely outside, by the interval of the pass rate.
    """

    column: str
    low: float = 0.0
    high: float | None = None
    values: tuple[Any, ...] = ()
    unsure: bool = False

    @property
    def early(self) -> bool:
        """Whether it can be judged before anything is sampled."""
        return self.column in KNOWN or self.column.startswith(META)

    def holds(self, facts: Mapping[str, Any], problem: Problem) -> bool:
        """Whether a problem is kept."""
        if self.unsure and self.column == "pass_rate" and self.high is not None:
            low, high = facts.get("pass_rate_low"), facts.get("pass_rate_high")
            return low is None or high is None or (low <= self.high and high >= self.low)
        found = value_of(self.column, facts, problem)
        if self.high is not None:
            number = isinstance(found, (int, float)) and not isinstance(found, bool)
            return number and self.low <= found <= self.high
        if found is None:
            return "" in self.values
        return any(
            found == value and isinstance(found, bool) is isinstance(value, bool) for value in self.values
        )

    @property
    def words(self) -> str:
        """As a config has it."""
        if self.high is not None:
            return f"{self.column} = [{self.low:g}, {self.high:g}]" + (f", {UNSURE}" if self.unsure else "")
        return f"{self.column} = {', '.join(map(repr, self.values))}"


def value_of(column: str, facts: Mapping[str, Any], problem: Problem) -> Any:
    """A column's value; of ``meta.a.b`` the key b of the table a."""
    if not column.startswith(META):
        return facts.get(column)
    found: Any = problem.meta
    for part in column.removeprefix(META).split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def conditions(table: Mapping[str, Any]) -> tuple[tuple[Condition, ...], list[str]]:
    """The conditions of a ``[filter]``, and what is wrong with it, a line each."""
    wrong: list[str] = []
    keep = table.get("keep", INSIDE)
    if keep not in KEEP:
        wrong.append(f"filter.keep: write one of {', '.join(map(repr, KEEP))}, got {keep!r}")
    found = []
    for column, value in _flat(table, ""):
        if column == "keep":
            continue
        if column not in COLUMNS and not column.startswith(META):
            known = ", ".join(COLUMNS)
            wrong.append(
                f"filter.{column}: no such column of a problem{nearest(column, COLUMNS)} (known: {known}; "
                "columns of the source are meta.NAME)"
            )
            continue
        fault, made = _condition(column, value, unsure=keep == UNSURE and column == "pass_rate")
        if made is not None:
            found.append(made)
        wrong += fault
    if keep == UNSURE and not any(c.unsure for c in found) and not wrong:
        wrong.append(
            f"filter.keep = {UNSURE!r} goes by the interval of pass_rate: add pass_rate = [0.1, 0.9]"
        )
    return tuple(found), wrong


def _flat(table: Mapping[str, Any], under: str) -> Iterable[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{under}{key}.")
        else:
            yield f"{under}{key}", value


def _condition(column: str, value: Any, *, unsure: bool) -> tuple[list[str], Condition | None]:
    at, kind = f"filter.{column}", COLUMNS.get(column, "")
    pair = isinstance(value, list) and len(value) == 2 and all(map(_number, value))
    if pair and kind != "text":
        low, high = value
        if not low <= high:
            return [f"{at}: [{low:g}, {high:g}] holds no number; write the smaller one first"], None
        return [], Condition(column=column, low=low, high=high, unsure=unsure)
    if kind in ("int", "float"):
        if _number(value) and not unsure:
            return [], Condition(column=column, low=value, high=value)
        return [f"{at}: write a range of two numbers, for example [0.1, 0.9], got {value!r}"], None
    values = value if isinstance(value, list) else [value]
    wanted = (str,) if kind == "text" else (str, int, float, bool)
    if not values or not all(isinstance(v, wanted) for v in values):
        return [f"{at}: write a text or a list of texts, got {value!r}"], None
    return [], Condition(column=column, values=tuple(values))


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def impossible(condition: Condition, n: int) -> bool:
    """Whether no pass rate of at most ``n`` samples lies in the condition's range."""
    if condition.column != "pass_rate" or condition.unsure or condition.high is None or n > 1000:
        return False
    low, high = condition.low, condition.high
    return not any(low <= passes / v <= high for v in range(1, n + 1) for passes in range(v + 1))
