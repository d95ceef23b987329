"""Pages in a browser that ask the chat paths: what they may, in the headers that browsers look for (CORS).

A page that has the token may be anybody's; without a token only pages of this machine may ask, as
:func:`verirs.serve.gate.refusal` says. The other paths say nothing to pages: no browser lets one read them.
"""

from __future__ import annotations

import re
from typing import Any

from verirs.serve.asgi import Asked, Endpoint, Receive, Reply, Response, Scope, Send
from verirs.serve.gate import from_elsewhere

_NAMES = re.compile(r"[\w\-, ]{1,2000}")
_SHOWN = "Retry-After, X-Should-Retry"


def for_pages(endpoint: Endpoint, token: str) -> Endpoint:
    """The endpoint, its answers readable by the pages that may ask."""

    async def answer(asked: Asked) -> Response:
        response = await endpoint(asked)
        headers = _headers(asked.header(b"origin"), token)
        return _Readable(response, headers) if headers else response

    return answer


def asking(token: str) -> Endpoint:
    """Answers a browser that asks, before a page's request, whether it may send it."""

    async def answer(asked: Asked) -> Response:
        headers = _headers(asked.header(b"origin"), token)
        if not headers:
            return Reply(b"", 403)
        wanted = asked.header(b"access-control-request-headers")
        headers |= {
            "Access-Control-Allow-Methods": "GET, HEAD, POST",
            "Access-Control-Allow-Headers": wanted
            if _NAMES.fullmatch(wanted)
            else "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        if asked.header(
            b"access-control-request-private-network"
        ):  # a page of the internet asks a machine here
            headers["Access-Control-Allow-Private-Network"] = "true"
        return Reply(b"", 204, headers=headers)

    return answer


def _headers(origin: str, token: str) -> dict[str, str]:
    """For an answer to a page of this origin; empty where it may not read it."""
    if not origin or (not token and from_elsewhere(origin)):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": _SHOWN,
        "Vary": "Origin",
    }


class _Readable:
    """An answer with more headers."""

    def __init__(self, inner: Response, headers: dict[str, str]) -> None:
        self._inner, self.status = inner, inner.status
        self._headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def more(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers]}
            await send(message)

        await self._inner(scope, receive, more)
