"""What runs in the cluster: a process that holds an engine, or scorers. Plain classes; Ray makes actors of
them.

An engine's process is talked to in bulk: requests are put in by the list, and whatever has finished meanwhile
is taken out in one answer. One call a request would cost the driver more than the samples themselves.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from verirs.errors import EngineError, VerirsError
from verirs.parts import ScorerPart, build, build_scorer
from verirs.protocols import Engine, Request
from verirs.types import Completion, Problem, Score
from verirs.version import __version__

GATHER = 0.05
"""Seconds for which finished samples are gathered before they are sent."""

Said = Completion | Exception | None
"""A sample, why there are no more of them, or the end of a request."""
Item = tuple[Problem, Completion]


def refuse_other_version(driver: str) -> None:
    """
    Raises:
        EngineError: this node has another release than the driver.
    """
    if driver != __version__:
        raise EngineError(
            f"node {socket.gethostname()} has verirs {__version__}, the driver {driver}; install the same on "
            "every node"
        )


class EngineHost:
    """One engine, in a process of its own.

    Args:
        name, options: of the engine, as in the config.
        driver: the driver's release.
    """

    def __init__(self, name: str, options: Mapping[str, Any], driver: str):
        self._name, self._options, self._driver = name, options, driver
        self._engine: Engine | None = None
        self._at_work: dict[int, asyncio.Task[None]] = {}
        self._out: list[tuple[int, Said]] = []
        self._news = asyncio.Event()

    async def start(self) -> tuple[dict[str, Any], int] | VerirsError:
        """Load the model. What the engine is (its identity), and how many samples it wants in flight.

        An error that says what to mend is returned, not raised: Ray would wrap it.
        """
        try:
            refuse_other_version(self._driver)
            engine: Engine = build("engine", self._name, self._options, "engine")
            identity = dict(await asyncio.to_thread(engine.identity))
            await engine.start()
        except VerirsError as e:
            return e
        self._engine = engine
        return identity, engine.concurrency

    async def put(self, requests: Sequence[tuple[int, Request]]) -> None:
        """Begin to sample; each request has a number of its own."""
        for number, request in requests:
            self._at_work[number] = asyncio.create_task(self._sample(number, request))

    async def take(self) -> list[tuple[int, Said]]:
        """What has come since the last call; waits until there is something."""
        await self._news.wait()
        await asyncio.sleep(GATHER)
        self._news.clear()
        out, self._out = self._out, []
        return out

    async def drop(self, numbers: Sequence[int]) -> None:
        """Nobody waits for these any more."""
        for number in numbers:
            if (task := self._at_work.pop(number, None)) is not None:
                task.cancel()

    async def _sample(self, number: int, request: Request) -> None:
        assert self._engine is not None
        end: Exception | None = None
        try:
            async for completion in self._engine.sample(request):
                self._say(number, completion)
        except VerirsError as e:
            end = e
        except Exception as e:  # noqa: BLE001 (the process's boundary: the driver tells what it means)
            end = EngineError(f"engine {self._name!r}: sample() raised {type(e).__name__}: {e}")
        self._at_work.pop(number, None)
        self._say(number, end)

    def _say(self, number: int, said: Said) -> None:
        self._out.append((number, said))
        self._news.set()


class ScorerHost:
    """Scorers by key, in a process of their own.

    Args:
        scorers: ``(key, plugin, options)`` of each.
        driver: the driver's release.
    """

    def __init__(self, scorers: Sequence[tuple[str, str, Mapping[str, Any]]], driver: str):
        self._scorers, self._driver = scorers, driver
        self._made: dict[str, ScorerPart] = {}

    def start(self) -> dict[str, str] | VerirsError:
        """Each scorer's version by its key; an error that says what to mend is returned, not raised."""
        try:
            refuse_other_version(self._driver)
            self._made = {key: build_scorer(plugin, options, key) for key, plugin, options in self._scorers}
        except VerirsError as e:
            return e
        return {key: scorer.version for key, scorer in self._made.items()}

    def score(self, key: str, items: Sequence[Item]) -> list[Score] | VerirsError:
        try:
            return list(self._made[key].made.score(items))
        except VerirsError as e:
            return e

    def prove(self, key: str) -> VerirsError | None:
        prove = self._made[key].traits.prove
        try:
            return prove() if prove is not None else None
        except VerirsError as e:
            return e

    def pid(self) -> int:
        return os.getpid()
