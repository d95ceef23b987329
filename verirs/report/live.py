"""The live display: a line that is drawn anew on a terminal, else a plain line whenever it has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from verirs.system.terminal import one_line

LIVE_SECONDS = 0.25
PLAIN_SECONDS = 10.0
_CLEAR = "\r\x1b[2K"


class _Warnings(logging.Handler):
    """Shows warnings of verirs, and nothing else: what stops a run is said at its end."""

    def __init__(self, console: Console):
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            text = Text("warning ", style="yellow") + Text(one_line(record.getMessage()))
            self._console.print(text, soft_wrap=True)


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
            self._write(_CLEAR + (line if len(line) <= columns and line.isascii() else _cut(line, columns)))
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


def _cut(line: str, columns: int) -> str:
    return set_cell_size(line, columns).rstrip()
