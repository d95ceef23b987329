"""Selectors and sinks with one fault each, which the kit finds and names."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from tests.conformance.faults import broken, named
from tests.conformance.third_party import Lines, Longest
from verirs.sinks import DpoSink, KtoSink, SftSink
from verirs.testing import (
    SelectorSuite,
    SinkSuite,
    check,
    toy_candidate,
)
from verirs.types import Group, Pair, Rejection, Selection, Verdict


class Drops(Longest):
    def select(self, group: Group) -> Selection:
        selection = super().select(group)
        return dataclasses.replace(selection, rejected=selection.rejected[1:])


class Tidies(Longest):
    """Changes the texts of candidates."""

    def select(self, group: Group) -> Selection:
        selection = super().select(group)
        tidy = [
            dataclasses.replace(c, completion=dataclasses.replace(c.completion, text="tidy"))
            for c in selection.accepted
        ]
        return dataclasses.replace(selection, accepted=tuple(tidy))


class TakesAll(Longest):
    def select(self, group: Group) -> Selection:
        return Selection(group=group, accepted=group.candidates)


class PairsTheGold(Longest):
    def select(self, group: Group) -> Selection:
        selection = super().select(group)
        gold = toy_candidate(0, group.problem.answer)
        pairs = [Pair(chosen=gold, rejected=pair.rejected) for pair in selection.pairs]
        return dataclasses.replace(selection, pairs=tuple(pairs))


class PairsErrors(Longest):
    def select(self, group: Group) -> Selection:
        selection = super().select(group)
        broke = [r.candidate for r in selection.rejected if r.candidate.verdict is Verdict.ERROR]
        pairs = [Pair(chosen=c, rejected=e) for c, e in zip(selection.accepted, broke, strict=False)]
        return dataclasses.replace(selection, pairs=tuple(pairs))


class NeedsAPass(Longest):
    def select(self, group: Group) -> Selection:
        best = max((c for c in group.candidates if c.verdict is Verdict.PASS), key=lambda c: c.value or 0.0)
        others = [Rejection(candidate=c, reason="worse") for c in group.candidates if c is not best]
        return Selection(group=group, accepted=(best,), rejected=tuple(others))


class Silent(Longest):
    def select(self, group: Group) -> Selection:
        selection = super().select(group)
        mute = [dataclasses.replace(r, reason="") for r in selection.rejected]
        return dataclasses.replace(selection, rejected=tuple(mute))


class Once(Longest):
    """Accepts a text once in a run."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    def select(self, group: Group) -> Selection:
        selection = super().select(group)
        for candidate in selection.accepted:
            text = candidate.completion.text
            if any(text == other and problem != group.problem.id for problem, other in self.seen):
                rejected = [Rejection(candidate=c, reason="seen") for c in group.candidates]
                return Selection(group=group, rejected=tuple(rejected))
            self.seen.add((group.problem.id, text))
        return selection


class Coin(Longest):
    def select(self, group: Group) -> Selection:
        if random.random() < 0.5:
            return super().select(group)
        rejected = [Rejection(candidate=c, reason="tails") for c in group.candidates]
        return Selection(group=group, rejected=tuple(rejected))


class OtherGroup(Longest):
    """A selection without the group's rejected candidates in it."""

    def select(self, group: Group) -> Selection:
        selection = super().select(group)
        return dataclasses.replace(selection, group=dataclasses.replace(group, candidates=selection.accepted))


class SelectsNothing:
    name = "nothing"


@named(
    [
        ("test_it_is_complete", SelectsNothing),
        ("test_every_candidate_ends_once", Drops),
        ("test_every_candidate_ends_once", Tidies),
        ("test_every_candidate_ends_once", OtherGroup),
        ("test_no_fail_and_no_error_is_accepted", TakesAll),
        ("test_pairs_are_right_over_wrong", PairsTheGold),
        ("test_pairs_are_right_over_wrong", PairsErrors),
        ("test_it_takes_any_group", NeedsAPass),
        ("test_every_rejection_says_why", Silent),
        ("test_the_group_alone_decides", Once),
        ("test_the_same_selection_again", Coin),
    ]
)
def test_a_broken_selector_is_named(promise: str, make: Callable[[], Any]) -> None:
    assert promise in broken(SelectorSuite, make)


class MissingColumn(Lines):
    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            yield {"text": row["text"]}


class WrongType(Lines):
    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            yield {**row, "text": len(row["text"])}


class Bytes(Lines):
    columns = pa.schema([("text", pa.binary()), ("characters", pa.int64())])

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            yield {**row, "text": row["text"].encode("utf-8", "replace")}


class GoldText(SftSink):
    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            answer = selection.group.problem.answer
            yield {**row, "completion": [{"role": "assistant", "content": answer}]}


class Counting(Lines):
    count = 0

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            self.count += 1
            yield {**row, "characters": self.count}


class FirstAccepted(Lines):
    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        best = selection.accepted[0].completion.text
        yield {"text": best, "characters": len(best)}


class OtherPrompt(SftSink):
    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            yield {**row, "prompt": row["prompt"][-1:]}


class Fixed(SftSink):
    """Sampled texts, mended."""

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            yield {**row, "completion": [{"role": "assistant", "content": "mended"}]}


class AnyWrong(DpoSink):
    """Whatever was not accepted is called wrong."""

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        others = [r.candidate for r in selection.rejected if r.candidate.verdict is Verdict.ERROR]
        pairs = tuple(Pair(chosen=c, rejected=o) for c, o in zip(selection.accepted, others, strict=False))
        return super().rows(dataclasses.replace(selection, pairs=pairs))


class Swapped(DpoSink):
    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            yield {**row, "chosen": row["rejected"], "rejected": row["chosen"]}


class AllUndesirable(KtoSink):
    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        for row in super().rows(selection):
            yield {**row, "label": False}


class NoRows(Lines):
    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        return iter(())


class NoColumns(Lines):
    columns = ("text",)


@named(
    [
        ("test_it_is_complete", NoColumns),
        ("test_rows_have_the_columns", MissingColumn),
        ("test_there_are_rows", NoRows),
        ("test_rows_can_be_written", WrongType),
        ("test_rows_are_json", Bytes),
        ("test_the_gold_answer_is_in_no_row", GoldText),
        ("test_the_same_rows_again", Counting),
        ("test_nothing_accepted", FirstAccepted),
        ("test_the_prompt_is_the_selections", OtherPrompt),
        ("test_completions_are_accepted_texts", Fixed),
        ("test_rejected_is_a_verified_fail", AnyWrong),
        ("test_chosen_is_an_accepted_pass", Swapped),
        ("test_label_false_is_a_verified_fail", AllUndesirable),
    ]
)
def test_a_broken_sink_is_named(promise: str, make: Callable[[], Any]) -> None:
    assert promise in broken(SinkSuite, make)


def test_a_column_that_is_meant_for_the_answer_may_hold_it() -> None:
    class WithAnswer(Lines):
        columns = pa.schema([("text", pa.string()), ("answer", pa.string())])
        summed = ()

        def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
            for row in super().rows(selection):
                yield {"text": row["text"], "answer": selection.group.problem.answer}

    assert broken(SinkSuite, WithAnswer) == {"test_the_gold_answer_is_in_no_row"}
    check(SinkSuite, WithAnswer, gold=("answer",))
