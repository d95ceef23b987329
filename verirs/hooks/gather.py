"""Calls from event loops that come while others are judged are judged together, on one thread.

Only for rows whose judging is a matter of microseconds: where one may take seconds, the others would wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from itertools import islice
from typing import Generic, TypeVar

from verirs.hooks.rows import Row

R = TypeVar("R")
QUICK = frozenset({"math", "exact", "format"})
"""Scorers that judge a row in microseconds."""
_AT_ONCE = 2
_MOST = 256
"""Rows of several calls that are judged together; one call may have more."""


class Gatherer(Generic[R]):
    """Judges on threads.

    Args:
        judge: one reward a row, in order.
        threads: where it is called.
    """

    def __init__(self, judge: Callable[[Sequence[Row]], list[R]], threads: Executor) -> None:
        self._judge, self._threads = judge, threads
        self._waiting: list[tuple[Sequence[Row], Future[list[R]]]] = []
        self._running = 0
        self._lock = threading.Lock()

    def submit(self, rows: Sequence[Row]) -> Future[list[R]]:
        """The rewards of one call, once they are there; what ``judge`` raises, its future raises."""
        future: Future[list[R]] = Future()
        with self._lock:
            self._waiting.append((rows, future))
            if self._running < _AT_ONCE:
                self._threads.submit(self._work)
                self._running += 1
        return future

    def _take(self) -> list[tuple[Sequence[Row], Future[list[R]]]]:
        """The calls that wait, as many as are judged together; none: this thread's work is over."""
        with self._lock:
            count = rows = 0
            while count < len(self._waiting) and (not count or rows < _MOST):
                rows += len(self._waiting[count][0])
                count += 1
            taken = self._waiting[:count]
            del self._waiting[:count]
            self._running -= not taken
        return taken

    def _work(self) -> None:
        while taken := self._take():
            calls = [call for call in taken if call[1].set_running_or_notify_cancel()]
            try:
                found = iter(self._judge([row for rows, _ in calls for row in rows]))
            except BaseException as error:  # noqa: BLE001 - each caller is told
                for _, future in calls:
                    future.set_exception(error)
                continue
            for rows, future in calls:
                future.set_result(list(islice(found, len(rows))))
