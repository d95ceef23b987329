"""Rich consoles that show what is there: no markup is read in any text, and no text moves the cursor."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from verirs.system.terminal import shown

LOG_WIDTH = 120
"""Columns where the output is a file: tables need not wrap."""


class Screen(Console):
    """A console for text that may be a stranger's.

    Args:
        stderr: write to standard error in place of standard output.
        options: of :class:`rich.console.Console`.
    """

    def __init__(self, *, stderr: bool = False, **options: Any):
        plain = {"markup": False, "emoji": False, "highlight": False, "soft_wrap": True}
        super().__init__(stderr=stderr, **(plain | options))
        if (
            not self.is_terminal
            and not {"width", "_environ"} & options.keys()
            and "COLUMNS" not in os.environ
        ):
            self.width = LOG_WIDTH

    def on_broken_pipe(self) -> None:
        """Let it be told where every failure is; rich would end the process."""
        raise

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Everything that is printed passes here."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(shown(segment.text), segment.style)
