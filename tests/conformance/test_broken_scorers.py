"""Scorers with one fault each, which the kit finds and names."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.conformance.faults import broken, named
from tests.conformance.third_party import LastWord, Shortness
from verirs.testing import (
    ScorerSuite,
)
from verirs.types import Completion, Problem, Score, Verdict


class TooFew(LastWord):
    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return super().score(items)[:1]


class Backwards(LastWord):
    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return super().score(sorted(items, key=lambda item: item[1].text))


class Seen(LastWord):
    """Passes a text once."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def judge(self, problem: Problem, completion: Completion) -> Score:
        score = super().judge(problem, completion)
        if completion.text in self.seen:
            return dataclasses.replace(score, verdict=Verdict.FAIL)
        self.seen.add(completion.text)
        return score


class Strict(LastWord):
    def judge(self, problem: Problem, completion: Completion) -> Score:
        completion.text.encode()
        return super().judge(problem, completion)


class Curve(LastWord):
    """A score depends on the others of the call."""

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        share = 1 / max(1, len(items))
        return [dataclasses.replace(score, value=share) for score in super().score(items)]


class SharedDesk(LastWord):
    """Two threads write on one desk."""

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        scores = []
        for problem, completion in items:
            self.desk = completion
            time.sleep(0.002)
            scores.append(self.judge(problem, self.desk))
        return scores


class NotANumber(LastWord):
    def judge(self, problem: Problem, completion: Completion) -> Score:
        return dataclasses.replace(super().judge(problem, completion), value=float("nan"))


class Objects(LastWord):
    def judge(self, problem: Problem, completion: Completion) -> Score:
        return dataclasses.replace(super().judge(problem, completion), details={"problem": {1, 2}})


class Mute(LastWord):
    def judge(self, problem: Problem, completion: Completion) -> Score:
        return dataclasses.replace(super().judge(problem, completion), verdict=Verdict.ERROR)


class Verdicts(LastWord):
    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Any]:
        return [True for _ in items]


class Bare(LastWord):
    def judge(self, problem: Problem, completion: Completion) -> Score:
        assert problem.answer is not None
        return super().judge(problem, completion)


class Notes(LastWord):
    def judge(self, problem: Problem, completion: Completion) -> Score:
        problem.meta["seen"] = True  # type: ignore[index]
        return super().judge(problem, completion)


class Identity(LastWord):
    """Knows a problem by its object."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def judge(self, problem: Problem, completion: Completion) -> Score:
        if not any(p is problem for p in self.problems):
            self.problems.append(problem)
        place = [p is problem for p in self.problems].index(True)
        return dataclasses.replace(super().judge(problem, completion), value=float(place))


class Judging(Shortness):
    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [dataclasses.replace(s, verdict=Verdict.PASS) for s in super().score(items)]


class Valueless(Shortness):
    gives_value = False


class Inverse(LastWord):
    def probes(self, problem: Problem) -> tuple[str, str] | None:
        texts = super().probes(problem)
        return texts and (texts[1], texts[0])


class Unfit(LastWord):
    def self_test(self) -> list[str]:
        return ["kill parent: got its way"]


class CloseOnce(LastWord):
    closed = False

    def close(self) -> None:
        assert not self.closed
        self.closed = True


class Clock(LastWord):
    def __init__(self) -> None:
        self.version = str(time.perf_counter_ns())


class Nameless(LastWord):
    name = ""


@named(
    [
        ("test_it_is_complete", Nameless),
        ("test_the_version_belongs_to_the_options", Clock),
        ("test_one_score_an_item_in_order", TooFew),
        ("test_one_score_an_item_in_order", Backwards),
        ("test_the_same_score_again", Seen),
        ("test_no_text_makes_it_raise", Strict),
        ("test_neighbours_make_no_difference", Curve),
        ("test_odd_texts_leave_their_neighbours_alone", Curve),
        ("test_any_thread_several_at_a_time", SharedDesk),
        ("test_scores_are_whole", NotANumber),
        ("test_scores_are_whole", Objects),
        ("test_scores_are_whole", Mute),
        ("test_scores_are_whole", Verdicts),
        ("test_a_problem_without_a_reference", Bare),
        ("test_only_the_content_counts", Notes),
        ("test_only_the_content_counts", Identity),
        ("test_a_ranker_only_ranks", Judging),
        ("test_values_only_where_it_says_so", Valueless),
        ("test_probes_prove_it", Inverse),
        ("test_it_proves_itself", Unfit),
        ("test_close_may_come_twice", CloseOnce),
    ]
)
def test_a_broken_scorer_is_named(promise: str, make: Callable[[], Any]) -> None:
    assert promise in broken(ScorerSuite, make)


def test_a_function_that_crashes_on_a_text_is_named() -> None:
    assert "test_no_text_makes_it_raise" in broken(
        ScorerSuite, lambda: lambda problem, completion: completion.text[0] == "1"
    )
