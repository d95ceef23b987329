"""OpenAI's chat completions in front of an engine: n candidates, the best one returned.

``POST /v1/chat/completions`` takes what the official client sends, and beside it ``best_of`` (candidates),
``tests`` and ``entry_point``. The reply has one choice, and a field ``verirs`` with the votes, the value and
the cost (:meth:`verirs.answering.Answer.side`). With ``stream`` the winner is sent in pieces once it is
known; while that takes long, comments keep the connection from looking dead, and what goes wrong then is told
in an event, under the status 200 that is sent already. A client that goes away ends the work. What cannot be
honoured is refused by its name, never ignored.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

from verirs.answering import Answer, Answerer
from verirs.errors import EngineError, RequestError, UserError, VerirsError
from verirs.serve.asgi import ENDS, Asked, Receive, Reply, Response, Scope, Send, as_json, fault
from verirs.serve.gate import Limits, Refused
from verirs.serve.wire import Question, Wrong, event_of, read, streamed, whole

MODEL = "verirs"
T = TypeVar("T")


class Chat:
    """The two paths below ``/v1``.

    Args:
        answerer: that draws and chooses; not started.
        token: as of :class:`verirs.serve.app.Server`.
        limits: of requests.
    """

    def __init__(self, answerer: Answerer | None, token: str, limits: Limits):
        self.answerer, self._token, self._limits = answerer, token, limits
        self.in_flight = 0
        self._begun = int(time.time())
        self._fault: VerirsError | None = None
        self.started = asyncio.Event()

    async def start(self) -> None:
        """Start the engine; where it cannot, every request is told so."""
        if self.answerer is not None:
            try:
                await self.answerer.start()
            except VerirsError as error:
                self._fault = error
        self.started.set()

    async def close(self) -> None:
        if self.answerer is not None:
            await self.answerer.close()

    @property
    def ready(self) -> bool:
        return self.started.is_set() and self._fault is None

    async def models(self, asked: Asked) -> Response:
        async def work() -> Response:
            self._allow(asked)
            made = {"object": "model", "created": self._begun, "owned_by": "verirs"}
            return as_json({"object": "list", "data": [{"id": m, **made} for m in self._models()]})

        return await _told(work)

    async def model(self, asked: Asked) -> Response:
        async def work() -> Response:
            self._allow(asked)
            name = asked.rest
            self._known(name)
            return as_json({"id": name, "object": "model", "created": self._begun, "owned_by": "verirs"})

        return await _told(work)

    async def completions(self, asked: Asked) -> Response:
        return await _told(lambda: self._completions(asked))

    async def _completions(self, asked: Asked) -> Response:
        self._allow(asked)
        try:
            body = (await asked.json(self._limits.body, self._limits.seconds)).content
        except Refused as refusal:
            raise Wrong(refusal.status, str(refusal)) from None
        question = read(body, self._limits)
        self._known(body.get("model"))
        if self.in_flight >= self._limits.answers:
            raise Wrong(
                429,
                f"{self.in_flight} answers are being worked on; come again",
                kind="rate_limit_error",
                code="rate_limit_exceeded",
                headers={"Retry-After": "1"},
            )
        model = str(body.get("model"))
        self.in_flight += 1
        work = asyncio.ensure_future(unless_gone(asked.receive, self._answer(question)))
        work.add_done_callback(self._ended)
        streams = question.stream and asked.scope.get("http_version") != "1.0"  # which knows no pieces
        try:
            await asyncio.wait({work}, timeout=self._limits.silence if streams else None)
        except asyncio.CancelledError:
            work.cancel()
            raise
        if not work.done():
            return Events(self._late(work, model, question.usage))
        if (found := work.result()) is None:
            return Reply(b"", 499)  # nobody reads it
        if question.stream:
            return Events(streamed(found, model, question.usage))
        return as_json(whole(found, model))

    def _ended(self, work: asyncio.Future[Answer | None]) -> None:
        self.in_flight -= 1

    async def _late(
        self, work: asyncio.Future[Answer | None], model: str, usage: bool
    ) -> AsyncGenerator[bytes]:
        """A stream that begins before its answer is known: comments, which clients leave out, until it is."""
        try:
            try:
                while not work.done():
                    yield b": still working\n\n"
                    await asyncio.wait({work}, timeout=self._limits.silence)
                found = work.result()
            except Wrong as wrong:
                yield event_of(wrong.body)
                return
            except asyncio.CancelledError:  # nothing cancels a request but the server's end
                yield event_of(fault("/v1/", ENDS, kind="server_error"))
                return
            if found is not None:
                async for piece in streamed(found, model, usage):
                    yield piece
        finally:
            work.cancel()

    async def _answer(self, question: Question) -> Answer:
        assert self.answerer is not None
        await self.started.wait()
        if self._fault is not None:
            raise Wrong(503, str(self._fault), kind="server_error", code="engine_unavailable")
        try:
            async with asyncio.timeout(self._limits.answer_seconds):
                return await self.answerer.answer(
                    question.messages,
                    question.n,
                    tests=question.tests,
                    entry_point=question.entry_point,
                    seed=question.seed,
                    sampling=question.sampling,
                )
        except TimeoutError:
            told = f"not answered within {self._limits.answer_seconds:g} s"
            # OpenAI's clients would ask twice more at once
            never = {"X-Should-Retry": "false"}
            raise Wrong(504, told, kind="server_error", code="timeout", headers=never) from None
        except (UserError, RequestError) as error:
            raise Wrong(400, str(error)) from error
        except EngineError as error:
            raise Wrong(503, str(error), kind="server_error", code="engine_unavailable") from error
        except VerirsError as error:
            raise Wrong(500, str(error), kind="server_error") from error

    def _allow(self, asked: Asked) -> None:
        if (why := asked.refusal(self._token)) is not None:
            code = "invalid_api_key" if why.status == 401 else "forbidden"
            raise Wrong(why.status, str(why), code=code)
        if self.answerer is None:
            raise Wrong(404, "this server has no [engine] in its configuration", code="no_engine")

    def _models(self) -> list[str]:
        assert self.answerer is not None
        behind = self.answerer.engine.identity().get("model")
        return [MODEL, *([str(behind)] if behind else [])]

    def _known(self, name: Any) -> None:
        if name is None:
            raise Wrong(
                400, f"a request names its model (there are: {', '.join(self._models())})", param="model"
            )
        if name not in self._models():
            known = ", ".join(self._models())
            told = f"the model {name!r} does not exist (there are: {known})"
            raise Wrong(404, told, param="model", code="model_not_found")


class Events:
    """An answer as server-sent events, sent as they come; in one piece to a client of HTTP/1.0, which knows
    no chunks.
    """

    status = 200

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
        if scope.get("http_version") == "1.0":
            await Reply(b"".join([p async for p in self._pieces]), kind=headers[0][1])(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        async with contextlib.aclosing(self._pieces) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _told(work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except Wrong as wrong:
        return as_json(wrong.body, wrong.status, wrong.headers)


async def unless_gone(receive: Receive, work: Awaitable[T]) -> T | None:
    """What ``work`` gives; ``None``, and the work cancelled, where the client goes away before."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    doing, watching = asyncio.ensure_future(work), asyncio.create_task(gone())
    try:
        await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
        return await doing if doing.done() else None
    finally:
        for task in (doing, watching):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(doing, watching, return_exceptions=True)
