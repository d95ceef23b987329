"""Talking to a server that may be broken or hostile: fit addresses and keys, and answers that cannot hurt.

An answer is decoded piece by piece up to a limit, and read as JSON only if it has a bearable number of parts.
What a server says is shown as one short line without control characters, and without the key.
"""

from __future__ import annotations

import email.utils
import ipaddress
import json
import math
import os
import re
import time
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import getproxies, proxy_bypass

from verirs.errors import UserError

MOST_BYTES = 64 * 2**20
"""Of an answer, decompressed."""
MOST_PARTS = 4_000_000
"""Brackets and commas of a JSON answer: so many small lists take about 300 MB."""
MOVED = frozenset({301, 302, 303, 307, 308})
"""Statuses of an answer that says that what was asked for lies elsewhere."""
_SECRET = re.compile(r"key|token|secret|password|auth|sig", re.IGNORECASE)


class Unreadable(Exception):
    """An answer that cannot be read; the message says why."""


class Body:
    """The bytes of one answer, decompressed as they come.

    Args:
        headers: of the answer; names in small letters, or a mapping that ignores case.
        limit: bytes, decompressed.

    Raises:
        Unreadable: by each method: too large, or a compression that is broken or unknown.
    """

    def __init__(self, headers: Mapping[str, str], limit: int = MOST_BYTES):
        coding = headers.get("content-encoding", "").strip().lower()
        self._limit, self._data, self._begun = limit, bytearray(), False
        self._inflate = zlib.decompressobj(47) if coding in ("gzip", "x-gzip", "deflate") else None
        if self._inflate is None and coding not in ("", "identity"):
            raise Unreadable(f"it is encoded as {shown(coding, 40)!r}, which was not asked for")

    def decoded(self, piece: bytes) -> bytes:
        """One piece, decompressed and not kept: for an answer of any size that goes into a file."""
        if self._inflate is None:
            return piece
        self._begun = self._begun or bool(piece)
        return self._inflated(self._inflate, piece, 0)

    def feed(self, piece: bytes) -> None:
        if self._inflate is not None:
            piece = self._inflated(self._inflate, piece, self._limit + 1 - len(self._data))
        self._data += piece
        if len(self._data) > self._limit:
            raise Unreadable(f"it is larger than {self._limit / 2**20:.0f} MiB")

    def _inflated(self, inflate: zlib._Decompress, piece: bytes, most: int) -> bytes:
        try:
            found = inflate.decompress(piece, most)
        except zlib.error:
            raise Unreadable("its compression is broken") from None
        if inflate.unused_data:  # zlib would keep whatever comes, without end
            raise Unreadable("it goes on after the end of its compression")
        return found

    def end(self) -> bytes:
        """All of it."""
        if self._inflate is not None and not self._inflate.eof and (self._data or self._begun):
            raise Unreadable("its compression breaks off")
        return bytes(self._data)


def parsed(data: bytes) -> Any:
    """The JSON value, whatever character set its header claims.

    Raises:
        Unreadable: it is none, it is nested too deep, or it has too many parts.
    """
    if sum(map(data.count, (b"[", b"{", b","))) > MOST_PARTS:
        raise Unreadable("it has more parts than an answer can have")
    try:
        return json.loads(data)
    except RecursionError:
        raise Unreadable("it is nested too deep") from None
    except ValueError:
        kind = "a web page" if is_web_page(data) else "no JSON"
        raise Unreadable(f"it is {kind}: {shown(data[:400].decode('utf-8', 'replace'), 80)!r}") from None


def is_web_page(data: bytes) -> bool:
    return data.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))


def said(data: bytes, secret: str = "") -> str:
    """A server's own sentence in the body of a refusal: one line, without the key.

    Args:
        secret: what must not be shown, should the server repeat it.
    """
    try:
        found: Any = parsed(data)
    except Unreadable:
        text = data[:4000].decode("utf-8", "replace")
        title = re.search(r"<title>(.{1,200}?)</title>", text, re.IGNORECASE | re.DOTALL)
        found = title[1] if title else text
    for _ in range(8):
        if isinstance(found, list) and found:  # FastAPI lists what is wrong with a request
            found = found[0]
            if isinstance(found, dict) and isinstance(at := found.get("loc"), list) and len(at) > 1:
                found = f"{at[-1]}: {found.get('msg')}"
        elif isinstance(found, dict) and (
            inner := next((found[k] for k in ("error", "message", "detail", "msg") if found.get(k)), None)
        ):
            found = inner
    text = str(found) if not isinstance(found, (dict, list)) else json.dumps(found)[:1000]
    return shown(text.replace(secret, "***") if secret else text) or "no message"


