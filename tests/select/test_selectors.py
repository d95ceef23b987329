"""Each selector and each option in a case where it matters."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest

from tests.parts import SELECTORS
from tests.select.toys import candidate, group, indices, passing
from verirs import parts as plugins
from verirs.errors import ConfigError, UserError
from verirs.protocols import Selector
from verirs.select import (
    PAIRINGS,
    Best,
    Diverse,
    First,
    Majority,
    Shortest,
    Threshold,
    WeightedMajority,
    marks,
    normalise,
)
from verirs.select.rules import Rules
from verirs.types import Group


def accepted(selector: Rules, group: Group) -> list[int]:
    return indices(selector.select(group).accepted)


def reasons(selector: Rules, group: Group) -> dict[int, str]:
    return {r.candidate.completion.index: r.reason for r in selector.select(group).rejected}


@pytest.mark.parametrize("name", sorted(SELECTORS))
def test_each_name_resolves_to_a_selector_of_that_name(name: str) -> None:
    selector = plugins.build("selector", name, {"k": 2, "pairs": "hard"})
    assert isinstance(selector, Selector) and isinstance(selector, SELECTORS[name]) and selector.name == name


def test_first_takes_the_first_k_passing() -> None:
    toy = group(candidate(0, verdict="fail"), *(candidate(i) for i in (1, 2, 3)))
    assert accepted(First(k=2), toy) == [1, 2]
    assert reasons(First(k=2), toy) == {0: "fail", 3: "over the cap"}
    assert accepted(First(k=0), toy) == [1, 2, 3]


def test_errors_and_abstentions_keep_their_own_reason() -> None:
    toy = group(candidate(0, verdict="error"), candidate(1, verdict="abstain"))
    assert reasons(First(), toy) == {0: "error", 1: "abstain"}
    assert accepted(First(unverified=True), toy) == [1]


def test_truncated_texts_are_taken_only_when_asked_for() -> None:
    toy = group(candidate(0, finish_reason="length"), candidate(1, verdict="fail", finish_reason="length"))
    assert reasons(First(), toy) == {0: "truncated", 1: "truncated"}
    assert accepted(First(allow_truncated=True), toy) == [0]


def test_verdicts_without_isolation_are_taken_only_when_asked_for() -> None:
    toy = group(candidate(0, trust="in_process"))
    assert reasons(First(), toy) == {0: "not sandboxed"}
    assert accepted(First(allow_in_process=True), toy) == [0]


def test_duplicates_ignore_trailing_blanks_and_unicode_forms_but_not_indentation() -> None:
    assert normalise("\n a  b \r\nc\n\n") == " a  b\nc"
    assert normalise("cafe\u0301") == normalise("café")
    for size in (10, 9_000, 70_000):  # however many are remembered
        line = "a" * size
        assert normalise(f"\n{line} \r\n b\n") == normalise(f"{line}\n b") == f"{line}\n b"
    toy = passing("a", "a \n", " a")
    assert accepted(First(), toy) == [0, 2]
    assert reasons(First(), toy) == {1: "duplicate"}
    assert accepted(First(dedup=False), toy) == [0, 1, 2]


def test_a_duplicate_does_not_use_up_the_cap() -> None:
    assert accepted(First(k=2), passing("a", "a", "b")) == [0, 2]


def test_best_ranks_by_value_and_negative_numbers_are_numbers() -> None:
    toy = group(*(candidate(i, value=v) for i, v in enumerate([-3.0, -1.0, -2.0])))
    assert accepted(Best(k=2), toy) == [1, 2]


def test_best_never_ranks_nan_infinite_or_missing_values_nor_a_fail() -> None:
    toy = group(
        candidate(0, value=math.nan),
        candidate(1, value=math.inf),
        candidate(2),
        candidate(3, verdict="fail", value=9.0),
        candidate(4, value=-1.0),
    )
    assert accepted(Best(), toy) == [4]
    assert reasons(Best(), toy) == {0: "no value", 1: "no value", 2: "no value", 3: "fail"}


def test_by_names_the_scorer_that_ranks() -> None:
    first = candidate(0, value=1.0)
    both = group(first, candidate(1, value=2.0))
    assert accepted(Best(k=1, by="ranker"), both) == [1]
    assert accepted(Best(k=1, by="gate"), both) == []


def test_ties_go_by_hash_and_the_seed_changes_them() -> None:
    toy = group(*(candidate(i, value=1.0) for i in range(8)))
    assert accepted(Best(k=1), toy) == accepted(Best(k=1), toy)
    assert len({accepted(Best(k=1, seed=s), toy)[0] for s in range(20)}) > 3


def test_threshold_takes_what_reaches_it_best_first() -> None:
    toy = group(*(candidate(i, value=v) for i, v in enumerate([0.2, 0.5, 0.9])))
    assert accepted(Threshold(threshold=0.5), toy) == [2, 1]
    assert reasons(Threshold(threshold=0.5), toy) == {0: "below the threshold"}


def test_threshold_selects_without_a_gold_answer_when_asked() -> None:
    toy = group(candidate(0, verdict="abstain", value=0.95), candidate(1, verdict="abstain", value=0.4))
    assert accepted(Threshold(threshold=0.9), toy) == []
    assert accepted(Threshold(threshold=0.9, unverified=True), toy) == [0]


def test_shortest_takes_the_shortest() -> None:
    assert accepted(Shortest(k=2), passing("aaa", "a", "aa")) == [1, 2]


def test_majority_keeps_the_class_with_most_votes() -> None:
    toy = group(*(candidate(i, answer=a) for i, a in enumerate(["1", "2", " 2", "3", "2"])))
    assert accepted(Majority(), toy) == [1, 2, 4]
    assert reasons(Majority(), toy) == {0: "outvoted", 3: "outvoted"}


def test_majority_of_verified_wrong_answers_yields_nothing() -> None:
    wrong = [candidate(i, verdict="fail", answer="7") for i in range(3)]
    toy = group(*wrong, candidate(3, answer="8"))
    assert accepted(Majority(), toy) == []
    assert reasons(Majority(), toy)[3] == "outvoted"


def test_an_error_does_not_vote() -> None:
    broken = [candidate(i, verdict="error", answer="7") for i in range(3)]
    assert accepted(Majority(), group(*broken, candidate(3, answer="8"))) == [3]


def test_nobody_answered_nobody_elected() -> None:
    toy = group(candidate(0), candidate(1, answer=" "))
    assert reasons(Majority(), toy) == {0: "no vote", 1: "no vote"}


def test_weighted_majority_does_not_punish_agreement_on_negative_values() -> None:
    # raw sums would be -3 against -2, and max(0, value) would leave no vote at all
    three = [candidate(i, answer="1", value=-1.0) for i in range(3)]
    toy = group(*three, candidate(3, answer="2", value=-2.0))
    assert accepted(WeightedMajority(), toy) == [0, 1, 2]


def test_weighted_majority_weighs() -> None:
    toy = group(
        candidate(0, answer="1", value=0.1),
        candidate(1, answer="1", value=0.1),
        candidate(2, answer="2", value=0.9),
    )
    assert accepted(Majority(), toy) == [0, 1]
    assert accepted(WeightedMajority(weight="value"), toy) == [2]
    # on the logistic scale 0.1 and 0.9 are close, and two votes beat one
    assert accepted(WeightedMajority(weight="logistic"), toy) == [0, 1]


def test_weighted_majority_by_value_refuses_negative_weights() -> None:
    with pytest.raises(UserError, match=r"problem p: .* negative value -1; use weight = 'logistic'"):
        WeightedMajority(weight="value").select(group(candidate(0, answer="1", value=-1.0)))


def test_diverse_leaves_out_near_duplicates() -> None:
    start = "she has three apples and buys two more so that makes five apples in "
    toy = passing(start + "all", start + "total", "five because two and three are five")
    assert accepted(Diverse(), toy) == [0, 2]
    assert reasons(Diverse(), toy) == {1: "near-duplicate"}
    assert accepted(Diverse(similarity=1.0), toy) == [0, 1, 2]


def test_diverse_keeps_the_cap() -> None:
    toy = passing("a b c d e", "f g h i j", "k l m n o")
    assert reasons(Diverse(k=2), toy) == {2: "over the cap"}


def test_wrong_options_are_all_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        First(k=-1, pairs="randon")  # type: ignore[arg-type]
    assert caught.value.problems == [
        "select.k: must not be negative, is -1",
        "select.pairs: unknown pairing 'randon'; did you mean random? "
        "(known: none, random, best_worst, margin, length_matched, hard, closest)",
    ]
    with pytest.raises(ConfigError, match=r"select\.weight: unknown weight 'values'; did you mean value"):
        WeightedMajority(weight="values")  # type: ignore[arg-type]


def test_the_page_names_every_selector_option_pairing_and_reason() -> None:
    page = (Path(__file__).parents[2] / "docs" / "selection.md").read_text(encoding="utf-8")
    own = [f.name for cls in SELECTORS.values() for f in dataclasses.fields(cls)]
    reasons = [value for key, value in vars(marks).items() if key.isupper() and isinstance(value, str)]
    assert len(reasons) == 15
    missing = [
        word
        for word in {*SELECTORS, *own, *PAIRINGS, *reasons}
        if not any(form in page for form in (f"`{word}`", f'"{word}"', f"`{word} ="))
    ]
    assert not missing
    options = page.split("## Options")[1].split("## ")[0]
    for field in dataclasses.fields(Rules):
        (row,) = [line for line in options.splitlines() if line.startswith(f"| `{field.name}` |")]
        assert json.loads(row.split("|")[3].strip(" `")) == field.default
