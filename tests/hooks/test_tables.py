"""What our reward writes into a trainer's table of completions, by a double of TRL's (1.16), which joins what
all reward functions say, column by column, and makes one table of it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from verirs.hooks import Grader, Rule
from verirs.hooks import trl as hook
from verirs.hooks.openrlhf import reply as openrlhf_reply
from verirs.hooks.rows import read
from verirs.types import Completion, Problem, Score, Verdict

OWN = {"prompt", "completion", "step", "advantage", "image"}
"""Columns of TRL's own; those of rewards have the functions' names."""


class Table:
    """TRL's ``log_extra`` and ``log_metric``, and the table that it makes at the end of a step."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.columns: dict[str, list[Any]] = defaultdict(list)
        self.numbers: dict[str, list[float]] = defaultdict(list)

    def extra(self, column: str, values: Sequence[Any]) -> None:
        self.columns[column].extend(values)

    def metric(self, name: str, value: float) -> None:
        self.numbers[name].append(value)

    def made(self) -> Mapping[str, list[Any]]:
        """As pandas makes it: all columns of one length, W&B: of one kind each, but for what is missing."""
        assert not OWN & self.columns.keys()
        assert {k: len(v) for k, v in self.columns.items()} == dict.fromkeys(self.columns, self.rows)
        for name, column in self.columns.items():
            kinds = {type(v) for v in column if v is not None}
            assert kinds <= {str} or kinds <= {int, float}, (name, kinds)
        return self.columns

    def asked(self, rewards: Any, texts: Sequence[str], **columns: Any) -> list[float | None]:
        found: list[float | None] = rewards(
            prompts=["?"] * len(texts),
            completions=list(texts),
            log_extra=self.extra,
            log_metric=self.metric,
            trainer_state=None,
            **columns,
        )
        return found


class Named:
    """A scorer that passes what holds its word, with a number."""

    name, version = "named", "1"

    def __init__(self, word: str = "4", value: float = 1.0) -> None:
        self._word, self._value = word, value

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [
            Score(
                scorer="named",
                version="1",
                verdict=Verdict.PASS if self._word in c.text else Verdict.FAIL,
                value=self._value,
                answer=c.text,
            )
            for _, c in items
        ]

    def close(self) -> None:
        pass


PLUGIN = "tests.hooks.test_tables:Named"
TEXTS = ["\\boxed{4}", "\\boxed{5}", "", "[/bold] \x1b[2J{x}", "no way to tell"]


def test_two_of_our_rewards_side_by_side_fill_two_sets_of_columns() -> None:
    # https://github.com/huggingface/trl/pull/5233: both write into one table
    table = Table(len(TEXTS))
    for name in ("strict", "lenient"):
        with Grader("math", rule=Rule(breaker=1.0)) as grader:
            table.asked(hook.reward_by(grader, name), TEXTS, answer=["4"] * len(TEXTS))
    made = table.made()
    assert made["strict_verdict"][:2] == made["lenient_verdict"][:2] == ["pass", "fail"]
    assert {"strict/error_rate", "lenient/math"} <= table.numbers.keys()


def test_the_usual_name_keeps_the_columns_that_are_documented() -> None:
    table = Table(2)
    with Grader("math") as grader:
        table.asked(hook.reward_by(grader), TEXTS[:2], answer=["4", "4"])
    assert set(table.made()) == {"verirs_verdict", "verirs_reason", "verirs_answer"}
    assert set(table.numbers) == {"verirs/error_rate", "verirs/math"}


@pytest.mark.parametrize("key", ["verdict", "reason", "answer", "error", "error_rate"])
def test_a_scorer_named_like_a_column_of_ours_has_one_of_its_own(key: str) -> None:
    # https://github.com/huggingface/trl/pull/5233: columns of one name overwrite one another
    config = {"scorer": {"math": {}, key: {"plugin": PLUGIN}}}
    table = Table(2)
    with Grader(config) as grader:
        table.asked(hook.reward_by(grader), ["\\boxed{4}", "\\boxed{5}"], answer=["4", "4"])
        rows = [read("\\boxed{4}", {"answer": "4"})] * 2
        logged = openrlhf_reply(grader, grader.grade(rows))["extra_logs"]
        parts = grader.logged(grader.grade([read("\\boxed{5}", {"answer": "4"})])[0])
    made = table.made()
    assert made["verirs_verdict"] == ["pass", "fail"] and made["verirs_answer"] == ["4", "5"]
    assert all(0 <= v <= 1 for v in table.numbers["verirs/error_rate"])
    assert len(table.numbers["verirs/error_rate"]) == 1
    assert logged["verirs_error"] == [0.0, 0.0] and parts["verirs_error"] == 0.0


def test_a_number_that_is_none_stays_out_of_the_log() -> None:
    # https://github.com/MakazhanAlpamys/Soup/issues/547
    config = {
        "scorer": {"math": {}, "named": {"plugin": PLUGIN, "value": math.nan}},
        "hook": {"breaker": 1.0},
    }
    table = Table(2)
    with Grader(config) as grader:
        table.asked(hook.reward_by(grader), ["\\boxed{4}", "\\boxed{5}"], answer=["4", "4"])
    table.made()
    assert all(math.isfinite(v) for found in table.numbers.values() for v in found)


def test_columns_are_of_one_kind_whatever_is_in_the_rows() -> None:
    # https://github.com/EleutherAI/lm-evaluation-harness/issues/1958
    config = {"scorer": {"math": {}, "named": {"plugin": PLUGIN}}, "hook": {"breaker": 1.0}}
    table = Table(len(TEXTS))
    with Grader(config) as grader:
        table.asked(hook.reward_by(grader), TEXTS, answer=["4", None, "", "4", "x"])
    table.made()
