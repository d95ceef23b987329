"""The shards of one run as one run again: first proved to belong together and to be all of it,
then merged."""

from __future__ import annotations

import secrets
import shutil
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from verirs.errors import StoreError
from verirs.records import Manifest, MixedRun
from verirs.store import shards
from verirs.store.counting import indices_of, samples
from verirs.store.directory import Directory, missing, on_disk
from verirs.store.lock import Lock, is_held
from verirs.store.store import Store
from verirs.system.files import fsync, write_text
from verirs.types import Group

Lacks = Callable[[Group], int]
"""How many samples a group still wants."""

MIXED_HINT = (
    "\nRuns of different models or sources become one by `verirs merge --mixed OUT RUN...`; then each row "
    "says its model, source and run."
)


_TOLD_SHARDS = 20
BUILDING = ".verirs-building"
"""The file that tells a folder in which a run is built from all others."""


def refuse_parts(
    stores: Sequence[Store], *, allow_missing: bool = False, lacks: Lacks | None = None
) -> list[str]:
    """Refuse runs that are not the shards of one run, whole and each once.

    Args:
        lacks: how many samples a group still wants; by default up to the manifest's ``n``.
        allow_missing: shards and samples may be missing; they are named in what is returned.

    Returns:
        What is missing, a line each, for the card and the terminal; empty when all is there.

    Raises:
        StoreError: every fault, by run.
    """
    faults = [*being_written(stores), *_identity_faults(stores), *_split_faults(stores), *_doubled(stores)]
    gaps = shard_gaps(stores)
    gaps += [line for store in stores for line in sample_gaps(store, lacks)]
    if not allow_missing:
        faults += [
            *gaps,
            *(["(--allow-missing goes on without them, and says so in the card)"] if gaps else []),
        ]
    if faults:
        raise StoreError(
            "these runs are not the whole of one run:\n"
            + "\n".join(f"  {f}" for f in faults)
            + (MIXED_HINT if any(whole_identity(s) != whole_identity(stores[0]) for s in stores) else "")
        )
    return gaps


def being_written(stores: Sequence[Store]) -> list[str]:
    """Runs that a command is writing."""
    return [f"{s.path}: it is being written; wait for its command to end" for s in stores if is_held(s.path)]


def whole_identity(store: Store) -> dict[str, Any]:
    """The identity of the run that a shard belongs to."""
    return {k: v for k, v in store.manifest.identity.items() if k != "shard"}


def _identity_faults(stores: Sequence[Store]) -> list[str]:
    first = stores[0]
    faults = []
    for other in stores[1:]:
        ours, theirs = whole_identity(first), whole_identity(other)
        keys = [k for k in sorted(ours.keys() | theirs.keys()) if ours.get(k) != theirs.get(k)]
        faults += [f"{other.path}: {k} is {theirs.get(k)!r}, {first.path} has {ours.get(k)!r}" for k in keys]
        sources = {other.manifest.source, first.manifest.source}
        if len(sources - {""}) == 2:
            faults.append(
                f"{other.path}: its source had other rows than that of {first.path} (new ones, removed ones, "
                f"or another gold or test); run both again with the same rows"
            )
        if other.manifest.n != first.manifest.n:
            faults.append(f"{other.path}: n is {other.manifest.n}, {first.path} has {first.manifest.n}")
        if other.manifest.until != first.manifest.until:
            faults.append(
                f"{other.path}: another [until] than {first.path}; run one of them again with the other's"
            )
        if other.manifest.stack != first.manifest.stack:
            faults.append(
                f"{other.path}: scored by {scorers_told(other)}, {first.path} by {scorers_told(first)}; "
                f"score one of them "
                f"again with the other's config (verirs score)"
            )
    return faults


def scorers_told(store: Store) -> str:
    """By whom a run was scored."""
    return ", ".join(f"{k} {v}" for k, v in store.manifest.scorers.items()) or "nobody"


def shard_gaps(stores: Sequence[Store]) -> list[str]:
    """Shards of the same split that are not among these, a line each."""
    there = {_shard(store) for store in stores}
    lines = []
    for total in sorted({total for _, total in there} - {0}):
        own = {i for i, of in there if of == total}
        if total - len(own) > _TOLD_SHARDS:
            lines.append(f"{total - len(own)} of {total} shards are missing")
        else:
            lines += [f"shard {i}/{total} is missing" for i in range(total) if i not in own]
    return lines


