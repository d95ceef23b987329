"""uvicorn's protocol on httptools, with what that lacks: bounds on what a client sends beside its bodies, on
the time that it takes to send and to read, and on what comes behind a refusal; and an answer where it would
rather speak another protocol.

h11, which uvicorn takes where httptools is not installed, bounds the size of a head, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections import deque

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

LARGEST = 64 * 2**10
"""Bytes of a request line with its headers; of what stands between two pieces of a body, or behind it."""
LONGEST = 60.0
"""Seconds in which a connection's first head comes, and each head that has begun; a refused body; an empty
line and what follows it. Seconds in which a client takes the answer, or at least ``LARGEST`` bytes of it."""
_LOOKS = 4
"""How often a connection is looked at in that time: what takes so long is seen a quarter later at most."""
MOST = 256
"""Requests of one connection that wait for their answers; all of them are in memory."""
LATEST = 64 * 2**20
"""Bytes of a body that are thrown away when its request is answered: a client may read only behind them."""


class _Together:
    """Where an answer is written: its head goes with the first piece of its body, in one piece."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = b""
        """``None``: it is on its way."""

    def write(self, data: bytes) -> None:
        if self._head is None or data.startswith(b"HTTP/1.1 100 "):
            self._transport.write(data)
        elif not self._head:
            self._head = data
        else:
            self._transport.write(self._head + data)
            self._head = None

    def flush(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = None

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()


class Protocol(HttpToolsProtocol):
    """A connection. What is too large, or no request, gets 400 and is closed; what keeps the server waiting
    too long is cut off.
    """

    _in_head = True
    _moved = False
    _bytes = 0
    _late = 0
    _begun = 0
    _resumed = 0
    _upgrade = False
    _unsent = 0
    _awaited: tuple[str, int] | None = None
    _since = 0.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._open: deque[RequestResponseCycle] = deque()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._give_up()
        super().connection_lost(exc)

    # ---- what comes ---------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._moved = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            full = f"more than {MOST} requests of one connection wait for their answers"
            self._refuse(full if len(self._open) > MOST else "this is no HTTP request")
            return
        self._bytes = 0 if self._moved else self._bytes + len(data)
        if self._bytes > LARGEST and not self.transport.is_closing():
            self._refuse(f"the head of a request has at most {LARGEST} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._late = True, 0
        self._begun += 1

    def on_headers_complete(self) -> None:
        self._upgrade = self.parser.should_upgrade()
        if self._upgrade:
            return
        self._in_head, self._moved = False, True
        super().on_headers_complete()
        self.headers = []  # what comes behind the body is no header of the request
        self.cycle.transport = _Together(self.transport)  # type: ignore[assignment]
        self._open.append(self.cycle)
        if len(self._open) > MOST:
            raise ValueError  # ends the parser

    def on_response_complete(self) -> None:
        self._open.popleft().transport.flush()  # type: ignore[attr-defined]
        super().on_response_complete()

    def on_body(self, body: bytes) -> None:
        self._moved = True
        super().on_body(body)
        if self.cycle.response_complete:
            self._late += len(body)
            if self._late > LATEST:
                self.transport.close()

    def on_message_complete(self) -> None:
        if not self._upgrade:
            self._moved = True
            super().on_message_complete()

    def _go_on(self, rest: bytes) -> None:
        """A client would rather speak another protocol (HTTP/2, a websocket): its request is read as if it
        had not said so. The parser has ended there, without the body.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse("this is no proxy")
            return
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
        lines = [b"%s %s HTTP/1.1" % (method, self.url)]
        lines += [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        self.data_received(b"\r\n".join([*lines, b"", rest]))

    def _refuse(self, why: str) -> None:
        self._give_up()
        self.send_400_response(why)

    def _give_up(self) -> None:
        """No answer reaches the client any more."""
        for cycle in self._open:
            cycle.disconnected = True
            cycle.message_event.set()
        self.pipeline.clear()

    # ---- how long it takes --------------------------------------------------------------------------

    def resume_writing(self) -> None:
        self._resumed += 1
        super().resume_writing()

    def _look(self) -> None:
        now, awaited = self.loop.time(), self._awaits()
        unsent = self.transport.get_write_buffer_size()
        if awaited is None or awaited != self._awaited or self._unsent - unsent >= LARGEST:
            self._awaited, self._since, self._unsent = awaited, now, unsent
        elif now - self._since >= LONGEST:
            self.transport.abort()
            return
        self._timer = self.loop.call_later(LONGEST / _LOOKS, self._look)

    def _awaits(self) -> tuple[str, int] | None:
        """What the client has to do next, and of which request; ``None``: nothing, or it has a time of its
        own (a body that is asked for, the wait for the next request).
        """
        if self.transport.get_write_buffer_size():
            return "take the answer", self._begun + self._resumed
        if self._in_head:
            return "send the head", self._begun
        if self.cycle.response_complete:
            if self.cycle.more_body:
                return "send what was refused", self._begun
            if self.timeout_keep_alive_task is None:
                return "send a request", self._begun
        return None
