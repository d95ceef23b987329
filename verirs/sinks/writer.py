"""Streams rows to Parquet and JSONL: bounded memory, one rename at the end, the same bytes every time.

Rows go to a temporary file beside the target, are flushed to disk, and the file takes its name only
when all rows are written; a crash leaves the old file as it was. An empty Parquet file keeps its
columns. Nothing of the clock or the machine enters the bytes (they do depend on pyarrow's version).

Does not guarantee that two files of one export change at the same moment: each is renamed by itself,
after all of them are complete.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Protocol, Self

from verirs.errors import PART_RAISED, ConfigError, PartError, VerirsError, nearest
from verirs.parts import SinkPart
from verirs.sinks.pieces import Piece, read_tables
from verirs.sinks.rows import Rows, is_full
from verirs.types import Selection

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "jsonl")
AHEAD = 4
"""So many pieces a sink wait to be packed; then no more are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A finished export of one sink."""

    name: str
    rows: int
    paths: tuple[Path, ...]
    totals: Mapping[str, int] = field(default_factory=dict)
    """Sums of the sink's ``summed`` columns, for the dataset card (true counts 1)."""


class RowWriter:
    """Writes rows of one schema to ``directory/name.parquet`` and/or ``.jsonl``.

    A context manager: leaving it normally renames the files into place, leaving it by an exception
    removes the temporary ones.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        columns: pa.Schema,
        formats: Sequence[str] = FORMATS,
        summed: Sequence[str] = (),
        optional: bool = False,
    ):
        unknown = [f for f in formats if f not in FORMATS]
        if unknown or not formats:
            named = unknown[0] if unknown else "(none)"
            raise ConfigError(
                f"export.formats: unknown format {named!r}{nearest(named, FORMATS)} (known: parquet, jsonl)"
            )
        self._rows = Rows(name, columns, summed)
        self._optional = optional
        self._name, self._columns = name, columns
        self._final = {f: directory / f"{name}.{f}" for f in FORMATS if f in formats}
        self._temporary = {f: p.with_name(f".{p.name}.tmp") for f, p in self._final.items()}
        self._tables: list[pa.Table] = []
        self._size = (0, 0)
        """Rows and characters of :attr:`_tables`, which are of the next row group."""
        self._parquet: Any = None
        self._files: dict[str, IO[bytes]] = {}
        for path in self._final.values():
            path.parent.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        import pyarrow.parquet as pq

        for fmt, path in self._temporary.items():
            path.unlink(missing_ok=True)  # what a killed export left; never through a link
            self._files[fmt] = path.open("xb")
        if "parquet" in self._files:
            self._parquet = pq.ParquetWriter(
                self._files["parquet"], self._columns, compression="zstd", compression_level=3
            )
        return self

    def write(self, row: Mapping[str, Any]) -> None:
        """Add one row; its keys must be the columns.

        Raises:
            PartError: a column is missing or unknown, or a value is not of its column's type.
        """
        self._rows.check(row)
        if "jsonl" in self._files:
            self._files["jsonl"].write(self._rows.line(row))
        if self._parquet is not None and self._rows.hold(row):
            self._parquet.write_table(self._rows.table())

    def take(self, piece: Piece) -> None:
        """Add the rows of a piece, as if they were written here one by one."""
        self._rows.count += piece.rows
        for name, total in piece.totals.items():
            self._rows.totals[name] += total
        if "jsonl" in self._files:
            with piece.paths["jsonl"].open("rb") as lines:
                shutil.copyfileobj(lines, self._files["jsonl"], 1 << 20)
        if self._parquet is not None:
            for table, sizes in read_tables(piece.paths["parquet"]):
                self._take(table, sizes)
        for path in piece.paths.values():
            path.unlink()

    def _take(self, table: pa.Table, sizes: Sequence[int]) -> None:
        """Cut row groups where rows that come one by one would be cut."""
        (rows, chars), start = self._size, 0
        for stop, size in enumerate(sizes, 1):
            rows, chars = rows + 1, chars + size
            if is_full(rows, chars):
                self._tables.append(table.slice(start, stop - start))
                self._flush()
                rows, chars, start = 0, 0, stop
        if start < len(sizes):
            self._tables.append(table.slice(start))
        self._size = rows, chars

    def _flush(self) -> None:
        import pyarrow as pa

        if self._tables:
            self._parquet.write_table(pa.concat_tables(self._tables).combine_chunks())
            self._tables = []

    def finish(self) -> None:
        """Complete the temporary files and flush them to disk."""
        if self._parquet is not None:
            self._flush()
            if self._rows.sizes:
                self._parquet.write_table(self._rows.table())
            self._parquet.close()
            self._parquet = None
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()
        self._files = {}

    def publish(self) -> Written:
        """Give the complete files their names. Where a file without rows is none (trainers fail on such), an
        older one of its name goes too."""
        none = self._optional and not self._rows.count
        for fmt, path in self._temporary.items():
            if none:
                path.unlink()
                self._final[fmt].unlink(missing_ok=True)
            else:
                os.replace(path, self._final[fmt])
        folder = os.open(next(iter(self._final.values())).parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        paths = () if none else tuple(self._final.values())
        rows = self._rows
        return Written(name=self._name, rows=rows.count, paths=paths, totals=dict(rows.totals))

    def discard(self) -> None:
        """Close and remove the temporary files."""
        # what cannot be flushed any more (a full disk) is thrown away here anyhow
        if self._parquet is not None:
            with contextlib.suppress(OSError):
                self._parquet.close()
            self._parquet = None
        for file in self._files.values():
            with contextlib.suppress(OSError):
                file.close()
        self._files = {}
        for path in self._temporary.values():
            path.unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
            return
        try:
            self.finish()
            self.publish()
        except BaseException:
            self.discard()
            raise


def export(
    selections: Iterable[Selection],
    sinks: Sequence[SinkPart],
    directory: Path,
    formats: Sequence[str] = ("parquet",),
) -> dict[str, Written]:
    """Write all sinks in one pass over ``selections``; no file changes its name before all are complete.

    Raises:
        OSError: the disk is full or not writable; earlier files of the directory are as they were.
    """

    def fill(writers: Sequence[RowWriter]) -> None:
        for selection in selections:
            write(selection, sinks, writers)

    return _export(fill, sinks, directory, formats)


def export_pieces(
    pieces: Iterable[Sequence[Piece]],
    sinks: Sequence[SinkPart],
    directory: Path,
    formats: Sequence[str] = ("parquet",),
) -> dict[str, Written]:
    """The same of rows that are made already: each time a piece a sink, in the order of the rows.

    The files are packed in threads while the next pieces are made, so it takes as many cores as there are
    sinks.
    """

    def fill(writers: Sequence[RowWriter]) -> None:
        with ThreadPoolExecutor(1) as turn, ThreadPoolExecutor(max(1, len(writers))) as pool:
            taken: deque[Future[None]] = deque()

            def take(found: Sequence[Piece]) -> None:
                deque(pool.map(RowWriter.take, writers, found), maxlen=0)

            try:
                for found in pieces:
                    taken.append(turn.submit(take, found))
                    while taken[0].done() or len(taken) > AHEAD:
                        taken.popleft().result()
                        if not taken:
                            break
                while taken:
                    taken.popleft().result()
                deque(pool.map(RowWriter.finish, writers), maxlen=0)  # the last rows of each are packed now
            finally:
                turn.shutdown(cancel_futures=True)

    return _export(fill, sinks, directory, formats)


def _export(
    fill: Callable[[Sequence[RowWriter]], None],
    sinks: Sequence[SinkPart],
    directory: Path,
    formats: Sequence[str],
) -> dict[str, Written]:
    writers = [
        RowWriter(
            directory,
            sink.key,
            sink.made.columns,
            formats_of(sink, formats),
            sink.traits.summed,
            optional=bool(sink.traits.formats),
        )
        for sink in sinks
    ]
    try:
        for writer in writers:
            writer.__enter__()
        fill(writers)
        for writer in writers:
            writer.finish()
    except BaseException:
        for writer in writers:
            writer.discard()
        raise
    return {done.name: done for done in [writer.publish() for writer in writers]}


def formats_of(sink: SinkPart, formats: Sequence[str]) -> Sequence[str]:
    """The formats of a sink's files: its own, or those asked for."""
    return sink.traits.formats or formats


class _Writes(Protocol):
    def write(self, row: Mapping[str, Any]) -> None: ...


def write(selection: Selection, sinks: Sequence[SinkPart], writers: Sequence[_Writes]) -> None:
    """Write what each sink makes of a problem."""
    for sink, writer in zip(sinks, writers, strict=True):
        if sink.traits.of_all or (selection.group.candidates and not selection.dropped):
            for row in _rows(sink, selection):
                writer.write(row)


def _rows(sink: SinkPart, selection: Selection) -> Iterator[Mapping[str, Any]]:
    """The sink's rows; what it raises is its own fault."""
    try:
        yield from sink.made.rows(selection)
    except (VerirsError, OSError):
        raise
    except PART_RAISED as e:
        where = f"on problem {selection.group.problem.id!r}"
        raise PartError(f"sink {sink.key!r}: rows() raised {type(e).__name__}: {e}, {where}") from e
