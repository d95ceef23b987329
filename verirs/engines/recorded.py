"""Rows of recorded completions: which problem and which sample each row is about.

Read by the engine ``replay`` (the texts) and the scorer ``recorded`` (labels, rewards, step scores), so that
both mean the same sample by the same number. Keeps nothing; a file of any size is read row by row.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from verirs.errors import SourceError, UserError, nearest
from verirs.system.files import clean, once
from verirs.system.terminal import one_line

KEPT_MODELS = 1000
LONGEST = 64 << 20
"""So many bytes one line may have: a short file can be packed text without an end."""
USUAL = {
    "id_column": ("id", "task_id", "unique_id", "question_id", "doc_id", "uuid", "idx", "index"),
    "text_column": ("completion", "response", "generation", "output", "answer", "prediction", "model_output"),
}
"""What a column for an option is often called elsewhere, for messages."""


class Row(NamedTuple):
    """One recorded sample."""

    line: int
    """From 1; of Parquet the number of the row."""
    problem: str
    sample: int
    """The file's own index, or the place among the problem's rows; only the order counts."""
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile:
    """A ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` file of recorded samples.

    Args:
        path: of the file.
        reader: who reads it, for messages: ``engine replay``.
        model: only this model's rows; empty: all.
        id_column: the problem's id.
        index_column: the order of a problem's samples; where the file lacks it, the order of the rows counts.
        model_column: the model's name, or any other column that tells runs apart.
        table: what stands before an option in a message that names it: ``--set engine.``.
    """

    path: Path
    reader: str
    model: str = ""
    id_column: str = "problem_id"
    index_column: str = "sample_index"
    model_column: str = "model"
    table: str = ""

    def find(self) -> None:
        """Raises SourceError: no such file; the nearest name is said."""
        if not self.path.is_file():
            if self.path.is_symlink() or self.path.exists():
                raise SourceError(f"{self.reader}: {self.path} is no ordinary file")
            parent = self.path.parent
            names = [entry.name for entry in parent.iterdir()] if parent.is_dir() else []
            raise SourceError(f"{self.reader}: no file {self.path}{nearest(self.path.name, names)}")

    def digest(self) -> str:
        """16 hex digits of the file's content.

        Raises:
            SourceError: no such file, or one that may not be read.
        """
        self.find()
        try:
            with self.path.open("rb") as data:
                return hashlib.file_digest(data, "sha256").hexdigest()[:16]
        except OSError as error:
            raise SourceError(f"{self.reader}: {self.path} cannot be read: {error.strerror}") from error

    def refuse_changed(self, digest: str) -> None:
        """Refuse a file of another content than the one of this digest: it changed while it was read.

        Raises:
            SourceError: so it is.
        """
        if self.digest() != digest:
            raise SourceError(
                f"{self.reader}: {self.path} changed while it was read; let it be written to its end, and "
                "run the same command again"
            )

    def models(self) -> list[str]:
        """The different values of the model column, in order of first sight (at most 1,000)."""
        self.find()
        found: dict[str, None] = {}
        for line, row in self._read((self.model_column,)):
            if self.model_column not in row:
                raise SourceError(
                    f"{self.reader}: {self.path}:{line}: no column {self.model_column!r}"
                    f"{nearest(self.model_column, row)}"
                )
            if len(found) < KEPT_MODELS:
                found[_name(row[self.model_column])] = None
        return list(found)

    def rows(self, needed: Mapping[str, str], optional: tuple[str, ...] = ()) -> Iterator[Row]:
        """The rows of the chosen model.

        Args:
            needed: columns that each of them must have, each with the option that names it.
            optional: others that are read where a file has them.

        Raises:
            SourceError: no such file, no row, or a row that cannot be used, with file and line.
        """
        self.find()
        counts: dict[str, int] = {}
        models: set[str] = set()
        found = False
        for line, row in self._read((*needed, *optional), needed):
            model = _name(row.get(self.model_column))
            if self.model:
                if len(models) < KEPT_MODELS:
                    models.add(model)
                if model != self.model:
                    continue
            found = True
            yield self._row(line, row, needed, counts)
        if not found:
            hint = f" of model {self.model!r}{nearest(self.model, models)}" if self.model else ""
            raise SourceError(f"{self.reader}: {self.path} has no rows{hint}")

    def _row(self, line: int, row: dict[str, Any], needed: Mapping[str, str], counts: dict[str, int]) -> Row:
        where = f"{self.reader}: {self.path}:{line}"
        self._refuse_without(needed, row, line)
        problem = row[self.id_column]
        if problem is None or problem == "":
            raise SourceError(f"{where}: {self.id_column!r} is empty")
        if isinstance(problem, (list, dict, bytes)):
            raise SourceError(f"{where}: {self.id_column!r} is a {type(problem).__name__}, not a text")
        problem = clean(str(problem))
        sample = row.get(self.index_column)
        if sample is None:
            sample = counts.get(problem, 0)
            counts[problem] = sample + 1
        if not isinstance(sample, int) or isinstance(sample, bool) or not 0 <= sample < 1 << 63:
            raise SourceError(f"{where}: {self.index_column!r} is {sample!r:.40}, not an index from 0")
        return Row(line, problem, sample, row)

    def _refuse_without(self, needed: Mapping[str, str], there: Collection[str], line: int) -> None:
        """Raises SourceError: a column is missing. It says which are there, and what names another one."""
        options = {self.id_column: "id_column", **needed}
        if not (missing := [column for column in options if column not in there]):
            return
        meant = {column: _meant(column, options[column], there) for column in missing}
        raise SourceError(
            f"{self.reader}: {self.path}:{line}: no column {' and no column '.join(map(repr, missing))}"
            f"{f'; did you mean {meant[missing[0]]}?' if len(missing) == 1 and meant[missing[0]] else '.'} "
            f"The row has {', '.join(one_line(name, 40) for name in list(there)[:20]) or 'nothing'}. "
            f"To name it: "
            + " ".join(f"{self.table}{options[column]}={meant[column] or 'COLUMN'}" for column in missing)
        )

    def twice(self, problem: str, sample: int, first: tuple[int, Any], last: tuple[int, Any]) -> SourceError:
        """What to raise where a sample is there twice.

        Args:
            first: line and model of one of the rows.
            last: of the other.
        """
        what = f"{self.reader}: {self.path}: sample {sample} of problem {problem!r} is there twice"
        if first[1] != last[1]:
            return SourceError(f"{what}, by models {first[1]!r} and {last[1]!r}; choose one with model = ...")
        return SourceError(f"{what} (rows {first[0]} and {last[0]})")

    def _read(
        self, columns: tuple[str, ...], needed: Mapping[str, str] | None = None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line or row number from 1, row) of the file."""
        name = self.path.name
        if name.endswith(".parquet"):
            wanted = {self.id_column, self.index_column, self.model_column, *columns}
            yield from self._read_parquet(wanted, needed)
        elif name.endswith((".jsonl", ".jsonl.gz")):
            yield from self._read_jsonl()
        else:
            raise UserError(f"{self.reader}: {self.path}: not a .jsonl, .jsonl.gz or .parquet file")

    def _read_jsonl(self) -> Iterator[tuple[int, dict[str, Any]]]:
        opener = gzip.open if self.path.suffix == ".gz" else open
        number = 0
        try:
            with opener(self.path, "rb") as lines:
                while line := lines.readline(LONGEST + 1):
                    number += 1
                    if len(line) > LONGEST:
                        raise SourceError(
                            f"{self.reader}: {self.path}:{number}: the line is longer than {LONGEST:,} bytes"
                        )
                    if line.isspace():
                        continue
                    row = _ROWS.decode(line.decode("utf-8-sig", "surrogatepass"))
                    if not isinstance(row, dict):
                        raise SourceError(f"{self.reader}: {self.path}:{number}: not a JSON object")
                    yield number, row
        except RecursionError:
            raise SourceError(f"{self.reader}: {self.path}:{number}: JSON that is nested too deep") from None
        except ValueError as error:
            if isinstance(error, SourceError):
                raise
            raise SourceError(f"{self.reader}: {self.path}:{number}: broken JSON: {error}") from error
        except (EOFError, OSError, zlib.error) as error:
            raise SourceError(
                f"{self.reader}: {self.path}: unreadable after line {number}: {error}"
            ) from error

    def _read_parquet(
        self, wanted: set[str], needed: Mapping[str, str] | None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        number = 0
        try:
            with pq.ParquetFile(self.path, page_checksum_verification=True) as file:
                if needed is not None:
                    self._refuse_without(needed, file.schema_arrow.names, 1)
                names = [name for name in file.schema_arrow.names if name in wanted]
                if twice := [name for name in names if names.count(name) > 1]:
                    raise SourceError(f"{self.reader}: {self.path}: it has the column {twice[0]!r} twice")
                for batch in file.iter_batches(batch_size=2048, columns=names):
                    for row in batch.to_pylist():
                        number += 1
                        yield number, row
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"{self.reader}: {self.path}: not a readable Parquet file: {error}") from error


_ROWS = json.JSONDecoder(object_pairs_hook=once)


def _name(value: Any) -> str:
    return "" if value is None else clean(str(value))


def _meant(column: str, option: str, there: Collection[str]) -> str:
    """The column that is likely meant by one that is not there; empty where none is."""
    usual = next((name for name in USUAL.get(option, ()) if name in there), "")
    return one_line(usual or nearest(column, there).removeprefix("; did you mean ").removesuffix("?"), 40)
