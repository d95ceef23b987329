"""Warm worker processes with a limit on every call: wall clock, CPU time and memory.

``Workers("package.module:function")`` runs a function of JSON values in processes of its own. A call
that computes too long, grows too large or crashes its process costs that call only: the process is
killed from outside and the next one is ready within milliseconds.

Each slot is a fresh interpreter (the *keeper*), started without ``fork``, so it inherits no thread,
lock or CUDA context. The keeper imports the function once and forks a *runner* that answers calls;
the keeper watches the runner, kills it at its limits, and forks the next. So nothing here needs a
signal, a main thread or an event loop: it works from any thread, from ``asyncio.to_thread``, in forked
and spawned processes, in Ray actors and in notebooks. Values cross as JSON, never as pickles.

It does NOT contain hostile *code*: the function is trusted, only its input is not. Use a sandbox to
run programs. Linux and other POSIX systems only.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import queue
import select
import signal
import struct
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

START_SECONDS = 60.0
_WALL_FACTOR = 4.0
_HEADER = struct.Struct("<I")
_BOOT = (
    "import json,sys; c=json.loads(sys.argv[1]); sys.path[:]=c['path']; "
    "from verirs.system.workers import _keep; _keep(c)"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call.

    Args:
        ok: whether the function returned.
        value: what it returned (JSON values).
        reason: why it did not: it raised, ran out of time or memory, or its process died.
        seconds: wall time of the call.
    """

    ok: bool
    value: Any = None
    reason: str = ""
    seconds: float = 0.0


class Workers:
    """A fixed number of warm processes that run one function.

    Args:
        function: ``package.module:name``, importable in a fresh interpreter; takes and returns
            JSON values.
        count: processes, started when first needed; further callers wait for a free one.
        timeout: CPU seconds a call may use; four times as much wall time is the backstop on a busy
            machine.
        memory_mb: address space a call may use, on top of what the imported function needs, in MiB.
    """

    def __init__(self, function: str, *, count: int = 1, timeout: float = 1.0, memory_mb: int = 1024) -> None:
        if count < 1 or timeout <= 0 or memory_mb < 1:
            raise ValueError("workers need count >= 1, timeout > 0 and memory_mb >= 1")
        self.function, self.count, self.timeout, self.memory_mb = function, count, timeout, memory_mb
        self._pools: dict[int, _Pool] = {}

    def _pool(self) -> _Pool:
        """This process's pool: a forked child gets its own and leaves its parent's alone."""
        pid = os.getpid()
        pool = self._pools.get(pid)
        if pool is None:
            pool = self._pools.setdefault(pid, _Pool(self.function, self.count, self.timeout, self.memory_mb))
        return pool

    def call(self, *args: Any) -> Outcome:
        """Run the function on these arguments. Never raises for what the function does."""
        return self._pool().call(args)

    def map(self, calls: Sequence[Sequence[Any]]) -> list[Outcome]:
        """Run many calls, ``count`` at a time; outcomes in the order of the calls."""
        if len(calls) <= 1 or self.count == 1:
            return [self.call(*args) for args in calls]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(self.count, len(calls))) as threads:
            return list(threads.map(lambda args: self.call(*args), calls))

    def close(self) -> None:
        """End the processes. Safe to call twice; a later call starts new ones."""
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.close()


class _Pool:
    def __init__(self, function: str, count: int, timeout: float, memory_mb: int) -> None:
        config = {"function": function, "timeout": timeout, "memory_mb": memory_mb, "path": sys.path}
        self.slots = [_Slot(json.dumps(config), timeout) for _ in range(count)]
        self.free: queue.SimpleQueue[_Slot] = queue.SimpleQueue()
        for slot in self.slots:
            self.free.put(slot)

    def call(self, args: Sequence[Any]) -> Outcome:
        try:
            request = json.dumps(args).encode()
        except (TypeError, ValueError, RecursionError) as error:
            return Outcome(False, reason=f"the arguments are no JSON values: {error}")
        slot = self.free.get()
        try:
            return slot.call(request)
        finally:
            self.free.put(slot)

    def close(self) -> None:
        for slot in self.slots:
            slot.stop()


class _Slot:
    """One keeper process, seen from the caller."""

    def __init__(self, config: str, timeout: float) -> None:
        self.config, self.timeout = config, timeout
        self.process: subprocess.Popen[bytes] | None = None
        self.ending: Any = None

    def start(self) -> str:
        """Start the keeper if none runs; an empty text, or why it could not be started."""
        if self.process is not None and self.process.poll() is None:
            return ""
        self.stop()
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, self.config],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            return f"the worker could not be started: {error}"
        self.ending = weakref.finalize(self, _end, self.process, os.getpid())
        hello = self.receive(START_SECONDS)
        if hello is None or not hello.get("ready"):
            self.stop()
            return f"the worker could not be started: {(hello or {}).get('error', 'no answer')}"
        return ""

    def call(self, request: bytes) -> Outcome:
        begun = time.perf_counter()
        problem = self.start()
        if problem:
            return Outcome(False, reason=problem, seconds=time.perf_counter() - begun)
        assert self.process is not None and self.process.stdin is not None
        begun = time.perf_counter()
        try:
            self.process.stdin.write(_HEADER.pack(len(request)) + request)
            self.process.stdin.flush()
            reply = self.receive(self.timeout * _WALL_FACTOR + 10)
        except OSError:
            reply = None
        seconds = time.perf_counter() - begun
        if reply is None:
            self.stop()
            return Outcome(False, reason="the worker died", seconds=seconds)
        if reply.get("ok"):
            return Outcome(True, reply.get("value"), seconds=seconds)
        return Outcome(False, reason=str(reply.get("error")), seconds=seconds)

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """The keeper's next message, or ``None`` when none comes in time."""
        assert self.process is not None and self.process.stdout is not None
        message = _read_message(self.process.stdout.fileno(), time.monotonic() + seconds)
        return message if isinstance(message, dict) else None

    def stop(self) -> None:
        if self.ending is not None:
            self.ending()
            self.ending = None
        self.process = None


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    """Kill a keeper; its runner dies with it. A forked copy of the owner only forgets it."""
    if os.getpid() != owner:
        return
    with contextlib.suppress(OSError):
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        process.wait(10)


