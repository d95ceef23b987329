"""Calls that come together are judged together, each gets its own, and what fails tells all of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from verirs.errors import TooManyErrors
from verirs.hooks import Grader
from verirs.hooks.gather import Gatherer
from verirs.hooks.rows import Row, read
from verirs.hooks.rule import Breaker


def rows(*texts: str) -> list[Row]:
    return [read(text, {"answer": "5"}) for text in texts]


def test_what_comes_together_is_taken_together_and_given_back_apart() -> None:
    asked: list[int] = []

    def judge(given: Sequence[Row]) -> list[str]:
        asked.append(len(given))
        return [row.completion.text for row in given]

    async def go() -> list[list[str]]:
        with ThreadPoolExecutor(4) as threads:
            gatherer = Gatherer(judge, threads)
            calls = [("a",), ("b",), ("c", "d"), (), ("e",), ("f", "g")]
            return await asyncio.gather(*(gatherer.submit(rows(*texts)) for texts in calls))

    assert asyncio.run(go()) == [["a"], ["b"], ["c", "d"], [], ["e"], ["f", "g"]]
    assert asked == [7]


def test_many_rows_are_parted_and_a_large_call_stays_whole() -> None:
    asked: list[int] = []

    def judge(given: Sequence[Row]) -> list[str]:
        asked.append(len(given))
        return [row.completion.text for row in given]

    async def go() -> list[int]:
        with ThreadPoolExecutor(4) as threads:
            gatherer = Gatherer(judge, threads)
            sizes = [200, 56, 1, 700, 3]
            found = await asyncio.gather(*(gatherer.submit(rows(*["x"] * n)) for n in sizes))
            return [len(own) for own in found]

    assert asyncio.run(go()) == [200, 56, 1, 700, 3]
    assert sorted(asked) == [1, 3, 256, 700]


def test_while_one_takes_its_time_another_goes_on() -> None:
    held = threading.Event()

    def judge(given: Sequence[Row]) -> list[str]:
        if given[0].completion.text == "slow":
            assert held.wait(60)
        return [row.completion.text for row in given]

    async def go() -> list[list[str]]:
        with ThreadPoolExecutor(4) as threads:
            gatherer = Gatherer(judge, threads)
            slow = gatherer.submit(rows("slow"))
            await asyncio.sleep(0)
            quick = await asyncio.wait_for(gatherer.submit(rows("quick")), 60)
            assert not slow.done()
            held.set()
            return [quick, await slow]

    assert asyncio.run(go()) == [["quick"], ["slow"]]


def test_a_failure_reaches_each_call_and_a_call_given_up_nobody_else() -> None:
    def judge(given: Sequence[Row]) -> list[str]:
        raise TooManyErrors("enough")

    async def go() -> None:
        with ThreadPoolExecutor(1) as threads:
            gatherer = Gatherer(judge, threads)
            futures = [gatherer.submit(rows("a")) for _ in range(3)]
            assert futures[1].cancel()
            for future in (futures[0], futures[2]):
                with pytest.raises(TooManyErrors):
                    await asyncio.wait_for(future, 60)

    asyncio.run(go())


def test_threads_that_are_closed_leave_no_call_waiting() -> None:
    held = threading.Event()

    def judge(given: Sequence[Row]) -> list[str]:
        assert held.wait(60)
        return [row.completion.text for row in given]

    async def go() -> list[Any]:
        threads = ThreadPoolExecutor(1)
        gatherer = Gatherer(judge, threads)
        running = gatherer.submit(rows("a"))
        await asyncio.sleep(0)
        waiting = gatherer.submit(rows("b"))
        await asyncio.sleep(0)
        threads.shutdown(wait=False, cancel_futures=True)
        late = gatherer.submit(rows("c"))
        held.set()
        everything = asyncio.gather(running, waiting, late, return_exceptions=True)
        return list(await asyncio.wait_for(everything, 60))

    first, *others = asyncio.run(go())
    assert first == ["a"] and all("was closed" in str(other) for other in others), others


def test_many_calls_of_a_loop_are_as_one_of_a_thread() -> None:
    texts = [rf"\boxed{{{n % 7}}}" for n in range(200)]
    with Grader(["math"]) as grader:
        alone = grader.grade(rows(*texts))

        async def go() -> list[float | None]:
            found = await asyncio.gather(*(grader.agrade(rows(text)) for text in texts))
            return [reward.value for (reward,) in found]

        assert asyncio.run(go()) == [reward.value for reward in alone]


def test_the_breaker_counts_each_row_once() -> None:
    breaker = Breaker(0.5)
    breaker.count([True] * 25 + [False] * 24, "")  # one short of the fewest that it looks at
    breaker.count([False] * 500, "")  # the first are forgotten
    breaker.count([True] * 249, "")
    with pytest.raises(TooManyErrors, match="251 of the last 500"):
        breaker.count([True] * 2, "")
