"""A choice is called settled only when no further samples can change it, and as soon as that is so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from verirs.answering.settling import needed
from verirs.select import Best, First, Majority, Rules, WeightedMajority
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict

PROBLEM = Problem(prompt="how many?")
ANSWERS = st.sampled_from(["1", "2", "3", "0.5", "50", "50%", "1/2", "", "1.0", "x=2"])


def group(answers: Sequence[str], values: Sequence[float] = (), verdict: Verdict = Verdict.ABSTAIN) -> Group:
    return Group(
        problem=PROBLEM,
        candidates=tuple(
            Candidate(
                completion=Completion(index=i, text=f"sample {i}: {answer}"),
                scores=(
                    Score(
                        scorer="math",
                        version="1",
                        verdict=verdict,
                        answer=answer or None,
                        value=values[i] if values else None,
                    ),
                ),
            )
            for i, answer in enumerate(answers)
        ),
    )


def chosen(rules: Rules, found: Group) -> int | None:
    accepted = rules.select(found).accepted
    return accepted[0].completion.index if accepted else None


def majority() -> Majority:
    return Majority(unverified=True, k=1, dedup=False)


@given(st.lists(ANSWERS, min_size=1, max_size=9), st.lists(ANSWERS, max_size=8))
def test_what_is_settled_no_further_answers_change(drawn: list[str], later: list[str]) -> None:
    rules = majority()
    if needed(rules, group(drawn), len(later)) == 0:
        assert chosen(rules, group(drawn)) == chosen(rules, group(drawn + later))


@given(
    st.lists(st.tuples(ANSWERS, st.floats(-5, 5)), min_size=1, max_size=7),
    st.lists(st.tuples(ANSWERS, st.floats(-5, 5)), max_size=6),
)
def test_a_weighted_vote_too(drawn: list[tuple[str, float]], later: list[tuple[str, float]]) -> None:
    rules = WeightedMajority(unverified=True, k=1, dedup=False)
    answers, values = [a for a, _ in drawn + later], [v for _, v in drawn + later]
    now = group(answers[: len(drawn)], values)
    if needed(rules, now, len(later)) == 0:
        assert chosen(rules, now) == chosen(rules, group(answers, values))


def test_a_vote_of_plain_numbers_is_settled_as_soon_as_it_can_be() -> None:
    rules = majority()
    for drawn in product("12", repeat=4):
        for left in range(4):
            least = needed(rules, group(drawn), left)
            ends = [
                {chosen(rules, group([*drawn, *more, *rest])) for rest in product("123", repeat=left - used)}
                for used in range(left + 1)
                for more in [tuple(max(drawn, key=drawn.count) * used)]
            ]
            first = next(used for used, found in enumerate(ends) if len(found) == 1)
            # a tie that a hash would settle is drawn on
            assert first <= least <= first + 1


def test_equal_spellings_count_only_as_far_as_nothing_can_part_them() -> None:
    # a later "50 euros" equals 50 and not $50, and so may part them
    assert needed(majority(), group(["50", "50", "50.0", "$50", "$50"]), 2) > 0
    assert needed(majority(), group(["50", "50", "50.0", "50", "$50"]), 2) == 0


def test_no_vote_yet_needs_more_than_half() -> None:
    assert [needed(majority(), group([]), n) for n in (1, 2, 16)] == [1, 2, 9]
    assert needed(majority(), group(["", ""]), 3) == 2


def test_the_first_that_passes_is_settled_and_a_choice_by_value_never_before_the_end() -> None:
    first = First(k=1, dedup=False)
    assert needed(first, group(["1", "2"], verdict=Verdict.FAIL), 5) == 1
    assert needed(first, group(["1", "2"], verdict=Verdict.PASS), 5) == 0
    assert needed(Best(unverified=True), group(["1"], [0.9]), 5) == 5
    assert needed(WeightedMajority(weight="value", unverified=True), group(["1"], [0.9]), 5) == 5


def test_a_winner_without_a_whole_text_is_drawn_on() -> None:
    cut = Candidate(
        completion=Completion(index=0, text="7", finish_reason="length"),
        scores=(Score(scorer="math", version="1", verdict=Verdict.ABSTAIN, answer="7"),),
    )
    assert needed(majority(), Group(problem=PROBLEM, candidates=(cut,)), 0) == 0
    others = tuple(
        Candidate(completion=Completion(index=i, text="7", finish_reason="length"), scores=cut.scores)
        for i in range(1, 4)
    )
    assert needed(majority(), Group(problem=PROBLEM, candidates=(cut, *others)), 2) == 1