def _read_message(fd: int, deadline: float) -> Any:
    """One length-prefixed JSON message, or ``None`` at the end of the stream or the deadline."""
    data, need = b"", _HEADER.size
    length: int | None = None
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        poller = select.poll()
        poller.register(fd, select.POLLIN)
        if not poller.poll(min(left, 60) * 1000):
            continue
        chunk = os.read(fd, need - len(data))
        if not chunk:
            return None
        data += chunk
        if len(data) < need:
            continue
        if length is None:
            length, data = _HEADER.unpack(data)[0], b""
            need = length
        if len(data) == need:
            return json.loads(data)


# -- in the worker's processes ------------------------------------------------------------------
def _send(fd: int, message: Any) -> None:
    body = json.dumps(message).encode()
    data = memoryview(_HEADER.pack(len(body)) + body)
    while data:
        data = data[os.write(fd, data) :]


def _keep(config: dict[str, Any]) -> NoReturn:
    """The keeper: import the function, then pass calls to a runner and kill it at its limits."""
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    try:
        module, _, name = config["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001 - whatever the import raises is told to the caller
        _send(replies, {"error": f"{type(error).__name__}: {error}"})
        os._exit(1)
    _send(replies, {"ready": True})
    runner: _Runner | None = None
    while True:
        request = _read_message(requests, time.monotonic() + 1e9)
        if request is None:
            if runner is not None:
                runner.kill()
            os._exit(0)
        if runner is None:
            runner = _Runner(function, config["memory_mb"])
        reply = runner.ask(request, config["timeout"])
        if reply is None or reply.get("spent"):
            died = runner.kill()
            runner = None
            reply = reply or {"error": died}
            reply.pop("spent", None)
        _send(replies, reply)


class _Runner:
    """A forked process that answers calls until it breaks, seen from the keeper."""

    def __init__(self, function: Any, memory_mb: int) -> None:
        to_runner, self.requests = os.pipe()
        self.replies, from_runner = os.pipe()
        self.timed_out = ""
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.requests)
            os.close(self.replies)
            _answer(function, to_runner, from_runner, memory_mb)
        os.close(to_runner)
        os.close(from_runner)

    def ask(self, request: Any, timeout: float) -> dict[str, Any] | None:
        start, used = time.monotonic(), _cpu_seconds(self.pid)
        try:
            _send(self.requests, request)
        except OSError:
            return None
        poller = select.poll()
        poller.register(self.replies, select.POLLIN)
        pause = min(0.05, timeout / 4)
        while not poller.poll(pause * 1000):
            spent = _cpu_seconds(self.pid) - used
            if spent > timeout:
                self.timed_out = f"out of time: more than {timeout:g} s of CPU time"
                return None
            if time.monotonic() - start > timeout * _WALL_FACTOR:
                self.timed_out = f"out of time: more than {timeout * _WALL_FACTOR:g} s"
                return None
        message = _read_message(self.replies, start + timeout * _WALL_FACTOR + 5)
        return message if isinstance(message, dict) else None

    def kill(self) -> str:
        """End the runner; says why it had to go."""
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.requests)
        os.close(self.replies)
        if self.timed_out:
            return self.timed_out
        return (
            f"the worker died (signal {os.WTERMSIG(status)})" if os.WIFSIGNALED(status) else "the worker died"
        )


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process so far; 0 where the system does not tell (then the wall limit holds)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answer(function: Any, requests: int, replies: int, memory_mb: int) -> NoReturn:
    """The runner's loop."""
    try:
        _die_with_parent()
        _limit_memory(memory_mb)
        while True:
            args = _read_message(requests, time.monotonic() + 1e9)
            if args is None:
                os._exit(0)
            _send(replies, _reply(function, args))
    finally:
        os._exit(1)


def _reply(function: Any, args: Any) -> dict[str, Any]:
    """The function's value as a message. A runner that ran out of memory or stack is not used again."""
    try:
        value = function(*args)
        json.dumps(value)
        return {"ok": True, "value": value}
    except MemoryError:
        return {"error": "out of memory", "spent": True}
    except Exception as error:  # noqa: BLE001 - told to the caller as it is
        return {"error": f"{type(error).__name__}: {error}"[:500], "spent": isinstance(error, RecursionError)}


def _die_with_parent() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() == 1:
            os._exit(1)


def _limit_memory(memory_mb: int) -> None:
    import resource

    used = 0
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    limit = used + memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


__all__ = ["Outcome", "Workers"]
