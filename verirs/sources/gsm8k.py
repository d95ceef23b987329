"""GSM8K (Cobbe et al. 2021): grade-school word problems with integer answers after ``####``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from verirs.errors import SourceError
from verirs.sources.columns import usual
from verirs.sources.faults import BadRow, piece
from verirs.sources.formats import Row, rows_of
from verirs.sources.hub import hub_rows
from verirs.sources.rows import PROMPT, Columns, nothing, problem
from verirs.sources.sieve import OnError, Sieve
from verirs.types import Problem


class Gsm8kSource:
    """GSM8K from the hub or from a local file (its own JSONL/Parquet, or rows with prompt and gold).

    Args:
        path: a local file in place of a download.
        split: ``test`` (1,319) or ``train`` (7,473).
        on_error: refuse: name all rows that cannot be used; skip: leave them out and count them.
    """

    def __init__(self, path: str = "", split: str = "test", on_error: OnError = "refuse"):
        if split not in ("train", "test"):
            raise SourceError(f"gsm8k has the splits train and test, not {split!r}")
        self.path, self.split = path, split
        self._sieve = Sieve("gsm8k", on_error, ("prompt", "answer"))
        self.skipped, self.where = self._sieve.skipped, self._sieve.where

    def problems(self) -> Iterator[Problem]:
        """The problems; the gold answer is what follows the last ``####``, commas removed.

        Raises:
            SourceError: rows that are no GSM8K, or the dataset cannot be had.
        """
        rows = rows_of(self.path) if self.path else hub_rows("openai/gsm8k", "main", self.split)
        return self._sieve.problems(self._numbered(rows), self._problem)

    def _numbered(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Rows without an id get the dataset's own: their position, bad rows counted."""
        for number, (where, row) in enumerate(rows):
            if not isinstance(row, BadRow) and nothing(row.get("id")) and _whole(row):
                row = {**row, "id": f"gsm8k/{self.split}/{number}"}
            yield where, row

    def _problem(self, row: dict[str, Any]) -> Problem:
        gold = "gold" in row
        columns = Columns(answer="gold" if gold else "answer")
        p = problem(row, columns, source="openai/gsm8k", split=self.split)
        if gold:
            return p
        solution = p.answer or ""
        if "####" not in solution:
            raise BadRow("the answer has no '####' line; is this GSM8K?", f" {piece(solution[-60:])}")
        final = solution.rpartition("####")[2].strip().replace(",", "")
        return replace(p, answer=final, meta={**p.meta, "solution": solution})


def _whole(row: dict[str, Any]) -> bool:
    """Whether it has what a problem needs; a message about one that has not lists the columns of its own."""
    return usual(row, PROMPT) is not None and usual(row, ("gold", "answer")) is not None
