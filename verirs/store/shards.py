"""Sealed shards: immutable Parquet files, sorted, with a checksum in every page, listed in the manifest.

A shard covers a range of journal numbers, ``completions-00000-00007.parquet``. 32 neighbours of about one
size are merged into one whose range is theirs, so the number of open files grows with the logarithm of the
store. Reading and merging go through one merge of sorted tables, which holds a few row groups a file.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from verirs.errors import StoreError
from verirs.records import ShardFile
from verirs.store.entry import details_text
from verirs.system import long_texts, quick_json
from verirs.system.files import digest, fsync, open_plain
from verirs.types import Completion, Problem, Score, Verdict, to_json

Between = tuple[str, str]
"""The first and the last problem id that are asked for."""
_RUN = b"verirs.run"
"""In the metadata of a file: the run that wrote it."""
Proved = dict[ShardFile, pq.FileMetaData]
"""Files that were proved, with what each says of its rows at its end."""
_ROW_GROUP_BYTES = 1 << 20
NAME = re.compile(r"(?:(completions|scores)-(\d{5,})-(\d{5,})|problems-(\d{5,}))\.parquet")

_WORD = pa.dictionary(pa.int32(), pa.string())
COMPLETIONS = pa.schema(
    [
        ("problem_id", pa.string()),
        ("index", pa.int32()),
        ("text", pa.string()),
        ("reasoning", pa.string()),
        ("finish_reason", _WORD),
        ("tokens", pa.int64()),
        ("logprob", pa.float32()),
        ("seed", pa.int64()),
        ("text_digest", pa.int64()),
    ]
)
SCORES = pa.schema(
    [
        ("problem_id", pa.string()),
        ("index", pa.int32()),
        ("position", pa.int16()),
        ("judged", pa.int64()),
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
        ("digest", pa.int64()),
        ("current", pa.bool_()),
    ]
)
SCHEMAS = {"problems": PROBLEMS, "completions": COMPLETIONS, "scores": SCORES}
KEYS = {
    "problems": ("id",),
    "completions": ("problem_id", "index"),
    "scores": ("problem_id", "index", "position"),
}


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """A shard's name, taken apart: the first and the last journal that it holds."""

    first: int
    last: int
    file: ShardFile


def ranges(files: Iterable[ShardFile], folder: str) -> list[Range]:
    """The listed shards of a folder, in order."""
    found = []
    for file in files:
        place, _, name = file.name.rpartition("/")
        if place == folder and (m := NAME.fullmatch(name)) and m[2]:
            found.append(Range(int(m[2]), int(m[3]), file))
    return sorted(found, key=lambda r: r.first)


def shard_name(kind: str, first: int, last: int) -> str:
    return f"{kind}-{first:05d}-{last:05d}.parquet"


def imported_late() -> list[str]:
    """Modules that pyarrow imports with its first array, where they are installed: a quarter of a second of
    CPU, which processes that are forked should share."""
    return ["pandas"] if importlib.util.find_spec("pandas") is not None else []


# ---- rows of the three tables, and back -------------------------------------------------------------


def _json(value: Any) -> str:
    return json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"))


def problem_row(p: Problem, digest: int, current: bool = True) -> tuple[Any, ...]:
    tests = None if p.tests is None else _json(p.tests)
    meta = _json(p.meta) if p.meta else None
    return p.id, _json(p.prompt), p.answer, tests, p.entry_point, p.source, p.split, meta, digest, current


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
    details = details_text(s.details) if s.details else None
    return s.scorer, s.version, str(s.verdict), s.value, s.answer, s.reason, s.seconds, details


def completion_of(row: tuple[Any, ...]) -> Completion:
    """A completion of a row of COMPLETIONS."""
    _, index, text, reasoning, finish_reason, tokens, logprob, seed, _ = row
    return Completion(
        index=index,
        text=text,
        reasoning=reasoning,
        finish_reason=finish_reason,
        tokens=tokens,
        logprob=logprob,
        seed=seed,
    )


