"""Calls that come together are judged together, each gets its own, and what fails tells all of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from verirs.errors import TooManyErrors
from verirs.hooks import Grader
from verirs.hooks.gather import Gatherer
from verirs.hooks.held import Waits
from verirs.hooks.rows import Row, read
from verirs.hooks.rule import Breaker, Rule
from verirs.types import Score


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


def test_short_texts_are_judged_on_the_loop_and_others_are_not() -> None:
    def judge(given: Sequence[Row]) -> list[str]:
        return ["thread"] * len(given)

    def now(given: Sequence[Row]) -> list[str] | None:
        return None if given and given[0].completion.text == "waits" else ["loop"] * len(given)

    async def go() -> list[list[str] | None]:
        with ThreadPoolExecutor(1) as threads:
            gatherer = Gatherer(judge, threads, now)
            many = rows(*["a"] * 65)
            calls = [rows("a"), rows("waits"), rows("a" * 1025), many, rows("a", "b"), []]
            return [gatherer.at_once(call) for call in calls]

    assert asyncio.run(go()) == [["loop"], None, None, None, ["loop"] * 2, []]


def test_a_turn_of_the_loop_ends() -> None:
    """However many calls come in one turn: what is over its time goes to a thread."""
    clock = iter(range(100))  # each look at it is a second later

    async def go() -> list[bool]:
        with ThreadPoolExecutor(1) as threads:
            gatherer: Gatherer[str] = Gatherer(lambda given: ["t"], threads, lambda given: ["l"])
            found = [gatherer.at_once(rows("a")) is not None for _ in range(3)]
            await asyncio.sleep(0)
            return [*found, gatherer.at_once(rows("a")) is not None]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("verirs.hooks.gather.time", SimpleNamespace(perf_counter=lambda: float(next(clock))))
        assert asyncio.run(go()) == [True, False, False, True]


ALGEBRA = (r"\boxed{\frac{n(n+1)}{2}}", r"\sum_{k=1}^{n} k")  # only a worker process can tell


def test_on_the_loop_or_on_a_thread_the_reward_is_the_same() -> None:
    asked = [read(r"\boxed{5}", {"answer": "5"}), read(r"\boxed{6}", {"answer": "5"})]
    asked += [read("", {"answer": "5"}), read(7.5, {}), read(r"\boxed{5}", {"answer": ["4", "5"]})]
    asked += [read(ALGEBRA[0], {"answer": ALGEBRA[1]})]
    with Grader("math") as threads, Grader("math") as loop:
        assert loop._at_once(asked[:1], False) is None, "nothing was judged yet: scorers are to be loaded"
        wanted = [threads.grade([row])[0] for row in asked]
        loop.grade([read("", {"answer": "1"})])
        now = [loop._at_once([row], False) for row in asked]
        assert [found is None for found in now] == [False, False, False, False, True, True]

        async def go() -> list[Any]:
            return [(await loop.agrade([row]))[0] for row in asked]

        def told(found: Any) -> list[Any]:
            return [(r.value, r.verdict, r.components, r.answer, r.reason) for r in found]

        assert told(asyncio.run(go())) == told(wanted)
        assert told(one[0] for one in now if one) == told(wanted[:4])


def test_what_took_too_long_on_the_loop_is_known_to_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = rows(*(rf"\boxed{{{n}}}" for n in range(4)))
    clock = iter((0.0, 0.0, 0.004, 0.006))
    with Grader("math") as grader:
        grader.grade(rows("5"))
        state = grader._here()
        part = state.part("math")
        monkeypatch.setattr("verirs.hooks.held.time", SimpleNamespace(perf_counter=lambda: next(clock)))
        with pytest.raises(Waits):
            state.at_once(part, asked)
        assert len(state._known) == 3  # with the first of all


def test_an_error_on_the_loop_is_left_to_the_thread_that_tries_again() -> None:
    with Grader("math") as grader:
        grader.grade(rows("5"))
        part = grader._here().part("math")

        def breaks(*_: object) -> Score | None:
            raise ZeroDivisionError

        broken = replace(part, traits=replace(part.traits, at_once=breaks))
        with pytest.raises(Waits):
            grader._here().at_once(broken, rows("6"))


def test_the_breaker_stops_on_the_loop_too() -> None:
    asked = [read("x", {})] * 10  # no gold
    with Grader("math", rule=Rule(breaker=0.1)) as grader:
        grader.grade(rows("5"))

        async def go() -> None:
            for _ in range(10):
                await grader.agrade(asked)

        with pytest.raises(TooManyErrors):
            asyncio.run(go())


def test_the_breaker_counts_each_row_once() -> None:
    breaker = Breaker(0.5)
    breaker.count([True] * 25 + [False] * 24, "")  # one short of the fewest that it looks at
    breaker.count([False] * 500, "")  # the first are forgotten
    breaker.count([True] * 249, "")
    with pytest.raises(TooManyErrors, match="251 of the last 500"):
        breaker.count([True] * 2, "")
