"""uvicorn's protocol on httptools, with what that lacks: a bound on a request's head, on the wait for it,
and on what comes behind a refusal.

h11, which uvicorn takes where httptools is not installed, has the first bound of its own.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST = 64 * 2**10
"""Bytes of a request line with its headers."""
LONGEST = 60.0
"""Seconds until a request that has begun has its head; of a new connection, until its first has."""
LATEST = 64 * 2**20
"""Bytes of a body that are thrown away when its request is answered: a client may read only behind them."""


class Protocol(HttpToolsProtocol):
    """A connection: closed where a head is too large (400), or never ends, or where the first never comes;
    and where a body that was refused does not end.
    """

    _in_head = True
    _bytes = 0
    _late = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._bytes, self._late = True, 0, 0
        self._start()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self.cycle.response_complete:
            self._late += len(body)
            if self._late > LATEST:
                self.transport.close()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._bytes += len(data)
            if self._bytes > LARGEST and not self.transport.is_closing():
                self.send_400_response(f"the head of a request has at most {LARGEST} bytes")

    def _start(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(LONGEST, self.transport.close)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
