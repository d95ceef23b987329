"""An engine of your own: `verirs run --source easy --engine examples/own_engine.py:Guesser -n 4`."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from verirs import Completion, Message
from verirs.protocols import Request


class Guesser:
    """Guesses a number below ``most`` (an option: [engine] most = 50)."""

    name, concurrency = "guesser", 64
    reproducible = "the same text for the same seed"

    def __init__(self, most: int = 20):
        self.most = most

    def identity(self) -> Mapping[str, Any]:
        return {"most": self.most}

    def render(self, messages: Sequence[Message]) -> str:
        return "\n".join(m["content"] for m in messages)

    async def start(self) -> None: ...

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        for index, seed in zip(request.indices, request.seeds, strict=True):
            guess = random.Random(seed).randrange(self.most)
            yield Completion(index=index, text=rf"It is \boxed{{{guess}}}", tokens=5, seed=seed)

    async def close(self) -> None: ...
