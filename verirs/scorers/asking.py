"""Asks a language model questions about completions, behind any engine, from any thread.

The engine is started by the first question, on an event loop of its own; one limit holds for all callers.
What an engine refuses or gives up is data of that question; an engine that is lost ends the run.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any, TypeVar

from verirs.errors import Interrupted, RequestError
from verirs.parts import build
from verirs.protocols import Choosing, Engine, Request, Sampling
from verirs.types import Completion, Message, Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for one question.

    Args:
        votes: the answers, in order.
        first: of one question for its first token: texts and their log-probabilities.
        failure: why votes are missing, in words; empty where none is.
    """

    votes: tuple[Completion, ...] = ()
    first: Mapping[str, float] | None = None
    failure: str = ""


class Asker:
    """A language model to be asked.

    Args:
        name: of the scorer, for messages and threads.
        engine: an engine, or its name as in a run's config.
        options: of a named engine.
        votes: how often each question is asked.
    """

    def __init__(self, name: str, engine: Any, options: Mapping[str, Any], votes: int) -> None:
        self.name, self.votes = name, votes
        self._spec, self._options = engine, dict(options)
        self._engine: Engine | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # once the engine has started
        self._running: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def identity(self) -> Any:
        """What the answers depend on, as far as the config says it."""
        return [self._spec if isinstance(self._spec, str) else dict(self._spec.identity()), self._options]

    def ask(
        self, questions: Sequence[Sequence[Message]], sampling: Sampling, *, one_word: bool = False
    ) -> list[Answer]:
        """An answer each, in order.

        Args:
            one_word: the first word alone counts: where the engine gives the log-probabilities of what may
                come first, it is asked once for those.

        Raises:
            EngineError: the engine cannot be started, or is lost: the same command goes on.
            Interrupted: the run ends early.
        """
        # the engine first: a coroutine made before it failed would never be awaited
        loop = self.start()
        work = self._ask_all(questions, sampling, one_word)
        return _result(self.name, asyncio.run_coroutine_threadsafe(work, loop))

    async def _ask_all(
        self, questions: Sequence[Sequence[Message]], sampling: Sampling, one_word: bool
    ) -> list[Answer]:
        engine, limit = self._require(), self._limit
        ask: Callable[[Engine, Request], Coroutine[Any, Any, Answer]] = _votes
        if one_word and isinstance(engine, Choosing):
            ask = _first

        async def one(messages: Sequence[Message]) -> Answer:
            async with limit:
                return await ask(engine, self._request(messages, sampling))

        tasks = [asyncio.ensure_future(one(m)) for m in questions]
        try:
            return list(await asyncio.gather(*tasks))
        finally:  # where one raised, the others need not go on
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _request(self, messages: Sequence[Message], sampling: Sampling) -> Request:
        asked = Problem(prompt=tuple(messages))
        return Request(
            problem=asked,
            messages=asked.prompt,
            indices=tuple(range(self.votes)),
            seeds=tuple(_seed(asked.id, vote) for vote in range(self.votes)),
            sampling=sampling,
        )

    def _require(self) -> Engine:
        assert self._engine is not None
        return self._engine

    def start(self) -> asyncio.AbstractEventLoop:
        """Start the engine, if it was not.

        Raises:
            UserError, EngineError: it cannot be started.
        """
        with self._lock:
            if self._loop is None:
                self._start()
            assert self._loop is not None
            return self._loop

    def _start(self) -> None:
        made = isinstance(self._spec, str)
        self._engine = build("engine", self._spec, self._options) if made else self._spec
        engine = self._require()
        # one limit for all callers: the engine says how many samples keep it full
        self._limit = asyncio.Semaphore(max(1, engine.concurrency // self.votes))
        self._running = loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name=f"verirs-{self.name}", daemon=True)
        self._thread.start()
        try:
            _result(self.name, asyncio.run_coroutine_threadsafe(engine.start(), loop))
        except BaseException:
            # what it had opened by then, too: else Python tells of it when the command ends
            asyncio.run_coroutine_threadsafe(engine.close(), loop).result()
            self._stop(loop)
            raise
        self._loop = loop

    def interrupt(self) -> None:
        """End what is under way: an answer may be waited for long."""
        if (loop := self._running) is not None:
            loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])

    def close(self) -> None:
        """Close the engine and stop the loop. Safe to call twice."""
        with self._lock:
            if self._loop is None:
                return
            asyncio.run_coroutine_threadsafe(self._require().close(), self._loop).result()
            self._stop(self._loop)
            self._loop = self._engine = None

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        self._running = None
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        loop.close()


async def _votes(engine: Engine, request: Request) -> Answer:
    votes: list[Completion] = []
    failure = ""
    try:
        async for vote in engine.sample(request):
            votes.append(vote)
    except RequestError as error:  # these votes will not come; an engine that is lost ends the run
        failure = _said(error, request)
    return Answer(votes=tuple(sorted(votes, key=lambda vote: vote.index)), failure=failure)


async def _first(engine: Engine, request: Request) -> Answer:
    assert isinstance(engine, Choosing)
    try:
        return Answer(first=await engine.first_tokens(request))
    except RequestError as error:
        return Answer(failure=_said(error, request))


def _said(error: RequestError, request: Request) -> str:
    return str(error).removeprefix(f"problem {request.problem.id!r}: ")


def _result(name: str, future: Future[T]) -> T:
    """
    Raises:
        Interrupted: the run ends early.
    """
    try:
        return future.result()
    except CancelledError:
        raise Interrupted(f"the {name} was interrupted; run the same command to go on") from None


def _seed(asked: str, vote: int) -> int:
    """A seed that depends on the question and the vote only, so that neighbours never matter."""
    return int.from_bytes(hashlib.sha256(f"{asked} {vote}".encode()).digest()[:4])
