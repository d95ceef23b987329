"""Starts a program in a process of its own and waits for it.

Its memory, a GPU's too, is returned when it ends, and it ends with this process (see ``tether``).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from verirs.errors import StepFailed
from verirs.running.drive import disk_full
from verirs.system.files import DISK_FULL_WORDS
from verirs.system.terminal import one_line

TAIL_LINES = 12
LONGEST_LINE = 200
TIMED_OUT = 124
"""The exit status of the tether, as of timeout(1), for what took too long."""
LOOK_SECONDS = 0.2

Tick = Callable[[str], None]


def silent(line: str) -> None:
    """A tick that shows nothing."""


def program(name: str) -> str | None:
    """Where a program is: as a shell finds it, or beside this Python (``accelerate``, ``torchrun``)."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


class Tethered:
    """A program in a process of its own that ends with this one.

    Args:
        command: the program and its arguments.
        log: where its output goes, begun anew.
        environment: variables on top of this process's own.
        timeout: seconds after which it is ended; 0 never.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        timeout: float = 0,
    ):
        self._log = log
        tether = Path(__file__).with_name("tether.py")
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(tether), str(timeout), *command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C comes to us alone; closing the pipe ends the child
            )

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def wait(self, tick: Tick = silent) -> int:
        """Wait for its end; whatever ends the waiting ends the program.

        Args:
            tick: called now and then with the last line of the log.

        Returns:
            Its exit status; 128 + N where signal N ended it.
        """
        try:
            while self.lives:
                tick(last_line(self._log))
                time.sleep(LOOK_SECONDS)
        finally:
            self.end()
        return self._process.returncode

    def end(self) -> None:
        """End it, if it still runs. Safe to call twice."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def run_command(
    command: Sequence[str], log: Path, what: str, *, tick: Tick = silent, timeout: float = 0
) -> None:
    """Run a program of the user's.

    Args:
        what: for messages, such as ``training in round 1``.
        timeout: seconds that it may take; 0: any.

    Raises:
        StepFailed: a status other than 0, with the end of the log; it took too long.
        StoreError: the disk is full.
    """
    status = Tethered(command, log, timeout=timeout).wait(tick)
    if not status:
        return
    # a program that is not ours can tell us of a full disk in words only
    if any(words in read_tail(log) for words in DISK_FULL_WORDS):
        raise disk_full(log.parent)
    raise step_failed(what, f"{ending(status, timeout)}. The end of {log}:\n{shown_tail(log)}")


def step_failed(what: str, why: str) -> StepFailed:
    return StepFailed(
        f"{what} failed: {why}\n"
        f"Everything before this step is stored: mend the cause and run the same command."
    )


def ending(status: int, timeout: float = 0) -> str:
    """How a process ended, in words."""
    if timeout and status == TIMED_OUT:
        return f"it took longer than {timeout / 3600:g} hours (train.timeout) and was ended"
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


def shown_tail(path: Path) -> str:
    """The last lines of a log, as a terminal may show them: short, without control characters."""
    lines = re.split(r"[\r\n]+", read_tail(path).strip())[-TAIL_LINES:]
    return "\n".join(
        one_line(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}...") for line in lines
    )


def last_line(path: Path) -> str:
    lines = re.split(r"[\r\n]+", read_tail(path, 512).strip())
    return one_line(lines[-1].strip()[:LONGEST_LINE])
