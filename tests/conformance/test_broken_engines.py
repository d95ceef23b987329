"""Engines with one fault each, which the kit finds and names."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.conformance.faults import broken, named
from tests.conformance.third_party import Parrot
from verirs.errors import PartError
from verirs.protocols import Request
from verirs.testing import (
    EngineSuite,
    check,
)
from verirs.types import Completion


class IndexTwice(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            yield completion
            if completion.index == request.indices[-1] and len(request.indices) > 1:
                yield completion


class Forgetful(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            if len(request.indices) < 20 or completion.index != request.indices[-1]:
                yield completion


class Crowd(Parrot):
    """A text depends on how many are sampled at the same time."""

    at_once = 0

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        self.at_once += 1
        try:
            async for completion in super().sample(request):
                yield dataclasses.replace(completion, text=f"{completion.text} {self.at_once}")
        finally:
            self.at_once -= 1


class Luck(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            yield dataclasses.replace(completion, text=f"{completion.text} {random.random()}")


class ByIndex(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(dataclasses.replace(request, seeds=request.indices)):
            yield dataclasses.replace(completion, seed=request.seeds[completion.index % 1])


class OneText(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            yield dataclasses.replace(completion, text="seven", tokens=1)


class NeverCut(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            yield dataclasses.replace(completion, finish_reason="stop")


class Warm(Parrot):
    """Temperature 0 is as warm as any."""

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        warm = dataclasses.replace(request.sampling, temperature=1.0)
        async for completion in super().sample(dataclasses.replace(request, sampling=warm)):
            yield completion


class NeverStops(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        deaf = dataclasses.replace(request.sampling, stop=())
        async for completion in super().sample(dataclasses.replace(request, sampling=deaf)):
            yield completion


class Utf8(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        request.messages[-1]["content"].encode()
        async for completion in super().sample(request):
            yield completion


class KeepsTheLock(Parrot):
    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Semaphore(2)

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        await self.free.acquire()
        async for completion in super().sample(request):
            yield completion
        self.free.release()  # not when the caller leaves


class OneLife(Parrot):
    closed = False

    async def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


class Restless(Parrot):
    started = False

    async def start(self) -> None:
        self.started = True

    def identity(self) -> Mapping[str, Any]:
        return {"started": self.started}


class LastOnly(Parrot):
    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        return messages[-1]["content"]


class NegativeTokens(Parrot):
    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            yield dataclasses.replace(completion, logprob=0.5)


class NoConcurrency(Parrot):
    concurrency = 0


@named(
    [
        ("test_it_is_complete", NoConcurrency),
        ("test_identity_is_known_before_the_start", Restless),
        ("test_render_shows_the_whole_chat", LastOnly),
        ("test_each_index_once", IndexTwice),
        ("test_more_at_once_than_it_asks_for", Forgetful),
        ("test_completions_are_whole", NegativeTokens),
        ("test_neighbours_make_no_difference", Crowd),
        ("test_the_same_seed_gives_the_same_text", Luck),
        ("test_the_seed_decides_and_not_the_index", ByIndex),
        ("test_seeds_make_a_difference", OneText),
        ("test_temperature_zero_is_one_text", Warm),
        ("test_max_tokens_cuts", NeverCut),
        ("test_a_stop_text_ends_it", NeverStops),
        ("test_odd_prompts_are_answered_or_refused", Utf8),
        ("test_leaving_early_frees_it", KeepsTheLock),
        ("test_close_may_come_twice", OneLife),
    ]
)
def test_a_broken_engine_is_named(promise: str, make: Callable[[], Any]) -> None:
    assert promise in broken(EngineSuite, make, seconds=3.0)


def test_an_engine_that_promises_no_same_text_is_not_asked_for_it() -> None:
    skipped = check(EngineSuite, Luck, reproduces=False)
    assert "test_the_same_seed_gives_the_same_text" in skipped


def test_an_engine_that_cannot_start_is_told_from_one_that_breaks_promises() -> None:
    class NoModel(Parrot):
        async def start(self) -> None:
            raise OSError("no model here")

    with pytest.raises(PartError, match="cannot be made: OSError: no model here"):
        check(EngineSuite, NoModel)
