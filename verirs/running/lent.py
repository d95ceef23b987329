"""An engine of the config's own that outlives a run: what the loop hands to its runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from verirs.protocols import Engine, Request
from verirs.types import Completion, Message


class LentEngine:
    """The engine of a config, lent to a run: the run that closes it does not end it."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.name, self.concurrency, self.reproducible = engine.name, engine.concurrency, engine.reproducible

    def identity(self) -> Mapping[str, Any]:
        return self.engine.identity()

    def render(self, messages: Sequence[Message]) -> str:
        return self.engine.render(messages)

    async def start(self) -> None:
        await self.engine.start()

    def sample(self, request: Request) -> AsyncIterator[Completion]:
        return self.engine.sample(request)

    async def close(self) -> None:
        """Whoever lent it ends it."""
