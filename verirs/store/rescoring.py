"""A new generation of scores, written beside the old one and switched to by one manifest."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from verirs.records import KeptScores, ShardFile
from verirs.store import shards
from verirs.store.store import ScoreRow, Store
from verirs.system.files import digest, fsync, read_bytes, write_text
from verirs.types import Completion, Group

PART = 2048
"""Candidates that are scored and written together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Candidates that are scored together: a part of a new generation, or some of its candidates.

    Args:
        number: of the part.
        first, last: its first and its last problem.
        start, stop: which of its candidates, in order.
        size: candidates of the whole part.
        deadly: of what the processes died that judged this one candidate, as often as that is tried; empty
            where nothing is known.
    """

    number: int
    first: str
    last: str
    start: int
    stop: int
    size: int
    deadly: str = ""

    @property
    def whole(self) -> bool:
        return self.stop - self.start == self.size


Elsewhere = Callable[[str, Sequence[Piece]], Iterator[tuple[Piece, ShardFile]]]
"""Scores parts in other processes: the folder of the new generation and the parts; gives each piece with the
file that was written of it (:func:`write_piece`), as they end."""


def rescore(
    store: Store,
    key: str,
    score: Callable[[list[Group]], Iterable[ScoreRow]],
    *,
    batch: int | None = None,
    keep: bool = False,
    scored: bool = True,
    elsewhere: Elsewhere | None = None,
    **also: Any,
) -> None:
    """Replace all scores by what ``score`` gives for batches of groups, atomically at the end.

    A run that was stopped goes on with the parts that are missing when ``key``, the completions and the
    problems are the same; else it starts over. Groups that do not count are scored too, so that they can
    count again.

    Args:
        key: identifies the scorers and the selection of what they re-score.
        score: the scores of every candidate of the groups, in order.
        batch: candidates a part, at least; by default :data:`PART`.
        keep: the old scores do not count any more, and stay (see :func:`restore`).
        scored: give the groups with the scores that they have.
        elsewhere: does it in the place of ``score``.
        also: fields of the manifest that change with the scores, in the same step.
    """
    store.flush()
    manifest, batch = store.manifest, batch or PART
    generation = max(manifest.generation, *(k.generation for k in manifest.kept), 0) + 1
    folder = f"scores-{generation}"
    path = store.groups_path / folder
    problems = [f.digest for f in store.manifest.files if f.name.startswith("problems-")]
    _begin(path, f"{key} {batch} {store.completions} {' '.join(problems)}")
    plan = _parts(store, batch)
    done = _finished(store, path, plan)
    left = [piece for piece in plan if piece.number not in done]
    if elsewhere is None:
        done |= _here(store, folder, left, score, scored)
    elif left:
        done |= _joined(store, folder, elsewhere(folder, left))
    files = [done[piece.number] for piece in plan]
    for partial in path.glob(".*.partial"):
        partial.unlink()
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


def _parts(store: Store, batch: int) -> list[Piece]:
    """The store in parts of at least ``batch`` candidates, whole problems each, in order."""
    found: list[Piece] = []
    held: list[str] = []
    size = 0

    def cut() -> None:
        found.append(Piece(number=len(found), first=held[0], last=held[-1], start=0, stop=size, size=size))

    for key, count in store.counts():
        held.append(key)
        size += count
        if size >= batch:
            cut()
            held, size = [], 0
    if held:
        cut()
    return found


def groups_of(pieces: Sequence[Piece], groups: Iterable[Group]) -> Iterator[tuple[Piece, list[Group]]]:
    """The groups of pieces of parts that follow each other.

    Args:
        groups: all those from the first part's first problem to the last part's last one.
    """
    stream = (group for group in groups if group.candidates)
    for piece in pieces:
        held: list[Group] = []
        for group in stream:
            held.append(group)
            if group.problem.id == piece.last:
                break
        yield piece, held if piece.whole else _some(held, piece.start, piece.stop)


def _some(groups: Sequence[Group], start: int, stop: int) -> list[Group]:
    """The groups with some of their candidates, counted over all of them."""
    found, before = [], 0
    for group in groups:
        own = group.candidates[max(0, start - before) : max(0, stop - before)]
        before += len(group.candidates)
        if own:
            found.append(dataclasses.replace(group, candidates=own))
    return found


def write_piece(
    groups: Path, name: str, rows: Iterable[ScoreRow], judged: Callable[[str, Completion], int], run: str
) -> ShardFile:
    """Write scores as a file of the store, sorted as they come.

    Args:
        groups: the folder of the store's files.
        judged: what a score of a problem's completion is about.
        run: whose scores they are.
    """
    cells = [
        (key, c.index, position, judged(key, c), *shards.score_row(s))
        for key, c, scores in rows
        for position, s in enumerate(scores)
    ]
    return shards.write_shard(groups, name, shards.SCORES, [shards.table(shards.SCORES, cells)], run)


def _name(folder: str, number: int) -> str:
    return f"{folder}/{shards.shard_name('scores', number, number)}"


def _here(
    store: Store,
    folder: str,
    left: Sequence[Piece],
    score: Callable[[list[Group]], Iterable[ScoreRow]],
    scored: bool,
) -> dict[int, ShardFile]:
    done = {}
    for run in following(left):
        groups = store.groups(everything=True, between=(run[0].first, run[-1].last), scored=scored)
        for piece, held in groups_of(run, groups):
            name = _name(folder, piece.number)
            done[piece.number] = write_piece(
                store.groups_path, name, score(held), store.judged, store.manifest.run
            )
    return done


def following(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in runs of whole parts without a gap."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and piece.whole and runs[-1][-1].whole and piece.number == runs[-1][-1].number + 1:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _joined(store: Store, folder: str, written: Iterable[tuple[Piece, ShardFile]]) -> dict[int, ShardFile]:
    """The parts of what other processes wrote: a file gets its name when all of its part is there."""
    done: dict[int, ShardFile] = {}
    pieces: dict[int, list[tuple[Piece, ShardFile]]] = {}
    for piece, file in written:
        own = pieces.setdefault(piece.number, [])
        own.append((piece, file))
        if sum(p.stop - p.start for p, _ in own) < piece.size:
            continue
        own = sorted(pieces.pop(piece.number), key=lambda found: found[0].start)
        name = _name(folder, piece.number)
        if piece.whole:
            os.replace(store.groups_path / file.name, store.groups_path / name)
            fsync(store.groups_path / folder)
            done[piece.number] = dataclasses.replace(file, name=name)
            continue
        tables = (t for _, f in own for t in shards.Shard(store.groups_path, f).tables())
        done[piece.number] = shards.write_shard(
            store.groups_path, name, shards.SCORES, tables, store.manifest.run
        )
    return done


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
    store.count_again()
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


def _finished(store: Store, path: Path, plan: Sequence[Piece]) -> dict[int, ShardFile]:
    """The parts of a stopped re-scoring that are whole; what else has a part's name goes."""
    known = {shards.shard_name("scores", piece.number, piece.number): piece.number for piece in plan}
    done: dict[int, ShardFile] = {}
    for part in sorted(path.glob("scores-*.parquet")):
        number = known.get(part.name)
        if number is not None and _is_whole(part, store.manifest.run):
            done[number] = _listed(store, part)
        else:
            part.unlink()
    return done


def _is_whole(part: Path, run: str) -> bool:
    try:
        with shards.open_shard(part) as file:
            if shards.run_of(file) != run:
                return False
            for group in range(file.num_row_groups):
                file.read_row_group(group)
    except (pa.ArrowException, OSError, ValueError):
        return False
    return True


def _listed(store: Store, path: Path) -> ShardFile:
    name = str(path.relative_to(store.groups_path))
    rows = pq.read_metadata(path).num_rows
    return ShardFile(name=name, rows=rows, bytes=path.stat().st_size, digest=digest(path))
