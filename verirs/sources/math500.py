"""MATH-500 (Lightman et al. 2023, of Hendrycks et al. 2021): 500 competition problems with LaTeX answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verirs.sources.formats import rows_of
from verirs.sources.hub import hub_rows
from verirs.sources.rows import Columns, nothing, problem
from verirs.sources.sieve import OnError, Sieve
from verirs.types import Problem


class Math500Source:
    """MATH-500 from the hub or from a local file (its own rows, or rows with prompt and gold).

    Args:
        path: a local file in place of a download.
        on_error: refuse: name all rows that cannot be used; skip: leave them out and count them.
    """

    def __init__(self, path: str = "", on_error: OnError = "refuse"):
        self.path = path
        self._sieve = Sieve("math500", on_error, ("prompt", "answer"))
        self.skipped, self.where = self._sieve.skipped, self._sieve.where

    def problems(self) -> Iterator[Problem]:
        """
        Raises:
            SourceError: rows that cannot be used, or the dataset cannot be had.
        """
        rows = rows_of(self.path) if self.path else hub_rows("HuggingFaceH4/MATH-500", "", "test")
        return self._sieve.problems(rows, _problem)


def _problem(row: dict[str, Any]) -> Problem:
    key = "unique_id" if nothing(row.get("id")) and "unique_id" in row else "id"
    return problem(row, Columns(id=key), source="MATH-500", split="test")
