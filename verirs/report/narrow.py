"""Tables and sentences that a narrow terminal does not break within a word or a figure.

Paths and commands are not for these: they are printed in one piece (``soft_wrap``), to be copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

GAP = 2
"""Columns between two cells."""


def sentence(console: Console, text: Text | str) -> None:
    """Print a sentence, or lines of them: on a terminal with each broken between words, else as it is.

    A word longer than the terminal, such as a path, stays in one piece.
    """
    for said in (Text(text) if isinstance(text, str) else text).split("\n", allow_blank=True):
        for line in said.divide(_breaks(said.plain, console.width)) if console.is_terminal else [said]:
            line.rstrip()
            console.print(line, soft_wrap=True)


def _breaks(text: str, width: int) -> list[int]:
    """The places of the words that begin a new line."""
    found: list[int] = []
    used = len(text) - len(text.lstrip())
    for number, word in enumerate(re.finditer(r"\S+\s*", text)):
        if number and used + cell_len(word[0].rstrip()) > width:
            found.append(word.start())
            used = 0
        used += cell_len(word[0])
    return found


@dataclass(frozen=True, slots=True)
class Parts:
    """Texts beside each other; a line ends between two of them and never in one."""

    texts: Sequence[str]

    def lines(self, width: int) -> Iterator[str]:
        """As many of them in a line as there is room for."""
        line = ""
        for text in self.texts:
            longer = f"{line}{' ' * GAP}{text}" if line else text
            if line and cell_len(longer) > width:
                yield line
                longer = text
            line = longer
        yield line

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines(options.max_width):
            yield Text(line)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        longest = max(map(cell_len, self.texts), default=0)
        whole = sum(map(cell_len, self.texts)) + GAP * max(0, len(self.texts) - 1)
        return Measurement(min(longest, options.max_width), min(whole, options.max_width))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table whose columns go on below where they do not fit, each time behind the first one.

    Args:
        head: of the columns.
        rows: of cells, as many in each as in ``head``.
        title: above it.
        left: places of the columns whose cells begin at their left; all others end at their right.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    left: Sequence[int] = (0,)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, places in enumerate(self._bands(options.max_width)):
            if number:
                yield ""
            yield self._band(places, self.title if not number else "")

    def _bands(self, room: int) -> list[list[int]]:
        """The places of the columns that stand beside each other."""
        widths = [max(map(cell_len, column)) + GAP for column in zip(self.head, *self.rows, strict=True)]
        first = min(widths[0], max(room // 2, room - max(widths[1:], default=0)))
        bands: list[list[int]] = [[0]]
        used = first
        for place, width in enumerate(widths[1:], 1):
            if used + width > room and len(bands[-1]) > 1:
                bands.append([0])
                used = first
            bands[-1].append(place)
            used += width
        return bands

    def _band(self, places: Sequence[int], title: str) -> RenderableType:
        table = Table(box=None, title=title or None, title_justify="left")
        for place in places:
            left = place in self.left
            table.add_column(
                Text(self.head[place]),
                justify="left" if left else "right",
                overflow="fold",
                no_wrap=not left,
            )
        for row in self.rows:
            table.add_row(*(Text(row[place]) for place in places))
        return table
