"""Exporting in several processes: each selects from a part of the problems and makes the rows of its files.

Only places in the store go to a process; its rows come back as files, its counts as numbers. The parent packs
the rows in the order of the problems, so the exported files are byte for byte those of one process.
"""

from __future__ import annotations

import contextlib
import functools
import heapq
import itertools
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from verirs.errors import PartError, StoreError
from verirs.parts import SelectorPart, SinkPart
from verirs.records import Manifest
from verirs.running.balancing import balancer
from verirs.running.choosing import Chooser, Counts
from verirs.running.config import Config
from verirs.running.forms import tell, variants
from verirs.running.marks import Key, Mark, Overrides
from verirs.running.plan import rule_of, selection_parts
from verirs.sinks.mixed import saying_whose
from verirs.sinks.pieces import Piece, PieceWriter
from verirs.sinks.writer import formats_of, write
from verirs.store import Store, Whose
from verirs.store.shards import Between, imported_late
from verirs.system.jobs import Jobs, sizes
from verirs.types import Group

if TYPE_CHECKING:
    from verirs.curation.curator import Looked

EXPORTER = f"{__name__}:exporter"
"""Makes what exports in a process."""
TRIES = 3
"""So often one part may end its process."""
PIECES = ".pieces.tmp"
"""The folder of what goes between the processes, in the folder of the files."""


@dataclass(frozen=True, slots=True)
class Part:
    """Problems that follow each other: the ids of the first and the last."""

    number: int
    first: str
    last: str
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an exporting process is told at its start.

    Args:
        paths: the run directories.
        manifests: theirs, as the parent has read them.
        config: of the export.
        looked: what is known of all problems.
        marks: verdicts by hand.
        thought_key: under which thoughts stand in messages.
        folder: where the pieces go.
    """

    paths: tuple[Path, ...]
    manifests: tuple[Manifest, ...]
    config: Config
    looked: Looked
    marks: Mapping[Key, Mark]
    thought_key: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a process made of a part."""

    pieces: tuple[Piece, ...]
    counts: Counts
    by_hand: Overrides


def alone_because(config: Config, selector: SelectorPart, sinks: Sequence[SinkPart]) -> str:
    """Why one process must do it, in words; empty where several can."""
    parts = [("selector", selector.key, type(selector.made)), *(("sink", s.key, type(s.made)) for s in sinks)]
    for kind, name, made in parts:
        if not made.__module__.startswith("verirs."):
            return f"the {kind} {name!r} is your own, and may go by what it saw before"
    if rule_of(config) is not None:
        return "[until] counts problems in their order"
    if balancer(config.balance, selector).wanted.looks_ahead:
        return "[balance] goes by numbers of the whole set"
    return ""


def jobs_for(
    config: Config, selector: SelectorPart, sinks: Sequence[SinkPart], count: int
) -> contextlib.AbstractContextManager[Jobs | None]:
    """Processes that can export by such a config; none where one does, which is this."""
    if count == 1 or alone_because(config, selector, sinks):
        return contextlib.nullcontext()
    own = {type(selector.made).__module__, *(type(sink.made).__module__ for sink in sinks)}
    return Jobs(count, [__name__, *sorted(own), *imported_late()])


def written_sinks(
    config: Config, sinks: Sequence[SinkPart], manifest: Manifest, thought_key: str
) -> list[SinkPart]:
    """The sinks of an export, those for trainers too, told what is known before the first row."""
    written, rule = [*sinks, *variants(config)], rule_of(config)
    tell(written, manifest, thought_key, None if rule is None else rule.start)
    return saying_whose(written, Whose(manifest.mixed)) if manifest.mixed else written


def groups(stores: Sequence[Store], between: Between | None = None) -> Iterator[Group]:
    """The groups of all stores, in order of problem id."""
    return heapq.merge(*(s.groups(between=between) for s in stores), key=lambda g: g.problem.id)


def pieces_of(
    jobs: Jobs,
    given: Given,
    stores: Sequence[Store],
    counts: Counts,
    by_hand: Overrides,
    each: Callable[[], None],
) -> Generator[Sequence[Piece], None, None]:
    """Let processes export parts; their pieces in order, counted.

    Args:
        each: called after each problem.

    Raises:
        PartError: a part ends every process that exports it.
    """
    ids = [p.id for p in heapq.merge(*(s.problems() for s in stores), key=lambda p: p.id)]
    left = iter(ids)
    cut = (list(itertools.islice(left, size)) for size in sizes(len(ids), jobs.count))
    parts = [Part(number, own[0], own[-1], len(own)) for number, own in enumerate(cut)]
    waiting: dict[int, Found] = {}
    turn = 0
    for part, found in jobs.work(EXPORTER, given, parts, _died):
        waiting[part.number] = found
        for _ in range(part.problems):
            each()
        while (ready := waiting.pop(turn, None)) is not None:
            turn += 1
            counts.join(ready.counts)
            by_hand.join(ready.by_hand)
            yield ready.pieces


@contextlib.contextmanager
def room_for_pieces(folder: Path) -> Iterator[Path]:
    """The empty folder of the pieces; it is gone at the end."""
    path = folder / PIECES
    _remove(path)  # what a killed export left
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def _died(part: Part, deaths: int, cause: str) -> Sequence[Part]:
    """What to try in the place of a part that ended its process.

    Raises:
        PartError: it did so too often.
    """
    if deaths >= TRIES:
        raise PartError(
            f"exporting problems {part.first!r} to {part.last!r} ended its process {deaths} times ({cause}); "
            "the files of the last export are as they were"
        )
    return [part]


# ---- in the process -----------------------------------------------------------------------------------


def exporter(given: Given) -> Callable[[Part], Found]:
    """What exports parts here."""
    stores = [Store.open(path) for path in given.paths]
    refuse_changed(stores, given.manifests)
    for store in stores:
        store.directory.proved = {}
    selector, sinks = selection_parts(given.config)
    manifest = given.manifests[0]
    written = written_sinks(given.config, sinks, manifest, given.thought_key)
    return functools.partial(_export, given, stores, selector, written)


def refuse_changed(stores: Sequence[Store], manifests: Sequence[Manifest]) -> None:
    """
    Raises:
        StoreError: another command changed what one of them holds since it was read.
    """
    for store, manifest in zip(stores, manifests, strict=True):
        if store.manifest is not manifest and store.manifest.to_json() != manifest.to_json():
            raise StoreError(
                f"{store.path}: another command changed it while it was exported; export it again"
            )


def _export(
    given: Given, stores: Sequence[Store], selector: SelectorPart, sinks: Sequence[SinkPart], part: Part
) -> Found:
    config, manifest = given.config, given.manifests[0]
    chooser = Chooser(config, manifest, selector, given.looked, given.marks)
    counts = Counts(config, manifest, selector.made)
    writers = [
        PieceWriter(
            given.folder / f"{part.number}-{place}",
            sink.key,
            sink.made.columns,
            formats_of(sink, config.export.formats),
            sink.traits.summed,
        )
        for place, sink in enumerate(sinks)
    ]
    for selection in chooser.selections(groups(stores, (part.first, part.last)), counts):
        write(selection, sinks, writers)
    refuse_changed(stores, given.manifests)  # each part is read by itself, and all are to be of one moment
    pieces = tuple(writer.finish() for writer in writers)
    return Found(pieces=pieces, counts=counts, by_hand=chooser.by_hand)
