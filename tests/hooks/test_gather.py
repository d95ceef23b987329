"""Calls that come together are judged together, each gets its own, and what fails tells all of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from verirs.errors import TooManyErrors
from verirs.hooks import Grader
from verirs.hooks.gather import Gatherer
from verirs.hooks.rows import Row, read
from verirs.hooks.rule import Breaker


def rows(*texts: str) -> list[Row]:
    return [read(text, {"answer": "5"}) for text in texts]


def test_what_waits_is_taken_together_and_given_back_apart() -> None:
    asked: list[int] = []
    first, go = threading.Event(), threading.Event()

    def judge(given: Sequence[Row]) -> list[str]:
        asked.append(len(given))
        first.set()
        assert go.wait(60)
        return [row.completion.text for row in given]

    with ThreadPoolExecutor(4) as threads:
        gatherer = Gatherer(judge, threads)
        futures = [gatherer.submit(rows("a"))]
        assert first.wait(60)
        futures += [gatherer.submit(rows(*texts)) for texts in (("b",), ("c", "d"), (), ("e",), ("f", "g"))]
        go.set()
        assert [f.result(60) for f in futures] == [["a"], ["b"], ["c", "d"], [], ["e"], ["f", "g"]]
    assert sum(asked) == 7 and len(asked) < 6, "fewer turns than calls"
    assert gatherer._running == 0


def test_a_failure_reaches_each_call_and_a_call_given_up_nobody_else() -> None:
    def judge(given: Sequence[Row]) -> list[str]:
        raise TooManyErrors("enough")

    with ThreadPoolExecutor(1) as threads:
        gatherer = Gatherer(judge, threads)
        held = threading.Event()
        threads.submit(held.wait, 60)
        futures = [gatherer.submit(rows("a")) for _ in range(3)]
        assert futures[1].cancel()
        held.set()
        for future in (futures[0], futures[2]):
            with pytest.raises(TooManyErrors):
                future.result(60)


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


def test_a_client_that_goes_away_is_refused_and_nothing_breaks() -> None:
    requests = pytest.importorskip("starlette.requests")
    from verirs.serve.gate import Limits, Refused, json_of

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    request = requests.Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(Refused, match="went away"):
        asyncio.run(json_of(request, Limits()))
