"""The problem generator: the same every time, right, and its splits apart."""

import itertools
import random
import re
from collections.abc import Callable

import pytest

from verirs.demo.policy.easy import EasyProblems
from verirs.demo.policy.problems import TEMPLATES, ArithmeticProblems, draw
from verirs.demo.policy.steps import final_answer, solution, step_faults
from verirs.errors import ConfigError
from verirs.protocols import Source


def key(question: str) -> tuple[str, ...]:
    """A question without its people and things: the words that templates share, and the numbers."""
    return tuple(re.findall(r"\d+|\b[a-z]+\b(?<!s)", question))


def test_same_seed_same_problems_and_a_larger_count_only_adds() -> None:
    few = list(ArithmeticProblems(count=50, seed=3).problems())
    many = list(ArithmeticProblems(count=80, seed=3).problems())
    assert many[:50] == few
    assert len({p.id for p in many}) == 80
    assert {p.id for p in ArithmeticProblems(count=80, seed=4).problems()} != {p.id for p in many}


def test_ids_and_texts_are_pinned_across_versions() -> None:
    first = next(ArithmeticProblems(count=1, seed=0).problems())
    assert first.prompt[0]["content"] == (
        "Kira has 56 shells. Jack gives Kira 15 more. How many shells does Kira have now?"
    )
    assert (first.id, first.answer) == ("0dcd023367c5af7a", "71")


def test_it_is_a_source_of_chat_problems() -> None:
    assert isinstance(ArithmeticProblems(), Source)
    assert isinstance(EasyProblems(), Source)
    problem = next(ArithmeticProblems(count=1, split="held-out").problems())
    assert [dict(m) for m in problem.prompt] == [{"role": "user", "content": problem.prompt[0]["content"]}]
    assert (problem.source, problem.split) == ("verirs-arithmetic", "held-out")


def test_splits_share_no_template_with_the_same_numbers() -> None:
    rng = random.Random(5)
    train = {draw(rng, "train").key for _ in range(6_000)}
    held_out = {draw(rng, "held-out").key for _ in range(1_000)}
    assert not train & held_out
    assert {k.split()[0] for k in held_out} == {t.name for t in TEMPLATES}
    # and not by their texts either, names and things aside, seen from outside
    shown = {
        split: {key(p.prompt[0]["content"]) for p in ArithmeticProblems(800, 1, split).problems()}
        for split in ("train", "held-out")
    }
    assert not shown["train"] & shown["held-out"]


# One independent reading a template: which numbers of the question, in order, give the answer.
READINGS: dict[str, Callable[..., float]] = {
    "gain": lambda a, b: a + b,
    "sell": lambda a, b: a - b,
    "boxes": lambda boxes, each: boxes * each,
    "share": lambda things, friends: things / friends,
    "buy": lambda has, boxes, each: has + boxes * each,
    "pack": lambda boxes, each, taken: boxes * each - taken,
    "find": lambda has, found, lost: has + found - lost,
    "more": lambda has, more: has + has + more,
    "times": lambda has, times: has * (1 + times),
    "change": lambda price, toys, paid: paid - price * toys,
    "pool": lambda one, other, piles: (one + other) / piles,
    "ticket": lambda price, tickets, snack, other: price * tickets + snack - other,
}


def test_answers_follow_from_the_question_alone() -> None:
    seen = set()
    for problem in itertools.chain.from_iterable(
        ArithmeticProblems(1000, 2, split).problems() for split in ("train", "held-out")
    ):
        numbers = [int(n) for n in re.findall(r"\d+", problem.prompt[0]["content"])]
        template = problem.meta["template"]
        assert READINGS[template](*numbers) == int(problem.answer or ""), problem
        assert int(problem.answer or "") >= 1
        seen.add(template)
    assert seen == set(READINGS)


def test_right_solutions_have_no_fault_and_end_in_the_answer() -> None:
    rng = random.Random(6)
    for _ in range(3000):
        problem = draw(rng, "train")
        text = solution(problem)
        assert final_answer(text) == str(problem.answer)
        assert step_faults(text) == []
        for step in re.findall(r"(\S+)=(\d+)\.", text):  # once more, by Python's own arithmetic
            left, op, right = re.fullmatch(r"(\d+)(.)(\d+)", step[0]).groups()  # type: ignore[union-attr]
            value = {
                "+": int(left) + int(right),
                "-": int(left) - int(right),
                "*": int(left) * int(right),
                "/": int(left) / int(right),
            }[op]
            assert value == int(step[1])


def test_bad_arguments_are_refused_with_what_is_possible() -> None:
    with pytest.raises(ConfigError, match="count must be at least 1, not 0"):
        ArithmeticProblems(count=0)
    with pytest.raises(ConfigError, match="did you mean held-out"):
        ArithmeticProblems(split="heldout")  # type: ignore[arg-type]


def test_easy_problems_are_forty_distinct_ones_with_whole_answers() -> None:
    problems = list(EasyProblems().problems())
    assert len(problems) == 40 == len({p.id for p in problems})
    assert all(int(p.answer or "") > 0 for p in problems)
    assert [int(p.answer or "") for p in problems] == WORKED


# Each worked anew from its question, in order.
WORKED = [
    *(7 + 5, 24 - 15, 6 * 4, 18 // 3, 32 - 27, 8 * 7, 2 + 5, 20 - 13),
    *(9 + 14, 12 * 3, 40 // 5, 9 + 4, 16 // 2, 45 - 12, 5 * 8, 11 + 6 - 4),
    *(3 + 2, 3 * 6 + 2, 28 // 4, 5 * 6, 2 + 3 - 1, 4 * 10 - 7, 2 * 9 + 5, 6 * 7),
    *(50 - 20 + 5, (2 + 3) * 4, 15 - 6, 15 + 15 - 6, 3 * 5, 21 // 7, 13 - 5 + 2, 12 - 4 * 2),
    *(6 * 20 - 15, 10 - 3 - 4, 6 * 4, 4 * 5, 26 // 2, 3 * 4 + 5, 20 - 20 // 4, 3 * 8 // 6),
]
