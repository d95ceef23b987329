"""One HTTP server, asked within limits, at a cost that does not grow with what is in flight.

aiohttp carries it: of the clients measured (``benchmarks/scale/http_clients.py``) the cheapest that is a part
of an event loop. Nothing of an answer is believed: it is decoded up to a limit, redirects are told, not
followed, no cookie is kept, and neither ``.netrc`` nor a proxy for this machine's own address is used.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from verirs.errors import UserError
from verirs.system.files import is_disk_full
from verirs.system.http import MOST_BYTES, Body, Unreadable, guard_key, is_own, shown
from verirs.version import __version__

if TYPE_CHECKING:
    import aiohttp

_SETTINGS = "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE"


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
    """What a server answered: its status, its headers (names in any case) and its body, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Sent:
    """What became of one request's connection.

    A connection that was kept open may have been closed by the server a moment ago, and then the request on
    it dies without an answer (RFC 9112, 9.3.1): no fault of the server, and the same request on a new
    connection is due at once.
    """

    kept: bool = False
    answered: bool = field(default=False)


class Client:
    """A client of one server, inside a running event loop.

    Args:
        url: any address of the server: it says which proxy and certificates are due.
        key: sent as a bearer token; may be empty.
        where: what it is for, in messages.
        connect: seconds until a connection must be there.

    Raises:
        UserError: the environment's proxy or certificate settings cannot be used, or would show the key.
    """

    def __init__(self, url: str, key: str, where: str, *, connect: float):
        guard_key(url, key, where)
        try:
            self._proxy = _proxy(url)
            self._tls = _tls(url)
            self._key, self._connect = key, connect
            self._kept = self._session(kept=True)
            self._fresh: aiohttp.ClientSession | None = None
        except UserError:
            raise
        except ImportError:
            raise UserError(
                f"{where}: the environment asks for a SOCKS proxy (ALL_PROXY, HTTP_PROXY), which needs "
                "pip install aiohttp-socks. Install it, or unset the variable"
            ) from None
        except Exception as error:  # noqa: BLE001 - whatever the environment makes of the client is the cause
            why = re.sub(r"//[^/@\s]*@", "//***@", shown(f"{type(error).__name__}: {error}"))
            raise UserError(
                f"{where}: the environment's proxy or certificate settings ({_SETTINGS}) cannot be used: "
                f"{why}. Correct or unset them"
            ) from None

    def _session(self, kept: bool) -> aiohttp.ClientSession:
        import aiohttp

        headers = {"Accept-Encoding": "gzip, deflate", "User-Agent": f"verirs/{__version__}"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        options: dict[str, Any] = {"limit": 0, "force_close": not kept}
        if self._proxy.startswith("socks"):
            from aiohttp_socks import ProxyConnector

            connector: aiohttp.BaseConnector = ProxyConnector.from_url(self._proxy, **options)
        else:
            connector = aiohttp.TCPConnector(ssl=self._tls, **options)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect),
            auto_decompress=False,
            trace_configs=[_trace()] if kept else [],
        )

    async def close(self) -> None:
        await self._kept.close()
        if self._fresh is not None:
            await self._fresh.close()

    async def ask(
        self,
        method: str,
        url: str,
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
            seconds: until all of it must be there.
            limit: bytes it may have, decompressed.
            kind: what ``content`` is.
            into: a file that takes the body of an answer with status 200 as it comes, whatever its size.
            once: the call must not be made twice: not even where a kept connection broke before an answer
                began, since it may have been heard.

        Raises:
            Trouble, Unreadable: this attempt failed.
        """
        import aiohttp

        sent, asked = _Sent(), (method, url, content, limit, kind, into)
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._once(self._kept, sent, *asked)
                except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                    if once or not sent.kept or sent.answered:
                        raise
                    if self._fresh is None:
                        self._fresh = self._session(kept=False)
                    return await self._once(self._fresh, _Sent(), *asked)
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ClientHttpProxyError,
            aiohttp.ServerTimeoutError,  # of the connection: no other has a limit of its own
        ) as error:
            raise Away(_told(error)) from error
        except TimeoutError:
            raise Silent(f"no answer within {max(0.0, seconds):g} s") from None
        except Unreadable as error:
            raise Unreadable(f"an answer that cannot be read: {error}") from error
        except _broken() as error:  # no other: a mistake of ours must not be tried again
            if is_disk_full(error):
                raise
            raise Dropped(_told(error)) from error

    async def _once(
        self,
        session: aiohttp.ClientSession,
        sent: _Sent,
        method: str,
        url: str,
        content: bytes | None,
        limit: int,
        kind: str,
        into: BinaryIO | None,
    ) -> Answer:
        headers = {"Content-Type": kind} if content is not None else {}
        proxy = self._proxy if self._proxy and not self._proxy.startswith("socks") else None
        async with session.request(
            method,
            url,
            data=content,
            headers=headers,
            allow_redirects=False,
            proxy=proxy,
            trace_request_ctx=sent,
        ) as response:
            sent.answered = True
            body = Body(response.headers, limit)
            try:
                if into is not None and response.status == 200:
                    into.seek(0)
                    into.truncate()
                    async for piece in response.content.iter_any():
                        into.write(body.decoded(piece))
                    body.end()
                    return Answer(200, response.headers, b"")
                async for piece in response.content.iter_any():
                    body.feed(piece)
            except Unreadable:
                response.close()
                raise
            if response.status != 200:
                # whatever else the server sends here must not be taken for the next request's answer
                response.close()
            return Answer(response.status, response.headers, body.end())


@functools.cache
def _broken() -> tuple[type[Exception], ...]:
    """What is raised where a connection breaks, or what comes on it is not HTTP."""
    import aiohttp
    from aiohttp.http_exceptions import HttpProcessingError

    kinds: list[type[Exception]] = [aiohttp.ClientError, HttpProcessingError, OSError, EOFError]
    with contextlib.suppress(ImportError):
        from python_socks import ProxyError

        kinds.append(ProxyError)
    return tuple(kinds)


def _trace() -> aiohttp.TraceConfig:
    import aiohttp

    async def kept(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.kept = True

    async def made(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.kept = False

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(kept)
    trace.on_connection_create_start.append(made)
    return trace


def _proxy(url: str) -> str:
    """The environment's proxy for an address; empty: none.

    Raises:
        ValueError: it is no address of a proxy.
    """
    from yarl import URL

    parts = urlsplit(url)
    host = parts.hostname or ""
    found = getproxies()
    proxy = found.get(parts.scheme) or found.get("all") or ""
    if not proxy or is_own(host) or proxy_bypass(host):
        return ""
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    kind, _, rest = proxy.partition("://")
    if kind not in ("http", "https", "socks4", "socks5", "socks5h") or not URL(f"http://{rest}").host:
        raise ValueError(f"{proxy!r} is no address of a proxy")
    return proxy.replace("socks5h:", "socks5:")


def _tls(url: str) -> ssl.SSLContext | bool:
    """How a server's certificate is checked: by the system's authorities and certifi's, or by those that
    ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` names alone."""
    if not url.startswith("https://"):
        return True
    named = [os.environ.get(name) or None for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")]
    if any(named):
        return ssl.create_default_context(cafile=named[0], capath=named[1])
    import certifi

    made = ssl.create_default_context()
    made.load_verify_locations(cafile=certifi.where())
    return made


def _told(error: BaseException) -> str:
    """Why it failed, in words."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorError):
        inner = getattr(error, "certificate_error", None) or error.os_error
        number = getattr(inner, "errno", None)
        plain = isinstance(inner, OSError) and not isinstance(inner, ssl.SSLError) and number
        if plain and number in _CODES:
            return os.strerror(number)
        error = inner
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer breaks off before its end"
    if isinstance(error, aiohttp.ClientResponseError):
        return shown(f"what came is not HTTP: {error.message}").rstrip(". ")
    return shown(str(error)).rstrip(". ") or f"the connection broke ({type(error).__name__})"


_CODES = frozenset(range(1, 134))
"""Numbers of the system's own errors; those of names (``getaddrinfo``) are negative, with words of theirs."""
