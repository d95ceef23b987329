"""How many samples are in flight at once: a number that is given, or one that finds itself.

A server computes many samples for little more than the price of one, until its batch is full; where that is,
only its throughput tells. So the number doubles as long as tokens a second grow with it, and stays where they
no longer do. What is sampled does not depend on it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque

FIRST = 64
"""For each server, to begin with."""
MOST = 1024
"""For each server."""
MOST_ALL = 8192
_GAIN, _LOSS = 1.1, 0.95
"""Tokens a second beside those of half as many in flight: more than so much of them, and it grows on; less
than so much, and it goes back."""
_RESERVE = 256
"""Open files that are not connections."""


class Slots:
    """Places for samples in flight: ``async with slots``.

    Args:
        given: so many; 0: it finds itself.
    """

    def __init__(self, given: int = 0):
        self.limit = given or FIRST
        self._finds = not given
        self._servers, self._most = 1, MOST
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._settled = False
        self._before, self._rate = 0, 0.0
        self._skip, self._count, self._tokens, self._full, self._since = self.limit, 0, 0, True, 0.0

    async def __aenter__(self) -> None:
        if self._used < self.limit and not self._waiting:
            self._used += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # the place was given to one who will not come
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self._used -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._used < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._used += 1
                turn.set_result(None)

    # ---- finding the number -------------------------------------------------------------------------

    def servers(self, number: int) -> None:
        """So many servers answer now."""
        if not self._finds or number == self._servers or number < 1:
            return
        self._most = min(MOST * number, MOST_ALL, open_files(MOST_ALL))
        self._set(min(self._most, max(1, self.limit * number // self._servers)))
        self._servers, self._settled, self._before, self._rate = number, False, 0, 0.0

    def done(self, tokens: int) -> None:
        """A sample has come, of so many tokens."""
        if not self._finds or self._settled:
            return
        if self._skip:  # those that began under the number before
            self._skip -= 1
            self._since = time.monotonic()
            return
        self._count += 1
        self._tokens += tokens
        self._full = self._full and (self._used >= self.limit or bool(self._waiting))
        if self._count >= self.limit:
            self._decide(self._tokens / max(1e-9, time.monotonic() - self._since))

    def overloaded(self) -> None:
        """A server has no room."""
        if self._finds and not self._settled:
            self._settled = True
            self._set(max(1, self._before or self.limit * 3 // 4))

    def _decide(self, rate: float) -> None:
        if not self._full:  # there is less to do than places: no rate of this number
            self._measure()
        elif rate > _GAIN * self._rate:
            self._before, self._rate = self.limit, rate
            if self.limit >= self._most:
                self._settled = True
            self._set(min(2 * self.limit, self._most))
        else:
            self._settled = True
            if rate < _LOSS * self._rate:
                self._set(self._before)

    def _set(self, limit: int) -> None:
        self._measure(self.limit)
        self.limit = limit
        self._admit()

    def _measure(self, skip: int = 0) -> None:
        self._skip, self._count, self._tokens, self._full = skip, 0, 0, True
        self._since = time.monotonic()


def open_files(wanted: int) -> int:
    """So many connections this process may have; the limit of open files is raised as far as it may be."""
    if sys.platform == "win32":
        return wanted
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted + _RESERVE:
        top = wanted + _RESERVE if hard == resource.RLIM_INFINITY else min(hard, wanted + _RESERVE)
        if top > soft:
            resource.setrlimit(resource.RLIMIT_NOFILE, (top, hard))
            soft = top
    return wanted if soft == resource.RLIM_INFINITY else max(16, min(wanted, soft - _RESERVE))
