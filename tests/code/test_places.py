"""Every place and spelling of a check counts: the short form of ``benchmarks/code/wrong_tests.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.code.places import PLACES, Place
from benchmarks.code.wrong_tests import seen_by
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem, Score, Verdict

PROGRAM = "def f(x):\n    return x + 1\n"
GOOD = "f(1) == 2"


@pytest.fixture(scope="module")
def scorer() -> Iterator[CodeScorer]:
    made = CodeScorer(workers=1)
    yield made
    made.close()


def judged(scorer: CodeScorer, place: Place, claim: str) -> Score:
    tests = place.tests(GOOD, claim).replace("ENTRY", "f")
    problem = Problem(prompt="", tests=tests, entry_point="f")
    return scorer.score([(problem, Completion(text=PROGRAM))])[0]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_no_check_is_lost(scorer: CodeScorer, place: Place) -> None:
    right, wrong = judged(scorer, place, "f(2) == 3"), judged(scorer, place, "f(2) == 4")
    if "forgotten" in place.name:
        assert right.verdict is Verdict.ABSTAIN and "nothing runs" in right.reason
        assert wrong.verdict is Verdict.ABSTAIN
        return
    assert right.verdict is Verdict.PASS, right.reason
    assert wrong.verdict is Verdict.FAIL, wrong.reason


def test_who_sees_a_place_is_what_real_runners_say() -> None:
    names = ("a default argument", "in a guard", "a derived case", "a coroutine that is forgotten")
    places = [p for p in PLACES if p.name in names]
    found = seen_by([f"{PROGRAM}\n\n{place.tests(GOOD, 'f(2) == 4')}" for place in places])
    assert found == [place.sees for place in places] and len(found) == 4
