"""The live display: a line that is drawn anew on a terminal, else a plain line whenever it has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from verirs.report.narrow import sentence
from verirs.system.terminal import one_line

LIVE_SECONDS = 0.25
PLAIN_SECONDS = 10.0
STEADY = 10.0
"""Seconds of a stage before a time left is told; the first samples to come are the shortest ones."""
SOON = 2.0
"""The same for a stage of which a tenth is done."""
_CLEAR = "\r\x1b[2K"


class _Warnings(logging.Handler):
    """Shows warnings of verirs, and nothing else: what stops a run is said at its end."""

    def __init__(self, console: Console):
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            sentence(self._console, Text("warning ", style="yellow") + Text(one_line(record.getMessage())))


class Display:
    """Shows a line of progress until it is left, and warnings. It reads only; it can never stop a run.

    The cursor is never hidden, so there is nothing to give back, however the process ends.

    Args:
        line: the line as it stands now, for so many columns; 0 is any number.
        console: where it is shown.
    """

    def __init__(self, line: Callable[[int], str], console: Console):
        self.line, self.console = line, console
        self.live = console.is_terminal and not console.is_dumb_terminal and not console.is_jupyter
        self._last = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._warnings = _Warnings(console)

    def __enter__(self) -> Display:
        logging.getLogger("verirs").addHandler(self._warnings)
        if not self.console.quiet:
            self._thread = threading.Thread(target=self._watch, name="verirs-progress", daemon=True)
            self._thread.start()
        return self

    def _watch(self) -> None:
        wait = LIVE_SECONDS if self.live else PLAIN_SECONDS
        try:
            while not self._stop.wait(wait):
                self._draw()
            if self.live:
                self._write(_CLEAR)
        except (OSError, ValueError):  # nobody reads any more: the run goes on
            return

    def _draw(self) -> None:
        if self.live:
            columns = max(1, self.console.width - 1)  # a full line would wrap on some terminals
            line = self.line(columns)
            self._write(_CLEAR + (line if len(line) <= columns and line.isascii() else cut(line, columns)))
            return
        line = self.line(0)
        if line != self._last:
            self._last = line
            if self.console.is_jupyter:
                self.console.print(Text(line), soft_wrap=True)
            else:  # rich ends the process when a pipe is closed; a display must not
                self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        self.console.file.write(text)
        self.console.file.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("verirs").removeHandler(self._warnings)
        self._stop.set()
        if self._thread is not None:
            self._thread.join()


def cut(line: str, columns: int) -> str:
    """As many whole words of a line as there is room for; of a single long one its beginning."""
    if cell_len(line) <= columns:
        return line
    kept = set_cell_size(line, columns + 1).rpartition(" ")[0]
    return (kept or set_cell_size(line, columns)).rstrip()


def clock(seconds: float) -> str:
    """``1:05``, ``2:00:00``."""
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"
