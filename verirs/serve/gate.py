"""Who may ask, and how much: the token, the size of a body, the length of the queue."""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verirs.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server takes.

    Args:
        body: bytes of a request.
        text: characters of one completion; a longer one is an error of its row alone.
        queue: rows in flight; beyond it a request gets 429 and may come again.
        seconds: for one request; what is not judged by then is an error of its row.
    """

    body: int = 16 * 2**20
    text: int = 2**20
    queue: int = 8192
    seconds: float = 60.0


class Refused(Exception):
    """The request gets this status and these words."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None):
        super().__init__(words)
        self.status, self.headers = status, dict(headers or {})


def check_address(host: str, token: str) -> None:
    """A server that others can reach needs a token.

    Raises:
        UserError: it has none.
    """
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local and not token:
        raise UserError(
            f"verirs serve: {host} can be reached from other machines, and a grader runs programs. Set a "
            "token (VERIRS_TOKEN), or listen on 127.0.0.1"
        )


def allowed(token: str, header: str, path_secret: str) -> bool:
    """Whether a request carries the token: ``Authorization: Bearer`` or ``/k/TOKEN/`` before the path."""
    if not token:
        return True
    given = header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else path_secret
    return hmac.compare_digest(given.encode(), token.encode())


async def json_of(request: Any, limits: Limits) -> Any:
    """The body, read within its limit.

    Raises:
        Refused: too large, or no JSON.
    """
    parts, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limits.body:
            raise Refused(413, f"the body is larger than {limits.body:,} bytes")
        parts.append(piece)
    try:
        return json.loads(b"".join(parts))
    except RecursionError:
        raise Refused(400, "the body is nested too deeply") from None
    except ValueError as error:
        raise Refused(400, f"the body is no JSON: {error}") from None
