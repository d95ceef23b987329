"""One job on one pair of workers, and what its end means as a `Result`.

The program and, for `Drive`, the test code run in two workers that share nothing but a socket pair.
No retries here (see the pool), and no judgement of right or wrong.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from collections.abc import Callable
from typing import Any

from verirs.sandbox import plain
from verirs.sandbox.jobs import Drive, InProcess, Job, Limits, Outcome, Reply, Result, Serve, Status, Stdio
from verirs.sandbox.worker import Channel, Running, Worker, pump

_REPORT_LIMIT = 4 << 20
_TEXT = 300
_SPENT = (Status.CPU_TIMEOUT, Status.WALL_TIMEOUT, Status.OOM, Status.OUTPUT_LIMIT, Status.DISK_LIMIT)


def execute(job: Job, limits: Limits, program: Worker, driver: Callable[[], Worker]) -> Result:
    """Run ``job``. ``driver`` gives the second worker, for the kind of job that needs one."""
    match job:
        case Stdio():
            return _stdio(job, limits, program)
        case Serve():
            return _serve(job, limits, program)
        case Drive():
            return _drive(job, limits, program, driver())
        case InProcess():
            return _inproc(job, limits, program)


def _deadline(limits: Limits) -> float:
    """When a runner itself is given up: beyond anything it could still be waiting for."""
    return 7.0 * limits.wall + 60.0


def _ending(running: Running, limits: Limits) -> tuple[Status, str]:
    """Status and reason of one process from the runner's report."""
    end = running.end or {"end": "infra", "why": "no report"}
    how, code = end["end"], end.get("exit", 0)
    if how == "infra":
        return Status.INFRA, end["why"]
    if running.flooded:
        return Status.OUTPUT_LIMIT, f"wrote more than {limits.output_kb} KB"
    if how == "wall":
        return Status.WALL_TIMEOUT, f"not done after {limits.wall:g} s"
    if how == "memory":
        return Status.OOM, f"held more than {limits.memory_mb} MB"
    if how == "processes":
        return Status.EXCEPTION, f"had more than {limits.processes} processes"
    if how == "disk":
        return Status.DISK_LIMIT, f"wrote more than {limits.disk_mb} MB"
    if how == "killed":  # by us, with nothing more to learn from it
        return Status.OK, ""
    if code in (-signal.SIGKILL, -signal.SIGXCPU) and _out_of_cpu(end, limits):
        return Status.CPU_TIMEOUT, f"not done after {limits.cpu_s} s of CPU time"
    if code == -signal.SIGKILL:
        return Status.OOM, "killed by the system, most likely for its memory"
    if code == 98:
        return Status.OOM, "MemoryError"
    if code == 99:
        return Status.DISK_LIMIT, "no space left for its files"
    if code < 0:
        return Status.EXCEPTION, f"died by {_signal_name(-code)}"
    return (Status.EXCEPTION, f"left with exit code {code}") if code else (Status.OK, "")


def _out_of_cpu(end: dict[str, Any], limits: Limits) -> bool:
    """Whether a kill was for CPU time. The kernel enforces that limit by clock ticks, which on a busy
    machine can be a third ahead of the time that it reports; what held little died of nothing else."""
    small = end["rss"] << 10 < limits.memory_mb << 19
    return bool(end["cpu"] >= (0.5 if small else 0.8) * limits.cpu_s)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _result(status: Status, reason: str, running: Running, **more: Any) -> Result:
    end = running.end or {}
    if status is Status.INFRA:  # what came back before it failed is nothing to judge by
        more |= {k: () for k in ("replies", "outcomes") if k in more}
    out, err = running.output()
    return Result(
        status=status, reason=reason[:_TEXT], exit_code=end.get("exit"), stdout=out, stderr=err,
        cpu_s=end.get("cpu", 0.0), wall_s=end.get("wall", 0.0), rss_kb=end.get("rss", 0), **more,
    )  # fmt: skip


def _stdio(job: Stdio, limits: Limits, program: Worker) -> Result:
    running = program.start("stdio", {"code": job.code}, limits, stdin=job.stdin)
    pump([running], [], _deadline(limits), lambda _: None)
    status, reason = _ending(running, limits)
    if status is Status.EXCEPTION and (last := _last_line(running.output()[1])):
        reason = last
    return _result(status, reason, running)


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _error_status(error: Any) -> tuple[Status, str, str]:
    """Status, type name and text of an error as a program tells it: strings, whatever it sent."""
    if not (isinstance(error, list) and len(error) == 3):
        return Status.PROTOCOL, "", "no error where one was due"
    status = {"memory": Status.OOM, "disk": Status.DISK_LIMIT}.get(str(error[2]), Status.EXCEPTION)
    return status, str(error[0])[:100], str(error[1])[:500]


