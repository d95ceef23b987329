"""The HTTP client of :mod:`verirs.system.client` for threads: on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

from verirs.errors import Interrupted
from verirs.system.client import Answer, Client
from verirs.system.http import MOST_BYTES

T = TypeVar("T")


class BlockingClient:
    """A client of one server, callable from any thread. It ends with :meth:`close`, or when nobody holds it.

    Args:
        url, key, where, connect: as of :class:`~verirs.system.client.Client`.

    Raises:
        UserError: as the client.
    """

    def __init__(self, url: str, key: str, where: str, *, connect: float):
        self._where = where
        self._loop = asyncio.new_event_loop()
        self._asked: set[concurrent.futures.Future[Any]] = set()
        self._interrupted = False
        self._thread = threading.Thread(target=_run, args=(self._loop,), name="verirs-http", daemon=True)
        self._thread.start()
        try:
            self._client = self._result(_made(url, key, where, connect))
        except BaseException:
            _stop(self._loop, None)
            raise
        self._end = weakref.finalize(self, _stop, self._loop, self._client)

    def ask(
        self,
        method: str,
        url: str,
        content: bytes | None = None,
        *,
        seconds: float,
        limit: int = MOST_BYTES,
    ) -> Answer:
        """One answer; arguments and what is raised are those of :meth:`verirs.system.client.Client.ask`.

        Raises:
            Interrupted: by :meth:`interrupt`.
        """
        if self._interrupted:
            raise self._stopped()
        return self._result(self._client.ask(method, url, content, seconds=seconds, limit=limit))

    def _result(self, work: Coroutine[Any, Any, T]) -> T:
        asked = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._asked.add(asked)
        try:
            if self._interrupted:  # between the question and its entry in the list
                asked.cancel()
            return asked.result()
        except concurrent.futures.CancelledError:
            raise self._stopped() from None
        finally:
            asked.cancel()  # where a signal ended the waiting
            self._asked.discard(asked)

    def interrupt(self) -> None:
        """Let nobody wait on, and nobody ask any more."""
        self._interrupted = True
        for asked in list(self._asked):
            asked.cancel()

    def _stopped(self) -> Interrupted:
        return Interrupted(f"{self._where}: interrupted; run the same command to go on")

    def close(self) -> None:
        """Close the connections and end the thread; who still waits is interrupted."""
        self.interrupt()
        self._end()
        self._thread.join()


async def _made(url: str, key: str, where: str, connect: float) -> Client:
    return Client(url, key, where, connect=connect)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _stop(loop: asyncio.AbstractEventLoop, client: Client | None) -> None:
    """Close a client and its loop; callable from any thread, the loop's own included."""

    async def closed() -> None:
        try:
            if client is not None:
                await client.close()
        finally:
            loop.stop()

    asyncio.run_coroutine_threadsafe(closed(), loop)
