"""The short ways that most rows take give what the long ones give."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest

from verirs.hooks import Grader, rows
from verirs.hooks.golds import GOLDS
from verirs.hooks.rows import read
from verirs.hooks.rule import Rule
from verirs.types import Completion, Problem, Score, Verdict

TEXTS = ("It is \\boxed{4}", "", "<tool_response>4</tool_response>\nassistant\n5")
COLUMNS = (
    *("4", " 4 ", "#### 4", "so \\boxed{4}", "<answer>4</answer>", "\\boxed{", "#### ", "nothing"),
    *('{"ground_truth": "4"}', '{"a": 1, "b": 2}', '{"ground_truth": null}', '{"target": ["4", "5"]}', "{"),
    *('{"inputs": ["1"], "outputs": ["1"]}', "assert f(1) == 1", "assert f(1) == 1\nassert f(2) == 2"),
    *('["4", "four"]', "[]", '[1, "2"]', "[4]", '["', "[" * 1900 + '"', "4" * 1900, "4" * 5000, "\ud83d"),
)


@pytest.mark.parametrize("name", [*GOLDS, "other", "Answer", "answerKey", "tests"])
def test_a_row_of_one_column_is_read_as_beside_others(name: str) -> None:
    for text in TEXTS:
        for column in COLUMNS:
            assert read(text, {name: column}) == read(text, {name: column, "beside": ""}), (name, column)


def test_long_golds_are_not_kept() -> None:
    rows._shared.cache_clear()
    rows._of_text.cache_clear()
    for column in ("4" * 3000, '["' + "4" * 3000 + '"]'):
        read("x", {"answer": column})
        read("x", {"answer": column, "beside": ""})
    assert rows._shared.cache_info().currsize == rows._of_text.cache_info().currsize == 0


class Odd:
    """Says what a text asks for."""

    name = "odd"
    version = "1"

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [self._one(completion.text) for _, completion in items]

    def _one(self, text: str) -> Score:
        if text == "raise":
            raise ValueError("broken")
        if text == "slow":
            time.sleep(1)
        verdict = Verdict(text) if text in list(Verdict) else Verdict.PASS
        return Score(scorer=self.name, version=self.version, verdict=verdict, value=0.5)

    def close(self) -> None:
        pass


PLUGIN = f"{__name__}:Odd"


@pytest.mark.parametrize(
    "rule", [Rule(breaker=1.0), Rule(breaker=1.0, partial=True), Rule(breaker=1.0, weights={"a": 2.0})]
)
def test_rows_of_one_scorer_earn_what_each_earns_alone_and_by_a_route(rule: Rule) -> None:
    asked = [read(text, {"answer": "4"}) for text in ("pass", "fail", "abstain", "raise", "unwanted")]
    asked.insert(2, read("x", {"answer": "4", "choices": 5}))
    asked.insert(3, read(5, {"answer": "4"}))  # a fault
    tables: dict[str, Any] = {"scorer": {"a": {"plugin": PLUGIN}}}
    routed = {**tables, "hook": {"route": {"*": "a"}, "breaker": 1.0}}

    def told(grader: Grader, given: Sequence[Any]) -> list[Any]:
        with grader:
            found = grader.grade(given)
        return [(r.value, r.verdict, r.components, r.answer, [s.verdict for s in r.scores]) for r in found]

    together = told(Grader(tables, rule=rule), asked)
    assert together == [told(Grader(tables, rule=rule), [row])[0] for row in asked]
    good = [row for row in asked if not row.fault]
    assert told(Grader(tables, rule=rule), good) == [
        f for f, row in zip(together, asked, strict=True) if not row.fault
    ]
    if rule == Rule(breaker=1.0):
        assert told(Grader(routed), asked) == together


def test_it_waits_no_longer_than_it_may_and_the_next_call_is_answered() -> None:
    async def go() -> None:
        with Grader({"scorer": {"a": {"plugin": PLUGIN}}}) as grader:
            with pytest.raises(TimeoutError):
                await grader.agrade([read("slow", {"answer": "4"})], seconds=0.05)
            (found,) = await grader.agrade([read("pass", {"answer": "4"})], seconds=60)
            assert found.value == 1.0

    asyncio.run(go())
