"""A program that is run once for each of many inputs: one confined fork an input, from one leader.

The leader is the process that the runner forked for the job. It has the job's namespaces but not yet its
restrictions, runs no line of the program, and reads nothing that a run wrote but its output, which it hands
to the host in frames: a line of JSON, then the bytes. Each run starts from the same state; between two runs
everything that the first one left is killed and removed. Only the compiled form of the program is kept: the
first run writes it before it starts the program, and only runs read it.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import os
import select
import signal
import sys
import time
from typing import Any, NoReturn

import confine
import modes
import scratch
from watch import Guard, Watch, ending

REPORT, DATA = 3, 4
"""Descriptors of the leader: frames to the host, and the inputs one after the other."""
_STDERR = 64 << 10
_CHUNK = 1 << 16


class Leader:
    def __init__(
        self, confined: confine.Job, watch: Watch, spec: dict[str, Any], payload: dict[str, Any], errors: int
    ) -> None:
        self.confined, self.watch, self.spec, self.errors = confined, watch, spec, errors
        self.code: str = payload["code"]
        self.cases: list[dict[str, Any]] = payload["cases"]
        self.native: dict[str, Any] | None = payload.get("native")
        self.null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self.compiled = _file()
        texts = [self.code, *(self.native or {"files": {}})["files"].values()]
        self.named = [
            any(name in text or f"/dev/fd/{number}" in text for text in texts)
            for number, name in enumerate(confine.STANDARD)
        ]
        """Whether the program uses its input, output and errors by name, too."""
        self.own_names = confined.tier == "namespaces"
        """Whether these names lead into its folder; elsewhere ``/proc`` has them."""

    def lead(self) -> None:
        """Run all inputs."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a first process is safe from signals without handlers
        if self.confined.tier != "namespaces":
            confine.prctl(36, 1, "PR_SET_CHILD_SUBREAPER")
        if self.native is not None and not self.make(self.native):
            return
        for number, case in enumerate(self.cases):
            spec = {**self.spec, **case["limits"]}
            self.confined.prepare(spec)
            end, out, err = self.run(case, spec)
            head = {"run": number, **end, "out": len(out), "err": len(err)}
            _write(REPORT, json.dumps(head).encode() + b"\n" + out + err)
            self.clean()

    def make(self, native: dict[str, Any]) -> bool:
        """Compile a program into a folder that its runs can only read; tell the host if it does not."""
        self.confined.program_folder(native["limits"]["disk"])
        spec = {**self.spec, **native["limits"], "output": _STDERR}
        self.confined.prepare(spec)
        case = {"stdin": (0, 0), "files": {}, "args": [], "command": native["compile"]}
        end, out, err = self.run(case, spec)
        self.clean()
        self.confined.seal_program_folder()
        if end["end"] == "exit" and end["exit"] == 0:
            return True
        head = {"run": -1, **end, "out": len(out), "err": len(err)}
        _write(REPORT, json.dumps(head).encode() + b"\n" + out + err)
        return False

    def run(self, case: dict[str, Any], spec: dict[str, Any]) -> tuple[dict[str, Any], bytes, bytes]:
        """One run: how it ended, what it wrote to standard output and the end of standard error."""
        stdin = (
            self.slice(*case["stdin"])
            if case["stdin"][1] or (self.named[0] and self.own_names)
            else os.dup(self.null)
        )
        out_read, out_write = self.pipe(1)
        err_read, err_write = self.pipe(2)
        start = time.monotonic()
        pid = confine.clone(0)
        if pid == 0:
            self.child(case, (stdin, out_write, err_write))
        for fd in (stdin, out_write, err_write):
            os.close(fd)
        os.set_blocking(out_read, False)
        os.set_blocking(err_read, False)
        out, err = bytearray(), bytearray()
        guard = Guard(self.watch, pid, spec, start)
        try:
            end = self.wait(pid, guard, (out_read, out), (err_read, err), spec["output"])
            _, status, usage = os.wait4(pid, 0)
            wall = time.monotonic() - start
            if _drain(out_read, out, spec["output"], False) or len(out) > spec["output"]:
                end = "output"
            _drain(err_read, err, _STDERR, True)
        finally:
            os.close(out_read)
            os.close(err_read)
        return (
            {
                "end": end, "exit": os.waitstatus_to_exitcode(status), "wall": wall, "sure": guard.sure,
                "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss,
            },
            bytes(out[: spec["output"]]),
            bytes(err),
        )  # fmt: skip

    def wait(
        self, pid: int, guard: Guard, out: tuple[int, bytearray], err: tuple[int, bytearray], limit: int
    ) -> str:
        """Wait until the run ends, taking what it writes; kill it over its limits. How it ended."""
        ended = ending(self.watch, pid)
        poll = select.poll()
        for fd in (ended, out[0], err[0]):
            poll.register(fd, select.POLLIN)
        try:
            while True:
                events = dict(poll.poll(guard.pause()))
                if ended in events:
                    return "exit"
                end = ""
                for (fd, data), most, last in ((out, limit, False), (err, _STDERR, True)):
                    if events.get(fd, 0) & select.POLLIN:
                        if _read(fd, data, most, last):
                            end = "output"
                    elif fd in events:  # closed by everybody
                        poll.unregister(fd)
                if end := end or guard.over():
                    os.kill(pid, signal.SIGKILL)
                    return end
        finally:
            os.close(ended)

    def child(self, case: dict[str, Any], standard: tuple[int, int, int]) -> NoReturn:
        """The process of one run."""
        try:
            files = {name: os.pread(DATA, size, at) for name, (at, size) in case["files"].items()}
            for number, fd in enumerate(standard):
                os.dup2(fd, number)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.confined.confine()
        except BaseException as e:  # noqa: BLE001 - told to the host as a failure of the sandbox
            os.write(self.errors, f"confining: {type(e).__name__}: {e}".encode())
            os._exit(1)
        code = 1
        try:
            for name, data in files.items():
                with open(name, "wb") as f:
                    f.write(data)
            if self.native is not None:
                self.execute(self.native, case)
            sys.argv = ["solution.py", *case["args"]]
            program = self.program()
            os.closerange(3, 256)
            code = modes.stdio(self.code, program)
        except BaseException:  # noqa: BLE001 - hostile code may raise from anywhere
            pass
        finally:
            os._exit(code & 255)

    def execute(self, native: dict[str, Any], case: dict[str, Any]) -> NoReturn:
        """Become the compiler, or the program that it made."""
        os.closerange(3, 256)
        if "command" in case:
            os.chdir(confine.PROGRAM)
            for name, text in native["files"].items():
                with open(name, "w", encoding="utf-8", errors="surrogatepass") as f:
                    f.write(text)
        command = case.get("command") or [*native["run"], *case["args"]]
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores, and others inherit
            signal.signal(number, signal.SIG_DFL)
        try:
            os.execve(command[0], command, native["env"])
        except OSError as e:
            os.write(2, f"{command[0]}: {e}".encode())
            os._exit(127)

    def program(self) -> Any:
        """The compiled program: read here, behind the restrictions, and written by the first run; the text
        where it does not compile, for whoever runs it to say why."""
        size = os.fstat(self.compiled).st_size
        if size:
            return marshal.loads(os.pread(self.compiled, size, 0))
        try:
            program = modes.compiled(self.code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        with contextlib.suppress(OSError, ValueError):
            os.pwrite(self.compiled, marshal.dumps(program), 0)
        return program

    def slice(self, at: int, size: int) -> int:
        """A file with a part of the data in it, at its start."""
        fd = self.named_file(size) if self.named[0] and self.own_names else _file()
        while size:
            sent = os.sendfile(fd, DATA, at, size)
            at, size = at + sent, size - sent
        os.lseek(fd, 0, os.SEEK_SET)
        return fd

    def named_file(self, size: int) -> int:
        """A file in the program's folder that ``/dev/stdin`` leads to; one without a name where the folder is
        too small for it."""
        fd = os.open(confine.FILES[0], os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            os.posix_fallocate(fd, 0, max(size, 1))
            os.ftruncate(fd, 0)
        except OSError:
            os.close(fd)
            os.unlink(confine.FILES[0])
            return _file()
        return fd

    def pipe(self, number: int) -> tuple[int, int]:
        """A pipe for what a run writes; one with a name, where the program uses it."""
        if not (self.named[number] and self.own_names):
            read, write = os.pipe2(os.O_CLOEXEC)
            if self.named[number]:  # it is opened again by another user
                os.fchmod(write, 0o666)
            return read, write
        name = confine.FILES[number]
        os.mkfifo(name, 0o666)
        read = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        return read, os.open(name, os.O_WRONLY | os.O_CLOEXEC)

    def clean(self) -> None:
        """Nothing of a run stays for the next."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                if self.confined.tier in ("namespaces", "container"):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(-1, signal.SIGKILL)
                else:
                    for name in self.watch.children():
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(int(name), signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(-1, 0)
        if os.listdir(self.confined.folder):
            if self.confined.tier == "namespaces":
                self.confined.new_folder()
            else:
                scratch.empty(self.confined.folder)
        if self.confined.tier == "container":
            scratch.empty("/dev/shm")


def _file() -> int:
    return os.memfd_create("run", os.MFD_CLOEXEC)


def _read(fd: int, data: bytearray, limit: int, last: bool) -> bool:
    """Take a piece of what was written; with ``last``, keep only the end. Whether it is too much."""
    with contextlib.suppress(BlockingIOError):
        data += os.read(fd, _CHUNK)
    if last and len(data) > limit:
        del data[: len(data) - limit]
    return len(data) > limit


def _drain(fd: int, data: bytearray, limit: int, last: bool) -> bool:
    """Take what is still there, for a bounded time."""
    for _ in range(64):
        before = len(data)
        if _read(fd, data, limit, last) and not last:
            return True
        if len(data) == before:
            break
    return False


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
