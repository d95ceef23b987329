"""Who may ask, and how much: the token, the size of a body, the length of the queue."""

from __future__ import annotations

import errno
import hmac
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from verirs.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server takes.

    Args:
        body: bytes of a request.
        text: characters of one completion; a longer one is an error of its row alone.
        golds: gold answers of one row, of which one is enough; more are an error of the row alone.
        queue: rows in flight; beyond it a request gets 429 and may come again.
        seconds: for one request; what is not judged by then is an error of its row.
        answers: chat completions that are worked on at a time.
        answer_seconds: for one of them.
        silence: seconds after which a stream whose answer is not known yet says that it is alive; proxies cut
            off what says nothing for a minute.
        candidates: of one of them.
    """

    body: int = 16 * 2**20
    text: int = 2**20
    golds: int = 1000
    queue: int = 8192
    seconds: float = 60.0
    answers: int = 64
    answer_seconds: float = 600.0
    silence: float = 10.0
    candidates: int = 256


class Refused(Exception):
    """The request gets this status and these words."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None):
        super().__init__(words)
        self.status, self.headers = status, dict(headers or {})


def check_start(host: str, port: int, processes: int, drain: float, token: str) -> None:
    """Refuse what a server cannot start with.

    Args:
        token: that requests must carry; empty: none.

    Raises:
        UserError: what is wrong, in a sentence.
    """
    if not 1 <= port <= 65535:
        raise UserError(f"verirs serve: --port {port}: a port is a number from 1 to 65535")
    if processes < 1:
        raise UserError(f"verirs serve: --processes {processes}: must be at least 1")
    if not 0 <= drain <= 3600:
        raise UserError(f"verirs serve: --drain {drain:g}: must be from 0 to 3600 seconds")
    if not token.isascii() or not token.isprintable() or " " in token or "/" in token:
        raise UserError(
            "verirs serve: VERIRS_TOKEN has a blank, a slash or a letter beyond ASCII in it; set a token of "
            "printable ASCII characters without them, or unset it"
        )
    check_address(host, token)
    try:
        (family, kind, _, _, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
    except OSError as error:
        busy = error.errno == errno.EADDRINUSE
        why = "another program listens there; choose another --port" if busy else error.strerror or error
        raise UserError(f"verirs serve: cannot listen on {host}:{port}: {why}") from None


def is_local(host: str) -> bool:
    """Whether a host name is this machine's own, that no other reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def from_elsewhere(origin: str) -> bool:
    """Whether a browser says that a page which is not this machine's own asks. Browsers send the header
    ``Origin`` with every POST, of a name that was made to point here too; programs send none.
    """
    try:
        return bool(origin) and not is_local(urlsplit(origin).hostname or "")
    except ValueError:
        return True


def check_address(host: str, token: str) -> None:
    """A server that others can reach needs a token.

    Raises:
        UserError: it has none.
    """
    if not is_local(host) and not token:
        raise UserError(
            f"verirs serve: {host} can be reached from other machines, and a grader runs programs. Set a "
            "token (VERIRS_TOKEN), or listen on 127.0.0.1"
        )


def refusal(token: str, header: str, path_secret: str, origin: str) -> Refused | None:
    """Why a request may not ask; ``None``: it may.

    With a token it must carry that: ``Authorization: Bearer``, or ``/k/TOKEN/`` before the path. Without one
    a page of another site that is open in a browser of this machine must not run programs or use the engine.
    """
    if not token:
        told = "a page of another site may not ask; set VERIRS_TOKEN, and send the token"
        return Refused(403, told) if from_elsewhere(origin) else None
    scheme, _, told = header.partition(" ")
    given = told.strip() if scheme.lower() == "bearer" else path_secret  # RFC 9110, 11.1: in any letters
    if hmac.compare_digest(given.encode(), token.encode()):
        return None
    return Refused(401, "the token is missing or wrong")