def shown(text: str, limit: int = 200) -> str:
    """Foreign text as one line for people: nothing in it moves a cursor or turns the direction."""
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    return " ".join(line.split())[:limit]


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds a server asks to wait (a number, a date or ``retry-after-ms``); 0 if it makes no sense.

    A date is taken by the server's own clock where it tells the time: ours may be an hour off.
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * scale
            if math.isfinite(seconds):
                return max(0.0, seconds)
        except ValueError:
            pass
    try:
        when = _seconds(headers.get("retry-after", ""))
    except _NO_DATE:
        return 0.0
    try:
        now = _seconds(headers.get("date", ""))
    except _NO_DATE:
        now = time.time()
    return max(0.0, when - now)


_NO_DATE = (ValueError, TypeError, OverflowError, OSError)


def _seconds(date: str) -> float:
    """Raises one of ``_NO_DATE``."""
    return email.utils.parsedate_to_datetime(date).timestamp()


def address(url: str, where: str) -> str:
    """The address, checked, without a slash at its end.

    Args:
        where: what it is called, for messages.

    Raises:
        UserError: it cannot be used, or holds a secret. A secret is not repeated.
    """
    if url.startswith(("unix:", "http+unix:", "/")):
        raise UserError(f"{where} is a unix socket, which is not supported: let the server listen on a port")
    if not url.startswith(("http://", "https://")):
        raise UserError(f"{where} {shown(url)!r} does not start with http:// or https://")
    if "@" in url:  # anywhere: a password may hold a slash
        raise UserError(
            f"{where} holds a user name or password, which would be stored with the run. Take it out, and "
            "put the key into an environment variable (api_key_env)"
        )
    netloc = re.split(r"[/?#]", url.split("://", 1)[1], maxsplit=1)[0]
    if netloc.count(":") > 1 and "[" not in netloc:
        raise UserError(
            f"{where} {shown(url)!r}: an IPv6 address stands in brackets, as http://[::1]:8000/v1"
        )
    if not url.isprintable() or " " in url:
        raise UserError(f"{where} {shown(url)!r} has a space or a line end in it")
    try:
        from yarl import URL

        parts = urlsplit(url)
        host, port = URL(url).host, parts.port
    except Exception as error:  # noqa: BLE001 - yarl, idna and the standard library each raise their own
        raise UserError(f"{where} {shown(url)!r} is no address: {shown(str(error))}") from None
    if not host or port == 0:
        raise UserError(f"{where} {shown(url)!r} names no {'port' if host else 'host'}")
    if hidden := [name for name, _ in parse_qsl(parts.query) if _SECRET.search(name)]:
        raise UserError(
            f"{where} holds a secret ({shown(hidden[0], 40)}=...), which would be stored with the run. Take "
            "it out, and put the key into an environment variable (api_key_env)"
        )
    if parts.fragment:
        raise UserError(f"{where} {shown(url)!r} has a '#' in it, which no server sees")
    return url.rstrip("/")


def below(url: str, path: str) -> str:
    """The address of ``path`` under ``url``, whose query stays at the end."""
    start, question, query = url.partition("?")
    return f"{start.rstrip('/')}/{path}{question}{query}"


def secret(variable: str) -> str:
    """The key in an environment variable, or an empty text.

    Raises:
        UserError: no header can hold it. It is not repeated.
    """
    key = os.environ.get(variable, "").strip()
    if key.lower().startswith("bearer "):
        raise UserError(f"environment variable {variable} starts with 'Bearer '; it must hold the key alone")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UserError(
            f"environment variable {variable} holds a character that no key has (a space, a line end, a "
            "letter that is not ASCII); copy the key again"
        )
    return key


def guard_key(url: str, key: str, where: str) -> None:
    """See that no proxy of the environment would read the key.

    Raises:
        UserError: one would.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if key and parts.scheme == "http" and not is_own(host) and _proxied(host):
        raise UserError(
            f"{where}: the environment's HTTP_PROXY would see the key, because {shown(url)} is not "
            f"encrypted. Write https://, or add {host} to NO_PROXY"
        )


def is_own(host: str) -> bool:
    """Whether it is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _proxied(host: str) -> bool:
    found = getproxies()
    return bool(found.get("http") or found.get("all")) and not proxy_bypass(host)
