"""Large pieces of work spread over processes: small messages go there and back, the work lies on the disk.

A job is a fresh interpreter that makes its worker once (a function ``package.module:name`` of what it is
given) and then works off tasks, one after another. It ends with its parent, however that ends, and a signal
of the terminal goes to the parent alone. A job that dies costs its task another try, in another process.

It contains nothing: what a worker does, it does with the rights of its parent. Tasks and results are pickles
of our own, between processes of our own.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pickle
import queue
import selectors
import signal
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, Generic, NoReturn, TypeVar

from verirs.system import memory
from verirs.system.machine import CORES, usable_cores

T = TypeVar("T")
_BOOT = (
    "import json,sys; sys.path[:]=json.loads(sys.argv[1]); from verirs.system.jobs import _serve; _serve()"
)


class Jobs(Generic[T]):
    """Processes that work off tasks.

    Args:
        make: ``package.module:name`` of a function; it gets ``given`` and returns what does a task.
        given: any value that pickles.
        count: how many; started as there are tasks for them.
    """

    def __init__(self, make: str, given: Any, count: int):
        self._start, self.count = (make, given), count

    def work(self, tasks: Sequence[T], died: Callable[[T, int, str], Sequence[T]]) -> Iterator[tuple[T, Any]]:
        """Each task with its result, as they end.

        Args:
            died: told of a task in which a job died, how often that was, and of what; gives what to do in its
                place (the task itself, to try again). It may raise.

        Raises:
            Exception: what a worker raised, or could not be started for; all jobs are ended.
        """
        left, deaths = deque(tasks), Counter[str]()
        running: dict[_Job, T] = {}
        free: list[_Job] = []
        with selectors.DefaultSelector() as ready:
            try:
                while left or running:
                    while left and len(running) < self.count:
                        job = free.pop() if free else _Job(self._start, self.count)
                        running[job] = left.popleft()
                        ready.register(job.replies, selectors.EVENT_READ, job)
                        job.send(running[job])
                    for key, _ in ready.select(1.0):
                        job = key.data
                        task = running.pop(job)
                        ready.unregister(job.replies)
                        try:
                            fine, value = pickle.load(job.replies)
                        except (EOFError, pickle.UnpicklingError):
                            deaths[repr(task)] += 1
                            left.extendleft(reversed(died(task, deaths[repr(task)], job.end())))
                            continue
                        free.append(job)
                        if not fine:
                            raise value
                        yield task, value
            finally:
                for job in [*free, *running]:
                    job.end()


class _Job:
    """One process, seen from its parent."""

    def __init__(self, start: tuple[str, Any], count: int):
        environment = {**os.environ, CORES: str(max(1, usable_cores() // count))}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self.replies = self._process.stdin, self._process.stdout
        self.send(start)

    def send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # it has died: that is seen where its answer is read
            pickle.dump(message, self._requests)
            self._requests.flush()

    def end(self) -> str:
        """Kill it; what it died of."""
        code = self._process.poll()
        self._process.kill()
        code = self._process.wait() if code is None else code
        for pipe in (self._requests, self.replies):
            with contextlib.suppress(OSError):
                pipe.close()
        if code >= 0:
            return f"exit code {code}"
        return f"signal {-code}, {signal.Signals(-code).name}"


# ---- in the job ---------------------------------------------------------------------------------------


def _serve() -> NoReturn:
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)  # what a worker prints is no answer
    asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, asked), daemon=True).start()
    make, given = asked.get()
    memory.collect_seldom()
    try:
        module, _, name = make.partition(":")
        work = getattr(importlib.import_module(module), name)(given)
    except BaseException as error:  # noqa: BLE001 - the parent raises it
        asked.get()
        _answer(replies, False, error)
        os._exit(1)
    while True:
        task = asked.get()
        try:
            result = work(task)
        except BaseException as error:  # noqa: BLE001 - the parent raises it
            _answer(replies, False, error)
        else:
            _answer(replies, True, result)


def _listen(requests: BinaryIO, asked: queue.SimpleQueue[Any]) -> None:
    """Pass on what the parent asks; where it is gone, this process ends, whatever it is at."""
    try:
        while True:
            asked.put(pickle.load(requests))
    finally:
        os._exit(1)


def _answer(replies: BinaryIO, fine: bool, value: Any) -> None:
    try:
        data = pickle.dumps((fine, value))
        pickle.loads(data)
    except Exception as error:  # noqa: BLE001 - an exception of a stranger that does not pickle
        data = pickle.dumps((False, RuntimeError(f"{type(value).__name__}: {value} ({error})")))
    replies.write(data)
    replies.flush()
