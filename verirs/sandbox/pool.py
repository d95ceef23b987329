"""A pool of workers of one backend: the `Sandbox` that everybody uses.

Callers wait for a free slot, in no promised order. A slot is two workers, started when first
needed: one for programs, one for the test code of `Drive` jobs, so that neither ever shares memory
with the other. A worker that fails is replaced and the job run again, once. In a pool that has worked,
one that cannot be started is the machine's passing trouble, as such a failure is; only many in a row end
the pool's use.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import os
import threading
import weakref
from collections.abc import Callable, Iterator

from verirs.errors import Interrupted, SandboxError
from verirs.sandbox.execute import execute
from verirs.sandbox.jobs import Job, Limits, Probe, Result, Status
from verirs.sandbox.worker import Worker

_STARTS = 3
"""How often a worker that does not come up is started: the system may have killed it for want of memory."""
_UNSTARTED = 16
"""So many jobs in a row without a worker, each after ``2 * _STARTS`` tries, are no passing trouble."""
_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


class _Slot:
    def __init__(self, start: Callable[[], Worker], native: Callable[[], Worker]) -> None:
        self._start, self._start_native = start, native
        self._program: Worker | None = None
        self._driver: Worker | None = None
        self._native: Worker | None = None

    def program(self) -> Worker:
        if self._program is None:
            self._program = _started(self._start)
        return self._program

    def driver(self) -> Worker:
        if self._driver is None:
            self._driver = _started(self._start)
        return self._driver

    def native(self) -> Worker:
        """For programs in other languages than Python, and their compilers."""
        if self._native is None:
            self._native = _started(self._start_native)
        return self._native

    def workers(self) -> list[Worker]:
        return [w for w in (self._program, self._driver, self._native) if w is not None]

    def close(self) -> None:
        for worker in self.workers():
            worker.close()
        self._program = self._driver = self._native = None


class _Unstarted(SandboxError):
    """A worker does not come up."""


def _started(start: Callable[[], Worker]) -> Worker:
    for left in reversed(range(_STARTS)):
        try:
            return start()
        except SandboxError as error:
            if not left:
                raise _Unstarted(str(error)) from error
    raise AssertionError("unreachable")


class Pool:
    """See `verirs.sandbox.jobs.Sandbox`."""

    def __init__(
        self, name: str, start: Callable[[], Worker], probe: Callable[[], Probe], limits: Limits,
        workers: int, native: Callable[[], Worker] | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.isolated = name != "process"
        self.limits = limits
        self.workers = workers
        self._start, self._probe, self._native = start, probe, native or start
        self._fresh()
        _pools.add(self)

    def _fresh(self) -> None:
        self._changed = threading.Condition()
        self._slots = [_Slot(self._start, self._native) for _ in range(self.workers)]
        self._idle = list(self._slots)
        self._closed = self._ended = False
        self._unstarted: int | None = None
        """Jobs in a row that found no worker; ``None`` before the first that did."""

    def run(self, job: Job) -> Result:
        limits = job.limits or self.limits
        with self._slot() as (slot, beside):
            result = self._attempts(job, limits, slot)
            if result.status is Status.WALL_TIMEOUT and beside and not result.sure:
                again = self._attempts(job, limits, slot)
                result = dataclasses.replace(again, attempts=result.attempts + again.attempts)
        return result

    def _attempts(self, job: Job, limits: Limits, slot: _Slot) -> Result:
        for attempt in (1, 2):
            try:
                result = execute(job, limits, slot.program, slot.driver, slot.native)
                if self._ended:
                    raise Interrupted("the program was ended, for this process ends")
                self._unstarted = 0
            except _Unstarted as error:
                slot.close()
                result = self._without_worker(error, last=attempt == 2)
            except BaseException:
                slot.close()  # a worker left in the middle of a job must not see another
                raise
            result = dataclasses.replace(result, backend=self.name, attempts=attempt)
            if result.status is not Status.INFRA:
                break
            slot.close()
        return result

    def _without_worker(self, error: SandboxError, *, last: bool) -> Result:
        with self._changed:
            if self._unstarted is not None:
                self._unstarted += last
            if self._unstarted is None or self._unstarted >= _UNSTARTED:
                raise error
        return Result(status=Status.INFRA, reason=str(error))

    @contextlib.contextmanager
    def _slot(self) -> Iterator[tuple[_Slot, bool]]:
        """A free slot, and whether others are in use."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._idle)
            if self._closed:
                raise SandboxError("the sandbox is closed")
            beside = len(self._idle) < self.workers
            slot = self._idle.pop()
        try:
            yield slot, beside
        finally:
            with self._changed:
                self._idle.append(slot)
                if self._closed:
                    slot.close()
                self._changed.notify_all()

    def probe(self) -> Probe:
        return self._probe()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            for slot in self._idle:
                slot.close()
            self._changed.notify_all()

    def end_jobs(self) -> None:
        """Close, and wait for no job: what runs is killed, and its caller gets :class:`Interrupted`."""
        self._ended = True
        self.close()
        for slot in self._slots:
            for worker in slot.workers():
                if worker.busy:
                    with contextlib.suppress(OSError):
                        worker.process.control.send(b"K")

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _forked(self) -> None:
        """In a forked child: the workers are the parent's; start over with none."""
        closed = self._closed
        for slot in self._slots:
            for worker in slot.workers():
                worker.forget()
        self._fresh()
        self._closed = closed


@atexit.register
def _close_all() -> None:
    """What nobody closed is closed with the process that opened it."""
    for pool in list(_pools):
        pool.close()


def end_jobs() -> None:
    """This process ends: no program that any of its sandboxes runs is waited for."""
    for pool in list(_pools):
        pool.end_jobs()


def _after_fork() -> None:
    for pool in list(_pools):
        pool._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
