"""Problems from files: JSON lines, JSON, CSV, TSV or Parquet (:mod:`verirs.sources.formats`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verirs.errors import SourceError
from verirs.sources.code_columns import CodeColumns
from verirs.sources.columns import column
from verirs.sources.faults import BadRow
from verirs.sources.formats import rows_of
from verirs.sources.rows import Columns, problem
from verirs.sources.sieve import OnError, Sieve
from verirs.types import Problem


def read_rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where each row of a file stands, and the row.

    Raises:
        SourceError: no such file, an unknown kind of file, or the first row that is broken.
    """
    for where, row in rows_of(path):
        if isinstance(row, BadRow):
            raise SourceError(f"{where}: {row}")
        yield where, row


def text_of(row: dict[str, Any], where: str, name: str) -> str:
    """A column as text.

    Raises:
        SourceError: the row has no such column.
    """
    try:
        return str(column(row, [name], name))
    except BadRow as e:
        raise SourceError(f"{where}: {e}") from e


class FileSource:
    """A file of rows, a folder of such files, or a pattern that matches some (docs/sources.md).

    Args:
        path: ``.jsonl``, ``.json``, ``.csv``, ``.tsv`` or ``.parquet``; relative to the config's folder.
        prompt: the prompt's column: a text, or a list of chat messages (default: prompt, question or
            problem). Here as for the other columns, ``a.b`` is the column b of the table a.
        answer: the gold answer's column (default: answer, gold, final_answer, ground_truth, expected_answer
            or reward_model.ground_truth, where there is one).
        id: the id's column; rows without one get a hash of their prompt, and all do with an empty name.
        tests: the tests' column (default: tests, or the columns of a published set; see docs/code.md).
        entry_point: the column with the name of the function that the tests call.
        language: the column with the programs' language.
        time_limit: the column with the seconds that a program may take.
        memory_limit: the column with the memory that a program may take.
        split: kept on each problem, for the dataset card.
        on_error: refuse: name all rows that cannot be used; skip: leave them out and count them.
    """

    def __init__(
        self,
        path: str,
        prompt: str = "",
        answer: str = "",
        id: str = "id",
        tests: str = "",
        entry_point: str = "",
        language: str = "",
        time_limit: str = "",
        memory_limit: str = "",
        split: str = "",
        on_error: OnError = "refuse",
    ):
        self.path = path
        code = CodeColumns(
            tests=tests,
            entry_point=entry_point,
            language=language,
            time_limit=time_limit,
            memory_limit=memory_limit,
        )
        self._columns = Columns(prompt=prompt, answer=answer, id=id, code=code, options=True)
        self._split = split
        self._sieve = Sieve("file", on_error)
        self.skipped, self.where = self._sieve.skipped, self._sieve.where

    def problems(self) -> Iterator[Problem]:
        """All rows, in their order, equal ones once.

        Raises:
            SourceError: naming the file and line of all rows that cannot be used.
        """
        name = Path(self.path).name
        return self._sieve.problems(
            rows_of(self.path), lambda row: problem(row, self._columns, source=name, split=self._split)
        )
