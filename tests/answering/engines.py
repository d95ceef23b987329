"""Engines with texts of the test's own, which remember what was asked of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from verirs.engines.requests import plain
from verirs.errors import RequestError
from verirs.protocols import Request
from verirs.types import Completion, Message


class Written:
    """Sample i is ``texts[i]``, a text or a whole completion; what is ``None`` is refused.

    Args:
        texts: in order of the samples.
        wait: set when a sample is asked for, and then nothing comes until the caller goes away.
        read: tokens of any prompt; ``None``: nobody knows.
    """

    name = "written"
    concurrency = 64
    reproducible = "The same texts, always."

    def __init__(self, texts: Sequence[str | Completion | None], wait: bool = False, read: int | None = None):
        self.read, self.seconds = read, 0.0
        self.texts: list[str | Completion | None] = list(texts)
        self.asked = list[int]()
        self.requests, self.wait, self.cancelled = list[Request](), wait, asyncio.Event()
        self.started = self.closed = 0

    def identity(self) -> Mapping[str, Any]:
        return {"model": "written-1"}

    def render(self, messages: Sequence[Message]) -> str:
        return plain(messages)

    def prompt_tokens(self, request: Request) -> int | None:
        return self.read

    async def start(self) -> None:
        self.started += 1

    async def close(self) -> None:
        self.closed += 1

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        self.asked += request.indices
        self.requests.append(request)
        if self.wait:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        await asyncio.sleep(self.seconds)
        refused = False
        for index in reversed(request.indices):  # not in order
            text = self.texts[index]
            if text is None:
                refused = True
            elif isinstance(text, Completion):
                yield text
            else:
                yield Completion(index=index, text=text, tokens=len(text.split()))
        if refused:
            raise RequestError("some were refused")
