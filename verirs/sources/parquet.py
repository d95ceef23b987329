"""The rows of a Parquet file, a few at a time. A small file may unpack to any size, so sizes are checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from verirs.errors import SourceError
from verirs.sources.faults import BadRow, listed
from verirs.sources.paths import shown
from verirs.sources.text import LONGEST, MOST_TIMES, most_bytes

LARGEST_COLUMN = 4 * 2**30
"""So many bytes one column of one row group may unpack to."""
_BATCH = 2**30
_BROKEN = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError)


def parquet_rows(path: Path) -> Iterator[tuple[str, dict[str, Any] | BadRow]]:
    """The rows, numbered from 1.

    Raises:
        SourceError: no Parquet file, a broken one, or one whose columns are absurdly large.
    """
    number = 0
    try:
        with path.open("rb") as raw:
            if raw.read(24) == b"version https://git-lfs.":
                raise SourceError(
                    f"{shown(path)}: it is a pointer of Git LFS, not the data: run git lfs pull"
                )
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            size = _batch_size(file.metadata, path)
            _refuse_twice(file.schema_arrow.names, path)
            narrow = [f.name for f in file.schema_arrow if pa.types.is_float32(f.type)]
            left = most_bytes(path)
            for batch in file.iter_batches(batch_size=size):
                for row in batch.to_pylist():
                    number += 1
                    where = f"{shown(path)}, row {number}"
                    # not the batch's own size: equal values stand in it once
                    left -= sum(len(v) for v in row.values() if isinstance(v, (str, bytes)))
                    if left < 0:
                        raise SourceError(f"{where}: it unpacks to more than {MOST_TIMES} times its size")
                    yield where, _row(row, narrow)
    except SourceError:
        raise
    except _BROKEN as e:
        where = f"{shown(path)}, after row {number}" if number else f"{shown(path)}: not a Parquet file"
        raise SourceError(f"{where}: cannot be read: {str(e).splitlines()[0] if str(e) else e!r}") from e


def _batch_size(metadata: Any, path: Path) -> int:
    """So many rows at a time that even if each held a whole column, they would fit."""
    largest = 1
    for group in range(metadata.num_row_groups):
        for at in range(metadata.num_columns):
            column = metadata.row_group(group).column(at)
            largest = max(largest, column.total_uncompressed_size)
            if column.total_uncompressed_size > LARGEST_COLUMN:
                raise SourceError(
                    f"{shown(path)}: its column {column.path_in_schema} unpacks to "
                    f"{column.total_uncompressed_size / 2**30:,.1f} GB in one row group; write it with "
                    f"smaller row groups, or without that column"
                )
    return int(min(1024, max(1, _BATCH // largest)))


def _refuse_twice(names: list[str], path: Path) -> None:
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise SourceError(f"{shown(path)}: it has the column {listed(twice)} twice")


def _row(row: dict[str, Any], narrow: list[str]) -> dict[str, Any] | BadRow:
    for value in row.values():
        if isinstance(value, (str, bytes)) and len(value) > LONGEST:
            return BadRow(f"a value is longer than {LONGEST:,} characters")
    for name in narrow:  # 0.1 in 32 bits, not 0.10000000149011612
        if isinstance(row[name], float):
            row[name] = float(_shortest(row[name]))
    return row


def _shortest(value: float) -> str:
    import numpy as np

    return str(np.float32(value))
