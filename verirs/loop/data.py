"""What a round is trained on: the exports of the last rounds' runs, mixed, each text once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS = {"sft": ("completion",), "dpo": ("chosen", "rejected"), "kto": ("completion",)}
"""The columns that make two rows of a problem the same row."""


def mix(
    folders: Sequence[tuple[int, Path]], stages: Sequence[str], out: Path, *, distinct: bool = True
) -> dict[str, int]:
    """Write ``STAGE.parquet`` for each stage into ``out``; returns the numbers of rows.

    Args:
        folders: (round, folder with its exported files), the newest first. Of equal rows the newest
            stays; rows are in order of problem, then round. A column ``round`` is added.
        distinct: keep equal rows once; without it all rows stay, as they were drawn.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    counts = {}
    out.mkdir(parents=True)
    for stage in stages:
        seen: set[Any] = set()
        tables = []
        for number, folder in folders:
            table = pq.read_table(folder / f"{stage}.parquet")
            if distinct:
                table = table.filter(pa.array(_new(table, stage, seen), pa.bool_()))
            tables.append(table.append_column("round", pa.array([number] * len(table), pa.int32())))
        mixed = pa.concat_tables(tables).sort_by([("problem_id", "ascending"), ("round", "ascending")])
        pq.write_table(mixed, out / f"{stage}.parquet", compression="zstd")
        counts[stage] = len(mixed)
    return counts


def _new(table: pa.Table, stage: str, seen: set[Any]) -> list[bool]:
    columns = [table["problem_id"], *(table[name] for name in TEXTS[stage])]
    flags = []
    for row in zip(*(c.to_pylist() for c in columns), strict=True):
        key = (row[0], *(messages[-1]["content"] for messages in row[1:]))
        flags.append(key not in seen)
        seen.add(key)
    return flags
