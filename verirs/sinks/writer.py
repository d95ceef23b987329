"""Streams rows to Parquet and JSONL: bounded memory, one rename at the end, the same bytes every time.

Rows go to a temporary file beside the target, are flushed to disk, and the file takes its name only
when all rows are written; a crash leaves the old file as it was. An empty Parquet file keeps its
columns. Nothing of the clock or the machine enters the bytes (they do depend on pyarrow's version).

Does not guarantee that two files of one export change at the same moment: each is renamed by itself,
after all of them are complete.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from verirs.errors import PART_RAISED, ConfigError, PartError, VerirsError, nearest
from verirs.parts import SinkPart
from verirs.system.files import clean
from verirs.types import Selection

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "jsonl")
BATCH_ROWS = 2_000
BATCH_CHARS = 8_000_000
"""A row group is closed at either limit: long traces must not pile up in memory."""


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
        self.count = 0
        self.totals = dict.fromkeys(summed, 0)
        self._optional = optional
        self._name = name
        self._columns, self._names = columns, list(columns.names)
        self._keys = frozenset(columns.names)
        self._counted = _counted(columns)
        self._final = {f: directory / f"{name}.{f}" for f in FORMATS if f in formats}
        self._temporary = {f: p.with_name(f".{p.name}.tmp") for f, p in self._final.items()}
        self._batch: list[Mapping[str, Any]] = []
        self._chars = 0
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
        if row.keys() != self._keys and (fault := _keys_fault(row, self._names)):
            raise PartError(f"sink {self._name!r}: {fault}")
        if "jsonl" in self._files:
            self._files["jsonl"].write(_line({name: row[name] for name in self._names}))
        self.count += 1
        for name in self.totals:
            self.totals[name] += row[name]
        if self._parquet is not None:
            self._batch.append(row)
            self._chars += _size(row, self._counted)
            if len(self._batch) >= BATCH_ROWS or self._chars >= BATCH_CHARS:
                self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._batch:
            try:
                table = pa.Table.from_pylist(self._batch, schema=self._columns)
            except UnicodeEncodeError:
                table = pa.Table.from_pylist([_clean(row) for row in self._batch], schema=self._columns)
            except (pa.ArrowException, TypeError, OverflowError) as e:
                fault = rows_fault(self._batch, self._columns) or str(e)
                raise PartError(f"sink {self._name!r}: {fault}") from e
            self._parquet.write_table(table)
        self._batch = []
        self._chars = 0

    def finish(self) -> None:
        """Complete the temporary files and flush them to disk."""
        if self._parquet is not None:
            self._flush()
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
        none = self._optional and not self.count
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
        return Written(name=self._name, rows=self.count, paths=paths, totals=dict(self.totals))

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
    writers = [
        RowWriter(
            directory,
            sink.key,
            sink.made.columns,
            sink.traits.formats or formats,
            sink.traits.summed,
            optional=bool(sink.traits.formats),
        )
        for sink in sinks
    ]
    try:
        for writer in writers:
            writer.__enter__()
        for selection in selections:
            for sink, writer in zip(sinks, writers, strict=True):
                if not (sink.traits.of_all or (selection.group.candidates and not selection.dropped)):
                    continue
                for row in _rows(sink, selection):
                    writer.write(row)
        for writer in writers:
            writer.finish()
    except BaseException:
        for writer in writers:
            writer.discard()
        raise
    return {done.name: done for done in [writer.publish() for writer in writers]}


def _rows(sink: SinkPart, selection: Selection) -> Iterator[Mapping[str, Any]]:
    """The sink's rows; what it raises is its own fault."""
    try:
        yield from sink.made.rows(selection)
    except (VerirsError, OSError):
        raise
    except PART_RAISED as e:
        where = f"on problem {selection.group.problem.id!r}"
        raise PartError(f"sink {sink.key!r}: rows() raised {type(e).__name__}: {e}, {where}") from e


def _keys_fault(row: Mapping[str, Any], names: Sequence[str]) -> str:
    if len(row) == len(names) and all(name in row for name in names):
        return ""
    return f"row and columns differ in {', '.join(sorted(map(str, row.keys() ^ set(names))))}"


def rows_fault(rows: Sequence[Mapping[str, Any]], columns: pa.Schema) -> str:
    """Why these rows cannot be written, by column, or an empty string."""
    import pyarrow as pa

    for row in rows:
        if fault := _keys_fault(row, columns.names):
            return fault
        for name, value in row.items():
            try:
                _dumps(_clean(value))
            except (TypeError, ValueError) as e:
                return f"column {name!r} must hold JSON values: {e}"
    for column in columns:
        try:
            pa.array([_clean(row[column.name]) for row in rows], type=column.type)
        except (pa.ArrowException, TypeError, OverflowError) as e:
            return f"column {column.name!r} is of type {column.type}: {e}"
    return ""


def _line(row: Mapping[str, Any]) -> bytes:
    try:
        return _one_line(_dumps(row)).encode() + b"\n"
    except ValueError:  # a NaN, an infinity, or a lone surrogate (UnicodeEncodeError is a ValueError)
        return _one_line(_dumps(_clean(row))).encode() + b"\n"


_ENDS = ("\x85", "\u2028", "\u2029")
"""Line ends to some readers of lines (``str.splitlines`` is one), and none to JSON."""


def _one_line(line: str) -> str:
    if not line.isascii() and any(end in line for end in _ENDS):
        for end in _ENDS:
            line = line.replace(end, f"\\u{ord(end):04x}")
    return line


_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _counted(columns: pa.Schema) -> list[str]:
    """The columns that can hold many characters: texts and lists, but for those of tables without a text of
    ours in them."""
    import pyarrow as pa

    def can(kind: pa.DataType) -> bool:
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return False
        if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
            return bool(kind.value_type.get_field_index("content") >= 0)
        return True

    return [field.name for field in columns if can(field.type)]


def _size(row: Mapping[str, Any], counted: Sequence[str]) -> int:
    """About how many characters a row holds, one level into its messages."""
    size = 0
    for name in counted:
        value = row[name]
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, list):
            for item in value:
                size += len(item.get("content", "")) if isinstance(item, dict) else len(str(item))
    return size


def _clean(value: Any) -> Any:
    """A JSON-ready copy: NaN and infinities become null, lone surrogates the replacement character."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {k: _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v) for v in value]
    return value
