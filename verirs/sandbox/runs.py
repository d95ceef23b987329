"""A program run once for each of many inputs, in one job; see ``sandboxes/batch.py`` for the other end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from verirs.sandbox.ending import clean, ending
from verirs.sandbox.jobs import Input, Limits, Result, Run, Runs, Status
from verirs.sandbox.languages import recipe
from verirs.sandbox.worker import Channel, Running, Worker, anonymous_file, numbers, pump

_BYTES = 64 << 20
"""Of inputs in one batch; more are split."""
_REASON = 300
UNMADE = "does not compile"
"""How the reason of the one run of a program begins that could not be compiled."""


def run_all(job: Runs, limits: Limits, worker: Worker) -> Result:
    """Run the job. Its status is ``infra``, or that of the first run that did not end well."""
    done: list[Run] = []
    while len(done) < len(job.inputs):
        some = _batch(job.inputs[len(done) :])
        first = len(done)
        channel, running = _run_some(job, limits, worker, some, first)
        done += channel.runs
        status, reason = ending(running.end, limits)
        if status is Status.INFRA:
            return Result(status=status, reason=clean(reason, _REASON))
        if channel.enough or channel.unmade:
            break
        if len(channel.runs) < len(some):  # its leader was ended, and by nobody but the program
            done.append(Run(status=Status.EXCEPTION, reason="ended the process that runs it"))
            break
    bad = next((run for run in done if run.status is not Status.OK), None)
    return Result(
        status=bad.status if bad else Status.OK, reason=bad.reason if bad else "", runs=tuple(done),
        cpu_s=sum(run.cpu_s for run in done), wall_s=sum(run.wall_s for run in done),
        rss_kb=max((run.rss_kb for run in done), default=0), sure=channel.sure,
    )  # fmt: skip


def _batch(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    """As many of the first inputs as one batch takes, one at least."""
    size = 0
    for number, given in enumerate(inputs):
        size += len(given.stdin) + sum(map(len, given.files.values()))
        if number and size > _BYTES:
            return inputs[:number]
    return inputs


def _run_some(
    job: Runs, limits: Limits, worker: Worker, some: tuple[Input, ...], first: int
) -> tuple[_Frames, Running]:
    parts: list[bytes] = []
    at = 0

    def place(data: bytes) -> tuple[int, int]:
        nonlocal at
        parts.append(data)
        at += len(data)
        return at - len(data), len(data)

    cases: list[dict[str, Any]] = [
        {
            "stdin": place(given.stdin),
            "files": {name: place(data) for name, data in given.files.items()},
            "args": given.args,
            "limits": numbers(given.limits) if given.limits else {},
        }
        for given in some
    ]
    payload: dict[str, Any] = {"code": job.code, "cases": cases}
    if job.language != "python":
        made = recipe(job.language, job.code, job.beside, limits.memory_mb)
        payload |= {"code": "", "native": made}
        for case in cases:
            case["limits"]["space"] = made["space"]
    read, write = os.pipe()
    data = anonymous_file(parts)
    try:
        running = worker.start("runs", payload, limits, extra=[write, data])
        os.close(write)
        write = -1
        channel = _Frames(read, [given.limits or limits for given in some], running)
        channel.look = lambda number, run: job.enough(first + number, run)
        patience = max(numbers(x)["wall"] for x in channel.limits)
        pump([running], [channel], 7.0 * patience + 60.0, lambda _: None)
    finally:
        os.close(data)
        os.close(read)
        if write >= 0:
            os.close(write)
    return channel, running


class _Frames(Channel):
    """What the leader of a batch tells of each run: a line of JSON, then standard output and error."""

    heard = True

    def __init__(self, fd: int, limits: list[Limits], running: Running) -> None:
        self.fd, self.limits, self.running = fd, limits, running
        self.runs: list[Run] = []
        self.enough = self.unmade = False
        self.sure = True
        self.look: Callable[[int, Run], bool] = lambda *_: False
        self._data = bytearray()
        self._head: dict[str, Any] | None = None

    def ready(self, events: int) -> bool:
        data = os.read(self.fd, 1 << 20)
        self._data += data
        while not self.enough and self._take():
            pass
        return bool(data)

    def _take(self) -> bool:
        """Take one run out of what has come; false when it is not all there."""
        if self._head is None:
            line, end, rest = self._data.partition(b"\n")
            if not end:
                return False
            self._head, self._data = json.loads(line), rest
        out, err = self._head["out"], self._head["err"]
        if len(self._data) < out + err:
            return False
        run = _run(
            self._head,
            self.limits[len(self.runs)],
            bytes(self._data[:out]),
            bytes(self._data[out : out + err]),
        )
        del self._data[: out + err]
        if self._head["run"] < 0:
            self.unmade = True
            why = clean(f"{UNMADE}: {_error(run.stderr or run.stdout)}", _REASON)
            run = replace(run, status=Status.EXCEPTION, reason=why)
        self.sure = self.sure and (run.status is not Status.WALL_TIMEOUT or self._head["sure"])
        self._head = None
        self.runs.append(run)
        if self.look(len(self.runs) - 1, run):
            self.enough = True
            self.running.kill()
        return True


def _run(head: dict[str, Any], limits: Limits, out: bytes, err: bytes) -> Run:
    run = Run(
        status=Status.OK, exit_code=head["exit"], stdout=out, stderr=err, cpu_s=head["cpu"],
        wall_s=head["wall"], rss_kb=head["rss"],
    )  # fmt: skip
    status, reason = ending(head, limits)
    if status in (Status.OK, Status.EXCEPTION) and run.cpu_s > limits.cpu_s:
        status, reason = Status.CPU_TIMEOUT, f"took {run.cpu_s:.2f} s of CPU time, not {limits.cpu_s:g}"
    if status is Status.EXCEPTION and (last := _last_line(err)):
        reason = last
    return replace(run, status=status, reason=clean(reason, _REASON))


def _error(text: bytes) -> str:
    """The first line of a compiler's words that speaks of an error."""
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return next((line for line in lines if "error" in line.lower()), lines[0] if lines else "no word")


def _last_line(text: bytes) -> str:
    lines = text[-4096:].decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
