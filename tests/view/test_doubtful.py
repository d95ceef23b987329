"""Each rule of doubt on the smallest group that shows it, and on one that must not."""

from __future__ import annotations

from typing import Any

from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict
from verirs.view.doubtful import KINDS, Doubt, doubts, vote_of


def group(*given: tuple[str, str | None] | Candidate, gold: str = "7", tests: Any = None) -> Group:
    candidates = [
        g if isinstance(g, Candidate) else candidate(i, score("math", g[0], answer=g[1]))
        for i, g in enumerate(given)
    ]
    return Group(problem=Problem(id="p", answer=gold, tests=tests), candidates=tuple(candidates))


def score(scorer: str, verdict: str, **more: Any) -> Score:
    return Score(scorer=scorer, version="1", verdict=Verdict(verdict), **more)


def candidate(index: int, *scores: Score) -> Candidate:
    return Candidate(completion=Completion(index=index, text=f"text {index}"), scores=scores)


def found(g: Group) -> list[Doubt]:
    return doubts(g, vote_of(g))


def kinds(g: Group) -> set[tuple[int, str]]:
    said = {(d.index, d.kind) for d in found(g)}
    assert {kind for _, kind in said} <= KINDS.keys()
    return said


def test_a_gold_that_loses_a_strong_vote() -> None:
    g = group(("fail", "8"), ("fail", "8.0"), ("fail", "8"), ("pass", "7"))
    assert kinds(g) == {
        (0, "gold loses the vote"),
        (1, "gold loses the vote"),
        (2, "gold loses the vote"),
        (3, "alone"),
    }
    assert "3 of 4 samples answer '8'; the gold is '7'" in [d.words for d in found(g)]


def test_a_weak_vote_says_nothing() -> None:
    assert not kinds(group(("fail", "8"), ("fail", "8"), ("pass", "7")))  # too few
    assert not kinds(group(("fail", "8"), ("fail", "8"), ("pass", "7"), ("pass", "7")))  # tied
    assert not kinds(group(("fail", "8"), ("fail", "9"), ("pass", "7"), ("pass", "7")))


def test_the_surer_the_vote_the_heavier_the_doubt() -> None:
    def weight(n: int) -> float:
        return found(group(*[("fail", "8")] * n, ("pass", "7")))[0].weight

    assert 0 < weight(4) < weight(9) <= 1


def test_scorers_that_disagree() -> None:
    g = group(
        candidate(0, score("math", "pass"), score("judge", "fail")), candidate(1, score("math", "pass"))
    )
    assert kinds(g) == {(0, "scorers disagree")}


def test_weak_tests() -> None:
    g = group(
        candidate(0, score("code", "pass", details={"of": 1})),
        candidate(1, score("code", "pass", details={"of": 30})),
        candidate(2, score("code", "abstain", details={"of": 30, "trust": "in_process"})),
        tests="assert f(1)",
    )
    assert kinds(g) == {(0, "weak tests"), (2, "weak tests")}


def test_a_ranker_against_the_verifier() -> None:
    def ranked(index: int, verdict: str, value: float) -> Candidate:
        return candidate(index, score("math", verdict), score("rm", "abstain", value=value))

    g = group(ranked(0, "fail", 9), ranked(1, "pass", 5), ranked(2, "pass", 6), ranked(3, "fail", 1))
    assert kinds(g) == {(0, "judge against verifier")}
    assert not kinds(group(ranked(0, "pass", 9), ranked(1, "fail", 5), ranked(2, "fail", 6)))


def test_a_failed_answer_with_the_gold_among_its_words() -> None:
    assert kinds(group(("fail", "at least 7 degrees"))) == {(0, "gold in words")}


def test_a_guessed_answer() -> None:
    g = group(candidate(0, score("math", "fail", answer="3", details={"sure": "guessed"})))
    assert kinds(g) == {(0, "guessed")}


def test_programs_have_no_vote() -> None:
    g = group(("fail", "a"), ("fail", "a"), ("fail", "a"), ("fail", "a"), tests="assert x")
    assert vote_of(g).majority == "" and not kinds(g)


def test_what_broke_does_not_vote() -> None:
    vote = vote_of(group(("error", "8"), ("pass", "7")))
    assert vote.voters == 1 and vote.majority == "right"
