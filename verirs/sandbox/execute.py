"""One job on one pair of workers, and what its end means as a `Result`.

The program and, for `Drive`, the test code run in two workers that share nothing but a socket pair.
No retries here (see the pool), and no judgement of right or wrong.
"""

from __future__ import annotations

import dataclasses
import os
import re
import select
import socket
from collections.abc import Callable
from typing import Any

from verirs.sandbox import plain
from verirs.sandbox.ending import clean, ending
from verirs.sandbox.jobs import (
    Drive,
    InProcess,
    Input,
    Job,
    Limits,
    Outcome,
    Reply,
    Result,
    Runs,
    Serve,
    Status,
    Stdio,
)
from verirs.sandbox.runs import run_all
from verirs.sandbox.worker import Channel, Running, Worker, pump

_REPORT_LIMIT = 4 << 20
_DRAWS = re.compile("random|import_|statistics|tempfile")
"""What test code has in it that may draw numbers: to seed the generator costs a tenth of a job's pages."""
_TEXT = 300
_SPENT = (Status.CPU_TIMEOUT, Status.WALL_TIMEOUT, Status.OOM, Status.OUTPUT_LIMIT, Status.DISK_LIMIT)


def execute(
    job: Job, limits: Limits, program: Callable[[], Worker], driver: Callable[[], Worker],
    native: Callable[[], Worker],
) -> Result:  # fmt: skip
    """Run ``job``. The others give workers, each for the kind of job that needs it: for programs, for test
    code, for what is not Python."""
    match job:
        case Stdio():
            return _stdio(job, limits, program())
        case Runs():
            python = driver if job.tests else program
            return run_all(job, limits, python() if job.language == "python" else native())
        case Serve():
            return _serve(job, limits, program())
        case Drive():
            return _drive(job, limits, program(), driver())
        case InProcess():
            return _inproc(job, limits, program())


def _deadline(limits: Limits) -> float:
    """When a runner itself is given up: beyond anything it could still be waiting for."""
    return 7.0 * limits.wall + 60.0


def _result(status: Status, reason: str, running: Running, **more: Any) -> Result:
    end = running.end or {}
    if status is Status.INFRA:  # what came back before it failed is nothing to judge by
        more |= {k: () for k in ("replies", "outcomes") if k in more}
    return Result(
        status=status, reason=clean(reason, _TEXT), exit_code=end.get("exit"), cpu_s=end.get("cpu", 0.0),
        wall_s=end.get("wall", 0.0), rss_kb=end.get("rss", 0), sure=bool(end.get("sure", True)), **more,
    )  # fmt: skip


def _stdio(job: Stdio, limits: Limits, program: Worker) -> Result:
    result = run_all(Runs(code=job.code, inputs=(Input(stdin=job.stdin),)), limits, program)
    if not result.runs:
        return result
    (run,) = result.runs
    return dataclasses.replace(
        result, status=run.status, reason=run.reason, exit_code=run.exit_code, stdout=run.stdout,
        stderr=run.stderr, cpu_s=run.cpu_s, wall_s=run.wall_s, rss_kb=run.rss_kb, runs=(),
    )  # fmt: skip


def _error_status(error: Any) -> tuple[Status, str, str]:
    """Status, type name and text of an error as a program tells it: strings, whatever it sent."""
    if not (isinstance(error, list) and len(error) == 3):
        return Status.PROTOCOL, "", "no error where one was due"
    kind, text, why = map(_said, error)
    status = {"memory": Status.OOM, "disk": Status.DISK_LIMIT}.get(why, Status.EXCEPTION)
    return status, clean(kind, 100), clean(text, 500)


def _said(value: Any) -> str:
    """A text that a program sent; nothing else it sends is turned into one."""
    return value if isinstance(value, str) else ""


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
            if size > plain.MAX_HERE and self._loaded:  # not read here, whatever it is
                self._elsewhere()
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
        if reply.elsewhere:
            self._elsewhere()
            return
        self.replies.append(reply)
        self._next()

    def _elsewhere(self) -> None:
        """An answer that is not taken here ends the job: all calls are to be made by a test process."""
        self.replies.append(
            Reply(status=Status.UNSUPPORTED_VALUE, message="too large or costly", elsewhere=True)
        )
        self.done = True

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
        try:
            self._out = memoryview(plain.dumps(frame))
        except plain.Unsupported as e:
            self.trouble = (Status.UNSUPPORTED_VALUE, f"an argument: {e}")
            return
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
            value = plain.decode(message["value"])
            return Reply(status=Status.OK, value=value, flattened=message.get("flat") is True)
        except plain.Unsupported as e:
            elsewhere = isinstance(e, plain.TooCostly)
            return Reply(status=Status.UNSUPPORTED_VALUE, message=str(e), elsewhere=elsewhere)
    if "unsupported" in message:
        return Reply(status=Status.UNSUPPORTED_VALUE, message=clean(_said(message["unsupported"]), _TEXT))
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
    status, reason = ending(running.end, limits)
    if calls.done:
        status, reason = (Status.INFRA, reason) if status is Status.INFRA else (Status.OK, "")
    elif calls.trouble and status in (Status.OK, Status.EXCEPTION):
        status, reason = calls.trouble
    elif status is Status.OK:
        status, reason = Status.EXCEPTION, "ended before it answered"
    where = "tests" if status is Status.UNSUPPORTED_VALUE else "program"  # a call that cannot be sent
    return _result(status, reason, running, where=where, replies=tuple(calls.replies))


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
                found.append(plain.loads(line))
            except (plain.ProtocolError, plain.Unsupported):
                return found  # a process that shares the pipe with the program may write anything
        return found