class _Calls(Channel):
    """The host's end of a `Serve` job: sends a call, reads the reply, goes on."""

    def __init__(self, job: Serve, sock: socket.socket) -> None:
        self.job, self.sock, self.fd = job, sock, sock.fileno()
        self.replies: list[Reply] = []
        self.done = False
        self.trouble: tuple[Status, str] | None = None
        self._in = bytearray()
        self._out = memoryview(b"")
        self._loaded = False
        self._number = ""
        """Of the call that waits for its answer; nobody knows it before."""

    def ready(self, events: int) -> bool:
        if self.wants_write and events & (select.POLLOUT | select.POLLERR):
            self._write()
        if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
            try:
                data = self.sock.recv(1 << 18)
            except BlockingIOError:
                return True
            except ConnectionResetError:
                data = b""
            if not data:
                return False
            self._in += data
            self._messages()
        return not (self.done or self.trouble)

    def _messages(self) -> None:
        while len(self._in) >= 4 and not (self.done or self.trouble):
            size = int.from_bytes(self._in[:4], "big")
            if size > plain.MAX_MESSAGE:
                self.trouble = (Status.PROTOCOL, "a reply larger than allowed")
                return
            if len(self._in) < 4 + size:
                return
            body = bytes(self._in[4 : 4 + size])
            del self._in[: 4 + size]
            try:
                self._message(plain.loads(body))
            except plain.ProtocolError as e:
                self.trouble = (Status.PROTOCOL, str(e))

    def _message(self, message: dict[str, Any]) -> None:
        if not self._loaded:
            if "error" in message:
                status, kind, text = _error_status(message["error"])
                self.trouble = (status, f"{kind}: {text}")
            elif message == {"ready": True}:
                self._loaded = True
                self._next()
            else:
                self.trouble = (Status.PROTOCOL, "no greeting")
            return
        if self._out or message.get("n") != self._number:
            self.trouble = (Status.PROTOCOL, "answered before it was asked")
            return
        reply = _reply(message)
        self.replies.append(reply)
        self._next()

    def _next(self) -> None:
        if len(self.replies) == len(self.job.calls):
            self.done = True
            return
        if self._in:
            self.trouble = (Status.PROTOCOL, "answered before it was asked")
            return
        call = self.job.calls[len(self.replies)]
        self._number = os.urandom(8).hex()
        frame = {
            "f": call.function or self.job.entry_point,
            "a": plain.encode(tuple(call.args)),
            "k": plain.encode(dict(call.kwargs)),
            "n": self._number,
        }
        self._out = memoryview(plain.dumps(frame))
        self._write()

    def _write(self) -> None:
        try:
            while self._out:
                self._out = self._out[self.sock.send(self._out) :]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self._out = memoryview(b"")
        self.wants_write = bool(self._out)


def _reply(message: dict[str, Any]) -> Reply:
    if "value" in message:
        try:
            return Reply(status=Status.OK, value=plain.decode(message["value"]))
        except plain.Unsupported as e:
            return Reply(status=Status.UNSUPPORTED_VALUE, message=str(e))
    if "unsupported" in message:
        return Reply(status=Status.UNSUPPORTED_VALUE, message=str(message["unsupported"])[:_TEXT])
    status, kind, text = _error_status(message.get("error"))
    if status is Status.PROTOCOL:
        raise plain.ProtocolError("neither a value nor an error")
    return Reply(status=status, error=kind, message=text)


def _serve(job: Serve, limits: Limits, program: Worker) -> Result:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        names = sorted({job.entry_point, *(c.function for c in job.calls if c.function)})
        payload = {"code": job.code, "main": job.main, "names": names}
        running = program.start("serve", payload, limits, extra=[theirs.fileno()])
        theirs.close()
        calls = _Stopping(job, ours, running)
        pump([running], [calls], _deadline(limits), lambda _: None)
    status, reason = _ending(running, limits)
    if calls.done:
        status, reason = (Status.INFRA, reason) if status is Status.INFRA else (Status.OK, "")
    elif calls.trouble and status in (Status.OK, Status.EXCEPTION):
        status, reason = calls.trouble
    elif status is Status.OK:
        status, reason = Status.EXCEPTION, "ended before it answered"
    return _result(status, reason, running, replies=tuple(calls.replies))


class _Stopping(_Calls):
    """Ends the job as soon as nothing more is to be learnt from it."""

    def __init__(self, job: Serve, sock: socket.socket, running: Running) -> None:
        super().__init__(job, sock)
        self.running = running

    def ready(self, events: int) -> bool:
        going_on = super().ready(events)
        if self.done or self.trouble:
            self.running.kill()
        return going_on


