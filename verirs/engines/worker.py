"""A thread that owns a model, fed from asyncio: the bridge between ``Engine.sample`` and blocking code.

The model is loaded, used and freed in that one thread. Jobs go in through an :class:`Inbox`,
completions come back on the caller's event loop as soon as they are finished. A caller that stops
listening cancels its jobs; an exception in the thread reaches every caller that waits.

It does not interrupt blocking code: the serving loop looks at ``inbox.closed`` and ``job.cancelled``
between two steps.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from verirs.errors import EngineError, VerirsError
from verirs.protocols import Request, Sampling
from verirs.types import Completion

_PATIENCE = 60.0
"""Seconds that ``close`` waits for the thread."""


class Job:
    """One sample on its way. ``finish`` and ``fail`` may be called from any thread, once."""

    __slots__ = ("_deliver", "cancelled", "done", "index", "problem", "prompt", "sampling", "seed")

    def __init__(
        self,
        request: Request,
        prompt: tuple[int, ...],
        position: int,
        deliver: Callable[[Completion | BaseException], None],
    ):
        self.problem = request.problem.id
        self.index, self.seed = request.indices[position], request.seeds[position]
        self.sampling: Sampling = request.sampling
        self.prompt = prompt
        self.cancelled = False
        self.done = False
        self._deliver = deliver

    def finish(
        self, *, text: str, finish_reason: str, tokens: int, logprob: float | None, seeded: bool = True
    ) -> None:
        self.done = True
        self._deliver(
            Completion(
                index=self.index,
                text=text,
                finish_reason=finish_reason,
                tokens=tokens,
                logprob=logprob,
                seed=self.seed if seeded else None,
            )
        )

    def fail(self, error: BaseException) -> None:
        self.done = True
        self._deliver(error)


class Backend(Protocol):
    """Blocking code around a model. All three are called in the worker thread, in this order."""

    def load(self) -> None: ...

    def serve(self, inbox: Inbox) -> None:
        """Work until ``inbox.closed``."""
        ...

    def unload(self) -> None: ...


class Inbox:
    """What waits for the worker thread: jobs, and calls to run between two batches."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jobs: list[Job] = []
        self._calls: list[tuple[Callable[[], Any], Future[Any]]] = []
        self._woken = False
        self.closed = False

    def put(self, jobs: Sequence[Job]) -> None:
        with self._changed:
            self._jobs.extend(jobs)
            self._changed.notify()

    def call(self, function: Callable[[], Any]) -> Future[Any]:
        """Run ``function`` in the worker thread, between two batches."""
        future: Future[Any] = Future()
        with self._changed:
            self._calls.append((function, future))
            self._changed.notify()
        return future

    def abandon(self, error: Exception) -> None:
        """Nobody will run the calls that wait: tell their callers."""
        with self._changed:
            calls, self._calls = self._calls, []
        for _, future in calls:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)

    def wake(self) -> None:
        """Make a waiting ``take`` return, for example because jobs were cancelled."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify()

    def take(self, *, block: bool, enough: int = 1, linger: float = 0.0) -> list[Job]:
        """The jobs that came in, after running the calls that did.

        Args:
            block: wait for a job, a call, a wake-up or the end.
            enough: with ``linger``: do not wait for more than this many jobs.
            linger: seconds without a new job after which those that are here have to do.
        """
        with self._changed:
            if block:
                self._changed.wait_for(lambda: self._jobs or self._calls or self._woken or self.closed)
            while linger and 0 < len(self._jobs) < enough and not self.closed:
                before = len(self._jobs)
                self._changed.wait(linger)
                if len(self._jobs) == before:
                    break
            jobs, self._jobs = self._jobs, []
            calls, self._calls = self._calls, []
            self._woken = False
        for function, future in calls:
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function())
            except Exception as error:  # noqa: BLE001 (handed to the caller who waits on the future)
                future.set_exception(error)
        return jobs


class Worker:
    """Runs a backend in its own thread.

    Args:
        backend: what is run.
        name: of the engine, for messages and the thread's name.
    """

    def __init__(self, backend: Backend, name: str):
        self._backend, self._name = backend, name
        self._inbox = Inbox()
        self._open: set[Job] = set()
        self._thread: threading.Thread | None = None
        self._loaded: Future[None] = Future()
        self._broken: VerirsError | None = None

    async def start(self) -> None:
        """Load the model; returns when it is ready. A second call is a no-op.

        Raises:
            VerirsError: what the backend's ``load`` raised; anything else of it as an EngineError.
        """
        if self._thread is None:
            # A daemon, so that a forgotten close() does not keep the process alive; the exit hook
            # lets the thread end in an orderly way before the interpreter is torn down.
            self._thread = threading.Thread(target=self._main, name=f"verirs-{self._name}", daemon=True)
            atexit.register(self._stop)
            self._thread.start()
        # Shielded: a caller that is cancelled must not cancel the future under the thread's hands.
        await asyncio.shield(asyncio.wrap_future(self._loaded))

    @property
    def loaded(self) -> bool:
        """Whether a model is there to be called."""
        return self._loaded.done() and not (self._broken or self._inbox.closed)

    async def sample(self, request: Request, prompt: tuple[int, ...]) -> AsyncIterator[Completion]:
        """The request's completions as they finish. Leaving the iterator early cancels the rest.

        Raises:
            EngineError: the engine was not started, was closed, or broke.
        """
        self._check()
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[Completion | BaseException] = asyncio.Queue()

        def deliver(item: Completion | BaseException) -> None:
            with contextlib.suppress(RuntimeError):  # the caller's event loop is closed: nobody listens
                loop.call_soon_threadsafe(arrived.put_nowait, item)

        jobs = [Job(request, prompt, position, deliver) for position in range(len(request.indices))]
        self._open.update(jobs)
        if self._broken:  # after the registration above, so that no job is missed
            self._open.difference_update(jobs)
            raise self._broken
        self._inbox.put(jobs)
        try:
            for _ in jobs:
                item = await arrived.get()
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            for job in jobs:
                job.cancelled = True
            self._open.difference_update(jobs)
            self._inbox.wake()

    async def call(self, function: Callable[[], Any]) -> Any:
        """Run ``function`` in the worker thread, between two batches, and return its result."""
        self._check()
        future = self._inbox.call(function)
        if self._broken:  # after the registration above, so that no call is missed
            self._inbox.abandon(self._broken)
        return await asyncio.wrap_future(future)

    def _check(self) -> None:
        if self._broken and not self._inbox.closed:
            raise self._broken
        if not self._loaded.done() or self._inbox.closed:
            state = "closed" if self._inbox.closed else "not started; await start() first"
            raise EngineError(f"engine {self._name}: it is {state}")

    async def close(self) -> None:
        """Cancel what runs, free the model, end the thread. Safe to call twice."""
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self._inbox.close()
        atexit.unregister(self._stop)
        if self._thread is None:
            return
        # Loading cannot be interrupted; nobody should wait for minutes for what they gave up.
        self._thread.join(_PATIENCE if self._loaded.done() else _PATIENCE / 20)
        if self._thread.is_alive() and self._loaded.done():
            raise EngineError(
                f"engine {self._name}: its thread did not end in {_PATIENCE:.0f} s, so the model still holds "
                "its memory. End the process."
            )

    def _main(self) -> None:
        try:
            self._backend.load()
        except Exception as error:  # noqa: BLE001 (the thread's boundary: handed to start())
            self._fail(error)
            self._loaded.set_exception(self._broken or error)
            self._backend.unload()
            return
        self._loaded.set_result(None)
        try:
            self._backend.serve(self._inbox)
            self._fail(EngineError(f"engine {self._name}: it was closed while samples were waiting"))
        except Exception as error:  # noqa: BLE001 (the thread's boundary: handed to every waiting caller)
            self._fail(error)
        finally:
            self._backend.unload()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, VerirsError):
            wrapped = EngineError(f"engine {self._name}: {type(error).__name__}: {error}")
            wrapped.__cause__ = error
            error = wrapped
        self._broken = error
        for job in tuple(self._open):
            job.fail(error)
        self._inbox.abandon(self._broken)
