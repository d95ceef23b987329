"""Grading as a library: what a row may hold, what is refused, and how long a scorer is kept."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pytest

from verirs import Completion, Problem, Score, Verdict, grade, grade_many
from verirs.errors import ConfigError, PartError, UserError
from verirs.parts import ready
from verirs.scorers.format import FormatScorer
from verirs.types import to_json


def test_grade_math() -> None:
    score = grade("math", answer="1/2", text=r"Half of it: \boxed{0.5}")
    assert (score.verdict, score.answer, score.scorer) == (Verdict.PASS, "0.5", "math")
    assert score.reason and score.seconds >= 0 and score.passed
    assert grade("math", answer="1/2", text=r"\boxed{0.6}").verdict is Verdict.FAIL
    assert grade("math", text=r"\boxed{0.6}").verdict is Verdict.ABSTAIN
    assert Score.from_json(to_json(score)) == score


def test_grade_many_keeps_the_order() -> None:
    rows = [{"text": rf"\boxed{{{i}}}", "answer": str(i % 3)} for i in range(30)]
    assert [s.passed for s in grade_many("math", rows)] == [i < 3 for i in range(30)]


def test_grade_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ConfigError, match="did you mean math"):
        grade("maths", text="", answer="1")
    with pytest.raises(ConfigError, match="did you mean timeout"):
        grade("math", text="", answer="1", timout=3)
    with pytest.raises(UserError, match=r"row 1: unknown key 'gold'"):
        grade_many("math", [{"text": ""}, {"text": "", "gold": "1"}])
    with pytest.raises(UserError, match="row 0: text is missing"):
        grade_many("math", [{"answer": "1"}])


def test_a_fail_is_false() -> None:
    assert grade("math", answer="1", text=r"\boxed{1}")
    assert not grade("math", answer="1", text=r"\boxed{2}")
    assert not grade("math", text=r"\boxed{2}"), "nothing was verified"
    with pytest.raises(TypeError):
        float(grade("math", answer="1", text="1"))  # type: ignore[arg-type]


def test_without_a_gold_answer_the_reason_says_so() -> None:
    score = grade("math", text=r"\boxed{2}")
    assert score.verdict is Verdict.ABSTAIN and "no gold answer" in score.reason


@pytest.mark.parametrize(
    "gold",
    [
        "0.5",
        0.5,
        Decimal("0.5"),
        Fraction(1, 2),
        np.float32(0.5),
        np.float64(0.5),
        np.array(0.5),
        [7, 0.5],
        np.array([7, 0.5]),
        ("1/2",),
    ],
)
def test_a_gold_answer_is_a_text_a_number_or_several(gold: Any) -> None:
    assert grade("math", answer=gold, text=r"\boxed{1/2}").passed
    assert grade("math", answer=gold, text=r"\boxed{0.6}").verdict is Verdict.FAIL


def test_a_number_of_few_bits_is_the_decimal_it_was_made_from() -> None:
    torch = pytest.importorskip("torch")
    for gold in (np.float32(0.1), torch.tensor(0.1), torch.tensor(0.1, dtype=torch.float64)):
        assert grade("math", answer=gold, text=r"\boxed{1/10}").passed, gold
    assert grade("math", answer=torch.tensor(12), text=r"\boxed{12}").passed
    near = np.float64(0.12345678912345)
    assert not grade("math", answer=near, text=r"\boxed{0.1234567}")


@pytest.mark.parametrize("gold", [None, float("nan"), np.nan, [], [None, float("nan")], " "])
def test_a_missing_gold_answer_is_none(gold: Any) -> None:
    assert grade("math", answer=gold, text=r"\boxed{nan}").verdict is Verdict.ABSTAIN


def test_of_several_golds_one_is_enough_and_is_named() -> None:
    score = grade("math", answer=["1", "2", "3"], text=r"\boxed{2}")
    assert score.passed and score.details["gold"] == "2"
    rows = [{"text": rf"\boxed{{{i}}}", "answer": list(range(i % 4))} for i in range(12)]
    assert [s.verdict for s in grade_many("math", rows)] == [
        Verdict.ABSTAIN if i % 4 == 0 else Verdict.PASS if i < i % 4 else Verdict.FAIL for i in range(12)
    ]


def test_an_error_with_one_of_several_golds_is_no_fail() -> None:
    def breaks(problem: Problem, completion: Completion) -> bool:
        if problem.answer == "broken":
            raise RuntimeError("no")
        return problem.answer == completion.text

    assert grade(breaks, answer=["1", "broken"], text="2").verdict is Verdict.ERROR
    assert grade(breaks, answer=["1", "broken"], text="1").passed


def test_the_text_may_be_a_conversation() -> None:
    turns: list[dict[str, Any]] = [
        {"role": "assistant", "content": r"\boxed{1}"},
        {"role": "user", "content": r"\boxed{3}"},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": r"\boxed{"}, {"type": "text", "text": "2}"}],
        },
        {"role": "user", "content": "thanks"},
    ]
    assert grade("math", text=turns, answer=2).passed
    assert not grade("math", text=turns[:1], answer=2)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"answer": "1"}, "text is missing"),
        ({"text": None}, "text is missing, or None"),
        ({"text": 3}, "not a string but int"),
        ({"text": [{"role": "user", "content": "1"}]}, "without an assistant's message"),
        ({"text": [{"role": "assistant", "content": None}]}, "or None"),
        ({"text": "1", "answer": {"a": 1}}, "answer is dict"),
        ({"text": "1", "answer": 1j}, "answer is complex"),
        ({"text": "1", "answers": "1"}, "unknown key 'answers'; did you mean answer"),
        ({"text": "1", "time_limit": "2 s"}, "time_limit is '2 s'"),
        ({"text": "1", "time_limit": 0}, "time_limit is 0"),
        ({"text": "1", "time_limit": float("nan")}, "time_limit is nan"),
    ],
)
def test_the_first_wrong_row_is_named(row: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match="row 1: ") as refused:
        grade_many("math", [{"text": "1"}, row, {"nothing": 1}])
    assert said in str(refused.value)


def shorter(problem: Problem, completion: Completion, than: int = 10) -> bool:
    return len(completion.text) < than


def test_a_scorer_may_be_a_function_or_an_object() -> None:
    assert grade(shorter, text="short").scorer == "shorter"
    assert grade(shorter, text="short", than=3).verdict is Verdict.FAIL
    assert grade(FormatScorer(contains=["x"]), text="a").verdict is Verdict.UNWANTED
    with pytest.raises(ConfigError, match="did you mean than"):
        grade(shorter, text="short", then=3)
    with pytest.raises(ConfigError, match="made already"):
        grade(FormatScorer(), text="a", contains=["x"])
    with pytest.raises(PartError, match="give an object of it"):
        grade(FormatScorer, text="a")  # type: ignore[arg-type]
    with pytest.raises(PartError, match="has no attribute 'version'"):
        grade(Incomplete(), text="a")  # type: ignore[arg-type]


class Incomplete:
    name = "incomplete"

    def score(self, items: Any) -> list[Score]:
        return []

    def close(self) -> None: ...


class Counted:
    """A scorer that knows how many of its kind were made and closed, and may take its time."""

    name, version = "counted", "1"
    made: ClassVar[list[Any]] = []
    closed: ClassVar[list[Any]] = []
    entered, go_on = threading.Event(), threading.Event()

    def __init__(self, number: int = 0, words: Sequence[str] = (), table: dict[str, Any] | None = None):
        self.number = number
        self.made.append(number)

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        if items[0][1].text == "slow":
            self.entered.set()
            assert self.go_on.wait(60)
        assert self.number not in self.closed, "in use"
        return [Score(scorer=self.name, version=self.version, verdict=Verdict.PASS) for _ in items]

    def close(self) -> None:
        self.closed.append(self.number)


COUNTED = f"{__name__}:Counted"


@pytest.fixture
def counted() -> type[Counted]:
    for events in (Counted.made, Counted.closed):
        events.clear()
    return Counted


def test_options_may_be_lists_and_tables_and_a_scorer_is_made_once_for_them(counted: type[Counted]) -> None:
    for _ in range(3):
        assert grade(COUNTED, text="a", words=["a", "b"], table={"x": [1, {"y": 2}]})
    assert grade(COUNTED, text="a", words=["a"], table={"x": [1, {"y": 2}]})
    assert len(counted.made) == 2
    assert grade("format", text="xa", contains=["a"], forbids=["b"]).verdict is Verdict.ABSTAIN


def test_what_is_not_kept_is_closed_when_nobody_uses_it(counted: type[Counted]) -> None:
    slow = threading.Thread(target=grade, args=(COUNTED,), kwargs={"text": "slow", "number": -1})
    slow.start()
    assert counted.entered.wait(60)
    try:
        for number in range(1, ready.KEPT + 5):
            assert grade(COUNTED, text="a", number=number)
        assert [n for n in counted.closed if n] == [1, 2, 3, 4]  # 0 is of other tests
    finally:
        counted.go_on.set()
        slow.join()
    assert counted.closed[-1] == -1


def test_a_time_limit_of_a_row_makes_no_new_scorer(counted: type[Counted]) -> None:
    rows = [{"text": "a", "time_limit": seconds} for seconds in (0.5, 1, 30)]
    assert all(grade_many(COUNTED, rows)) and len(counted.made) == 1


def _graded_in_a_child(pipe: Any) -> None:
    pipe.send(grade("math", text="1", answer=1).passed)


def test_a_child_forked_while_another_thread_makes_a_scorer_can_grade() -> None:
    here, there = multiprocessing.Pipe()
    with ready._lock:
        child = multiprocessing.get_context("fork").Process(target=_graded_in_a_child, args=(there,))
        child.start()
    try:
        assert here.poll(60) and here.recv() is True
    finally:
        child.kill()
        child.join()
