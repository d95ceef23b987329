"""Parts that kill the process they are in, for the tests of the cluster."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence

from verirs.engines.fake import FakeEngine
from verirs.errors import EngineError
from verirs.protocols import Request
from verirs.types import Completion, Problem, Score, Verdict


class Deadly(FakeEngine):
    """As the fake engine, but one problem ends the process."""

    name = "deadly"

    def __init__(self, problem: str, how: str = "exit"):
        super().__init__(latency=0.05, concurrency=64)
        self._problem, self._how = problem, how

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        if request.problem.id == self._problem:
            if self._how == "raise":
                raise EngineError("the device is lost")
            os._exit(9)
        async for completion in super().sample(request):
            yield completion


class Elsewhere(FakeEngine):
    """Another model in every process."""

    name = "elsewhere"

    def identity(self) -> dict[str, int]:
        return {"model": os.getpid()}


class DeadlyScorer:
    """Passes everything, and dies of one text."""

    name = "deadly"
    version = "1"

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> Sequence[Score]:
        if any(problem.id == "p007" and completion.index == 3 for problem, completion in items):
            os._exit(9)
        return [Score(scorer="deadly", version="1", verdict=Verdict.PASS) for _ in items]

    def close(self) -> None:
        pass