def _shard(store: Store) -> tuple[int, int]:
    """Which shard a run is, of how many; of none if it is whole."""
    i, _, total = str(store.manifest.identity.get("shard", "")).partition("/")
    return (int(i), int(total)) if i.isdecimal() and total.isdecimal() else (0, 0)


def _split_faults(stores: Sequence[Store]) -> list[str]:
    totals = {total for _, total in map(_shard, stores)}
    if len(stores) == 1 or (len(totals) == 1 and totals != {0}):
        return []
    told = ((s.path, s.manifest.identity.get("shard")) for s in stores)
    return [
        f"{path}: it is {f'shard {shard}, and not all are of one split' if shard else 'no shard'}"
        for path, shard in told
    ]


def _doubled(stores: Sequence[Store]) -> list[str]:
    seen: dict[str, Path] = {}
    twice: dict[tuple[Path, Path], int] = {}
    for store in stores:
        for problem in store.problems():
            if problem.id in seen:
                pair = (seen[problem.id], store.path)
                twice[pair] = twice.get(pair, 0) + 1
            seen[problem.id] = store.path
    return [f"{b}: {count} of its problems are in {a} too" for (a, b), count in twice.items()]


class Gaps:
    """Counts what a run still has to do, samples to draw and to score; of a mixed run, what it lost.

    Args:
        kept_out: problems that are to have no samples; by default those of the run's last command.
    """

    def __init__(self, manifest: Manifest, kept_out: int | None = None):
        self._n, self._whose = manifest.n, Whose(manifest.mixed)
        self._kept_out = manifest.kept_out if kept_out is None else kept_out
        self._stored = Counter[str]()
        self._short = self._missing = self._unscored = 0
        self._empty = self._wanted_by_empty = 0

    def add(self, group: Group, lacks: int | None = None) -> None:
        """Look at a problem's candidates.

        Args:
            lacks: samples that it still wants; by default up to the run's ``n``.
        """
        unscored = sum(not c.scores for c in group.candidates)
        self.count([c.completion.index for c in group.candidates], unscored, lacks)

    def count(self, stored: Sequence[int], unscored: int, lacks: int | None = None) -> None:
        """The same by a problem's samples, and how many of them have no scores."""
        self._unscored += unscored
        if self._whose.parts:
            self._stored.update(self._whose.of(index).name for index in stored)
        else:
            wanted = max(0, self._n - len(stored)) if lacks is None else lacks
            if stored:
                self._short += wanted > 0
                self._missing += wanted
            else:
                self._empty += wanted > 0
                self._wanted_by_empty += wanted

    def join(self, later: Gaps) -> None:
        """Count what another counted of later problems."""
        self._stored.update(later._stored)
        self._short += later._short
        self._missing += later._missing
        self._unscored += later._unscored
        self._empty += later._empty
        self._wanted_by_empty += later._wanted_by_empty

    def told(self) -> Iterator[str]:
        """A line a gap."""
        left = max(0, self._empty - self._kept_out)  # all without samples want as many
        missing = self._missing + (self._wanted_by_empty * left // self._empty if left else 0)
        if missing:
            yield f"{missing} samples of {self._short + left} problems are not drawn yet"
        for part in self._whose.parts:
            if lost := part.samples - self._stored[part.name]:
                yield f"{lost} of the {part.samples} samples of {part.name} are gone"
        if self._unscored:
            yield f"{self._unscored} samples are not scored yet"


def sample_gaps(store: Store, lacks: Lacks | None = None) -> list[str]:
    """What a run still has to do, a line each with its path and what to do."""
    gaps = Gaps(store.manifest)
    if lacks is None:
        store.refuse_replaced()
        for stored, scored in samples(store.directory, own=store.writable):
            gaps.count(indices_of(stored), (stored & ~scored).bit_count())
    else:
        for group in store.groups():
            gaps.add(group, lacks(group))
    todo = "mix its runs again, or score it" if store.manifest.mixed else "run it to its end"
    return [f"{store.path}: {line}; {todo}" for line in gaps.told()]


def merge(out: Path, stores: Sequence[Store], beside: Mapping[str, str], **also: Any) -> None:
    """Write one run directory that holds what the shards hold. Nothing is left of it if that fails.

    Args:
        beside: what else belongs into the directory: file names and their text.
        also: further fields of the manifest.

    Raises:
        StoreError: ``out`` exists, or one of the shards is being written.
    """
    first = stores[0].manifest
    write_run(
        out,
        Manifest(
            identity=whole_identity(stores[0]),
            run=secrets.token_hex(8),
            n=first.n,
            until=first.until,
            kept_out=sum(store.manifest.kept_out for store in stores),
            stack=first.stack,
            scorers=first.scorers,
            reproducible=first.reproducible,
            **also,
        ),
        {kind: shards.merge(tables_of(stores, kind), shards.KEYS[kind]) for kind in shards.KEYS},
        beside,
        {store: store.manifest.chain for store in stores},
    )


def tables_of(stores: Sequence[Store], kind: str) -> list[Iterator[pa.Table]]:
    """The sorted rows of each run.

    Raises:
        StoreError: a file is missing or damaged, by name; or a run was written since it was opened.
    """
    streams = []
    for store in stores:
        try:
            streams.append(store.directory.tables(kind))
        except FileNotFoundError as e:
            refuse_written(store, store.manifest.chain)
            raise missing(store.path, e) from e
    return streams


def refuse_written(store: Store, chain: str) -> None:
    """Refuse a run whose files are others than those of ``chain``."""
    if Manifest.load(store.path / "manifest.json").chain != chain:
        raise StoreError(f"{store.path} was written meanwhile; merge it when its command has ended.")


def write_run(
    out: Path,
    manifest: Manifest,
    content: Mapping[str, Iterator[pa.Table]],
    beside: Mapping[str, str],
    of: Mapping[Store, str],
) -> None:
    """Write a run directory of sorted rows. Nothing is left of it if that fails.

    Args:
        manifest: of the run, without files.
        content: the rows of ``problems``, ``completions`` and ``scores``.
        beside: what else belongs into the directory: file names and their text.
        of: the runs whose rows they are, with the chain of their files as it was.

    Raises:
        StoreError: ``out`` exists, or one of the runs was written meanwhile.
    """
    if on_disk(out).exists():
        raise StoreError(f"{out} exists; give another name for the merged run")
    building = _begun(out.with_name(f".{out.name}.merging"))
    lock = Lock(building)
    (building / "groups" / "completions").mkdir(parents=True)
    (building / "groups" / "scores-1").mkdir()
    names = {
        "problems": "problems-00001.parquet",
        "completions": f"completions/{shards.shard_name('completions', 0, 0)}",
        "scores": f"scores-1/{shards.shard_name('scores', 0, 0)}",
    }
    try:
        files = [
            shards.write_shard(building / "groups", name, shards.SCHEMAS[kind], content[kind], manifest.run)
            for kind, name in names.items()
        ]
        manifest.save(building / "manifest.json")
        whole = Directory(building)
        whole.load()
        whole.update(files=files)
        for name, text in beside.items():
            write_text(building / name, text)
        for store, chain in of.items():
            refuse_written(store, chain)
        building.rename(out)
        fsync(out.parent)
        (out / BUILDING).unlink()
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    finally:
        lock.release()


def _begun(building: Path) -> Path:
    """A folder in which a run is built; what a merge that was killed left there goes.

    Raises:
        StoreError: another merge builds there, or it is nothing of ours.
    """
    if is_held(building):
        raise StoreError(f"{building}: another merge into the same run goes on; wait for it to end")
    if building.exists() and any(building.iterdir()) and not (building / BUILDING).is_file():
        raise StoreError(f"{building} is in the way, and no merge made it; move it away")
    if building.exists():
        shutil.rmtree(building)
    building.mkdir(parents=True)
    (building / BUILDING).touch()
    return building


class Whose:
    """Tells of a sample's index in a mixed run which run drew it."""

    def __init__(self, parts: Sequence[MixedRun]):
        self.parts = parts
        self._firsts = [p.first for p in parts]

    def of(self, index: int) -> MixedRun:
        """The run that drew sample ``index``."""
        return self.parts[bisect_right(self._firsts, index) - 1]


def whole_name(shard: str) -> str:
    """The name of the run that a shard called ``NAME-shard-i-of-N`` is of."""
    return shard.partition("-shard-")[0]
