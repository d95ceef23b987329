"""The server's paths. A bad row never fails a batch, and where clients choke on it there is never a null.

| path | for | request | reply |
|---|---|---|---|
| POST /get_reward | OpenRLHF | ``{query, prompts, labels}`` | ``{rewards, scores, extra_logs}``, numbers |
| POST /rm | slime | ``{prompt, response, label}`` | a number |
| POST /verify | NeMo Gym | a Responses object and the row | the same and ``reward`` |
| POST /grade | all | a row: ``text`` and its columns | the reward in full |
| POST /grade_many | all | ``{"rows": [...]}`` or a list | ``{"rewards": [...]}`` |
| POST /judge | ``sandbox = "http://..."`` of another machine | :mod:`verirs.serve.judging` | |
| POST /run_code | SandboxFusion's clients | a program and its input | its output |
| POST /v1/chat/completions, GET /v1/models | OpenAI's clients | :mod:`verirs.serve.chat` | |
| GET /health, /ready, /version, /metrics | people and machines | | |
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from verirs.answering import Answerer
from verirs.code.formats.length import at_most
from verirs.errors import TooManyErrors, VerirsError
from verirs.hooks import Grader, Reward, openrlhf, shared
from verirs.hooks.config import ENVIRONMENT
from verirs.hooks.rows import Row, faulty, read
from verirs.running.config import load
from verirs.sandbox.pool import end_jobs
from verirs.serve.asgi import ENDS, App, Asked, Endpoint, Reply, Response, Sent, as_json, fault
from verirs.serve.chat import Chat
from verirs.serve.counts import Counts
from verirs.serve.gate import Limits, Refused
from verirs.serve.judging import Judging
from verirs.serve.pages import asking, for_pages
from verirs.system import memory
from verirs.types import Verdict
from verirs.version import __version__

Handler = Callable[[Sent], Awaitable[Any]]
T = TypeVar("T")
_PIECE = 512
"""Rewards that are written, and rows that are read, in one piece."""


class Server:
    """The application behind the paths.

    Args:
        grader: that judges.
        token: that a request must carry; empty: none.
        limits: of requests.
        answerer: that answers chat completions; without one they are refused.
        alone: the process is the server's own: when it ends, no program is waited for.
    """

    def __init__(
        self,
        grader: Grader,
        token: str = "",
        limits: Limits | None = None,
        answerer: Answerer | None = None,
        alone: bool = False,
    ):
        self._alone = alone
        self.grader, self._token, self._limits = grader, token, limits or Limits()
        self.judging = Judging(grader.options("code"))
        self.chat = Chat(answerer, token, self._limits)
        self.counts = Counts()
        self._ready = asyncio.Event()

    def app(self) -> App:
        """An ASGI application."""
        handlers: dict[str, Handler] = {
            "/get_reward": self.get_reward,
            "/rm": self.rm,
            "/verify": self.verify,
            "/seed_session": self.nothing,
            "/grade": self.grade,
            "/grade_many": self.grade_many,
            "/judge": self.judge,
            "/run_code": self.run_code,
        }
        posts = {path: self._counted(path, self._answered, handler) for path, handler in handlers.items()}
        chat = "/v1/chat/completions"
        gets: dict[str, Endpoint] = {
            "/health": self.health,
            "/ready": self.ready,
            "/version": self.version,
            "/metrics": self.metrics,
            "/reverify_mode": self.reverify_mode,
            "/v1/models": for_pages(self.chat.models, self._token),
            "/v1/models/*": for_pages(self.chat.model, self._token),
        }
        return App(
            gets,
            {**posts, chat: for_pages(self._counted(chat, self.chat.completions), self._token)},
            self._life,
            dict.fromkeys((chat, "/v1/models", "/v1/models/*"), asking(self._token)),
        )

    @contextlib.asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        warming = asyncio.create_task(self._warm())
        try:
            yield
        finally:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)
            await self.chat.close()
            self.judging.close()
            self.grader.close()
            if self._alone:
                end_jobs()  # the time to wait for them is over
                _end_within(_LAST)

    async def _warm(self) -> None:
        await self.chat.start()
        await asyncio.get_running_loop().run_in_executor(None, self.grader.warm)
        if self._alone:
            memory.collect_seldom()
            gc.collect()
            gc.freeze()  # what is loaded stays: no collection looks at it again
        self._ready.set()

    # ---- what is asked ------------------------------------------------------------------------------

    async def get_reward(self, sent: Sent) -> Any:
        body = sent.content if isinstance(sent.content, Mapping) else {}
        queries = _list(body.get("query", body.get("queries")))
        self._fits(len(queries))
        prompts, labels = _list(body.get("prompts")), _list(body.get("labels"))
        large = sent.large or len(queries) > _PIECE
        rows = await _aside(large, self._queries, queries, prompts, labels)
        return await _aside(large, openrlhf.reply, self.grader, await self._graded(rows))

    async def rm(self, sent: Sent) -> Any:
        return self.grader.number(await self._one(sent))

    async def verify(self, sent: Sent) -> Any:
        found = await self._one(sent)
        given = dict(sent.content) if isinstance(sent.content, Mapping) else {}
        reply = {**given, "reward": self.grader.number(found), "reward_components": dict(found.components)}
        return {**reply, "_ng_failure_class": "judge_failed"} if found.error else reply

    async def nothing(self, sent: Sent) -> Any:
        return {}

    async def grade(self, sent: Sent) -> Any:
        return self._full(await self._one(sent))

    async def _one(self, sent: Sent) -> Reward:
        """The reward of a request that is one row."""
        (found,) = await self._graded(await _aside(sent.large, self._rows, [sent.content]))
        return found

    def _rows(self, given: Sequence[Any]) -> list[Row]:
        with at_most(self._limits.text, self._limits.body):
            return [_row(one, self._limits.golds) for one in given]

    def _queries(self, queries: Sequence[Any], prompts: Sequence[Any], labels: Sequence[Any]) -> list[Row]:
        with at_most(self._limits.text, self._limits.body):
            return openrlhf.rows_of(queries, prompts, labels, self._limits.golds)

    async def grade_many(self, sent: Sent) -> Any:
        rows = sent.content.get("rows") if isinstance(sent.content, Mapping) else sent.content
        if not isinstance(rows, list):
            raise Refused(400, "grade_many takes a list of rows, or a table with rows")
        self._fits(len(rows))
        large = sent.large or len(rows) > _PIECE
        rewards = await self._graded(await _aside(large, self._rows, rows))
        return await _aside(large, self._all, rewards)

    def _all(self, rewards: Sequence[Reward]) -> Reply:
        """All rewards in full, written piece by piece: one of 8,000 would hold the event loop."""
        pieces = [
            as_json([self._full(r) for r in rewards[at : at + _PIECE]]).body[1:-1]
            for at in range(0, len(rewards), _PIECE)
        ]
        identity = as_json(self.grader.identity).body
        return Reply(b'{"rewards":[' + b",".join(pieces) + b'],"identity":' + identity + b"}")

    async def judge(self, sent: Sent) -> Any:
        items = sent.content.get("items") if isinstance(sent.content, Mapping) else None
        count = len(items) if isinstance(items, list) else 0
        return await self._counting(count, self.judging.judge, sent.content)

    async def run_code(self, sent: Sent) -> Any:
        return await self._counting(1, self.judging.run_code, sent.content)

    async def _counting(self, rows: int, handler: Callable[[Any], Awaitable[Any]], body: Any) -> Any:
        self._admit(rows)
        try:
            return await handler(body)
        finally:
            self.counts.waiting -= rows

    def _full(self, found: Reward) -> dict[str, Any]:
        return {
            "reward": self.grader.number(found),
            "error": found.error,
            "verdict": found.verdict,
            "answer": found.answer,
            "reason": found.reason,
            "components": found.components,
            "scores": found.scores,
        }

    async def _graded(self, rows: Sequence[Row]) -> list[Reward]:
        """Judged within the limits; what is too long or too late is an error of its row."""
        self._admit(len(rows))
        try:
            rewards = await self.grader.agrade(
                self._within(rows), only_broken=True, seconds=self._limits.seconds
            )
        except TimeoutError:
            rewards = [_late(self._limits.seconds)] * len(rows)
        except TooManyErrors:
            raise
        except VerirsError as error:  # a scorer that cannot work at all: each row says so
            rewards = [Reward(value=None, verdict=Verdict.ERROR, reason=str(error))] * len(rows)
        finally:
            self.counts.waiting -= len(rows)
        self.counts.graded(rewards)
        return rewards

    def _admit(self, rows: int) -> None:
        """So many rows more are in flight, until ``counts.waiting`` is told otherwise.

        Raises:
            Refused: too many in one request, or together.
        """
        self._fits(rows)
        if self.counts.waiting + rows > self._limits.queue:
            raise Refused(429, f"{self.counts.waiting} rows are waiting; come again", {"Retry-After": "1"})
        self.counts.waiting += rows

    def _fits(self, rows: int) -> None:
        """Asked before they are read: a million empty ones fit in a body.

        Raises:
            Refused: too many for one request.
        """
        if rows > self._limits.queue:
            raise Refused(413, f"{rows:,} rows in one request; the limit is {self._limits.queue:,}")

    def _within(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows, each that is too long as an error."""
        golds, text = self._limits.golds, self._limits.text
        if any([len(row.problems) > golds or len(row.completion.text) > text for row in rows]):
            return [self._short(row) for row in rows]
        return rows

    def _short(self, row: Row) -> Row:
        if (count := len(row.problems)) > self._limits.golds:
            return faulty(f"{count:,} gold answers, the limit is {self._limits.golds:,}", row.data_source)
        length = len(row.completion.text)
        if length <= self._limits.text:
            return row
        fault = f"the text has {length:,} characters, the limit is {self._limits.text:,}"
        return faulty(fault, row.data_source)

    # ---- what is told -------------------------------------------------------------------------------

    async def health(self, _: Asked) -> Response:
        return as_json({"status": "ok"})

    async def ready(self, _: Asked) -> Response:
        """503 until every scorer has shown that it works."""
        ready = self._ready.is_set() and self.chat.ready
        return as_json({"status": "ready" if ready else "warming up"}, 200 if ready else 503)

    async def version(self, _: Asked) -> Response:
        def both() -> tuple[str, str]:
            return self.grader.identity, self.grader.reward_identity

        judges, rewards = await asyncio.get_running_loop().run_in_executor(None, both)
        about = {"verirs": __version__, "identity": judges, "reward_identity": rewards}
        return as_json({**about, "scorers": list(self.grader.scorers)})

    async def metrics(self, _: Asked) -> Response:
        return Reply(self.counts.text().encode(), kind=b"text/plain; version=0.0.4; charset=utf-8")

    async def reverify_mode(self, _: Asked) -> Response:
        return as_json({"reverify_mode": "stateless"})

    def _counted(self, path: str, answer: Callable[..., Awaitable[Response]], *given: Handler) -> Endpoint:
        """Answered by ``answer(*given, asked)``."""

        async def endpoint(asked: Asked) -> Response:
            begun = time.perf_counter()
            status = 500  # unless the endpoint says another
            try:
                try:
                    response = await answer(*given, asked)
                except asyncio.CancelledError:  # nothing cancels a request but the server's end
                    response = as_json(fault(path, ENDS, kind="server_error"), 503)
                status = response.status
                return response
            finally:
                self.counts.done(path, status, time.perf_counter() - begun)

        return endpoint

    async def _answered(self, handler: Handler, asked: Asked) -> Response:
        try:
            if (why := asked.refusal(self._token)) is not None:
                raise why
            found = await handler(await asked.json(self._limits.body, self._limits.seconds))
            return found if isinstance(found, Reply) else as_json(found)
        except Refused as refusal:
            return as_json({"error": str(refusal)}, refusal.status, refusal.headers)
        except TooManyErrors as error:
            return as_json({"error": str(error)}, 500)


