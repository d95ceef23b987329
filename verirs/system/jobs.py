"""Large pieces of work spread over processes: small messages go there and back, the work lies on the disk.

A job is a process that makes its worker once (a function ``package.module:name`` of what it is given) and
then works off tasks, one after another. All jobs are forked from one fresh interpreter, which imports once
what they need and has no thread, model or lock of the parent's. They end with their parent, however that
ends, and a signal of the terminal goes to the parent alone. A job that dies costs its task another try, in
another process.

Where there is a core for each job, each keeps to cores of its own, and so do the sandboxes that it starts: a
job and its sandbox wake each other some thousand times a second, which costs a third more from core to core.

It contains nothing: what a worker does, it does with the rights of its parent. Tasks and results are pickles
of our own, between processes of our own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pickle
import queue
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, NoReturn, TypeVar

from verirs.system import memory
from verirs.system.machine import CORES, usable_cores

T = TypeVar("T")
TASKS = 8
"""About so many tasks of a process: more are told of sooner, and each begins with opening files."""
_BOOT = (
    "import json,sys; a=json.loads(sys.argv[1]); sys.path[:]=a['path']; "
    "from verirs.system.jobs import _fork; _fork(a['control'], a['modules'], a['shares'])"
)
_NUMBER = struct.Struct("<i")
_ASKED = struct.Struct("<ii")
"""What is asked of the forker: a job's number, and its place among those at work."""
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Only a process of one thread is forked safely; numpy and pyarrow start some when they are imported."""
_THREADS = "OMP_NUM_THREADS"
"""How many threads the library of a reward model takes; without it, a job that may run anywhere takes all."""


def sizes(total: int, count: int) -> Iterator[int]:
    """Into how large tasks so many things are cut for so many processes: equal ones, and then smaller and
    smaller ones, since the last to end is waited for (guided self-scheduling, Polychronopoulos, Kuck 1987).
    """
    most = max(1, total // (count * TASKS))
    least = max(1, most // TASKS)
    while total:
        size = min(total, most, max(least, total // (2 * count)))
        yield size
        total -= size


class Jobs:
    """Processes that work off tasks; ``with`` them, so that they end. The interpreter that they are forked
    from imports from then on, while the caller does something else.

    Args:
        count: how many; started as there are tasks for them.
        modules: that the workers need; importing them starts no thread (numpy and pyarrow are told so).
    """

    def __init__(self, count: int, modules: Sequence[str] = ()):
        self.count = count
        self._modules = list(dict.fromkeys(modules))
        self._forker: _Forker | None = None

    def __enter__(self) -> Jobs:
        self._forker = _Forker(self._modules, self.count)
        return self

    def __exit__(self, *_: object) -> None:
        if self._forker is not None:
            self._forker.close()

    def work(
        self, make: str, given: Any, tasks: Sequence[T], died: Callable[[T, int, str], Sequence[T]]
    ) -> Iterator[tuple[T, Any]]:
        """Each task with its result, as they end. The processes end with the last one.

        Args:
            make: ``package.module:name`` of a function; it gets ``given`` and returns what does a task.
            given: any value that pickles.
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
                        job = free.pop() if free else self._job(make, given)
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

    def _job(self, make: str, given: Any) -> _Job:
        if self._forker is None or not self._forker.lives:
            self.__exit__()
            self.__enter__()
        assert self._forker is not None
        job = _Job(self._forker)
        job.send((make, given))
        return job


