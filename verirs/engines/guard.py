"""A small process that ends an engine's child processes if this process is gone, however it ended.

Signal handlers cannot do this: SIGKILL and a crash run none, and another part may replace ours. The
guard sleeps until its parent has disappeared; then it sends SIGTERM to the children it was given and
all their descendants, and SIGKILL to those that are left after five seconds. Linux only (/proc).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection

_PROGRAM = r"""
import os, select, signal, sys, time

def table():
    rows = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    fields = stat.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[0] != b"Z":
                rows[int(name)] = (int(fields[1]), int(fields[19]))
    return rows

def tree(roots, rows):
    found = {pid: start for pid, start in roots.items() if rows.get(pid, (0, 0))[1] == start}
    grown = True
    while grown:
        grown = False
        for pid, (parent, start) in rows.items():
            if parent in found and pid not in found and pid != os.getpid():
                found[pid] = start
                grown = True
    return found

def alive(victims):
    rows = table()
    return [pid for pid, start in victims.items() if rows.get(pid, (0, 0))[1] == start]

def send(victims, number):
    for pid in alive(victims):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

parent = int(sys.argv[1])
roots = {int(pid): int(start) for pid, start in (part.split(":") for part in sys.argv[2:])}
while os.getppid() == parent:
    if select.select([0], [], [], 0.5)[0]:
        if os.read(0, 1) == b"x":
            sys.exit(0)
        break
victims = tree(roots, table())
send(victims, signal.SIGTERM)
until = time.monotonic() + 5
while alive(victims) and time.monotonic() < until:
    time.sleep(0.1)
send(victims, signal.SIGKILL)
"""


class Guard:
    """Watches over ``children`` (pids) until :meth:`finish`."""

    def __init__(self, children: Collection[int]):
        table = _table()
        known = [f"{pid}:{table[pid][1]}" for pid in sorted(children) if pid in table]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM, str(os.getpid()), *known],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C and hang-ups of the terminal are not for it
        )

    def finish(self) -> None:
        """The children have been ended properly: dismiss the guard. Safe to call twice."""
        if self._process.stdin and not self._process.stdin.closed:
            try:
                self._process.stdin.write(b"x")
                self._process.stdin.close()
            except BrokenPipeError:
                pass
        self._process.wait()


def descendants() -> set[int]:
    """The pids of all living processes below this one; empty where there is no /proc."""
    table = _table()
    found = {os.getpid()}
    grown = True
    while grown:
        new = {pid for pid, (parent, _) in table.items() if parent in found} - found
        found |= new
        grown = bool(new)
    return found - {os.getpid()}


def _table() -> dict[int, tuple[int, int]]:
    """pid -> (parent's pid, start time in clock ticks), which together with the pid names a process."""
    rows: dict[int, tuple[int, int]] = {}
    if not os.path.isdir("/proc/self"):
        return rows
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    fields = stat.read().rpartition(b")")[2].split()
            except OSError:
                continue
            rows[int(name)] = (int(fields[1]), int(fields[19]))
    return rows
