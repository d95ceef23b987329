"""The live display: a live line on a terminal, else one plain line every ten seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

PLAIN_SECONDS = 10.0


class Display:
    """Shows a line of progress until it is left. It reads only; it can never stop a run.

    Args:
        line: the line as it stands now.
        console: where it is shown.
    """

    def __init__(self, line: Callable[[], str], console: Console):
        self.line, self.console = line, console
        self._live: Live | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Display:
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
        if self._live is not None:
            self._live.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if kind is None:
            self.console.print(self.line(), highlight=False, markup=False, soft_wrap=True)
