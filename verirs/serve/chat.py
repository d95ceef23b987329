"""OpenAI's chat completions in front of an engine: n candidates, the best one returned.

``POST /v1/chat/completions`` takes what the official client sends, and beside it ``best_of`` (candidates),
``tests`` and ``entry_point``. The reply has one choice, and a field ``verirs`` with the votes, the value and
the cost (:meth:`verirs.answering.Answer.side`). With ``stream`` the winner is sent in pieces once it is
known. A client that goes away ends the work. What cannot be honoured is refused by its name, never ignored.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from verirs.answering import Answer, Answerer
from verirs.errors import EngineError, RequestError, UserError, VerirsError
from verirs.serve.gate import Limits, Refused, allowed, json_of
from verirs.serve.wire import Asked, Wrong, read, streamed, whole

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

    async def models(self, request: Request) -> Response:
        async def work() -> Response:
            self._allow(request)
            made = {"object": "model", "created": self._begun, "owned_by": "verirs"}
            return JSONResponse({"object": "list", "data": [{"id": m, **made} for m in self._models()]})

        return await _told(work)

    async def model(self, request: Request) -> Response:
        async def work() -> Response:
            self._allow(request)
            name = str(request.path_params["model"])
            self._known(name)
            return JSONResponse({"id": name, "object": "model", "created": self._begun, "owned_by": "verirs"})

        return await _told(work)

    async def completions(self, request: Request) -> Response:
        return await _told(lambda: self._completions(request))

    async def _completions(self, request: Request) -> Response:
        self._allow(request)
        try:
            body = await json_of(request, self._limits)
        except Refused as refusal:
            raise Wrong(refusal.status, str(refusal)) from None
        asked = read(body, self._limits)
        self._known(body.get("model"))
        if self.in_flight >= self._limits.answers:
            raise Wrong(
                429,
                f"{self.in_flight} answers are being worked on; come again",
                kind="rate_limit_error",
                code="rate_limit_exceeded",
                headers={"Retry-After": "1"},
            )
        self.in_flight += 1
        try:
            found = await unless_gone(request, self._answer(asked))
        finally:
            self.in_flight -= 1
        if found is None:
            return Response(status_code=499)  # nobody reads it
        model = str(body.get("model"))
        if asked.stream:
            pieces = streamed(found, model)
            return StreamingResponse(pieces, media_type="text/event-stream")
        return JSONResponse(whole(found, model))

    async def _answer(self, asked: Asked) -> Answer:
        assert self.answerer is not None
        await self.started.wait()
        if self._fault is not None:
            raise Wrong(503, str(self._fault), kind="server_error", code="engine_unavailable")
        try:
            async with asyncio.timeout(self._limits.answer_seconds):
                return await self.answerer.answer(
                    asked.messages,
                    asked.n,
                    tests=asked.tests,
                    entry_point=asked.entry_point,
                    seed=asked.seed,
                    sampling=asked.sampling,
                )
        except TimeoutError:
            told = f"not answered within {self._limits.answer_seconds:g} s"
            raise Wrong(504, told, kind="server_error", code="timeout") from None
        except (UserError, RequestError) as error:
            raise Wrong(400, str(error)) from error
        except EngineError as error:
            raise Wrong(503, str(error), kind="server_error", code="engine_unavailable") from error
        except VerirsError as error:
            raise Wrong(500, str(error), kind="server_error") from error

    def _allow(self, request: Request) -> None:
        header, secret = request.headers.get("authorization", ""), request.path_params.get("secret", "")
        if not allowed(self._token, header, secret):
            raise Wrong(401, "the API key is missing or wrong", code="invalid_api_key")
        if self.answerer is None:
            raise Wrong(404, "this server has no [engine] in its configuration", code="no_engine")

    def _models(self) -> list[str]:
        assert self.answerer is not None
        behind = self.answerer.engine.identity().get("model")
        return [MODEL, *([str(behind)] if behind else [])]

    def _known(self, name: Any) -> None:
        if name not in self._models():
            known = ", ".join(self._models())
            told = f"the model {name!r} does not exist (there are: {known})"
            raise Wrong(404, told, param="model", code="model_not_found")


async def _told(work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except Wrong as wrong:
        return JSONResponse(wrong.body, wrong.status, wrong.headers)


async def unless_gone(request: Request, work: Awaitable[T]) -> T | None:
    """What ``work`` gives; ``None``, and the work cancelled, where the client goes away before."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
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
