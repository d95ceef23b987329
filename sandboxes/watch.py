"""Looking after one process while it runs: its limits, and how long it stood waiting for a CPU.

Used by the runner for the process of a job and by the leader of a batch for that of each test. Nothing here
decides what an end means.
"""

from __future__ import annotations

import errno
import os
import time
from typing import Any

import scratch

WATCH_S = 0.05
_PATIENCE = 5
"""How many times its wall limit a job may have stood in the queue for a CPU."""
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")


class Watch:
    """Where processes are seen: a ``/proc``, who of them belong to the job, and their writable folder.

    Args:
        tier: see the runner.
        proc: a descriptor of a ``/proc``.
        folder: the writable folder.
        others: process numbers in that ``/proc`` that are no part of the job.
        main: the process whose children make up the job, where no namespace does.
    """

    def __init__(self, tier: str, proc: int, folder: str, others: set[int], main: int) -> None:
        self.tier, self.proc, self.folder, self.others, self.main = tier, proc, folder, others, main

    def read(self, name: str) -> str:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)
        try:
            return os.read(fd, 1 << 16).decode("utf-8", "replace")
        finally:
            os.close(fd)

    def pids(self) -> list[str]:
        """The processes of the job."""
        if self.tier in ("landlock", "process"):
            return self.children()
        return [p for p in os.listdir(self.proc) if p.isdigit() and int(p) not in self.others]

    def children(self) -> list[str]:
        """The processes whose parent is `main`."""
        pids = [p for p in os.listdir(self.proc) if p.isdigit()]
        return [p for p in pids if self.stat(p)[1:2] == [str(self.main)]]

    def stat(self, pid: str) -> list[str]:
        """The fields of ``/proc/PID/stat`` from the third on; none for a process that is gone."""
        try:
            return self.read(f"{pid}/stat").rpartition(")")[2].split()
        except OSError:
            return []

    def seen_as(self, pid: int) -> str:
        """The number by which this ``/proc`` knows a process that we know by ``pid``."""
        for name in self.pids():
            try:
                line = self.read(f"{name}/status").partition("NSpid:")[2].partition("\n")[0]
            except OSError:
                continue
            if line.split()[-1:] == [str(pid)]:
                return name
        return str(pid)

    def held(self, pids: list[str], source: str, limit: int) -> bool:
        """Whether the processes hold more than ``limit`` bytes: first by a cheap sum that counts shared
        pages often (statm), then by one that does not (smaps_rollup)."""
        total = 0
        for pid in pids:
            try:
                text = self.read(f"{pid}/{source}")
                if source == "statm":
                    total += int(text.split()[1]) * _PAGE
                else:
                    total += sum(int(x.split()[1]) << 10 for x in text.splitlines() if x.startswith("Pss:"))
            except (OSError, IndexError):
                continue
        return total > limit


class Guard:
    """The limits of one process and its descendants. ``spec`` has ``cpu`` and ``wall`` (seconds), ``memory``
    and ``disk`` (bytes), ``processes``."""

    def __init__(self, watch: Watch, pid: int, spec: dict[str, Any], start: float) -> None:
        self.watch, self.pid, self.spec, self.start = watch, pid, spec, start
        self.deadline = start + spec["wall"]
        self.next = start + WATCH_S
        self.several = False
        self.sure = True
        """Whether a wall timeout is known to be no fault of a busy machine."""

    def pause(self) -> float:
        """Milliseconds until the next look is due."""
        return max(0.0, min(self.next, self.deadline) - time.monotonic()) * 1000

    def over(self) -> str:
        """The limit that is passed: ``wall``, ``cpu``, ``memory``, ``disk``, ``processes``; or nothing."""
        now = time.monotonic()
        if now >= self.next:
            self.next = now + WATCH_S
            if end := self._look():
                return end
        if now >= self.deadline:
            self.deadline = self.start + self.spec["wall"] + self._waited()
            return "wall" if time.monotonic() >= self.deadline else ""
        return ""

    def _look(self) -> str:
        spec, watch = self.spec, self.watch
        try:  # of the process with all its threads: the number of its CPU clock, as clock_getcpuclockid(3)
            cpu = time.clock_gettime((~self.pid << 3) | 2)
        except OSError:
            cpu = 0.0
        if cpu >= spec["cpu"]:
            return "cpu"
        if watch.tier == "process":
            return ""
        pids = watch.pids()
        self.several = len(pids) > 1
        if self.several and self._cpu_of(pids) >= spec["cpu"]:
            return "cpu"
        if watch.tier == "container" and len(pids) > spec["processes"]:
            return "processes"  # gVisor counts none
        if watch.held(pids, "statm", spec["memory"]) and watch.held(pids, "smaps_rollup", spec["memory"]):
            return "memory"
        if watch.tier != "namespaces" and scratch.used(watch.folder, spec["disk"]) > spec["disk"]:
            return "disk"
        return ""

    def _cpu_of(self, pids: list[str]) -> float:
        """CPU seconds of these processes and of the children that they waited for."""
        fields = (self.watch.stat(pid)[11:15] for pid in pids)
        return sum(int(x) for four in fields for x in four) / _TICK

    def _waited(self) -> float:
        """Seconds the process stood ready to run while others had the CPUs: no fault of its, unless these
        were its own children."""
        if self.several:
            return 0.0
        try:
            waited = int(self.watch.read(f"{self.watch.seen_as(self.pid)}/schedstat").split()[1]) / 1e9
        except (OSError, IndexError):
            self.sure = False
            return 0.0
        longest = _PATIENCE * float(self.spec["wall"])
        self.sure = waited < longest
        return min(waited, longest)


def ending(watch: Watch, pid: int) -> int:
    """A descriptor that becomes readable when the process ends."""
    try:
        return os.pidfd_open(pid)
    except OSError as e:
        if e.errno != errno.ENOSYS:
            raise
    # gVisor's older versions have none: a process that only waits tells through a pipe.
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        while watch.stat(str(pid))[:1] not in ([], ["Z"]):
            time.sleep(0.005)
        os._exit(0)
    os.close(write)
    return read
