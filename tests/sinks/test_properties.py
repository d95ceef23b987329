"""What holds for every row of every sink, whatever was selected."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from tests.parts import SINKS
from tests.select.toys import REFERENCE, groups, selectors
from verirs.select import normalise
from verirs.select.rules import Rules
from verirs.types import Group, Verdict

TRAINING = [name for name in SINKS if name not in ("rejects", "rl")]


def _rows(group: Group, selector: Rules) -> dict[str, list[dict[str, Any]]]:
    selection = selector.select(group)
    return {name: [dict(r) for r in sink().rows(selection)] for name, sink in SINKS.items()}


def _text(row: dict[str, Any], column: str) -> str:
    (message,) = row[column]
    assert message["role"] == "assistant"
    return str(message["content"])


@given(groups(), selectors(unverified=False))
def test_no_error_and_no_abstention_is_in_any_training_file(group: Group, selector: Rules) -> None:
    verdicts = {c.completion.index: c.verdict for c in group.candidates}
    rows = _rows(group, selector)
    used = [row["sample_index"] for name in ("sft", "kto", "steps") for row in rows[name]]
    used += [row[key] for row in rows["dpo"] for key in ("chosen_index", "rejected_index")]
    assert {verdicts[i] for i in used} <= {Verdict.PASS, Verdict.FAIL}
    assert {verdicts[row["sample_index"]] for row in rows["sft"]} <= {Verdict.PASS}


@given(groups(), selectors())
def test_what_is_written_as_wrong_is_verified_wrong(group: Group, selector: Rules) -> None:
    candidates = {c.completion.index: c for c in group.candidates}
    rows = _rows(group, selector)
    wrong = [row["rejected_index"] for row in rows["dpo"]]
    wrong += [row["sample_index"] for row in rows["kto"] if not row["label"]]
    wrong += [row["sample_index"] for row in rows["steps"] if not all(row["labels"])]
    for index in wrong:
        assert candidates[index].verdict is Verdict.FAIL
        if not selector.allow_truncated:
            assert candidates[index].completion.finish_reason != "length"


@given(groups(), selectors())
def test_no_text_is_both_right_and_wrong_in_one_file(group: Group, selector: Rules) -> None:
    rows = _rows(group, selector)
    desirable = {normalise(_text(r, "completion")) for r in rows["kto"] if r["label"]}
    undesirable = [normalise(_text(r, "completion")) for r in rows["kto"] if not r["label"]]
    assert not desirable & set(undesirable)
    assert len(set(undesirable)) == len(undesirable)


@given(groups(), selectors())
def test_every_text_was_sampled_and_the_reference_answer_is_never_one(group: Group, selector: Rules) -> None:
    texts = {c.completion.index: c.completion.text for c in group.candidates}
    rows = _rows(group, selector)
    for name in ("sft", "kto"):
        assert all(_text(r, "completion") == texts[r["sample_index"]] for r in rows[name])
    assert all(_text(r, "chosen") == texts[r["chosen_index"]] for r in rows["dpo"])
    assert all(_text(r, "rejected") == texts[r["rejected_index"]] for r in rows["dpo"])
    for row in rows["steps"]:
        assert row["completions"] == [s.strip() for s in texts[row["sample_index"]].split("\n") if s.strip()]
        assert len(row["completions"]) == len(row["labels"]) == len(row["rollouts"])
    for name in TRAINING:
        assert REFERENCE not in json.dumps(rows[name])


@given(groups(), selectors())
def test_sft_holds_all_accepted_and_rejects_all_the_others(group: Group, selector: Rules) -> None:
    rows = _rows(group, selector)
    ends = [r["sample_index"] for r in rows["sft"]] + [r["sample_index"] for r in rows["rejects"]]
    assert sorted(ends) == [c.completion.index for c in group.candidates]
