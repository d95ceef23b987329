"""Tidying a run directory: making it, what a crash left in it, and which shards to merge."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from verirs.errors import StoreError
from verirs.records import Manifest
from verirs.store.directory import ASIDE, JOURNAL
from verirs.store.journal import retire
from verirs.store.shards import NAME, Range, open_shard, ranges, run_of

OWN = {"lock", "log.txt", "config.toml", ".manifest.json.partial", ".config.toml.partial", "groups"}
"""What a run directory may hold before it has a manifest."""
FAN_IN = 32
"""So many neighbouring shards of about one size become one: with fewer a row is rewritten more often, with
more a reader holds more files open."""
_GENERATION = re.compile(r"scores-(\d+)")


def make_directory(path: Path) -> None:
    """Make a run directory, or look whether this is one.

    Raises:
        StoreError: it cannot be made, or it holds something else, or samples that no manifest speaks for.
    """
    try:
        if not (path / "manifest.json").exists() and path.exists():
            found = {p.name for p in path.iterdir()}
            if not found <= OWN:
                raise StoreError(
                    f"{path} exists and is not a run directory (no manifest.json). Choose another --name."
                )
            if "groups" in found and any(p.is_file() for p in (path / "groups").rglob("*")):
                raise StoreError(
                    f"{path} holds samples, and its manifest.json is gone: nobody can say whose they "
                    f"are. Bring it "
                    f"back from a copy, `verirs repair {path}`, or choose another --name."
                )
        path.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StoreError(f"cannot make the run directory {path}: {e.strerror} ({e.filename})") from e


def holds_samples(groups: Path) -> bool:
    """Whether there is any shard or journal, listed or not."""
    if not groups.is_dir():
        return False
    found = (p for p in groups.rglob("*") if p.suffix in (".parquet", ".jsonl") and p.is_file())
    return any(not p.name.startswith("problems-") and p.stat().st_size for p in found)


def sweep(run: Path, manifest: Manifest) -> None:
    """Delete what a crash between two steps of sealing, merging or re-scoring left behind.

    Only files of the store's own names that this run wrote, and only those whose content is certainly
    elsewhere: in the journal that they were made of, or in the listed shard that holds their range. Nothing
    is deleted before all of it was looked at.

    Raises:
        StoreError: a shard that the manifest does not know, and that is not covered by what it knows, or that
            another run wrote.
    """
    groups, gone = run / "groups", list[Path]()
    listed = {f.name for f in manifest.files}
    kept = {k.generation for k in manifest.kept}
    newest = max({manifest.generation, *kept})
    sealed = max((r.last for r in ranges(manifest.files, "completions")), default=-1)
    found = ((JOURNAL.fullmatch(p.name), p) for p in groups.iterdir())
    journals = {int(m[1]): p for m, p in found if m and p.is_file()}
    for folder in sorted(p for p in groups.iterdir() if p.is_dir()):
        m = _GENERATION.fullmatch(folder.name)
        if m and (int(m[1]) in kept or int(m[1]) > newest):  # the latter: a re-scoring that goes on
            continue
        if m and int(m[1]) != manifest.generation:
            gone.append(folder)
            continue
        if not m and folder.name != "completions":
            continue
        for path in sorted(folder.iterdir()):
            name = f"{folder.name}/{path.name}"
            if name not in listed and _is_elsewhere(
                path, ranges(manifest.files, folder.name), journals, manifest.run
            ):
                gone.append(path)
        gone.append(folder / "key")
    for path in sorted(groups.glob("problems-*.parquet")):
        if path.name not in listed and NAME.fullmatch(path.name) and is_own(path, manifest.run):
            gone.append(path)
    gone += sorted(groups.glob(".*.parquet.partial"))
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for number, path in journals.items():
        if number <= sealed:
            retire(path, manifest.run, run / ASIDE)


def _is_elsewhere(path: Path, known: list[Range], journals: Mapping[int, Path], run: str) -> bool:
    """Whether an unlisted file of ours holds nothing that is not held elsewhere; what is no shard stays."""
    if path.name.startswith(".") and path.name.endswith(".parquet.partial"):
        return True
    m = NAME.fullmatch(path.name)
    if m is None or not m[2]:
        return False
    first, last = int(m[2]), int(m[3])
    covered = {n for r in known for n in range(max(first, r.first), min(last, r.last) + 1)}
    if not is_own(path, run):
        raise StoreError(
            f"{path} is not listed in the manifest, and this run did not write it. `verirs repair` moves it "
            f"aside."
        )
    if not set(range(first, last + 1)) <= covered | journals.keys():
        raise StoreError(
            f"{path} is not listed in the manifest, and nothing that is listed holds its samples. Was "
            f"manifest.json restored from an older copy? `verirs repair` takes the file in again if it is "
            f"whole."
        )
    return True


def is_own(path: Path, run: str) -> bool:
    """Whether a shard was written by this run, as far as it can be read."""
    try:
        with open_shard(path) as file:
            return run_of(file) == run
    except (pa.ArrowException, OSError, ValueError):
        return False


def mergeable(found: list[Range]) -> list[Range]:
    """The first ``FAN_IN`` neighbours of about one size, or nothing."""

    def level(r: Range) -> int:
        width, result = r.last - r.first + 1, 0
        while width >= FAN_IN:
            width //= FAN_IN
            result += 1
        return result

    for _, run in groupby(found, key=level):
        same = list(run)
        if len(same) >= FAN_IN:
            return same[:FAN_IN]
    return []
