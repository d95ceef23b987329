"""The line of a step that works in another process: its own last line, with a bar and a time left where that
line counts."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator

from rich.console import Console

from verirs.report.live import SOON, STEADY, Display, clock, cut

BAR = 10
_COUNT = re.compile(r"(?<![\d./])(\d+)/(\d+)(?![\d./])")
_DRAWN = re.compile(r"\s*\d+%\|.*?\|\s*")
"""The bar of another program, in front of its count."""


@contextlib.contextmanager
def step_shown(stage: str, console: Console) -> Iterator[Callable[[str], None]]:
    """While it lasts, a line of the stage on a terminal, nothing elsewhere; gives what takes the step's last
    line.

    Args:
        stage: ``training``.
    """
    step = StepLine(stage)
    with Display(step.line, console if console.is_terminal else Console(quiet=True)):
        yield step.tick


class StepLine:
    """What is known of a step. Told by one thread, read by another.

    Args:
        stage: ``training``.
    """

    def __init__(self, stage: str):
        self.stage = stage
        self._said = ""
        self._begun: tuple[float, int, int] | None = None
        """When a count was first seen: the time, how much was done, of how much."""

    def tick(self, line: str) -> None:
        """Take the step's last line."""
        self._said = _DRAWN.sub("", line)
        if (count := self._count()) and (
            self._begun is None or count[1] != self._begun[2] or count[0] < self._begun[1]
        ):
            self._begun = (time.monotonic(), *count)

    def line(self, width: int = 0) -> str:
        """One line of at most ``width`` columns; 0 is any number. What matters least is left out first."""
        said, _, more = self._said.partition("  ")
        parts = [(0, self.stage), (2, said.strip()), (4, more.strip())]
        if count := self._count():
            full = min(BAR, BAR * count[0] // max(1, count[1]))
            parts.insert(1, (1, f"[{'#' * full}{'.' * (BAR - full)}]"))
            left = self.seconds_left()
            parts.append((3, f"{clock(left)} left" if left is not None else ""))
        parts = [part for part in parts if part[1]]
        while (
            width and len("  ".join(text for _, text in parts)) > width and len(parts) > (3 if count else 2)
        ):
            parts.remove(max(parts, key=lambda part: part[0]))
        line = "  ".join(text for _, text in parts)
        return cut(line, width) if width else line

    def seconds_left(self) -> float | None:
        """``None`` while it cannot be told."""
        count = self._count()
        if count is None or self._begun is None:
            return None
        (done, total), (begun, before, _) = count, self._begun
        seconds = time.monotonic() - begun
        early = seconds < (SOON if done - before >= 0.1 * (total - before) else STEADY)
        return (
            None if early or done <= before or done >= total else (total - done) * seconds / (done - before)
        )

    def _count(self) -> tuple[int, int] | None:
        found = _COUNT.search(self._said)
        return (int(found[1]), int(found[2])) if found and int(found[1]) <= int(found[2]) else None
