"""Each sink's rows and options in cases where they matter."""

from __future__ import annotations

import math

import pytest

from tests.parts import SINKS
from tests.select.toys import candidate, group
from verirs import parts as plugins
from verirs.curation import COLUMNS
from verirs.protocols import Sink
from verirs.running.choosing import trained
from verirs.select import First
from verirs.sinks import DpoSink, KtoSink, RejectsSink, SftSink, StepSink
from verirs.types import Group, Message, Problem, Selection

TOY = group(
    candidate(0, "right", value=0.5, answer="4"),
    candidate(1, "wrong!", "fail", answer="5"),
    candidate(2, "broken", "error"),
)


def select(toy: Group) -> Selection:
    return First(pairs="random").select(toy)


@pytest.mark.parametrize("name", sorted(SINKS))
def test_each_name_resolves_to_a_sink_of_that_name(name: str) -> None:
    sink = plugins.build("sink", name, {})
    assert isinstance(sink, Sink) and sink.name == name


def test_sft_rows_are_conversations_with_their_origin() -> None:
    (row,) = SftSink().rows(select(TOY))
    assert {name: row.pop(name) for name in COLUMNS} == dict.fromkeys(COLUMNS)  # no export told them
    assert row == {
        "prompt": [{"role": "user", "content": "What is 2 + 2?"}],
        "completion": [{"role": "assistant", "content": "right"}],
        "problem_id": "p",
        "sample_index": 0,
        "seed": 1000,
        "value": 0.5,
        "scores": [
            {"scorer": "gate", "version": "1", "verdict": "pass", "value": None, "answer": "4", "reason": ""},
            {
                "scorer": "ranker",
                "version": "2",
                "verdict": "abstain",
                "value": 0.5,
                "answer": None,
                "reason": "",
            },
        ],
    }


def test_dpo_rows_tell_the_difference_of_length() -> None:
    (row,) = DpoSink().rows(select(TOY))
    assert row["chosen"] == [{"role": "assistant", "content": "right"}]
    assert row["rejected"] == [{"role": "assistant", "content": "wrong!"}]
    assert row["length_difference"] == -1
    assert (row["chosen_index"], row["rejected_index"]) == (0, 1)


def test_a_value_that_is_no_number_is_null_in_every_column() -> None:
    toy = group(candidate(0, value=math.nan), candidate(1, verdict="fail", value=math.inf))
    (sft,), (dpo,) = SftSink().rows(select(toy)), DpoSink().rows(select(toy))
    assert sft["value"] is None and sft["scores"][1]["value"] is None
    assert dpo["chosen_value"] is None and dpo["rejected_value"] is None


def test_kto_labels_the_accepted_and_the_verified_wrong() -> None:
    assert [(r["sample_index"], r["label"]) for r in KtoSink().rows(select(TOY))] == [(0, True), (1, False)]


def test_kto_can_cap_the_undesirable() -> None:
    toy = group(candidate(0), *(candidate(i, verdict="fail") for i in (1, 2, 3)))
    assert [r["sample_index"] for r in KtoSink(max_fails=2).rows(select(toy))] == [0, 1, 2]


def test_kto_leaves_out_passes_that_were_not_accepted() -> None:
    selection = First(k=1).select(group(candidate(0), candidate(1), candidate(2, "text 1", "fail")))
    assert [r["sample_index"] for r in KtoSink().rows(selection)] == [0]


@pytest.mark.parametrize("sink", [SftSink, DpoSink, KtoSink])
def test_the_prompt_of_every_row_is_the_one_of_the_selection(
    sink: type[SftSink] | type[DpoSink] | type[KtoSink],
) -> None:
    def with_system(problem: Problem) -> tuple[Message, ...]:
        return ({"role": "system", "content": "Think."}, *problem.prompt)

    rows = list(sink().rows(trained(select(TOY), with_system)))
    assert rows and all([m["role"] for m in r["prompt"]] == ["system", "user"] for r in rows)


def test_steps_are_right_where_a_right_sample_shares_them() -> None:
    toy = group(
        candidate(0, "two\nplus two\nis four"),
        candidate(1, "two\nplus two\nis five", "fail"),
        candidate(2, "two\nplus two\nis six", "error"),
    )
    right, wrong = StepSink().rows(select(toy))
    assert right["completions"] == ["two", "plus two", "is four"]
    assert (right["labels"], right["rollouts"]) == ([True, True, True], [2, 2, 1])
    assert (wrong["labels"], wrong["rollouts"]) == ([True, True, False], [2, 2, 1])


def test_what_a_scorer_says_of_a_step_comes_first() -> None:
    (row,) = StepSink().rows(select(group(candidate(0, "a\nb", steps=[True, False]))))
    assert row["labels"] == [True, False]


def test_step_labels_of_another_length_or_type_are_not_believed() -> None:
    for said in ([True], [0.9, 0.1], "ab"):
        (row,) = StepSink().rows(select(group(candidate(0, "a\nb", steps=said))))
        assert row["labels"] == [True, True]


def test_steps_options_separate_and_render() -> None:
    sink = StepSink(as_text=lambda ms: "|".join(m["role"] for m in ms), separator="\n\n")
    (row,) = sink.rows(select(group(candidate(0, "a\nb\n\nc"))))
    assert row["completions"] == ["a\nb", "c"]
    assert row["prompt"] == "user"


def test_rejects_keep_text_reason_and_scores() -> None:
    rows = list(RejectsSink().rows(select(TOY)))
    assert [(r["sample_index"], r["reason"], r["verdict"], r["text"], r["answer"]) for r in rows] == [
        (1, "fail", "fail", "wrong!", "5"),
        (2, "error", "error", "broken", None),
    ]
    assert rows[0]["scores"][0]["verdict"] == "fail"
