"""The rule: pure, in order of index, with the sizes that the page says."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.until.toys import ASKED, RULES, marks, rules
from verirs.types import Problem
from verirs.until import Mark, Rule, Stop, replay
from verirs.until.rule import settled


def stop(rule: Rule, kinds: str) -> Stop:
    return replay(rule, marks(kinds), ASKED)


def test_a_problem_stops_when_it_has_enough_or_at_the_cap() -> None:
    rule = Rule(n=16, first=4, accept=4)
    assert (stop(rule, "++++").at, stop(rule, "++++").why) == (4, "enough")
    # three of four: one more is wanted, and a round of ceil(1 * 6 / 4) = 2
    found = stop(rule, "+++-++")
    assert (found.points, found.why) == ((4, 6), "enough")
    # none of four: 4 * 6 / 1 is more than a doubling
    assert stop(rule, "-" * 16).points == (4, 8, 16) and stop(rule, "-" * 16).why == "the cap"
    assert stop(Rule(n=3, first=4, accept=4), "+++").why == "the cap"


def test_the_last_round_does_not_grow_with_what_it_brings() -> None:
    """What came beyond the goal in a round that was asked for counts; the next sample does not."""
    assert stop(Rule(n=16, first=4, accept=4), "----" + "++++" + "+" * 8).at == 8


def test_an_open_problem_waits_at_the_next_decision() -> None:
    rule = Rule(n=16, first=4, accept=4)
    assert (stop(rule, "").at, stop(rule, "").open) == (4, True)
    assert (stop(rule, "----").at, stop(rule, "----").open) == (8, True)
    holed: list[Mark | None] = [*marks("++"), None, *marks("+++++")]
    assert (replay(rule, holed, ASKED).at, replay(rule, holed, ASKED).open) == (4, True)


def test_giving_up_is_a_decision_point_of_its_own() -> None:
    rule = Rule(n=64, first=4, accept=4, give_up_after=10)
    assert stop(rule, "-" * 64).points == (4, 8, 10) and stop(rule, "-" * 64).why == "gave up"
    assert stop(rule, "-" * 5 + "+" + "-" * 58).why == "the cap"


def test_pairs_need_both_kinds() -> None:
    rule = Rule(n=32, first=4, accept=2, reject=2)
    assert stop(rule, "++--").why == "enough"
    assert stop(rule, "++++" + "--" + "-" * 26).points == (4, 8)  # 2 * 6 / 1 is more than a doubling
    assert stop(rule, "+" * 32).why == "the cap"


@pytest.mark.parametrize(("fails", "goal"), [(0, 1), (1, 1), (2, 2), (3, 3), (4, 4)])
def test_a_quota_by_difficulty_is_frozen_after_the_first_round(fails: int, goal: int) -> None:
    rule = Rule(n=64, first=4, accept=4, quota="difficulty")
    found = stop(rule, "-" * fails + "+" * (64 - fails))
    assert (found.goal, found.why) == (goal, "enough")


def test_errors_and_abstentions_count_as_drawn_and_not_as_either() -> None:
    rule = Rule(n=16, first=4, accept=4, reject=1)
    assert stop(rule, "++!?" + "+++-").at == 8
    assert stop(rule, "!!!!").why == "unjudged" and stop(rule, "????").why == "unjudged"
    assert stop(rule, "!!!." + "+" * 4).why != "unjudged"


def test_a_rate_is_decided_when_its_interval_holds_no_edge() -> None:
    rule = Rule(n=64, first=8, decided=0.9, band=(0.1, 0.9))
    assert stop(rule, "+-" * 4).why == "inside the band"
    assert stop(rule, "-" * 8).at == 16 and stop(rule, "-" * 8).open
    assert stop(rule, "-" * 64).why == "below the band"
    assert stop(rule, "+" * 64).why == "above the band"
    assert stop(Rule(n=8, first=8, decided=0.9), "-" * 8).why == "the cap"
    # an edge at 0 or 1 is none
    assert stop(Rule(n=64, first=8, decided=0.9, band=(0.0, 0.9)), "-" * 8).why == "inside the band"


def below(passes: int, judged: int, edge: Fraction) -> Fraction:
    """The chance that a rate is below ``edge``: the integral of p^c (1-p)^f, in exact polynomials."""
    fails = judged - passes
    terms = [
        Fraction((-1) ** j * comb(fails, j), passes + j + 1) * edge ** (passes + j + 1)
        for j in range(fails + 1)
    ]
    return sum(terms, Fraction(0)) * (judged + 1) * comb(judged, passes)


@given(st.integers(0, 24), st.sampled_from([(1, 10), (1, 2), (9, 10)]), st.sampled_from([(1, 20), (1, 5)]))
def test_what_is_settled_is_wrong_no_more_often_than_was_asked(
    judged: int, share: tuple[int, int], rest: tuple[int, int]
) -> None:
    edge, tail = Fraction(*share), Fraction(*rest)
    most, least = settled(judged, edge, tail)
    for passes in range(judged + 1):
        chance = below(passes, judged, edge)
        assert (passes <= most, passes >= least) == (1 - chance <= tail, chance <= tail)


@pytest.mark.parametrize("judged", [0, 1, 5])
def test_an_edge_at_the_end_settles_nothing_but_its_side(judged: int) -> None:
    assert settled(judged, Fraction(0), Fraction(1, 20)) == (-1, 0)
    assert settled(judged, Fraction(1), Fraction(1, 20)) == (judged, judged + 1)


def votes(answers: str, rule: Rule, problem: Problem = ASKED) -> Stop:
    return replay(rule, [Mark("?" if a == "!" else "+", a.strip("!")) for a in answers], problem)


def test_a_majority_stops_when_nothing_can_change_it_any_more() -> None:
    rule = Rule(n=9, first=3, majority=True)
    assert (votes("44444", rule).at, votes("44444", rule).why) == (5, "majority settled")
    assert votes("444554444", rule).points == (3, 5, 7) and votes("444554444", rule).why == "majority settled"
    assert votes("1212", Rule(n=4, first=2, majority=True)).why == "the cap"  # a tie is no majority
    assert votes("!!!!!!!!!", rule).why == "the cap"


def test_a_majority_waits_where_a_further_answer_may_bring_two_together() -> None:
    rule = Rule(n=6, first=3, majority=True)
    words = [Mark("+", "\\sqrt{2}")] * 6
    assert replay(rule, words, ASKED).why == "the cap"
    assert replay(rule, [Mark("+", "7")] * 6, ASKED).why == "majority settled"


@given(st.text("123", min_size=7, max_size=7))
def test_a_settled_majority_is_that_of_all_samples(answers: str) -> None:
    found = votes(answers, Rule(n=7, first=2, majority=True))
    if found.why == "majority settled":
        counts = {a: answers.count(a) for a in answers}
        early = {a: answers[: found.at].count(a) for a in answers}
        assert max(counts, key=lambda a: counts[a]) == max(early, key=lambda a: early[a])
        assert list(counts.values()).count(max(counts.values())) == 1


def test_distinct_texts_count_once() -> None:
    rule = Rule(n=16, first=4, accept=2, distinct="texts")
    same = [Mark("+", "a")] * 4
    assert replay(rule, same, ASKED).open
    assert replay(rule, [*same[:3], Mark("+", "b")], ASKED).why == "enough"


@given(rules(), st.text("+-.?!", max_size=14))
def test_a_stop_depends_on_nothing_at_or_after_it(rule: Rule, kinds: str) -> None:
    found = stop(rule, kinds)
    cut = stop(rule, kinds[: found.at])
    assert (cut, found.at <= rule.n) == (found, True)
    for other in ("+" * 14, "-" * 14):
        assert stop(rule, kinds[: found.at] + other) == found or found.open


@given(rules(), st.text("+-", min_size=12, max_size=12), st.randoms(use_true_random=False))
def test_rounds_lead_to_the_stop_in_any_order(rule: Rule, kinds: str, rng: random.Random) -> None:
    """Drawn by the decision points alone, whatever order the samples of a round finish in."""
    known: list[Mark | None] = [None] * 12
    while (now := replay(rule, known, ASKED)).open:
        wanted = [i for i in range(now.at) if known[i] is None]
        assert wanted
        rng.shuffle(wanted)
        for i in wanted:
            before = replay(rule, known, ASKED)
            known[i] = Mark(kinds[i])
            assert before == now  # nothing is decided before the round is whole
    assert now == stop(rule, kinds)
    assert all(mark is None for mark in known[now.at :])


@given(rules(), st.text("+-", min_size=12, max_size=12))
def test_points_grow_at_most_twofold_and_end_at_the_cap(rule: Rule, kinds: str) -> None:
    points = stop(rule, kinds).points
    assert points[0] == rule.start
    assert all(a < b <= min(2 * a, rule.n) for a, b in pairwise(points))


@given(rules())
def test_a_rule_comes_back_from_json(rule: Rule) -> None:
    assert Rule.from_json(rule.to_json()) == rule


def test_every_rule_of_the_toys_says_what_it_looks_at() -> None:
    assert all(rule.of_counts for rule in RULES.values())
    assert not Rule(n=4, majority=True).of_counts and not Rule(n=4, accept=1, distinct="texts").of_counts