class _Report(Channel):
    """Lines that a test process tells on its report pipe."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.data = bytearray()

    def ready(self, events: int) -> bool:
        data = os.read(self.fd, 1 << 16)
        self.data += data[: max(0, _REPORT_LIMIT - len(self.data))]
        return bool(data)

    def lines(self) -> list[dict[str, Any]]:
        found = []
        for line in bytes(self.data).split(b"\n")[:-1]:
            try:
                found.append(json.loads(line))
            except (ValueError, RecursionError):
                return found  # a process that shares the pipe with the program may write anything
        return [x for x in found if isinstance(x, dict)]


class _Told:
    """What the lines of a report say."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.load: tuple[Status, str, str] | None = None
        self.setup_error = ""
        self.outcomes: list[Outcome] = []
        self.complete = False
        self.gone = ""
        self.answered = False
        """Whether the program has given the tests a value."""
        for line in lines:
            if "load" in line:
                self.load = _error_status(line["load"]) if line["load"] else (Status.EXCEPTION, "", "")
            elif "answered" in line:
                self.answered = True
            elif "setup" in line:
                self.setup_error = str(line["setup"])[:500]
                self.complete = bool(self.setup_error)
            elif "end" in line:
                self.complete, self.gone = True, str(line["end"])[:_TEXT]
            elif "passed" in line:
                self.outcomes.append(
                    Outcome(
                        passed=line["passed"] is True,
                        error=str(line.get("error"))[:100] if line["passed"] is not True else "",
                        message=str(line.get("message", ""))[:500],
                        calls=line["calls"] if isinstance(line.get("calls"), int) else 0,
                        unsupported=bool(line.get("unsupported")),
                    )
                )


def _drive(job: Drive, limits: Limits, program: Worker, driver: Worker) -> Result:
    a, b = socket.socketpair()
    report_read, report_write = os.pipe()
    try:
        code = {"code": job.code, "main": job.main, "names": list(job.entry_points)}
        served = program.start("serve", code, limits, extra=[a.fileno()])
        tests = {"setup": job.setup, "tests": job.tests, "names": job.entry_points, "stop": job.stop}
        # The program's own limits must end a program that hangs, so the tests wait longer than it may.
        driven = driver.start(
            "drive", tests, limits, extra=[b.fileno(), report_write], quiet=True, wall=2 * limits.wall + 2
        )
        a.close()
        b.close()
        os.close(report_write)
        report_write = -1
        report = _Report(report_read)

        def on_end(ended: Running) -> None:
            if ended is driven:
                served.kill()

        pump([served, driven], [report], 2 * _deadline(limits), on_end)
    finally:
        a.close()
        b.close()
        os.close(report_read)
        if report_write >= 0:
            os.close(report_write)
    told = _Told(report.lines())
    status, reason, where = _drive_status(served, driven, told, limits)
    return _result(
        status, reason, served, where=where, outcomes=tuple(told.outcomes), setup_error=told.setup_error
    )


def _drive_status(served: Running, driven: Running, told: _Told, limits: Limits) -> tuple[Status, str, str]:
    status, reason = _ending(served, limits)
    tests_status, tests_reason = _ending(driven, limits)
    if Status.INFRA in (status, tests_status):
        return Status.INFRA, reason or tests_reason, "program" if status is Status.INFRA else "tests"
    if told.load is not None or told.gone:
        if status in (Status.OK, Status.EXCEPTION):
            if told.load is not None and told.load[1]:
                status, reason = told.load[0], f"{told.load[1]}: {told.load[2]}"
            elif told.gone.startswith("protocol"):
                status, reason = Status.PROTOCOL, told.gone
            elif status is Status.OK:
                status, reason = Status.EXCEPTION, told.gone or "ended while it was loaded"
        return status, reason, "program"
    if told.complete:
        return Status.OK, "", "program"
    if tests_status is Status.OK:
        tests_status, tests_reason = Status.EXCEPTION, "the test code ended its process"
    elif told.answered and tests_status in _SPENT:
        # By choosing its answers a program could keep any test busy, and so escape a fail.
        return tests_status, f"the tests, on its answers: {tests_reason}", "program"
    return tests_status, tests_reason, "tests"


def _inproc(job: InProcess, limits: Limits, program: Worker) -> Result:
    report_read, report_write = os.pipe()
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        payload = {
            "code": job.code, "main": job.main, "names": job.entry_points, "setup": job.setup,
            "tests": job.tests, "stop": job.stop,
        }  # fmt: skip
        running = program.start("inproc", payload, limits, extra=[null, report_write])
        os.close(report_write)
        report_write = -1
        report = _Report(report_read)
        pump([running], [report], _deadline(limits), lambda _: None)
    finally:
        os.close(null)
        os.close(report_read)
        if report_write >= 0:
            os.close(report_write)
    told = _Told(report.lines())
    status, reason = _ending(running, limits)
    if told.load is not None and status in (Status.OK, Status.EXCEPTION):
        status, reason = told.load[0], f"{told.load[1]}: {told.load[2]}"
    elif status is Status.OK and not told.complete:
        status, reason = Status.EXCEPTION, "ended before its tests did"
    return _result(status, reason, running, outcomes=tuple(told.outcomes), setup_error=told.setup_error)
