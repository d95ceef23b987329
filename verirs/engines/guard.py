"""A small process that ends an engine's child processes if this process is gone, however it ended.

Signal handlers cannot do this: SIGKILL and a crash run none, and another part may replace ours. The
guard looks twice a second whether its parent is there, and notes the parent's new descendants while the
engine starts. When the parent has disappeared, it sends SIGTERM to them and their descendants, and
SIGKILL to those that are left after five seconds. Linux only (/proc); elsewhere it does nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys

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

parent, others = int(sys.argv[1]), {int(pid) for pid in sys.argv[2:]}
roots, starting = {}, True
while os.getppid() == parent:
    if starting:
        rows = table()
        roots = tree({parent: rows.get(parent, (0, 0))[1]}, rows)
        roots = {pid: start for pid, start in roots.items() if pid != parent and pid not in others}
    if select.select([sys.stdin], [], [], 0.5)[0]:
        line = sys.stdin.readline()
        if line == "end\n":
            sys.exit(0)
        if line != "started\n":
            break
        starting = False
victims = tree(roots, table())
send(victims, signal.SIGTERM)
until = time.monotonic() + 5
while alive(victims) and time.monotonic() < until:
    time.sleep(0.1)
send(victims, signal.SIGKILL)
"""


class Guard:
    """From now on, this process's new descendants go when it goes; until :meth:`finish`.

    Call :meth:`started` when the engine has all its processes: later ones are not the engine's.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM, str(os.getpid()), *map(str, descendants())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C and hang-ups of the terminal are not for it
        )

    def started(self) -> None:
        """Note the engine's processes for the last time."""
        self._say("started")

    def finish(self) -> None:
        """The engine ended its processes properly: dismiss the guard. Safe to call twice."""
        self._say("end")
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _say(self, word: str) -> None:
        if self._process.stdin and not self._process.stdin.closed:
            try:
                self._process.stdin.write(word + "\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                pass  # the guard is gone already


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
