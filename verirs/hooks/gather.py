"""Calls of one event loop that come together are judged together, on one thread; short ones at once.

Only for rows whose judging is a matter of microseconds: where one may take seconds, the others would wait.
A hop to a thread and back costs more than most of them. So a few short texts are judged on the loop itself,
for at most so long in each of its turns; all else that came in one turn goes to a thread as one piece of
work, and comes back as one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from itertools import islice
from typing import Generic, TypeVar

from verirs.errors import VerirsError
from verirs.hooks.rows import Row

R = TypeVar("R")
QUICK = frozenset({"math", "exact", "format"})
"""Scorers that judge a row in microseconds."""
_AT_ONCE = 2
"""Pieces of work: while a hostile text takes its time in one, the other goes on."""
_MOST = 256
"""Rows of several calls that are judged together; one call may have more."""
_FEW, _SHORT = 64, 1024
"""Rows of a call, and characters of a text, that are judged on the loop; the costliest known takes 35 ms."""
_TURN = 0.01
"""Seconds of a turn of the loop for them."""
_CLOSED = "the grader was closed while rows waited for it"
_Call = tuple[Sequence[Row], "asyncio.Future[list[R]]"]


async def in_time(threads: Executor, work: Callable[[], R]) -> R:
    """``work()`` on one of these threads.

    Raises:
        VerirsError: they were closed before it began; a task that awaits it was not cancelled.
    """
    try:
        future = threads.submit(work)
    except RuntimeError:
        raise VerirsError(_CLOSED) from None
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if future.cancelled() and (task is None or not task.cancelling()):
            raise VerirsError(_CLOSED) from None
        raise


class Gatherer(Generic[R]):
    """Judges for the calls of the event loop in which it is made, and is used.

    Args:
        judge: one reward a row, in order; called on a thread.
        threads: where it is called.
        now: the same on the loop; ``None`` where that would have to wait.
    """

    def __init__(
        self,
        judge: Callable[[Sequence[Row]], list[R]],
        threads: Executor,
        now: Callable[[Sequence[Row]], list[R] | None] = lambda rows: None,
    ) -> None:
        self._judge, self._threads, self._now = judge, threads, now
        self._spent = 0.0
        self._waiting: list[_Call[R]] = []
        self._running = 0
        self._turn: asyncio.Handle | None = None

    def at_once(self, rows: Sequence[Row]) -> list[R] | None:
        """The rewards of a short call; ``None``: :meth:`submit` it. Raises what ``now`` raises."""
        if self._spent > _TURN or len(rows) > _FEW:
            return None
        if any([len(row.completion.text) > _SHORT for row in rows]):
            return None
        if not self._spent:
            asyncio.get_running_loop().call_soon(self._next_turn)
        begun = time.perf_counter()
        try:
            return self._now(rows)
        finally:
            self._spent += time.perf_counter() - begun

    def _next_turn(self) -> None:
        self._spent = 0.0

    def submit(self, rows: Sequence[Row]) -> asyncio.Future[list[R]]:
        """The rewards of one call, once they are there; what ``judge`` raises, its future raises."""
        future: asyncio.Future[list[R]] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, future))
        if self._turn is None and self._running < _AT_ONCE:
            self._turn = asyncio.get_running_loop().call_soon(self._go)  # after all that came in this turn
        return future

    def _take(self) -> list[_Call[R]]:
        """The calls that wait, as many as are judged together."""
        taken: list[_Call[R]] = []
        rows = count = 0
        for call in self._waiting:
            if taken and rows + len(call[0]) > _MOST:
                break
            count += 1
            if not call[1].done():  # else given up
                taken.append(call)
                rows += len(call[0])
        del self._waiting[:count]
        return taken

    def _go(self) -> None:
        self._turn = None
        while self._waiting and self._running < _AT_ONCE:
            if calls := self._take():
                self._start(calls)

    def _start(self, calls: list[_Call[R]]) -> None:
        rows = calls[0][0] if len(calls) == 1 else [row for own, _ in calls for row in own]
        try:
            work = asyncio.get_running_loop().run_in_executor(self._threads, self._judge, rows)
        except RuntimeError:  # the threads are closed
            for _, future in calls:
                future.set_exception(VerirsError(_CLOSED))
            return
        self._running += 1
        work.add_done_callback(lambda done: self._done(calls, done))

    def _done(self, calls: list[_Call[R]], work: asyncio.Future[list[R]]) -> None:
        self._running -= 1
        error = VerirsError(_CLOSED) if work.cancelled() else work.exception()
        found = iter(work.result() if error is None else ())
        for rows, future in calls:
            own = list(islice(found, len(rows)))
            if future.done():  # given up meanwhile
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(own)
        self._go()
