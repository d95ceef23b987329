"""Pieces of an export: rows that one process makes and another packs, as files between them.

A piece is of some problems and one sink: its rows as an Arrow stream with the size of each, and as lines of
JSON. Nothing but our own processes reads it, and it is gone when the export ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from verirs.sinks.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

_SIZE = "verirs: characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows of a sink that follow each other.

    Args:
        rows: how many.
        totals: sums of the sink's ``summed`` columns.
        paths: of the files, by format.
    """

    rows: int
    totals: Mapping[str, int]
    paths: Mapping[str, Path]


class PieceWriter:
    """Writes a piece.

    Args:
        stem: of its files.
        name: of the sink, in messages.
        columns: of its rows.
        formats: that are written.
        summed: columns to sum.
    """

    def __init__(
        self, stem: Path, name: str, columns: pa.Schema, formats: Sequence[str], summed: Sequence[str]
    ):
        import pyarrow as pa

        self._rows = Rows(name, columns, summed)
        self._paths = {f: stem.with_name(f"{stem.name}.{f}") for f in formats}
        self._files: dict[str, IO[bytes]] = {f: path.open("wb") for f, path in self._paths.items()}
        self._tables: Any = None
        if "parquet" in self._files:
            schema = columns.append(pa.field(_SIZE, pa.int64()))
            self._tables = pa.ipc.new_stream(self._files["parquet"], schema)

    def write(self, row: Mapping[str, Any]) -> None:
        """Add one row; raises as :meth:`verirs.sinks.writer.RowWriter.write`."""
        self._rows.check(row)
        if "jsonl" in self._files:
            self._files["jsonl"].write(self._rows.line(row))
        if self._tables is not None and self._rows.hold(row):
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        sizes = pa.array(self._rows.sizes, pa.int64())
        self._tables.write_table(self._rows.table().append_column(_SIZE, sizes))

    def finish(self) -> Piece:
        """Complete the files."""
        if self._tables is not None:
            if self._rows.sizes:
                self._flush()
            self._tables.close()
        for file in self._files.values():
            file.close()
        return Piece(rows=self._rows.count, totals=dict(self._rows.totals), paths=self._paths)


def read_tables(path: Path) -> Iterator[tuple[pa.Table, list[int]]]:
    """The rows of a piece, and the size of each."""
    import pyarrow as pa

    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
        for batch in stream:
            sizes = batch.column(batch.num_columns - 1).to_pylist()
            yield pa.Table.from_batches([batch]).drop_columns([_SIZE]), sizes
