"""Each pairing and each of its options in a case where it matters."""

from __future__ import annotations

import dataclasses

import pytest

from tests.select.toys import candidate, group
from verirs.select import Best, First
from verirs.select.rules import Rules
from verirs.types import Group


def pairs(selector: Rules, group: Group) -> list[tuple[int, int]]:
    return [(p.chosen.completion.index, p.rejected.completion.index) for p in selector.select(group).pairs]


def valued(right: list[float], wrong: list[float]) -> Group:
    n = len(right)
    return group(
        *(candidate(i, value=v) for i, v in enumerate(right)),
        *(candidate(n + i, verdict="fail", value=v) for i, v in enumerate(wrong)),
    )


def test_pairs_are_drawn_at_random_unless_told_otherwise() -> None:
    assert pairs(First(), valued([1], [0])) == pairs(First(pairs="random"), valued([1], [0])) != []
    assert pairs(First(pairs="none"), valued([1], [0])) == []


def test_random_pairs_use_each_candidate_once_and_depend_on_the_seed() -> None:
    toy = valued([1, 2, 3], [1, 2, 3, 4])
    assert len(pairs(First(pairs="random"), toy)) == 3
    assert pairs(First(pairs="random"), toy) == pairs(First(pairs="random"), toy)
    assert len({tuple(pairs(First(pairs="random", seed=s), toy)) for s in range(10)}) > 1


def test_max_pairs_bounds_them() -> None:
    assert len(pairs(First(pairs="random", max_pairs=2), valued([1, 2, 3], [1, 2, 3]))) == 2


def test_best_worst_takes_the_extremes_first() -> None:
    toy = valued([1, 3, 2], [-1, -3, -2])
    assert pairs(First(pairs="best_worst"), toy) == [(1, 4), (2, 5), (0, 3)]


def test_hard_takes_the_most_convincing_fail_first() -> None:
    toy = valued([1, 3], [-1, 5, -2])
    assert pairs(First(pairs="hard"), toy) == [(1, 3), (0, 2)]


def test_margin_drops_pairs_below_it() -> None:
    toy = valued([3, 1], [0, 2.5])
    assert pairs(First(pairs="margin"), toy) == [(0, 2)]
    assert pairs(First(pairs="margin", margin=-2), toy) == [(0, 2), (1, 3)]
    assert pairs(First(pairs="margin", margin=4), toy) == []


def test_length_matched_takes_the_smallest_difference_first() -> None:
    toy = group(
        candidate(0, "a" * 10),
        candidate(1, "a" * 20),
        candidate(2, "b" * 19, "fail"),
        candidate(3, "b" * 50, "fail"),
        candidate(4, "b" * 12, "fail"),
    )
    assert pairs(First(pairs="length_matched"), toy) == [(1, 2), (0, 4)]


def test_a_candidate_without_a_value_is_in_no_pair_by_value() -> None:
    toy = group(candidate(0), candidate(1, verdict="fail", value=1.0))
    assert pairs(First(pairs="hard"), toy) == []
    assert pairs(First(pairs="random"), toy) == [(0, 1)]


def test_errors_and_abstentions_are_never_rejected_halves() -> None:
    toy = group(candidate(0), candidate(1, verdict="error"), candidate(2, verdict="abstain"))
    assert pairs(First(pairs="random"), toy) == []


def test_a_truncated_fail_is_no_evidence_unless_asked_for() -> None:
    toy = group(candidate(0), candidate(1, verdict="fail", finish_reason="length"))
    assert pairs(First(pairs="random"), toy) == []
    assert pairs(First(pairs="random", allow_truncated=True), toy) == [(0, 1)]


