"""Starts a program in a process of its own and waits for it.

Its memory, a GPU's too, is returned when it ends, and it ends with this process (see ``tether``).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from verirs.errors import StepFailed
from verirs.running.drive import disk_full
from verirs.system.files import DISK_FULL_WORDS

TAIL_LINES = 12
LOOK_SECONDS = 0.2

Tick = Callable[[str], None]


def silent(line: str) -> None:
    """A tick that shows nothing."""


def run_tethered(
    command: Sequence[str], log: Path, *, environment: Mapping[str, str] | None = None, tick: Tick = silent
) -> int:
    """Run a command to its end, its output going to ``log`` (begun anew).

    Args:
        environment: variables on top of this process's own.
        tick: called now and then with the last line of the log.

    Returns:
        Its exit status; 128 + N where signal N ended it.
    """
    tether = Path(__file__).with_name("tether.py")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(tether), *command],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,  # Ctrl-C comes to us alone; closing the pipe ends the child
        )
        try:
            while process.poll() is None:
                tick(last_line(log))
                time.sleep(LOOK_SECONDS)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
    return process.returncode


def run_command(command: Sequence[str], log: Path, what: str, *, tick: Tick = silent) -> None:
    """Run a program of the user's.

    Args:
        what: for messages, such as ``training in round 1``.

    Raises:
        StepFailed: a status other than 0, with the end of the log.
        StoreError: the disk is full.
    """
    status = run_tethered(command, log, tick=tick)
    if not status:
        return
    tail = "\n".join(read_tail(log).splitlines()[-TAIL_LINES:])
    # a program that is not ours can tell us of a full disk in words only
    if any(words in tail for words in DISK_FULL_WORDS):
        raise disk_full(log.parent)
    raise step_failed(what, f"{ending(status)}. The end of {log}:\n{tail}")


def step_failed(what: str, why: str) -> StepFailed:
    return StepFailed(
        f"{what} failed: {why}\n"
        f"Everything before this step is stored: mend the cause and run the same command."
    )


def ending(status: int) -> str:
    """How a process ended, in words."""
    if status == 128 + signal.SIGKILL:
        return f"exit status {status}: it was killed (SIGKILL), as happens when memory runs out"
    if status > 128 and status - 128 in set(signal.Signals):
        return f"exit status {status}: signal {signal.Signals(status - 128).name} ended it"
    return f"exit status {status}"


def read_tail(path: Path, size: int = 8192) -> str:
    """The end of a text file; empty when it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def last_line(path: Path) -> str:
    lines = read_tail(path, 512).strip().splitlines()
    return lines[-1].strip() if lines else ""