def score_of(row: tuple[Any, ...]) -> Score:
    """A score of a row of SCORES."""
    _, _, _, _, scorer, version, verdict, value, answer, reason, seconds, details = row
    return Score(
        scorer=scorer,
        version=version,
        verdict=_VERDICTS[verdict],
        value=value,
        answer=answer,
        reason=reason,
        seconds=seconds,
        details=_details(details) if details else {},
    )


_VERDICTS = {str(verdict): verdict for verdict in Verdict}


def _details(text: str) -> dict[str, Any]:
    """Details out of their column. Most scorers say a few things only, again and again."""
    found = _flat_details(text) if len(text) <= _SHORT_DETAILS else None
    value: dict[str, Any] = quick_json.loads(text) if found is None else dict(found)
    return value


_SHORT_DETAILS = 300


@functools.lru_cache(maxsize=4096)
def _flat_details(text: str) -> dict[str, Any] | None:
    """The details, where a shallow copy of them is a copy."""
    value: dict[str, Any] = quick_json.loads(text)
    return None if any(isinstance(v, (dict, list)) for v in value.values()) else value


def table(schema: pa.Schema, rows: Sequence[Sequence[Any]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table(
        [long_texts.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema
    )


# ---- files ------------------------------------------------------------------------------------------


def write_shard(root: Path, name: str, schema: pa.Schema, tables: Iterable[pa.Table], run: str) -> ShardFile:
    """Write a Parquet file that is either there in full or not at all, and what the manifest lists of it.

    Args:
        root: the folder that ``name`` is relative to.
        run: whose file it is (:func:`run_of` tells).
    """
    path = root / name
    partial = path.with_name(f".{path.name}.partial")
    rows = 0
    try:
        with pq.ParquetWriter(
            partial,
            schema.with_metadata({_RUN: run}),
            compression="zstd",
            compression_level=3,
            write_page_checksum=True,
        ) as writer:
            for group in _regroup(tables):
                rows += group.num_rows
                writer.write_table(group, row_group_size=max(1, group.num_rows))
        fsync(partial)
        listed = ShardFile(name=name, rows=rows, bytes=partial.stat().st_size, digest=digest(partial))
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    fsync(path.parent)
    return listed


def open_shard(path: Path, known: pq.FileMetaData | None = None) -> pq.ParquetFile:
    """A file that may be damaged, or anything.

    Args:
        known: what its end says, where that was read already.

    Raises:
        OSError, ValueError, pa.ArrowException: it cannot be read.
    """
    return pq.ParquetFile(open_plain(path), metadata=known, page_checksum_verification=True, pre_buffer=False)


def run_of(file: pq.ParquetFile) -> str:
    """The run that wrote a shard; empty if it does not say."""
    return ((file.schema_arrow.metadata or {}).get(_RUN) or b"").decode(errors="replace")


def _regroup(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of about ``_ROW_GROUP_BYTES``, so that a reader never holds more."""
    held: list[pa.Table] = []
    size = 0
    for part in tables:
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


def size_fault(path: Path, listed: ShardFile) -> str:
    """What is wrong with a listed file, as far as that can be seen without reading it; else an empty text.

    Raises:
        FileNotFoundError: it is gone.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        return "it is no ordinary file"
    if found.st_size != listed.bytes:
        return f"it has {found.st_size} bytes, and {listed.bytes} were written"
    return ""


class Shard:
    """An open shard, proved to be the very bytes that were written (a digest costs a tenth of reading the
    rows).

    Open all of them before reading any: a writer may merge and remove them meanwhile.

    Args:
        proved: files that were proved already, and what their ends say of the rows; this one is added.

    Raises:
        FileNotFoundError: it is gone.
        StoreError: it is not the file that was written.
    """

    def __init__(self, root: Path, listed: ShardFile, proved: Proved | None = None):
        self.path = root / listed.name
        if fault := size_fault(self.path, listed):
            raise damaged(self.path, fault)
        known = proved.get(listed) if proved is not None else None
        if known is None and digest(self.path) != listed.digest:
            raise damaged(self.path, "its digest is another than when it was written")
        try:
            self._file = open_shard(self.path, known)
            if proved is not None:
                proved[listed] = self._file.metadata
        except FileNotFoundError:  # a writer removed it since its digest was read
            raise
        except (pa.ArrowException, OSError, ValueError) as e:
            raise damaged(self.path, str(e)) from e

    def tables(
        self, columns: Sequence[str] | None = None, between: Between | None = None
    ) -> Iterator[pa.Table]:
        """Its rows, a row group at a time; the file is closed at the end.

        Args:
            between: only rows with an id from the first to the last of these; row groups without one are
                not read. Needs the column of the ids.

        Raises:
            StoreError: a page's checksum does not hold.
        """
        try:
            with self._file as file:
                for group in range(file.num_row_groups):
                    if between is None:
                        yield file.read_row_group(group, columns=columns, use_threads=False)
                    elif _may_hold(file.metadata.row_group(group), between):
                        rows = file.read_row_group(group, columns=columns, use_threads=False)
                        yield _within(rows, between)
        except (pa.ArrowException, OSError, ValueError) as e:
            raise damaged(self.path, str(e)) from e


def may_hold(known: pq.FileMetaData | None, between: Between) -> bool:
    """Whether a file may hold an id from the first to the last of these, by what its end says, if known."""
    if known is None:
        return True
    return any(_may_hold(known.row_group(n), between) for n in range(known.num_row_groups))


def _may_hold(group: pq.RowGroupMetaData, between: Between) -> bool:
    known = group.column(0).statistics
    if known is None or not known.has_min_max:  # ids of thousands of characters have no bounds
        return True
    return bool(known.min <= between[1] and known.max >= between[0])


def _within(rows: pa.Table, between: Between) -> pa.Table:
    """Of sorted rows those with an id from the first to the last of these."""
    ids = rows.column(0)
    start = _below(ids, between[0])
    return rows.slice(start, int(pc.sum(pc.less_equal(ids, between[1])).as_py() or 0) - start)


def damaged(path: Path, why: str) -> StoreError:
    return StoreError(
        f"{path} is damaged: {why}. `verirs repair RUN` keeps what can be proved good and names what "
        f"is drawn "
        f"again."
    )


# ---- reading in order -------------------------------------------------------------------------------


def merge(
    streams: Sequence[Iterator[pa.Table]], keys: Sequence[str], *, once: bool = False
) -> Iterator[pa.Table]:
    """All rows of sorted streams as sorted tables; memory: a row group or two of each.

    Args:
        streams: each sorted by ``keys``, the first of which is a text.
        once: of rows with the same keys keep the first stream's.
    """
    streams = [(t for t in stream if t.num_rows) for stream in streams]
    heads: list[pa.Table | None] = [next(s, None) for s in streams]
    more = [h is not None for h in heads]  # whether a stream may have rows beyond its head
    order = [(key, "ascending") for key in keys]
    while any(h is not None for h in heads):
        lasts = [h[keys[0]][-1].as_py() for h, m in zip(heads, more, strict=True) if h is not None and m]
        limit = min(lasts, default=None)
        ready = []
        for i, head in enumerate(heads):
            if head is None:
                continue
            below = head.num_rows if limit is None else _below(head[keys[0]], limit)
            if below:
                ready.append(head.slice(0, below))
                heads[i] = head.slice(below) if below < head.num_rows else None
        for i, head in enumerate(heads):  # what holds the others up is read on
            if more[i] and (head is None or head[keys[0]][-1].as_py() == limit):
                following = next(streams[i], None)
                more[i] = following is not None
                if following is not None:
                    parts = [following] if head is None else [head, following]
                    heads[i] = pa.concat_tables(parts)
        if len(ready) == 1:
            yield ready[0]
        elif ready:
            rows = pa.concat_tables(ready).unify_dictionaries().sort_by(order)
            yield _once(rows, keys) if once else rows


def _once(rows: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The first of each row with the same keys; the sort was stable."""
    here, before = rows.slice(1), rows.slice(0, rows.num_rows - 1)
    same = [pc.equal(here[key].combine_chunks(), before[key].combine_chunks()) for key in reversed(keys)]
    again = functools.reduce(pc.and_, same)
    if not pc.any(again).as_py():
        return rows
    return rows.filter(pa.concat_arrays([pa.array([True]), pc.invert(again)]))


def _below(column: pa.ChunkedArray, limit: str) -> int:
    return int(pc.sum(pc.less(column, limit)).as_py() or 0)
