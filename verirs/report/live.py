"""The live display: a live line on a terminal, else one plain line every ten seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

PLAIN_SECONDS = 10.0


class _Warnings(logging.Handler):
    """Shows warnings of verirs, and nothing else: what stops a run is said at its end."""

    def __init__(self, console: Console):
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            text = Text("warning ", style="yellow") + Text(record.getMessage())
            self._console.print(text, soft_wrap=True)


class Display:
    """Shows a line of progress until it is left, and warnings. It reads only; it can never stop a run.

    Args:
        line: the line as it stands now.
        console: where it is shown.
    """

    def __init__(self, line: Callable[[], str], console: Console):
        self.line, self.console = line, console
        self._live: Live | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._warnings = _Warnings(console)

    def __enter__(self) -> Display:
        logging.getLogger("verirs").addHandler(self._warnings)
        if self.console.is_terminal:
            self._live = Live(
                # folded where the terminal is narrow: the time left stands at the end
                get_renderable=lambda: Text(self.line(), no_wrap=False, overflow="fold"),
                console=self.console,
                refresh_per_second=4,
                transient=True,
            )
            self._live.start()
        else:
            self._thread = threading.Thread(target=self._print_lines, name="verirs-progress", daemon=True)
            self._thread.start()
        return self

    def _print_lines(self) -> None:
        while not self._stop.wait(PLAIN_SECONDS):
            self.console.print(self.line(), highlight=False, markup=False, soft_wrap=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("verirs").removeHandler(self._warnings)
        if self._live is not None:
            self._live.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if kind is None:
            self.console.print(self.line(), highlight=False, markup=False, soft_wrap=True)
