"""A new generation of scores, written beside the old one and switched to by one manifest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from verirs.records import KeptScores, ShardFile
from verirs.store import shards
from verirs.store.store import ScoreRow, Store
from verirs.system.files import digest, fsync, read_bytes, write_text
from verirs.types import Group


def rescore(
    store: Store,
    key: str,
    score: Callable[[list[Group]], Iterable[ScoreRow]],
    *,
    batch: int = 2048,
    keep: bool = False,
    **also: Any,
) -> None:
    """Replace all scores by what ``score`` gives for batches of groups, atomically at the end.

    A run that was stopped goes on after the last finished part when ``key``, the completions and the
    problems are the same; else it starts over. Groups that do not count are scored too, so that they can
    count again.

    Args:
        key: identifies the scorers and the selection of what they re-score.
        score: the scores of every candidate of the groups, in order.
        batch: candidates a part.
        keep: the old scores do not count any more, and stay (see :func:`restore`).
        also: fields of the manifest that change with the scores, in the same step.
    """
    store.flush()
    manifest = store.manifest
    generation = max(manifest.generation, *(k.generation for k in manifest.kept), 0) + 1
    folder = f"scores-{generation}"
    path = store.groups_path / folder
    problems = [f.digest for f in store.manifest.files if f.name.startswith("problems-")]
    _begin(path, f"{key} {store.completions} {' '.join(problems)}")
    written = _finished(path, manifest.run)
    last_id = max((_last_problem(p) for p in written), default="")
    for part in path.glob("scores-*.parquet"):
        if part not in written:
            part.unlink()
    files: list[ShardFile] = [_listed(store, p) for p in written]
    held: list[Group] = []
    size = 0

    def write() -> None:
        nonlocal size
        rows = [
            (pid, c.index, position, store.judged(pid, c), *shards.score_row(s))
            for pid, c, scores in score(held)
            for position, s in enumerate(scores)
        ]
        name = f"{folder}/{shards.shard_name('scores', len(files), len(files))}"
        table = shards.table(shards.SCORES, rows)
        files.append(shards.write_shard(store.groups_path, name, shards.SCORES, [table], manifest.run))
        held.clear()
        size = 0

    for group in store.groups(everything=True):
        if group.problem.id > last_id and group.candidates:
            held.append(group)
            size += len(group.candidates)
            if size >= batch:
                write()
    if held:
        write()
    previous = store.scores_path
    everything = store.manifest.files
    if keep:
        old = KeptScores(generation=manifest.generation, stack=manifest.stack, scorers=manifest.scorers)
        also["kept"] = (*manifest.kept, old)
    else:
        everything = tuple(f for f in everything if not f.name.startswith(f"{previous.name}/"))
    store.switch(generation, [*everything, *files], **also)
    if not keep:
        shutil.rmtree(previous, ignore_errors=True)
    (path / "key").unlink(missing_ok=True)


def restore(store: Store, stack: str, lost: Mapping[str, str] | None = None) -> bool:
    """Let kept scores of this stack count again; false if there are none.

    Args:
        lost: scorers of the scores that count now which the stack lacks; with any, those are kept in
        turn.
    """
    back = next((k for k in store.manifest.kept if k.stack == stack), None)
    if back is None:
        return False
    store.flush()
    manifest, now = store.manifest, store.scores_path
    kept = tuple(k for k in manifest.kept if k is not back)
    files = manifest.files
    if lost:
        own = KeptScores(generation=manifest.generation, stack=manifest.stack, scorers=manifest.scorers)
        kept = (*kept, own)
    else:
        files = tuple(f for f in files if not f.name.startswith(f"{now.name}/"))
    store.update(generation=back.generation, files=files, kept=kept, stack=stack, scorers=back.scorers)
    if not lost:
        shutil.rmtree(now, ignore_errors=True)
    store.count_scored()
    return True


def _begin(path: Path, key: str) -> None:
    mark = path / "key"
    if not _is(mark, key):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        fsync(path.parent)
        write_text(mark, key)
    for partial in path.glob(".*.partial"):
        partial.unlink()


def _is(mark: Path, key: str) -> bool:
    try:
        return read_bytes(mark, 1 << 20) == key.encode()
    except (OSError, ValueError):
        return False


def _finished(path: Path, run: str) -> list[Path]:
    """The parts of a stopped re-scoring that are whole, in order, up to the first that is not."""
    found = []
    for number, part in enumerate(sorted(path.glob("scores-*.parquet"))):
        if part.name != shards.shard_name("scores", number, number):
            break
        try:
            with shards.open_shard(part) as file:
                if shards.run_of(file) != run:
                    break
                for group in range(file.num_row_groups):
                    file.read_row_group(group)
        except (pa.ArrowException, OSError, ValueError):
            break
        found.append(part)
    return found


def _listed(store: Store, path: Path) -> ShardFile:
    name = str(path.relative_to(store.groups_path))
    rows = pq.read_metadata(path).num_rows
    return ShardFile(name=name, rows=rows, bytes=path.stat().st_size, digest=digest(path))


def _last_problem(path: Path) -> str:
    file = pq.ParquetFile(path)
    if not file.num_row_groups:
        return ""
    column = file.read_row_group(file.num_row_groups - 1, columns=["problem_id"]).column(0)
    return str(column[-1].as_py())
