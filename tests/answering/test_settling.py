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


SPELLINGS = st.sampled_from(
    [
        "1",
        "100",
        "100%",
        "1%",
        "0.01",
        "1/2",
        "0.5",
        "50\\%",
        "$5",
        "5",
        "5.00",
        "5 m",
        "500 cm",
        "(1,2)",
        "1,2",
        "x=2",
        "2",
        "A",
        "(A)",
        "a",
        "yes",
        "1,000",
        "1e3",
        "1/3",
        "33%",
        "",
    ]
)
VERDICTS = st.sampled_from(
    [*[Verdict.ABSTAIN] * 6, Verdict.PASS, Verdict.FAIL, Verdict.ERROR, Verdict.UNWANTED]
)
VALUES = st.sampled_from([None, float("nan"), float("inf"), -30.0, -1.0, 0.0, 0.5, 30.0])
ENDS = st.sampled_from(["stop", "stop", "stop", "length", "no text"])
RULES = st.one_of(
    st.builds(
        Majority,
        share=st.sampled_from([0.0, 0.5, 0.6, 1.0]),
        least=st.sampled_from([0, 3, 8]),
        unusual_length=st.sampled_from([0.0, 0.0, 3.5]),
        unverified=st.booleans(),
        seed=st.integers(0, 3),
        k=st.just(1),
        dedup=st.just(False),
    ),
    st.builds(WeightedMajority, unverified=st.booleans(), k=st.just(1), dedup=st.just(False)),
    st.builds(First, unusual_length=st.sampled_from([0.0, 3.5]), k=st.just(1), dedup=st.just(False)),
)


@given(RULES, st.lists(st.tuples(SPELLINGS, VERDICTS, VALUES, ENDS), min_size=1, max_size=10), st.data())
def test_whatever_the_rule_and_whatever_is_drawn(
    rules: Rules, drawn: list[tuple[str, Verdict, float | None, str]], data: st.DataObject
) -> None:
    again = data.draw(st.integers(0, len(drawn) - 1))  # most say the same, so that votes are settled
    told = [drawn[again] if data.draw(st.booleans()) else one for one in drawn]
    candidates = tuple(
        Candidate(
            completion=Completion(
                index=i, text=f"sample {i}: {answer}" + " so" * (99 * (i == 1)), finish_reason=end
            ),
            scores=(Score(scorer="m", version="1", verdict=verdict, answer=answer or None, value=value),),
        )
        for i, (answer, verdict, value, end) in enumerate(told)
    )
    whole = chosen(rules, Group(problem=PROBLEM, candidates=candidates))
    for used in range(len(candidates)):
        part = Group(problem=PROBLEM, candidates=candidates[:used])
        least = needed(rules, part, len(candidates) - used)
        assert 0 <= least <= len(candidates) - used
        if not least:
            assert chosen(rules, part) == whole
            break


def test_a_vote_that_has_to_be_clear_is_settled_once_it_is() -> None:
    rules = Majority(unverified=True, k=1, dedup=False, share=0.6, least=8)
    assert needed(rules, group(["7"] * 7), 2) == 1  # eight must vote
    assert needed(rules, group(["7"] * 9), 7) == 1  # 9 of 16 are not 60 %
    assert needed(rules, group(["7"] * 10), 6) == 0
    odd = Majority(unverified=True, k=1, dedup=False, unusual_length=3.5)
    assert needed(odd, group(["7"] * 9), 2) == 2


def test_a_rule_of_somebody_elses_is_open_to_the_end() -> None:
    class Heavy(Majority):
        """Its last voter counts ten."""

        def votes(self, group: Group) -> dict[int, float]:
            return {c.completion.index: 10.0 if c.completion.index == 5 else 1.0 for c in group.candidates}

    assert needed(Heavy(unverified=True), group(["1"] * 4), 2) == 2


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


def test_an_earlier_text_that_may_still_join_the_winners_stands_for_them() -> None:
    drawn = ["5.00", "\\$5.0", "5 m", *["\\$5.0"] * 4]
    assert chosen(majority(), group(drawn)) == 1
    assert chosen(majority(), group([*drawn, "\\$5.0", "500 cm"])) == 0  # parts 5.00 from 5 m
    assert needed(majority(), group(drawn), 2) > 0


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