_LAST = 5.0
"""Seconds in which a server's process ends once all is closed; a scorer that never returns has its thread."""


def _end_within(seconds: float) -> None:
    """Python waits for every thread before it ends."""
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()


async def _aside(large: bool, work: Callable[..., T], *given: Any) -> T:
    """``work(*given)``, on a thread where it may take long: the event loop goes on."""
    if not large:
        return work(*given)
    return await asyncio.get_running_loop().run_in_executor(None, work, *given)


def _row(body: Any, most: int) -> Row:
    """A row over HTTP: its text under any of the usual names, and all else as its columns.

    Args:
        most: gold answers.
    """
    if not isinstance(body, dict):
        return faulty(f"a row is a table, not {type(body).__name__}")
    for name in ("text", "completion", "response", "messages"):
        if name in body:
            rest = {k: v for k, v in body.items() if k != name}
            return read(body[name], rest, body.get("prompt"), most)
    found = ", ".join(f"{name:.40}" for name in islice(body, 10))
    return faulty(f"the row has no text, completion, response or messages (but {found})")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _late(seconds: float) -> Reward:
    return Reward(value=None, verdict=Verdict.ERROR, reason=f"not judged within {seconds:g} s")


def answerer_of(config: str) -> Answerer | None:
    """What answers chat completions, where the configuration names an engine."""
    if not config.endswith(".toml") or "engine" not in load(config):
        return None
    return Answerer(config)


def from_environment() -> App:
    """What each process of ``verirs serve`` runs: the shared grader, and the token of the environment."""
    answerer = answerer_of(os.environ.get(ENVIRONMENT, ""))
    token = os.environ.get("VERIRS_TOKEN", "")
    return Server(shared(), token, answerer=answerer, alone=True).app()
