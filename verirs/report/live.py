"""The running display: a live line on a terminal, else one plain line every ten seconds."""

from __future__ import annotations

import threading
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from verirs.progress import Progress

PLAIN_SECONDS = 10.0


class Display:
    """Shows a :class:`Progress` until it is left. It reads counters only; it can never stop a run."""

    def __init__(self, progress: Progress, console: Console):
        self.progress, self.console = progress, console
        self._live: Live | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Display:
        if self.console.is_terminal:
            self._live = Live(
                # folded where the terminal is narrow: the time left stands at the end
                get_renderable=lambda: Text(self.progress.line(), no_wrap=False, overflow="fold"),
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
            self.console.print(self.progress.line(), highlight=False, soft_wrap=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self.progress.judged:
            self.console.print(self.progress.line(), highlight=False, soft_wrap=True)
