"""One server behind the engine: reached and asked within limits; and what is known of its state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from verirs.engines.openai.reading import listing
from verirs.errors import EngineError, UserError, nearest
from verirs.system.client import Answer, Away, Client, Dropped, Silent, Trouble
from verirs.system.http import MOST_BYTES, MOVED, Unreadable, below, parsed, said, secret, shown

__all__ = ["GONE", "Answer", "Away", "Dropped", "Server", "Silent", "Trouble"]

GONE = frozenset({502, 503, 504, 520, 521, 522, 523, 524, 530})
"""What a proxy says while the server behind it is away (from 520 on: Cloudflare), and one that loads."""
UNKNOWN = frozenset({404, 405})
"""What a wrong path gives, and some proxies (Traefik, ngrok) for a server that was there and is away."""
OVERLOADED = frozenset({429, 503, 529})
"""The server has no room now: no fault of the request, so it costs none of its attempts."""
PASSING = frozenset({408, 409, 424, 425, 499})
"""Beside all from 500: what another attempt may not get."""
_NOBODY_FREE = (
    *("no healthy deployment", "no deployments available", "no models available", "no healthy upstream"),
    *("no workers available", "no available workers", "engine is sleeping"),
)
"""What routers say, with whatever status, while they have no server for a request (LiteLLM, vLLM, RunPod)."""
_UNPAID = ("insufficient_quota", "exceeded_current_quota", "billing_hard_limit", "insufficient balance")
_CONNECT, _LISTING = 30.0, 4 * 2**20
_LOOKS = 50
"""So often an answer may be said to stand elsewhere on the server: Modal says so every 150 seconds."""


class Server:
    """One server.

    Args:
        url: up to and including ``/v1``, checked.
        key_env: environment variable of the key.
        timeout: seconds one answer may take.
    """

    def __init__(self, url: str, key_env: str, *, timeout: float):
        self.url = url
        self._key_env, self._timeout = key_env, timeout
        self._client: Client | None = None
        self._looking: asyncio.Task[bool] | None = None
        self.up = False
        """Whether it answers, as far as is known."""
        self.why = ""
        """Why not."""
        self.dismissed = False
        """Not to be asked any more."""
        self.good = False
        """Whether it has ever given a good answer."""
        self.listed = False
        """Whether it has ever listed its models."""
        self.in_flight = 0
        self.rests_until = 0.0
        """It is overloaded or fails; others are asked first until then (``time.monotonic``)."""
        self.failing: set[str] = set()
        """Problems that it failed on since its last good answer."""
        self.spells = 0
        """How often it was left alone for that since its last good answer."""

    def connect(self) -> None:
        """Make ready for asking, within a running event loop.

        Raises:
            UserError: the key or the environment's settings cannot be used.
        """
        if self._client is None:
            connect = min(_CONNECT, self._timeout)
            self._client = Client(self.url, secret(self._key_env), "engine openai", connect=connect)

    async def first_listing(self) -> dict[str, int | None] | None:
        """Its models with their context lengths, empty if it lists none; ``None``: it is loading.

        Raises:
            UserError: the key is refused.
            EngineError: nobody is there, or it has moved.
        """
        try:
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
        if answer.status in GONE:
            self.why = f"status {answer.status}: {self.said(answer)}"
            return None
        if answer.status in {401, 403}:
            raise UserError(self.refused_key(answer))
        return self._models(answer)

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        client, self._client = self._client, None
        if client is not None:
            await client.close()

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
        """One answer; the arguments are those of :meth:`verirs.system.client.Client.ask`.

        Raises:
            Trouble, Unreadable: this attempt failed.
            EngineError: the server has moved.
        """
        if self._client is None:
            raise Dropped("the engine is closed")
        end = time.monotonic() + seconds
        answer = await self._client.ask(
            method,
            below(self.url, path),
            content,
            seconds=seconds,
            limit=limit,
            kind=kind,
            into=into,
            once=once,
        )
        for _ in range(_LOOKS):
            if method != "POST" or not (there := self._see_other(answer)):
                break
            left = end - time.monotonic()
            answer = await self._client.ask("GET", there, seconds=left, limit=limit)
        if answer.status in MOVED and (target := answer.headers.get("location")):
            if into is not None:
                return await self._elsewhere(urljoin(below(self.url, path), target), seconds, into)
            raise EngineError(
                f"engine openai: {self.url} has moved: {path} redirects to {_without_secrets(target)}. Set "
                "engine.base_url to the new address and run the same command"
            )
        return answer

    def _see_other(self, answer: Answer) -> str:
        """Where on this server the answer is, if it says that (303); else empty."""
        if answer.status != 303 or not (target := answer.headers.get("location")):
            return ""
        there = urljoin(self.url, target)
        return there if urlsplit(there)[:2] == urlsplit(self.url)[:2] else ""

    async def _elsewhere(self, target: str, seconds: float, into: BinaryIO) -> Answer:
        """A file from where the server sends us for it; the key goes to no other server."""
        client = Client(target, "", "engine openai", connect=min(_CONNECT, self._timeout))
        try:
            return await client.ask("GET", target, seconds=seconds, into=into)
        finally:
            await client.close()

    async def is_there(self) -> bool:
        """Whether anything behind the address takes requests, whatever it says to this one. All who ask at
        a time get one answer."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> bool:
        try:
            status = (await self._list()).status
            return status not in GONE and not (self.listed and status in UNKNOWN)
        except (Unreadable, EngineError):
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
            models = listing(parsed(answer.body))
        except Unreadable:
            return {}
        self.listed = self.listed or bool(models)
        return models

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

    def unfit(self, model: str, models: Mapping[str, int | None]) -> str:
        """That it lists its models and lacks this one, in words; empty: it has it, or does not say."""
        if models and listed_as(model, models) is None and not any("*" in name for name in models):
            return self.unknown_model(model, models)
        return ""

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


def is_busy(answer: Answer) -> bool:
    """Whether there is no room now: no fault of the request, so it costs none of its attempts."""
    if answer.status in OVERLOADED:
        return True
    told = answer.body[:4000].decode("utf-8", "replace").lower()
    return answer.status >= 400 and any(words in told for words in _NOBODY_FREE)


def is_unpaid(answer: Answer) -> bool:
    """Whether the server refuses because nobody pays."""
    return says_unpaid(answer.status, answer.body[:4000].decode("utf-8", "replace"))


def says_unpaid(status: int, told: str) -> bool:
    """Whether a status and the words beside it say so."""
    return status == 402 or (status in {403, 429} and any(word in told.lower() for word in _UNPAID))


def _without_secrets(target: str) -> str:
    """A redirect's target as it may be shown: no query, no user name."""
    start = shown(target).partition("?")[0]
    scheme, separator, rest = start.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
