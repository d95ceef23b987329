"""The server behind the engine: reached, asked within limits, and waited for while it is away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from verirs.engines.openai.reading import listing
from verirs.errors import EngineError, UserError, nearest
from verirs.system.http import (
    MOST_BYTES,
    MOVED,
    Body,
    Unreadable,
    Watch,
    below,
    connect,
    parsed,
    said,
    secret,
    shown,
)

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("verirs.engines.openai")

GONE = frozenset({502, 503, 504})
"""What a proxy says while the server behind it is away, and a server while it loads."""
OVERLOADED = frozenset({429, 503, 529})
"""The server has no room now: no fault of the request, so it costs none of its attempts."""
PASSING = frozenset({408, 409, 424, 425})
"""Beside all from 500: what another attempt may not get."""
_UNPAID = ("insufficient_quota", "exceeded_current_quota", "billing_hard_limit", "insufficient balance")
_FIRST_PROBE, _LONGEST_PROBE, _SAY_AGAIN = 0.5, 10.0, 60.0
_CONNECT, _LISTING = 30.0, 4 * 2**20


class Trouble(Exception):
    """One attempt failed; another may not. The message says how."""


class Away(Trouble):
    """Nobody takes the connection."""


class Silent(Trouble):
    """No whole answer came in time."""


class Dropped(Trouble):
    """The connection broke, or what came is not HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: its status, its headers and its body, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Server:
    """One server.

    Args:
        url: up to and including ``/v1``, checked.
        key_env: environment variable of the key.
        timeout: seconds one answer may take.
        patience: seconds a server may be away.
        connections: at once.
    """

    def __init__(self, url: str, key_env: str, *, timeout: float, patience: float, connections: int):
        self.url = url
        self._key_env, self._timeout, self._patience = key_env, timeout, patience
        self._connections = connections
        self._client: httpx.AsyncClient | None = None
        self._unkept: httpx.AsyncClient | None = None
        self._waiting: asyncio.Task[float] | None = None

    @property
    def is_open(self) -> bool:
        return self._client is not None

    async def open(self) -> dict[str, int | None]:
        """Reach it. Returns the models that it lists with their context lengths; empty if it lists none.

        Raises:
            UserError: the key is refused, or the key or the environment's settings cannot be used.
            EngineError: nobody is there, or it has moved.
        """
        if self._client is None:
            self._client = self._connect(kept=None)
        try:
            answer = await self._list()
            if answer.status in GONE:
                await self.wait(f"status {answer.status}: {self.said(answer)}")
                answer = await self._list()
        except Silent as error:
            raise EngineError(
                f"engine openai: {self.url} took the connection but does not answer; is the server still "
                "loading its model, or stuck?"
            ) from error
        except (Away, Dropped) as error:
            raise EngineError(self._nobody(error)) from error
        except Unreadable:
            return {}
        if answer.status in {401, 403}:
            raise UserError(self.refused_key(answer))
        return self._models(answer)

    def _connect(self, kept: int | None) -> httpx.AsyncClient:
        """A client that keeps so many connections open for further requests; ``None``: all."""
        import httpx

        most = self._connections + 2
        return connect(
            httpx.AsyncClient,
            self.url,
            secret(self._key_env),
            "engine openai",
            timeout=httpx.Timeout(None, connect=min(_CONNECT, self._timeout)),
            limits=httpx.Limits(max_connections=most, max_keepalive_connections=kept),
        )

    async def close(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        clients, self._client, self._unkept = (self._client, self._unkept), None, None
        for client in clients:
            if client is not None:
                await client.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        seconds: float,
        limit: int = MOST_BYTES,
        kind: str = "application/json",
        into: BinaryIO | None = None,
        once: bool = False,
    ) -> Answer:
        """One answer.

        Args:
            kind: what ``content`` is.
            once: the call must not be made twice: not even where a kept connection broke before an answer
                began, since it may have been heard.
            into: a file that takes the body of an answer with status 200 as it comes, whatever its size.
            seconds: until all of it must be there.
            limit: bytes it may have.

        Raises:
            Trouble, Unreadable: this attempt failed.
            EngineError: the server has moved.
        """
        import httpx

        assert self._client is not None
        watch, asked = Watch(), (method, path, content, limit, kind, into)
        try:
            async with asyncio.timeout(seconds):
                try:
                    answer = await self._once(self._client, watch, *asked)
                except httpx.TransportError as error:
                    if once or not watch.stale(error):
                        raise
                    if self._unkept is None:
                        self._unkept = self._connect(kept=0)
                    answer = await self._once(self._unkept, Watch(), *asked)
        except TimeoutError:
            raise Silent(f"no answer within {max(0.0, seconds):g} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise Away(_told(error)) from error
        except Unreadable as error:
            raise Unreadable(f"an answer that cannot be read: {error}") from error
        except Exception as error:
            raise Dropped(_told(error)) from error
        if answer.status in MOVED and (target := answer.headers.get("location")):
            raise EngineError(
                f"engine openai: {self.url} has moved: {path} redirects to {_without_secrets(target)}. Set "
                "engine.base_url to the new address and run the same command"
            )
        return answer

    async def _once(
        self,
        client: httpx.AsyncClient,
        watch: Watch,
        method: str,
        path: str,
        content: bytes | None,
        limit: int,
        kind: str,
        into: BinaryIO | None,
    ) -> Answer:
        headers = {"Content-Type": kind} if content is not None else {}
        where, extensions = below(self.url, path), {"trace": watch.atrace}
        async with client.stream(
            method, where, content=content, headers=headers, extensions=extensions
        ) as response:
            body = Body(response.headers, limit)
            if into is not None and response.status_code == 200:
                into.seek(0)
                into.truncate()
                async for piece in response.aiter_bytes():
                    into.write(piece)
                return Answer(200, response.headers, b"")
            async for piece in response.aiter_raw():
                body.feed(piece)
            if response.status_code != 200:
                # whatever else the server sends here must not be taken for the next request's answer
                await response.extensions["network_stream"].aclose()
            return Answer(response.status_code, response.headers, body.end())

    async def wait(self, why: str) -> float:
        """Wait until it is back; all samples wait together. Returns the seconds that it took, 0 if it is
        there already.

        Raises:
            EngineError: it stays away beyond the patience.
        """
        if self._waiting is None or self._waiting.done():
            self._waiting = asyncio.ensure_future(self._wait(why))
            # with all samples cancelled nobody else would look at it
            self._waiting.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._waiting)

    async def _wait(self, why: str) -> float:
        begun = told = time.monotonic()
        if await self.is_there():
            return 0.0
        log.warning(
            "engine openai: %s does not answer (%s); waiting for it, at most %s",
            self.url,
            why,
            _clock(self._patience),
        )
        pause = _FIRST_PROBE
        while (left := self._patience - (time.monotonic() - begun)) > 0:
            await asyncio.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PROBE)
            took = time.monotonic() - begun
            if await self.is_there():
                log.warning("engine openai: %s is back after %s", self.url, _clock(took))
                return took
            if time.monotonic() - told >= _SAY_AGAIN:
                told = time.monotonic()
                log.warning(
                    "engine openai: %s is away since %s, of at most %s",
                    self.url,
                    _clock(took),
                    _clock(self._patience),
                )
        raise EngineError(
            f"engine openai: {self.url} has been away for {_clock(self._patience)} ({why}). All samples so "
            "far are stored: start it and run the same command. Longer patience: engine.deadline"
        )

    async def is_there(self) -> bool:
        """Whether anything behind the address takes requests, whatever it says to this one."""
        try:
            return (await self._list()).status not in GONE
        except Unreadable:
            return True
        except Trouble:
            return False

    async def models(self) -> dict[str, int | None] | None:
        """What it lists now; ``None`` if it refuses the key."""
        try:
            answer = await self._list()
        except (Trouble, Unreadable):
            return {}
        return None if answer.status in {401, 403} else self._models(answer)

    async def _list(self) -> Answer:
        return await self.ask("GET", "models", seconds=min(_CONNECT, self._timeout), limit=_LISTING)

    def _models(self, answer: Answer) -> dict[str, int | None]:
        if answer.status != 200:
            return {}
        try:
            return listing(parsed(answer.body))
        except Unreadable:
            return {}

    def said(self, answer: Answer) -> str:
        """The server's own sentence, shortened, without the key."""
        return said(answer.body, secret(self._key_env))

    def refused_key(self, answer: Answer) -> str:
        state = "is set but refused" if secret(self._key_env) else "is not set"
        return (
            f"engine openai: {self.url} wants an API key; environment variable {self._key_env} {state} "
            f"({self.said(answer)})"
        )

    def unknown_model(self, model: str, models: Mapping[str, Any]) -> str:
        names = [shown(name, 80) for name in models]
        hint = nearest(model, names) or f"; it has: {', '.join(names[:8])}"
        return f"engine openai: {self.url} has no model {model!r}{hint}"

    def refuse_unknown(self, model: str, models: Mapping[str, int | None]) -> None:
        """
        Raises:
            UserError: the server lists its models, and this one is not among them.
        """
        if models and listed_as(model, models) is None and not any("*" in name for name in models):
            raise UserError(self.unknown_model(model, models))

    def _nobody(self, error: Trouble) -> str:
        why = str(error)
        if "CERTIFICATE_VERIFY_FAILED" in why:
            what = "its certificate is not trusted; name the authority's file in SSL_CERT_FILE"
        elif "WRONG_VERSION_NUMBER" in why or "record layer failure" in why:
            what = "it speaks plain HTTP; write http:// in base_url"
        elif isinstance(error, Dropped):
            what = "what listens there does not speak HTTP, or broke off; correct base_url"
        else:
            what = "Start it, or correct base_url."
        return f"engine openai: no server at {self.url} ({why}). {what}"


def listed_as(model: str, models: Mapping[str, Any]) -> str | None:
    """The name under which a model is listed: its own, or with a prefix or without a variant."""
    return next(
        (
            name
            for name in models
            if name == model or name.endswith(f"/{model}") or name == model.rpartition(":")[0]
        ),
        None,
    )


def is_unpaid(answer: Answer) -> bool:
    """Whether the server refuses because nobody pays."""
    told = answer.body[:4000].decode("utf-8", "replace").lower() if answer.status in {403, 429} else ""
    return answer.status == 402 or any(word in told for word in _UNPAID)


def _told(error: Exception) -> str:
    return shown(str(error)).rstrip(". ") or f"the connection broke ({type(error).__name__})"


def _without_secrets(target: str) -> str:
    """A redirect's target as it may be shown: no query, no user name."""
    start = shown(target).partition("?")[0]
    scheme, separator, rest = start.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
