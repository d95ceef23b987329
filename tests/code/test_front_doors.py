"""``grade("code", ...)`` from everywhere a trainer may call it."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from verirs.grading import grade, grade_many
from verirs.sandbox import Sandbox
from verirs.types import Score, Verdict

pytestmark = pytest.mark.usefixtures("sandbox")  # skips where there is none
TESTS = "assert add(1, 2) == 3\nassert add(2, 2) == 4"
RIGHT, WRONG = "def add(a, b):\n    return a + b", "def add(a, b):\n    return 3"


def both() -> tuple[Verdict, Verdict]:
    right, wrong = (grade("code", text=t, tests=TESTS, entry_point="add", workers=2) for t in (RIGHT, WRONG))
    return right.verdict, wrong.verdict


EXPECTED = (Verdict.PASS, Verdict.FAIL)


def test_main_thread() -> None:
    assert both() == EXPECTED


def test_the_three_forms_of_tests() -> None:
    check = "def check(candidate):\n    assert candidate(1, 2) == 3"
    prompt = 'def add(a, b):\n    """The sum."""\n'
    assert grade("code", text="    return a + b", tests=check, entry_point="add", prompt=prompt).passed
    assert (
        grade("code", text="    return a", tests=check, entry_point="add", prompt=prompt).verdict
        is Verdict.FAIL
    )
    assert grade(
        "code", text="print(sum(map(int, input().split())))", tests=[{"input": "1 2", "output": "3"}]
    ).passed
    assert grade("code", text=RIGHT, tests=[{"input": [1, 2], "output": 3}], entry_point="add").passed
    assert grade("code", text=RIGHT, tests=TESTS).passed  # the entry point is what the tests call


def test_many_rows_of_different_problems() -> None:
    rows = [
        {"text": RIGHT, "tests": f"assert add({i}, 1) == {i + 1 + i % 2}", "entry_point": "add"}
        for i in range(20)
    ]
    assert [s.passed for s in grade_many("code", rows)] == [i % 2 == 0 for i in range(20)]


def test_worker_threads_that_end() -> None:
    for _ in range(3):  # workers must outlive the thread that started them
        found: list[tuple[Verdict, Verdict]] = []
        thread = threading.Thread(target=lambda: found.append(both()))  # noqa: B023 - joined at once
        thread.start()
        thread.join()
        assert found == [EXPECTED]


def test_many_threads_at_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: both(), range(8))) == [EXPECTED] * 8


def test_asyncio() -> None:
    async def main() -> list[tuple[Verdict, Verdict]]:
        return await asyncio.gather(*(asyncio.to_thread(both) for _ in range(4)))

    assert asyncio.run(main()) == [EXPECTED] * 4

    async def blocking() -> tuple[Verdict, Verdict]:
        return both()  # no thread, from inside a running loop

    assert asyncio.run(blocking()) == EXPECTED


def _child(answers: multiprocessing.SimpleQueue[tuple[Verdict, Verdict]]) -> None:
    answers.put(both())


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_other_processes(method: str) -> None:
    assert both() == EXPECTED  # the parent has warm workers; a forked child must not touch them
    context: Any = multiprocessing.get_context(method)  # a base class without Process, says typeshed
    answers = context.SimpleQueue()
    children = [context.Process(target=_child, args=(answers,)) for _ in range(2 if method == "fork" else 1)]
    for child in children:
        child.start()
    said = [answers.get() for _ in children]
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    assert said == [EXPECTED] * len(children)
    assert both() == EXPECTED


def test_from_a_pool_of_processes_while_the_parent_grades() -> None:
    context = multiprocessing.get_context("fork")
    with ThreadPoolExecutor(1) as thread:
        mine = thread.submit(lambda: [both() for _ in range(3)])
        with context.Pool(2) as pool:
            assert pool.starmap(both, [()] * 4) == [EXPECTED] * 4
        assert mine.result() == [EXPECTED] * 3


def test_details_for_people_and_viewers(sandbox: Sandbox) -> None:
    score: Score = grade("code", text=WRONG, tests=TESTS, entry_point="add")
    assert score.value == 0.5 and score.details["backend"] == sandbox.name
    assert score.details["tests"][1] == {
        "test": "assert add(2, 2) == 4",
        "status": "wrong_answer",
        "reason": "got 3",
    }
