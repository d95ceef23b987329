"""The runner: a small, preloaded Python that forks one confined process a job.

It is started by the host with its control socket as stdin (or to be reached at ``meet``) and one JSON
argument, the setting::

    {"tier": "namespaces" | "landlock" | "container" | "process", "uid": int | null,
     "packages": "a folder of links" | "", "scratch": "a folder" | "", "meet": "a socket's path" | "",
     "show": ["more files and folders of the host to be seen, with namespaces"]}

It waits for a first message, which brings a pidfd of the host: it ends when the host does. Then, one
job at a time, it is sent a JSON message of limits and a mode together with open file descriptors:
payload, stdin, stdout, stderr and, by mode, an RPC socket and a report pipe. The payload (program, tests)
is read by the forked child only, after it was confined: there is nothing in here for a later job to
inherit. A message ``K`` ends the job; each job is answered by one message about how it ended. Limits are
watched from here (of a batch: by its leader, see ``batch.py``): wall and CPU time and, where no cgroup does
it, memory and disk use twenty times a second.

Standard library only; runs on Python 3.11 and later.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import held  # noqa: F401 - takes them

# isort: split
import batch
import confine
import modes
import plain
import scratch
import seccomp
import watch

del sys.path[0]

PRELOAD = (
    "abc", "bisect", "collections.abc", "contextlib", "copy", "enum", "functools", "heapq", "io", "itertools",
    "json", "math", "operator", "random", "re", "string", "struct", "time", "traceback", "types", "typing",
)  # fmt: skip
"""What programs import most: paid once here instead of in each job. Each adds to the price of a fork, so
that what fewer than one program in 200 imports costs more here than there (counted in 33,000 recorded
programs). ``random`` is here for its state: all jobs start from the same one."""


class Runner:
    def __init__(self, setting: dict[str, Any], control: socket.socket, host: int) -> None:
        self.tier: str = setting["tier"]
        self.control = control
        self.host = host
        self.scratch: str = setting["scratch"]
        self.uid: int | None = setting["uid"]
        self.landlock: confine.Landlock | None = None
        self.filter = seccomp.Profile(os.uname().machine) if self.tier != "process" else None
        main = os.getpid()
        if self.tier == "namespaces":
            self.proc = confine.enter_namespaces(self.uid, setting["packages"], setting["show"])
            main = 1
        else:
            self.proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if self.tier == "landlock":
            self.landlock = confine.Landlock(self.scratch, setting["packages"])
        if self.tier in ("landlock", "process") and self.uid is not None:
            confine.drop_user(self.uid)
        if self.filter is not None:
            confine.no_new_privs()
            seccomp.Program(self.filter.base()).install()
        if setting["packages"]:
            sys.path.append("/packages" if self.tier == "namespaces" else setting["packages"])
        confine.shared_limits()
        self.confined = confine.Job(
            self.tier,
            self.proc,
            "/tmp" if self.tier == "namespaces" else self.scratch,
            self.uid if self.tier == "container" else None,
            self.landlock,
            self.filter,
        )
        self.watch = watch.Watch(self.tier, self.proc, self.confined.folder, {main}, main)
        self.poll = select.poll()
        self.poll.register(self.control, select.POLLIN)
        if self.host >= 0:
            self.poll.register(self.host, select.POLLIN)
        self.errors = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        """Where a child says why it could not be confined; it has no other way to be an infra failure."""

    def serve(self) -> None:
        """Jobs until the host is gone."""
        self.control.send(json.dumps({"ready": True, "python": sys.version.split()[0]}).encode())
        while True:
            if self.host in dict(self.poll.poll()):
                return
            message, fds, _, _ = socket.recv_fds(self.control, 1 << 16, 8, socket.MSG_CMSG_CLOEXEC)
            if not message:
                return
            if message == b"K":  # the job it was meant for had just ended
                continue
            self.control.send(plain.dumps(self.job(plain.loads(message), fds))[4:])

    def job(self, spec: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        start = time.monotonic()
        try:
            self.confined.prepare(spec)
            pid = confine.clone(confine.JOB_NAMESPACES if self.tier == "namespaces" else 0)
        except OSError as e:
            for fd in fds:
                os.close(fd)
            return {"end": "infra", "why": f"no new process: {e}"}
        if pid == 0:
            self.child(spec, fds)
        for fd in fds:
            os.close(fd)
        # the leader of a batch watches its runs itself
        guard = None if spec["mode"] == "runs" else watch.Guard(self.watch, pid, spec, start)
        end = self.wait(pid, guard)
        _, status, usage = os.wait4(pid, 0)
        wall = time.monotonic() - start
        self.clean(pid)
        try:
            why = os.read(self.errors[0], 2000).decode("utf-8", "replace")
            end = "infra"
        except BlockingIOError:
            why = ""
        return {
            "end": end, "why": why, "exit": os.waitstatus_to_exitcode(status), "wall": wall,
            "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss,
            "sure": guard is None or guard.sure,
        }  # fmt: skip

    def wait(self, pid: int, guard: watch.Guard | None) -> str:
        """Wait until the job ends; kill it over its limits or at the host's word. How it ended."""
        ended = watch.ending(self.watch, pid)
        poll = self.poll
        poll.register(ended, select.POLLIN)
        try:
            while True:
                events = dict(poll.poll(guard.pause() if guard else None))
                if ended in events:
                    return "exit"
                end = ""
                if self.host in events:
                    os.kill(pid, signal.SIGKILL)
                    os._exit(0)
                if self.control.fileno() in events:
                    self.control.recv(16)
                    end = "killed"
                elif guard:
                    end = guard.over()
                if end:
                    os.kill(pid, signal.SIGKILL)
                    return end
        finally:
            poll.unregister(ended)
            os.close(ended)

    def clean(self, pid: int) -> None:
        """Nothing of a job stays. With namespaces the kernel sees to it."""
        if self.tier == "process":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        elif self.tier == "container":
            while True:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
                try:
                    os.waitpid(-1, 0)
                except ChildProcessError:
                    break
        if self.tier != "namespaces":
            scratch.empty(self.scratch)
            if self.tier == "container":
                scratch.empty("/dev/shm")

    def child(self, spec: dict[str, Any], fds: list[int]) -> NoReturn:
        """The forked process: take descriptors, get confined, run the mode, leave."""
        try:
            payload = os.pread(fds[0], spec["size"], 0)
            for number, fd in enumerate(fds[1:]):
                os.dup2(fd, number)
            self.confined.enter()
            if spec["mode"] == "runs":
                self.lead(spec, plain.loads(payload))
            self.confined.confine()
            os.closerange(len(fds) - 1, 256)
        except BaseException as e:  # noqa: BLE001 - told to the host as a failure of the sandbox
            os.write(self.errors[1], f"confining: {type(e).__name__}: {e}".encode())
            os._exit(1)
        code = 1
        try:
            code = modes.run(spec["mode"], plain.loads(payload))
        except BaseException:  # noqa: BLE001 - hostile code may raise from anywhere
            pass
        finally:
            os._exit(code & 255)

    def lead(self, spec: dict[str, Any], payload: dict[str, Any]) -> NoReturn:
        """The forked process as the leader of a batch. Its end says nothing about the runs."""
        me = int(os.readlink("self", dir_fd=self.proc))
        own = watch.Watch(self.tier, self.proc, self.confined.folder, {*self.watch.others, me}, me)
        batch.Leader(self.confined, own, spec, payload, self.errors[1]).lead()
        os._exit(0)


