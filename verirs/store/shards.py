"""Sealed shards: immutable Parquet files sorted by problem, and merging them with little memory.

A shard covers a range of sequence numbers, ``completions-00000-00007.parquet``. Eight neighbours of
about one size are merged into one whose range is theirs; a file whose range lies within another's is
a leftover of a crash and is deleted. So the number of open files and the memory of a merge grow with
the logarithm of the store. Readers see slices of Arrow batches, one problem at a time.
"""

from __future__ import annotations

import heapq
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from verirs.system.files import fsync
from verirs.types import Completion, Problem, Score, Verdict, to_json

FAN_IN = 8
_ROW_GROUP_BYTES = 1 << 20
_BATCH_ROWS = 512
_NAME = re.compile(r"(completions|scores)-(\d{5})-(\d{5})\.parquet$")

_WORD = pa.dictionary(pa.int32(), pa.string())
COMPLETIONS = pa.schema(
    [
        ("problem_id", pa.string()),
        ("index", pa.int32()),
        ("text", pa.string()),
        ("finish_reason", _WORD),
        ("tokens", pa.int32()),
        ("logprob", pa.float32()),
        ("seed", pa.int64()),
    ]
)
SCORES = pa.schema(
    [
        ("problem_id", pa.string()),
        ("index", pa.int32()),
        ("position", pa.int8()),
        ("scorer", _WORD),
        ("version", _WORD),
        ("verdict", _WORD),
        ("value", pa.float64()),
        ("answer", pa.string()),
        ("reason", pa.string()),
        ("seconds", pa.float32()),
        ("details", pa.string()),
    ]
)
PROBLEMS = pa.schema(
    [
        ("id", pa.string()),
        ("prompt", pa.string()),
        ("answer", pa.string()),
        ("tests", pa.string()),
        ("entry_point", pa.string()),
        ("source", _WORD),
        ("split", _WORD),
        ("meta", pa.string()),
    ]
)
KINDS = {"completions": COMPLETIONS, "scores": SCORES}

Segment = tuple[str, pa.RecordBatch]
"""All rows of one problem that one batch of one shard holds."""


def _json(value: Any) -> str:
    return json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"))


# ---- rows of the three tables, and back -------------------------------------------------------------


def problem_row(p: Problem) -> tuple[Any, ...]:
    tests = None if p.tests is None else _json(p.tests)
    meta = _json(p.meta) if p.meta else None
    return p.id, _json(p.prompt), p.answer, tests, p.entry_point, p.source, p.split, meta


def problem_of(row: dict[str, Any]) -> Problem:
    return Problem(
        id=row["id"],
        prompt=tuple(json.loads(row["prompt"])),
        answer=row["answer"],
        tests=None if row["tests"] is None else json.loads(row["tests"]),
        entry_point=row["entry_point"],
        source=row["source"],
        split=row["split"],
        meta={} if row["meta"] is None else json.loads(row["meta"]),
    )


def score_row(s: Score) -> tuple[Any, ...]:
    """The columns of SCORES from ``scorer`` on."""
    details = _json(s.details) if s.details else None
    return s.scorer, s.version, str(s.verdict), s.value, s.answer, s.reason, s.seconds, details


def completions_of(batch: pa.RecordBatch) -> Iterator[Completion]:
    columns = [batch.column(i).to_pylist() for i in range(1, 7)]
    for index, text, finish_reason, tokens, logprob, seed in zip(*columns, strict=True):
        yield Completion(
            index=index, text=text, finish_reason=finish_reason, tokens=tokens, logprob=logprob, seed=seed
        )


def scores_of(batch: pa.RecordBatch) -> Iterator[tuple[int, int, Score]]:
    """``(index, position, score)`` of each row."""
    columns = [batch.column(i).to_pylist() for i in range(1, 11)]
    for index, position, scorer, version, verdict, value, answer, reason, seconds, details in zip(
        *columns, strict=True
    ):
        yield (
            index,
            position,
            Score(
                scorer=scorer,
                version=version,
                verdict=Verdict(verdict),
                value=value,
                answer=answer,
                reason=reason,
                seconds=seconds,
                details=json.loads(details) if details else {},
            ),
        )