@pytest.mark.parametrize(
    ("text", "answer", "counts"),
    [
        ("so it is 5", "5", True),
        ("so it is", None, False),
        ("<think>4 and then", "4", False),
        ("<think>4</think> 5", "5", True),
        ("```python\nx = 1", "x = 1", False),
        ("```python\nx = 1\n```", "x = 1", True),
    ],
)
def test_a_fail_of_unknown_end_is_evidence_only_where_it_came_to_an_answer(
    text: str, answer: str | None, counts: bool
) -> None:
    wrong = candidate(1, text, "fail", answer=answer, finish_reason="unknown")
    toy = group(candidate(0, "right"), wrong)
    assert bool(pairs(First(), toy)) is counts
    (rejection,) = First().select(toy).rejected
    assert rejection.reason == ("fail" if counts else "fail, unknown end")


@pytest.mark.parametrize(
    ("text", "answer", "sure", "counts"),
    [
        ("So she has $64", "$64", "guessed", False),  # of $640
        ("So she has $64.", "$64", "guessed", True),
        ("Each costs $3 and she buys", "$3", "guessed", False),
        ("3 * 4 = 12\n12", "12", "guessed", True),
        ("First, sell.\n\n2.", "2", "guessed", False),
        ("She has 5.\nQ3.", "3", "guessed", False),
        ("The answer is 12", "12", "said", True),
        ("The answer is 8 w", "8 w", "said", False),
        ("Final Answer: How", "How", "said", False),
        ("T", "T", "said", False),
        ("\\boxed{12} is what", "12", "marked", True),
        ("#### 12", "12", "marked", True),
        ("It is \\(12\\)", "12", "guessed", True),
    ],
)
def test_a_fail_of_unknown_end_that_stops_within_a_sentence_is_no_evidence(
    text: str, answer: str, sure: str, counts: bool
) -> None:
    """A quarter of recorded right texts, cut off at a drawn place, were read by their last number."""
    wrong = candidate(1, text, "fail", answer=answer, finish_reason="unknown", sure=sure)
    assert bool(pairs(First(), group(candidate(0, "right"), wrong))) is counts
    whole = candidate(1, text, "fail", answer=answer, sure=sure)
    assert pairs(First(), group(candidate(0, "right"), whole))


@pytest.mark.parametrize(
    ("gold", "answer", "counts"),
    [
        ("68", "So it is at least 68 degrees", False),
        ("16", r"\text{Adam loses \$16.}", False),
        ("1200", "1,200 apples", False),
        ("2", "2 dozen eggs", False),
        ("54", "-54 miles", True),
        ("2", "2.5 hours", True),
        ("2", "2/3 hours", True),
        ("6", "16 hours", True),
        ("5", r"\frac{5}{2}", True),
        ("5", "x = 5", True),
        (None, "5 hours", True),
    ],
)
def test_a_fail_whose_answer_says_the_gold_among_words_is_no_evidence(
    gold: str | None, answer: str, counts: bool
) -> None:
    toy = group(candidate(0, "right"), candidate(1, "wrong", "fail", answer=answer))
    toy = dataclasses.replace(toy, problem=dataclasses.replace(toy.problem, answer=gold))
    assert bool(pairs(First(), toy)) is counts
    (rejection,) = First().select(toy).rejected
    assert rejection.reason == ("fail" if counts else "fail, the gold in words")


def test_an_unverified_candidate_is_never_the_chosen_half() -> None:
    toy = group(candidate(0, verdict="abstain"), candidate(1, verdict="fail"))
    assert pairs(First(pairs="random", unverified=True), toy) == []


def test_one_text_judged_both_ways_makes_no_pair() -> None:
    assert pairs(First(pairs="random"), group(candidate(0, "same"), candidate(1, "same ", "fail"))) == []


def test_a_text_that_failed_twice_makes_one_pair() -> None:
    toy = group(candidate(0), candidate(1), candidate(2, "x", "fail"), candidate(3, "x", "fail"))
    assert len(pairs(First(pairs="random"), toy)) == 1


def test_the_chosen_half_obeys_the_selectors_cap() -> None:
    toy = valued([1, 9, 3], [0, 0.5, 0.7])
    assert pairs(Best(k=1, pairs="best_worst"), toy) == [(1, 3)]
