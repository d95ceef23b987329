"""An ASGI application of a few fixed paths, without layers in between: a request costs what it must.

Each path has one method and one endpoint. ``/k/SECRET`` before a path hands the secret to its endpoint, for
clients that cannot send headers; a slash at the end makes no difference.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol

import orjson

from verirs.serve.gate import Refused, refusal
from verirs.serve.structure import has_too_much, is_too_much
from verirs.types import to_json

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Args:
        path: without the secret before it.
        secret: of the path; empty where there is none.
        rest: what stands behind the prefix of a path that ends in ``*``.
    """

    scope: Scope
    receive: Receive
    path: str
    secret: str = ""
    rest: str = ""

    def header(self, name: bytes) -> str:
        """A header's value by its name in small letters; the first, where it comes twice."""
        for key, value in self.scope["headers"]:
            if key == name:
                return str(value, "latin-1")
        return ""

    def refusal(self, token: str) -> Refused | None:
        """Why it may not ask (:func:`verirs.serve.gate.refusal`)."""
        origin = self.header(b"origin")
        return refusal(token, self.header(b"authorization"), self.secret, origin)

    async def body(self, most: int, seconds: float) -> bytes:
        """All of it.

        Raises:
            Refused: more bytes than ``most``, not here within ``seconds``, or the client has gone.
        """
        if int(self.header(b"content-length") or 0) > most:  # a number, by the protocol
            raise _too_large(most)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(seconds):
                while (message := await self.receive())["type"] == "http.request":
                    piece: bytes = message.get("body", b"")
                    size += len(piece)
                    if size > most:
                        raise _too_large(most)
                    if not message.get("more_body"):
                        return b"".join([*parts, piece]) if parts else piece
                    parts.append(piece)
        except TimeoutError:
            raise Refused(408, f"the body was not here within {seconds:g} s") from None
        raise Refused(400, "the client went away before its request was read")

    async def json(self, most: int, seconds: float) -> Sent:
        """The body as JSON, read by ``json``: there whole numbers stay exact, however long.

        Raises:
            Refused: as :meth:`body`, or compressed, or no JSON, or of too much structure.
        """
        if (coding := self.header(b"content-encoding")) and coding.lower() != "identity":
            raise Refused(415, f"a body in {coding[:40]!r} is not read; send it as it is")
        body = await self.body(most, seconds)
        try:
            if len(body) <= _LARGE:
                return Sent(_loads(body))
            content = _read(body)
            if await asyncio.get_running_loop().run_in_executor(None, has_too_much, content):
                raise Refused(413, _MUCH)
            return Sent(content, large=True)
        except RecursionError:
            raise Refused(400, "the body is nested too deeply") from None
        except ValueError as error:
            raise Refused(400, f"the body is no JSON: {error}") from None


_LARGE = 65_536
"""Bytes from which what is done with a request is done on a thread, where that may take long."""
_MUCH = (
    "the body has more values, keys or brackets than are read in one piece (some 300,000 keys, 700,000 "
    "lists, 1.6 million texts or 5 million numbers, in a text that is JSON too); send fewer rows at a time"
)


class Sent(NamedTuple):
    """What a request says.

    Args:
        content: of its JSON.
        large: whether reading what is in it may take long.
    """

    content: Any
    large: bool = False


def _read(body: bytes) -> Any:
    """A large body.

    Raises:
        Refused: it has too much structure.
        ValueError: it is no JSON.
    """
    if is_too_much(body):
        raise Refused(413, _MUCH)
    return _loads(body)


def _loads(body: bytes) -> Any:
    """A body. A whole number of more digits than Python reads stays a text: a fault of one row at most."""
    try:
        return json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        return json.loads(body, parse_int=_whole)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < sys.int_info.default_max_str_digits else digits


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most:,} bytes")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    body: bytes
    status: int = 200
    kind: bytes = b"application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", self.kind), (b"content-length", b"%d" % len(self.body))]
        headers += [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer in JSON, data classes as tables; in ASCII where a text has a lone surrogate, or a number more
    than 64 bits.
    """
    try:
        body = orjson.dumps(content)
    except TypeError:
        body = json.dumps(_finite(json.dumps(content, default=to_json)), separators=(",", ":")).encode()
    return Reply(body, status, headers=headers or {})


def _finite(text: str) -> Any:
    """What JSON says, with nothing in place of a NaN or an infinity, as orjson writes them."""
    return json.loads(text, parse_constant=lambda _: None)


class Response(Protocol):
    """What an endpoint answers."""

    @property
    def status(self) -> int: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


Endpoint = Callable[[Asked], Awaitable[Response]]


ENDS = "the server ends; ask again"


def fault(path: str, words: str, *, kind: str = "invalid_request_error") -> dict[str, Any]:
    """What is wrong, in the form that the clients of a path read: OpenAI's want a table."""
    if "/v1/" not in path:
        return {"error": words}
    return {"error": {"message": words, "type": kind, "param": None, "code": None}}


def _below(path: str, known: str) -> bool:
    """Whether a path is one of those that ``known`` stands for by its ``*``."""
    return known.endswith("*") and path.startswith(known[:-1])


class App:
    """The application.

    Args:
        gets: endpoint by path; ``HEAD`` is answered too. A path that ends in ``*`` stands for all that begin
            like it.
        posts: endpoint by path.
        life: entered before the first request, left after the last.
        options: endpoint by path, for browsers that ask before they send a page's request.
    """

    def __init__(
        self,
        gets: Mapping[str, Endpoint],
        posts: Mapping[str, Endpoint],
        life: Callable[[], AbstractAsyncContextManager[None]],
        options: Mapping[str, Endpoint] | None = None,
    ) -> None:
        self._by_method = {"GET": gets, "HEAD": gets, "POST": posts, "OPTIONS": options or {}}
        self._life = life

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            response = await self._answer(scope, receive)
            await response(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        path, secret = scope["path"], ""
        if path.startswith("/k/"):
            secret, slash, path = path[3:].partition("/")
            path = slash + path
        path = path.rstrip("/")
        if (endpoint := self._by_method.get(scope["method"], {}).get(path)) is not None:
            return await endpoint(Asked(scope, receive, path, secret))
        for known, endpoint in self._by_method.get(scope["method"], {}).items():
            if _below(path, known):
                return await endpoint(Asked(scope, receive, path, secret, path[len(known) - 1 :]))
        for method, allow in (("GET", "GET, HEAD"), ("POST", "POST")):
            for known in self._by_method[method]:
                if path == known or _below(path, known):
                    return as_json(fault(path, f"{known} takes {allow}"), 405, {"Allow": allow})
        paths = [known for table in self._by_method.values() for known in table]
        meant = [known for known in paths if known.endswith(path) and path] or get_close_matches(
            path, paths, 1
        )
        told = "there is no such path" + (f"; did you mean {meant[0]}?" if meant else "")
        return as_json(fault(path if "/v1/" in path else "".join(meant[:1]), told), 404)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._life():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