kept: list[Any] = []
"""What a job would otherwise be the last to let go of, and so take to pieces."""
_MOST_FILLED = 1 << 19
"""Bytes of holes of one size that are looked for."""


def preload() -> None:
    """Import what programs use, and run what the first job would otherwise be first to run."""
    for name in PRELOAD:
        __import__(name)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    sys.argv = ["solution.py"]
    modes.at_home()
    modes.load("import re\nclass A:\n    def f(self, x: int) -> int: return x\nA().f(1)")
    kept.append(sys.modules["__main__"])
    modes.rehearse()
    plain.loads(plain.dumps({"a": plain.encode((1, 2.5, "x", None, [True], {"k": {1}}))})[4:])
    for ours in (
        "ambient", "batch", "blame", "callables", "confine", "fixtures", "held", "kinds", "link", "mirror",
        "modes", "operations", "plain", "scratch", "seccomp", "session", "suite", "watch", "word",
    ):  # fmt: skip
        del sys.modules[ours]  # a program's `import plain` must not find the runner's


def fill_holes() -> None:
    """Take up the free places between the objects that there are, for good.

    What a job makes then lies side by side in pages of its own. Else each new object would lie in a hole of
    another page, which would have to be copied for it.
    """
    for size in (*range(8192, 1024, -256), *range(1024, 0, -16)):
        last = beside = 0
        for _ in range(_MOST_FILLED // size):
            block: Any = object() if size == 16 else complex(size) if size == 32 else bytes(size - 33)
            beside = beside + 1 if 0 < id(block) - last <= size + 16 else 0
            last = id(block)
            kept.append(block)
            if beside > 8 + 8192 // size:  # no holes of this size are left
                break


def main() -> None:
    setting = json.loads(sys.argv[1])
    if setting["meet"]:
        control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.connect(setting["meet"])
    else:
        control = socket.socket(fileno=os.dup(0))
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1):
        os.dup2(null, fd)
    _, fds, _, _ = socket.recv_fds(control, 64, 1, socket.MSG_CMSG_CLOEXEC)
    host = fds[0] if fds else -1
    os.environ.clear()
    os.environ.update(
        PATH="/usr/bin:/bin", HOME="/tmp", LANG="C.UTF-8", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"
    )
    preload()
    runner = Runner(setting, control, host)
    random.seed(0)  # after the fork that namespaces need, which seeds anew
    gc.collect()
    fill_holes()
    gc.freeze()
    runner.serve()


if __name__ == "__main__":
    main()
