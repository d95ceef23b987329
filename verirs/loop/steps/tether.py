"""Runs a command and ends all that it started when it ends, takes too long, or its starter is gone.

    python tether.py SECONDS COMMAND [ARGUMENT ...]

The starter holds the other end of standard input. When that closes (also by SIGKILL of the starter), or
after SECONDS (0: never), the command and its descendants get SIGTERM, and SIGKILL after ten seconds. What the
command leaves running when it ends by itself is ended the same way: a worker that stays would keep its GPU.
Descendants in sessions of their own (torchrun's workers) are found too on Linux, where orphans come to this
process; elsewhere those of the command's process group are.

The exit status is the command's; 128 + N where signal N ended it; 124 where it took too long. Standard
library only, Linux and macOS.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

GRACE_SECONDS = 10.0
LOOK_SECONDS = 0.05
TIMED_OUT = 124
_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


def adopt_orphans() -> None:
    """Let every descendant whose parent ends become a child of this process (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants() -> set[int]:
    """The processes below this one, but for those that are only waited for."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has just ended
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        if state not in "ZX":
            children.setdefault(int(parent), []).append(int(stat.parent.name))
    found: set[int] = set()
    todo = [os.getpid()]
    while todo:
        new = [pid for pid in children.get(todo.pop(), []) if pid not in found]
        found.update(new)
        todo += new
    return found


def end(group: int) -> None:
    """End the command's process group and every descendant, in ten seconds at most."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        send(group, number)
        until = time.monotonic() + GRACE_SECONDS
        while left(group):
            if time.monotonic() > until:
                break
            time.sleep(LOOK_SECONDS)
        else:
            return


def send(group: int, number: int) -> None:
    for kill, whom in [(os.killpg, group), *((os.kill, pid) for pid in descendants())]:
        try:
            kill(whom, number)
        except (ProcessLookupError, PermissionError):
            continue


def left(group: int) -> bool:
    """Whether something still runs; what has ended is taken from the system's list."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    if descendants():
        return True
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main(seconds: float, command: list[str]) -> int:
    adopt_orphans()
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as e:
        print(f"cannot start {command[0]!r}: {e.strerror}", file=sys.stderr)
        return 127
    group = child.pid

    def watch() -> None:
        while os.read(0, 4096):
            pass
        end(group)
        os._exit(143)

    threading.Thread(target=watch, daemon=True).start()
    try:
        code = child.wait(seconds or None)
    except subprocess.TimeoutExpired:
        end(group)
        return TIMED_OUT
    end(group)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
