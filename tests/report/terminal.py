"""A terminal of a size, and what a command leaves on it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import verirs

START = (
    "import sys; from verirs.report import live; live.LIVE_SECONDS = 0.01; "
    "from verirs.cli import main; main(sys.argv[1:])"
)
"""Draws often, so that each stage is seen however short it is."""
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_DRAWN = "\r\x1b[2K"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a command wrote.

    Args:
        code: its exit code.
        progress: every line that was drawn over another.
        lines: what stays.
    """

    code: int
    progress: list[str]
    lines: list[str]

    def stages(self) -> set[str]:
        return {line.partition("  ")[0] for line in self.progress}


def shown(arguments: Sequence[str], folder: Path, columns: int, rows: int = 24) -> Seen:
    """Run ``verirs ARGUMENTS`` on a terminal of its own."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment |= {"TERM": "xterm", "PYTHONPATH": str(Path(verirs.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-c", START, *arguments],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    said, end = b"", time.monotonic() + 300
    try:
        while time.monotonic() < end:
            if not select.select([ours], [], [], 1.0)[0]:
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            said += piece
        else:
            process.kill()
        code = process.wait()
    finally:
        os.close(ours)
    text = _STYLE.sub("", said.decode("utf-8", "replace")).replace("\r\n", "\n")
    progress, lines = [], []
    for line in text.split("\n"):
        *drawn, last = line.split(_DRAWN)
        progress += [part for part in drawn if part]
        lines.append(last)
    return Seen(code=code, progress=progress, lines=lines)


def too_wide(lines: Sequence[str], columns: int) -> list[str]:
    """Lines that the terminal breaks itself, but for commands and for a single long word such as a path."""
    wide = [line for line in lines if len(line.rstrip()) > columns]
    kept = re.compile(r"(next[: ]|page:|every sample:|report|model:|.{0,10}$)")
    return [line for line in wide if not kept.match(line) and max(map(len, line.split())) <= columns - 20]
