"""One runner process and the jobs it is sent, one at a time. Knows nothing of verdicts.

`Worker` speaks the runner's protocol (see ``sandboxes/runner.py``). `pump` waits for one or two running
jobs at once, taking everything they send while it waits: no order of writing can block it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from verirs.errors import SandboxError
from verirs.sandbox.jobs import Limits
from verirs.system.files import nameless_file

_CHUNK = 1 << 16
_START_S = 60.0
_NULL = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)


class RunnerProcess(Protocol):
    """A started runner, however it was started."""

    control: socket.socket

    def failure(self) -> str:
        """What it said before it died, for people."""
        ...

    def apply(self, limits: Limits) -> None:
        """Set what is set from outside (a cgroup's memory) for the next job."""
        ...

    def end(self) -> None:
        """Kill and reap it with everything in it. Safe to call twice."""
        ...

    def forget(self) -> None:
        """In a forked child: let go of what belongs to the parent."""
        ...


class Running:
    """A job in a worker and, once it is over, how it ended."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.killed = False
        self.end: dict[str, Any] | None = None

    def kill(self) -> None:
        """Ask for the job's end, if it still runs."""
        if self.end is None and not self.killed:
            self.killed = True
            with contextlib.suppress(OSError):
                self.worker.process.control.send(b"K")

    def ended(self) -> None:
        """Read the runner's report."""
        try:
            message = self.worker.process.control.recv(_CHUNK)
            self.end = json.loads(message) if message else None
        except (OSError, ValueError):
            self.end = None
        if self.end is None:
            self.end = {"end": "infra", "why": "the runner died: " + self.worker.process.failure()}
        self.worker.busy = False


class Worker:
    """A ready runner. Not thread-safe: one job, one thread at a time.

    Raises:
        SandboxError: the runner did not come up.
    """

    def __init__(self, process: RunnerProcess) -> None:
        self.process = process
        self.busy = False
        control = process.control
        try:
            host = os.pidfd_open(os.getpid()) if hasattr(os, "pidfd_open") else -1
            socket.send_fds(control, [b"go"], [host] if host >= 0 else [])
            if host >= 0:
                os.close(host)
            control.settimeout(_START_S)
            hello = control.recv(_CHUNK)
            control.settimeout(None)
        except OSError as e:
            hello, reason = b"", f" ({e})"
        else:
            reason = ""
        if not hello:
            said = process.failure()
            process.end()
            raise SandboxError(f"the sandbox runner did not start{reason}: {said}")
        self.hello: dict[str, Any] = json.loads(hello)

    def start(
        self, mode: str, payload: Mapping[str, Any], limits: Limits, *, extra: Sequence[int] = (),
        wall: float | None = None,
    ) -> Running:  # fmt: skip
        """Send a job; its descriptors are ``extra`` from number 3 on. Its standard streams lead nowhere."""
        self.process.apply(limits)
        content = json.dumps(payload).encode()
        spec = {"mode": mode, "size": len(content), **numbers(limits)}
        if wall is not None:
            spec["wall"] = wall
        self.busy = True
        running = Running(self)
        file = anonymous_file([content])
        try:
            fds = [file, _NULL, _NULL, _NULL, *extra]
            socket.send_fds(self.process.control, [json.dumps(spec).encode()], fds)
        except OSError:
            running.ended()
        finally:
            os.close(file)
        return running

    def close(self) -> None:
        self.process.end()

    def forget(self) -> None:
        self.process.forget()


def numbers(limits: Limits) -> dict[str, Any]:
    """Limits as the runner reads them."""
    return {
        "cpu": limits.cpu_s, "wall": limits.wall, "memory": limits.memory_mb << 20,
        "disk": limits.disk_mb << 20, "processes": limits.processes, "output": limits.output_kb << 10,
    }  # fmt: skip


def anonymous_file(parts: Iterable[bytes]) -> int:
    """A file without a name that holds these parts, at its start."""
    fd = nameless_file("job")
    for part in parts:
        view = memoryview(part)
        while view:
            view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


class Channel:
    """Something else to wait for: ``fd`` and what to do when it is ready. ``wants_write`` adds
    readiness to write. `ready` returns false when the channel is done."""

    fd: int
    wants_write: bool = False
    heard: bool = False
    """Whether what comes here shows that the runner works."""

    def ready(self, events: int) -> bool:
        raise NotImplementedError


def pump(
    jobs: Sequence[Running], channels: Sequence[Channel], deadline_s: float, on_end: Callable[[Running], None]
) -> None:
    """Run until every job has ended and everything it wrote is read. ``on_end`` sees each job's end.

    A runner that is not heard of for ``deadline_s`` is a failure of the sandbox; it is killed.
    """
    poll = select.poll()
    controls = {job.worker.process.control.fileno(): job for job in jobs if job.end is None}
    others = {channel.fd: channel for channel in channels}
    for fd in controls:
        poll.register(fd, select.POLLIN)
    for fd, channel in others.items():
        poll.register(fd, select.POLLIN | (select.POLLOUT if channel.wants_write else 0))
    limit = time.monotonic() + deadline_s
    while controls or others:
        # Once all jobs are over nobody can write any more: what is in the pipes is all there is.
        ready = poll.poll(0 if not controls else max(0.0, limit - time.monotonic()) * 1000)
        if not ready:
            for job in controls.values():
                job.end = {"end": "infra", "why": f"no report after {deadline_s:.0f} s"}
            return
        for fd, events in ready:
            if fd in controls:
                poll.unregister(fd)
                job = controls.pop(fd)
                job.ended()
                on_end(job)
            elif fd in others:
                channel = others[fd]
                wanted_write = channel.wants_write
                if not channel.ready(events):
                    poll.unregister(fd)
                    del others[fd]
                elif channel.wants_write != wanted_write:
                    poll.modify(fd, select.POLLIN | (select.POLLOUT if channel.wants_write else 0))
                if channel.heard:
                    limit = time.monotonic() + deadline_s
