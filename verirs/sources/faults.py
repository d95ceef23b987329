"""What is wrong with one row of a data set, and how a row's content is shown."""

from __future__ import annotations

import json
from typing import Any

from verirs.errors import SourceError


class BadRow(SourceError):
    """One row that cannot be used. Raised without its place, which the reader of the rows knows.

    Args:
        reason: why, in a few words that hold none of the row's content: rows are counted by it.
        detail: the content at fault or what to do, for the message.
    """

    def __init__(self, reason: str, detail: str = ""):
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}{detail}")


class MissingColumn(BadRow):
    """A column that a row does not have. Where all rows lack it, it is said once for the whole file."""


def piece(value: Any, most: int = 60) -> str:
    """The beginning of a value, with everything escaped that a terminal could obey."""
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False, default=str)
        except (TypeError, ValueError, RecursionError):
            value = type(value).__name__
        return named(value if len(value) <= most else value[: most - 1] + "…")
    return repr(value if len(value) <= most else value[: most - 1] + "…")


def named(text: str) -> str:
    """A name or a place as it is, unless it holds what a terminal could obey."""
    return text if text.isprintable() else repr(text)


def listed(names: Any, most: int = 20) -> str:
    """The first of some names."""
    names = [named(str(n)) for n in names]
    return ", ".join(names[:most]) + (" ..." if len(names) > most else "") if names else "nothing"