def table(schema: pa.Schema, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


# ---- files ------------------------------------------------------------------------------------------


def shard_name(kind: str, first: int, last: int) -> str:
    return f"{kind}-{first:05d}-{last:05d}.parquet"


def listing(folder: Path, kind: str) -> list[tuple[int, int, Path]]:
    """``(first, last, path)`` of the shards of one kind, in order, without those merged into a larger."""
    found = []
    for path in folder.iterdir():
        m = _NAME.match(path.name)
        if m and m[1] == kind:
            found.append((int(m[2]), int(m[3]), path))
    found.sort(key=lambda s: (s[0], -s[1]))
    kept: list[tuple[int, int, Path]] = []
    for first, last, path in found:
        if not kept or last > kept[-1][1]:
            kept.append((first, last, path))
    return kept


def write_atomically(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch | pa.Table]) -> None:
    """Write a Parquet file that is either there in full or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with pq.ParquetWriter(partial, schema, compression="zstd", compression_level=3) as writer:
            for group in _regroup(batches):
                writer.write_table(group, row_group_size=max(1, group.num_rows))
        fsync(partial)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    fsync(path.parent)


def _regroup(batches: Iterable[pa.RecordBatch | pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of about ``_ROW_GROUP_BYTES``, so that a reader never holds more."""
    held: list[pa.Table] = []
    size = 0
    for batch in batches:
        part = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        rows = max(1, part.num_rows * _ROW_GROUP_BYTES // max(1, part.nbytes))
        for start in range(0, part.num_rows, rows):
            piece = part.slice(start, rows)
            held.append(piece)
            size += piece.nbytes
            if size >= _ROW_GROUP_BYTES:
                yield pa.concat_tables(held).unify_dictionaries()
                held, size = [], 0
    if held:
        yield pa.concat_tables(held).unify_dictionaries()


# ---- reading in order -------------------------------------------------------------------------------


def segments(path: Path) -> Iterator[Segment]:
    """The segments of one shard, in order of problem id."""
    with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            yield from split(batch)


def split(batch: pa.RecordBatch) -> Iterator[Segment]:
    start = 0
    for key, run in groupby(batch.column(0).to_pylist()):
        length = sum(1 for _ in run)
        yield key, batch.slice(start, length)
        start += length


def merged(streams: Iterable[Iterable[Segment]]) -> Iterator[tuple[str, list[pa.RecordBatch]]]:
    """All segments of each problem, problems in order of id."""
    ordered = heapq.merge(*streams, key=lambda s: s[0])
    for key, group in groupby(ordered, key=lambda s: s[0]):
        yield key, [batch for _, batch in group]


def compact(folder: Path, kind: str) -> None:
    """Merge neighbours of about one size while there are ``FAN_IN`` of them."""
    while True:
        shards = listing(folder, kind)
        run = _mergeable(shards)
        if not run:
            break
        batches = (b for _, bs in merged(segments(path) for _, _, path in run) for b in bs)
        write_atomically(folder / shard_name(kind, run[0][0], run[-1][1]), KINDS[kind], batches)
        sweep(folder, kind)


def _mergeable(shards: list[tuple[int, int, Path]]) -> list[tuple[int, int, Path]]:
    def level(shard: tuple[int, int, Path]) -> int:
        width, result = shard[1] - shard[0] + 1, 0
        while width >= FAN_IN:
            width //= FAN_IN
            result += 1
        return result

    for _, run in groupby(shards, key=level):
        same = list(run)
        if len(same) >= FAN_IN:
            return same[:FAN_IN]
    return []


def sweep(folder: Path, kind: str) -> None:
    """Delete what a crash or a merge left over."""
    kept = {path for _, _, path in listing(folder, kind)}
    for path in folder.iterdir():
        m = _NAME.match(path.name)
        if (m and m[1] == kind and path not in kept) or path.name.endswith(".partial"):
            path.unlink()
