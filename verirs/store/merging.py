"""The shards of one run as one run again: first proved to belong together and to be all of it,
then merged."""

from __future__ import annotations

import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from verirs.errors import StoreError
from verirs.records import Manifest, ShardFile
from verirs.store import shards
from verirs.store.directory import Directory
from verirs.store.lock import Lock
from verirs.store.store import Store
from verirs.system.files import write_text


def refuse_parts(stores: Sequence[Store], *, allow_missing: bool = False) -> list[str]:
    """Refuse runs that are not the shards of one run, whole and each once.

    Args:
        allow_missing: shards and samples may be missing; they are named in what is returned.

    Returns:
        What is missing, a line each, for the card and the terminal; empty when all is there.

    Raises:
        StoreError: every fault, by run.
    """
    faults, gaps = _identity_faults(stores), _shard_gaps(stores)
    faults += _doubled(stores)
    gaps += [line for store in stores for line in sample_gaps(store)]
    if not allow_missing:
        faults += [
            *gaps,
            *(["(--allow-missing goes on without them, and says so in the card)"] if gaps else []),
        ]
    if faults:
        raise StoreError("these runs are not the whole of one run:\n" + "\n".join(f"  {f}" for f in faults))
    return gaps


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
        if other.manifest.n != first.manifest.n:
            faults.append(f"{other.path}: n is {other.manifest.n}, {first.path} has {first.manifest.n}")
        if other.manifest.stack != first.manifest.stack:
            faults.append(
                f"{other.path}: scored by {_scorers(other)}, {first.path} by {_scorers(first)}; "
                f"score one of them "
                f"again with the other's config (verirs score)"
            )
    return faults


def _scorers(store: Store) -> str:
    return ", ".join(f"{k} {v}" for k, v in store.manifest.scorers.items()) or "nobody"


def _shard_gaps(stores: Sequence[Store]) -> list[str]:
    """Shards that there must be and are not; a run that is no shard stands for itself."""
    names = [str(s.manifest.identity.get("shard", "")) for s in stores]
    if names == [""]:
        return []
    counts = Counter(name.partition("/")[2] for name in names)
    if len(counts) > 1 or "" in counts:
        return [
            f"{s.path}: shard {name or '(none)'}; they are of different splits"
            for s, name in zip(stores, names, strict=True)
        ]
    (total,) = counts
    there = {name.partition("/")[0] for name in names}
    return [f"shard {i}/{total} is missing" for i in range(int(total)) if str(i) not in there]


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


def sample_gaps(store: Store) -> Iterator[str]:
    """What a run still has to do: samples to draw, and samples to score."""
    n = store.manifest.n
    short, samples, unscored = 0, 0, 0
    for group in store.groups():
        short += len(group.candidates) < n
        samples += max(0, n - len(group.candidates))
        unscored += sum(not c.scores for c in group.candidates)
    if samples:
        yield f"{store.path}: {samples} samples of {short} problems are not drawn yet; run it to its end"
    if unscored:
        yield f"{store.path}: {unscored} samples are not scored yet; run it to its end"


def merge(out: Path, stores: Sequence[Store], beside: Mapping[str, str], **also: Any) -> None:
    """Write one run directory that holds what the shards hold. Nothing is left of it if that fails.

    Args:
        beside: what else belongs into the directory: file names and their text.
        also: further fields of the manifest.

    Raises:
        StoreError: ``out`` exists.
    """
    if out.exists():
        raise StoreError(f"{out} exists; give another name for the merged run")
    building = out.with_name(f".{out.name}.merging")
    shutil.rmtree(building, ignore_errors=True)
    (building / "groups" / "completions").mkdir(parents=True)
    (building / "groups" / "scores-1").mkdir()
    lock, run = Lock(building), secrets.token_hex(8)
    try:
        files = [
            _problems(building, stores, run),
            _rows(building, stores, run, "completions", "completions"),
            _rows(building, stores, run, "scores", "scores-1"),
        ]
        first = stores[0].manifest
        Manifest(identity=whole_identity(stores[0]), run=run).save(building / "manifest.json")
        whole = Directory(building)
        whole.load()
        whole.update(
            files=files,
            n=first.n,
            stack=first.stack,
            scorers=first.scorers,
            reproducible=first.reproducible,
            **also,
        )
        for name, text in beside.items():
            write_text(building / name, text)
        building.rename(out)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    finally:
        lock.release()


def _problems(building: Path, stores: Sequence[Store], run: str) -> ShardFile:
    streams = [store.directory.tables("problems") for store in stores]
    merged = shards.merge(streams, ("id",))
    return shards.write_shard(building / "groups", "problems-00001.parquet", shards.PROBLEMS, merged, run)


def _rows(building: Path, stores: Sequence[Store], run: str, kind: str, folder: str) -> ShardFile:
    streams: list[Iterator[pa.Table]] = [store.directory.tables(kind) for store in stores]
    merged = shards.merge(streams, shards.KEYS[kind])
    name = f"{folder}/{shards.shard_name(kind, 0, 0)}"
    return shards.write_shard(building / "groups", name, shards.SCHEMAS[kind], merged, run)


def whole_name(shard: str) -> str:
    """The name of the run that a shard called ``NAME-shard-i-of-N`` is of."""
    return shard.partition("-shard-")[0]