def shares(count: int) -> list[list[int]]:
    """The cores of each of so many processes; none where they are not all ours, or too few for one each."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    if not 1 < count <= len(cores) or usable_cores() != len(cores):
        return []
    return [cores[len(cores) * i // count : len(cores) * (i + 1) // count] for i in range(count)]


class _Forker:
    """The interpreter from which jobs are forked, seen from the parent."""

    def __init__(self, modules: Sequence[str], count: int):
        self._control, theirs = socket.socketpair()
        own = max(1, usable_cores() // count)
        asked = {
            "path": sys.path,
            "control": theirs.fileno(),
            "modules": modules,
            "shares": shares(count),
        }
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, json.dumps(asked)],
                stdin=subprocess.DEVNULL,
                stdout=2,  # what a worker prints is no answer
                env={_THREADS: str(own), **os.environ, **_ONE_THREAD, CORES: str(own)},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._forked = 0
        self._places = dict.fromkeys(range(count), 0)
        """The job in each place; 0 is none."""

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def fork(self, requests: int, replies: int) -> int:
        """Have a job forked that reads and writes these; its number."""
        self._forked += 1
        place = next(place for place, job in self._places.items() if not job)
        self._places[place] = self._forked
        with contextlib.suppress(OSError):  # it has died: that is seen where the job's answer is read
            socket.send_fds(self._control, [_ASKED.pack(self._forked, place)], [requests, replies])
        return self._forked

    def end(self, number: int) -> int:
        """Kill a job; its exit code, or the interpreter's own where that has died."""
        self._places = {place: 0 if job == number else job for place, job in self._places.items()}
        try:
            self._control.sendall(_ASKED.pack(number, 0))
            said = self._control.recv(_NUMBER.size)
        except OSError:
            said = b""
        if not said:
            self._process.kill()
            return self._process.wait()
        return int(_NUMBER.unpack(said)[0])

    def close(self) -> None:
        self._control.close()
        if not self._forked:  # it may import yet
            self._process.kill()
        self._process.wait()


class _Job:
    """One process, seen from its parent."""

    def __init__(self, forker: _Forker):
        asked, requests = os.pipe()
        replies, answered = os.pipe()
        self._requests, self.replies = os.fdopen(requests, "wb"), os.fdopen(replies, "rb")
        self._forker, self._number = forker, forker.fork(asked, answered)
        os.close(asked)
        os.close(answered)

    def send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # it has died: that is seen where its answer is read
            pickle.dump(message, self._requests)
            self._requests.flush()

    def end(self) -> str:
        """Kill it; what it died of."""
        code = self._forker.end(self._number)
        for pipe in (self._requests, self.replies):
            with contextlib.suppress(OSError):
                pipe.close()
        if code >= 0:
            return f"exit code {code}"
        return f"signal {-code}, {signal.Signals(-code).name}"


# ---- in the interpreter that is forked ------------------------------------------------------------------


def _fork(control: int, modules: Sequence[str], shares: Sequence[Sequence[int]]) -> NoReturn:
    """Import, then fork a job for each two pipes that come, and end one for each number alone."""
    failed: BaseException | None = None
    try:
        for module in modules:
            importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001 - each job answers with it, and the parent raises it
        failed = error
    memory.keep_flat()
    memory.collect_seldom()
    gc.freeze()  # what all share is no garbage, and stays shared
    jobs: dict[int, int] = {}
    with socket.socket(fileno=control) as asked:
        while True:
            try:
                message, pipes, _, _ = socket.recv_fds(asked, _ASKED.size, 2)
            except OSError:  # the parent was killed before it read an answer
                message, pipes = b"", []
            if not message:
                for pid in jobs.values():
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                os._exit(0)
            number, place = _ASKED.unpack(message)
            if not pipes:
                os.kill(jobs[number], signal.SIGKILL)
                _, status = os.waitpid(jobs.pop(number), 0)
                with contextlib.suppress(OSError):  # nobody waits for it any more: that is seen next
                    asked.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(status)))
                continue
            for pipe in pipes:
                os.set_inheritable(pipe, False)
            jobs[number] = os.fork()
            if not jobs[number]:
                asked.close()
                if shares and (own := os.sched_getaffinity(0) & set(shares[place])):
                    with contextlib.suppress(OSError):  # they were taken from us meanwhile: any will do
                        os.sched_setaffinity(0, own)
                _serve(pipes[0], pipes[1], failed)
            for pipe in pipes:
                os.close(pipe)


# ---- in the job ---------------------------------------------------------------------------------------


def _serve(asking: int, answering: int, failed: BaseException | None) -> NoReturn:
    try:
        requests, replies = os.fdopen(asking, "rb"), os.fdopen(answering, "wb")
        asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(requests, asked), daemon=True).start()
        make, given = asked.get()
        try:
            if failed is not None:
                raise failed
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
    finally:
        os._exit(1)  # never on with what the parent was at


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