class _Told:
    """What the lines of a report say."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.load: tuple[Status, str, str] | None = None
        self.setup_error = ""
        self.outcomes: list[Outcome] = []
        self.complete = False
        self.gone = ""
        self.entered: frozenset[str] = frozenset()
        self.answered = False
        """Whether the program has given the tests a value."""
        for line in lines:
            if "load" in line:
                self.load = _error_status(line["load"]) if line["load"] else (Status.EXCEPTION, "", "")
            elif "answered" in line:
                self.answered = True
            elif "setup" in line:
                self.setup_error = clean(_said(line["setup"]), 500)
                self.complete = bool(self.setup_error)
            elif "end" in line:
                self.complete, self.gone = True, clean(_said(line["end"]), _TEXT)
                self.entered = frozenset(map(str, line.get("entered", ())))
            elif "passed" in line:
                self.outcomes.append(
                    Outcome(
                        passed=line["passed"] is True,
                        error=clean(_said(line.get("error")), 100) if line["passed"] is not True else "",
                        message=clean(_said(line.get("message")), 500),
                        calls=line["calls"] if isinstance(line.get("calls"), int) else 0,
                        unsupported=bool(line.get("unsupported")),
                        label=clean(_said(line.get("label", "")), 200),
                        skipped=line.get("skipped") is True,
                        fault=line.get("fault") is True,
                        at=clean(_said(line.get("at", "")), 50),
                        changed=line.get("changed") is True,
                        own_word=own if (own := line.get("own")) in (1, 2, 3) else 0,
                        looked_up=line.get("looked") is True,
                    )
                )


def _test_payload(job: Drive | InProcess) -> dict[str, Any]:
    return {
        "setup": job.setup, "tests": job.tests, "labels": job.labels or job.tests, "names": job.entry_points,
        "optional": job.optional, "modules": job.modules, "stop": job.stop,
    }  # fmt: skip


def _drive(job: Drive, limits: Limits, program: Worker, driver: Worker) -> Result:
    a, b = socket.socketpair()
    report_read, report_write = os.pipe()
    try:
        code = {"code": job.code, "main": job.main, "names": []}
        served = program.start("serve", code, limits, extra=[a.fileno()])
        tests = _test_payload(job) | {
            "watch": job.watch, "shares": job.shares, "own_word": job.own_word,
            "withheld": job.withheld, "looks_up": job.looks_up, "dropped": job.dropped,
            "draws": any(map(_DRAWS.search, (job.setup, *job.tests))),
        }  # fmt: skip
        # The program's own limits must end a program that hangs, so the tests wait longer than it may.
        driven = driver.start(
            "drive", tests, limits, extra=[b.fileno(), report_write], wall=6 * limits.wall + 2
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
        status, reason, served, where=where, outcomes=tuple(told.outcomes), setup_error=told.setup_error,
        entered=told.entered,
    )  # fmt: skip


def _drive_status(served: Running, driven: Running, told: _Told, limits: Limits) -> tuple[Status, str, str]:
    status, reason = ending(served.end, limits)
    tests_status, tests_reason = ending(driven.end, limits)
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
        payload = _test_payload(job) | {"code": job.code, "main": job.main}
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
    status, reason = ending(running.end, limits)
    if told.load is not None and status in (Status.OK, Status.EXCEPTION):
        status, reason = told.load[0], f"{told.load[1]}: {told.load[2]}"
    elif status is Status.OK and not told.complete:
        status, reason = Status.EXCEPTION, "ended before its tests did"
    return _result(
        status, reason, running, outcomes=tuple(told.outcomes), setup_error=told.setup_error,
        entered=told.entered,
    )  # fmt: skip
