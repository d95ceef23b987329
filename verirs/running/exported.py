"""What an export wrote of a run, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def exported_columns(
    file: Path, columns: Sequence[str], also: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Columns of an exported Parquet file; nothing where there is no such file, or it lacks one of them.

    Args:
        also: further columns, where the file has them.
    """
    try:
        opened = pq.ParquetFile(file)
    except FileNotFoundError:  # not exported, or an export of other sinks removes it right now
        return
    with opened as parquet:
        names = parquet.schema_arrow.names
        if set(columns) <= set(names):  # else another sink of the same name
            yield from parquet.iter_batches(columns=[*columns, *(c for c in also if c in names)])
