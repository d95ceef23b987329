"""A judge for tests: an engine that calls an answer right if it says the word that the gold does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from verirs.engines.requests import plain
from verirs.protocols import Request
from verirs.types import Completion, Message


class WordJudge:
    """
    Args:
        word: that must stand in the gold and in the answer.
    """

    name = "word-judge"
    concurrency = 8
    reproducible = "It counts words."

    def __init__(self, word: str = "continuous"):
        self.word = word

    def identity(self) -> Mapping[str, Any]:
        return {"model": self.word}

    def render(self, messages: Sequence[Message]) -> str:
        return plain(messages)

    async def start(self) -> None:
        """Nothing to start."""

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        yes = plain(request.messages).count(self.word) > 1
        for index in request.indices:
            yield Completion(index=index, text=f"Verdict: {'yes' if yes else 'no'}")

    async def close(self) -> None:
        """Nothing to give back."""
