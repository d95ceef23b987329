"""``verirs verify`` and ``verirs repair``: is everything there and whole; keep what can be proved good.

Repair proves a file good by its digest in the manifest or, where the manifest does not know it, by reading
every page against its checksum. What cannot be proved is moved aside into ``damaged/``, never deleted; the
samples that only stood there are drawn again by the next run.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from verirs.errors import StoreError
from verirs.records import LISTING, ExportedFiles, Manifest, ShardFile
from verirs.store import entry, journal, shards
from verirs.store.directory import ASIDE, JOURNAL, MIXED, on_disk
from verirs.store.leftovers import is_own
from verirs.store.lock import Lock, is_held
from verirs.system.files import digest, fsync

LOOKS, LOOK_SECONDS = 20, 0.1
"""So often a fault is looked at again while a writer is at work, and after so long a wait."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written.

    Args:
        file: its path below the run directory.
        what: what is wrong with it.
    """

    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


def verify(path: str | Path) -> list[Fault]:
    """Read everything a run directory must hold, to the last byte. Needs no lock and no write access.

    What is wrong only for a moment, because a writer is at work, is no fault.

    Raises:
        StoreError: not a run directory, or a manifest that cannot be read.
    """
    path = on_disk(path)
    faults = _look(path)
    for _ in range(LOOKS):
        written = is_held(path)
        seen = _look(path) if faults else []
        faults = [fault for fault in faults if fault in seen]
        if not faults or not written:
            break
        time.sleep(LOOK_SECONDS)
    return faults


def _look(path: Path) -> list[Fault]:
    """What is wrong, as it looks now."""
    manifest = _manifest(path)
    faults = [fault for file in manifest.files if (fault := _file_fault(path, file))]
    listed = {file.name for file in manifest.files}
    for name in _shards_there(path):
        if name in listed or _passing(name, manifest):
            continue
        if not is_own(path / "groups" / name, manifest.run):
            faults.append(Fault(f"groups/{name}", "this run did not write it"))
        elif not _journaled(path, name, manifest.files):
            faults.append(Fault(f"groups/{name}", "the manifest does not list it"))
    for file in _journals(path):
        try:
            bad = journal.bad_lines(file, manifest.run)
        except OSError as e:
            faults.append(Fault(f"groups/{file.name}", f"it cannot be read: {e.strerror}"))
            continue
        if bad:
            faults.append(Fault(f"groups/{file.name}", f"{bad} damaged lines; the others are whole"))
    return faults + _beside(path, manifest)


def _beside(path: Path, manifest: Manifest) -> list[Fault]:
    """What is wrong with the config and the exported files, which the next run and export write again."""
    written: dict[str, tuple[str, ...]] = {}
    if manifest.configs:
        written["config.toml"] = manifest.configs
    try:
        if os.path.lexists(path / "export" / LISTING):
            listed = ExportedFiles.load(path / "export" / LISTING).files
            written |= {f"export/{name}": (known,) for name, known in listed.items()}
    except (OSError, StoreError) as e:
        return [Fault(f"export/{LISTING}", f"{e}")]
    faults = []
    for name, known in written.items():
        try:
            if digest(path / name) not in known:
                faults.append(Fault(name, "it is not what was written"))
        except FileNotFoundError:
            faults.append(Fault(name, "it is missing"))
        except OSError as e:
            faults.append(Fault(name, f"it cannot be read: {e.strerror}"))
    return faults


def _journals(path: Path) -> list[Path]:
    return sorted(p for p in (path / "groups").glob("journal-*.jsonl") if JOURNAL.fullmatch(p.name))


def _manifest(path: Path) -> Manifest:
    if not (path / "manifest.json").exists():
        raise StoreError(f"{path} is not a run directory (no manifest.json). Runs lie under runs/NAME.")
    return Manifest.load(path / "manifest.json")


def _file_fault(path: Path, file: ShardFile) -> Fault | None:
    where, place = f"groups/{file.name}", path / "groups" / file.name
    try:
        if fault := shards.size_fault(place, file):
            return Fault(where, fault)
        if digest(place) != file.digest:
            return Fault(where, "its digest is another than when it was written")
    except FileNotFoundError:
        return Fault(where, "it is missing")
    except OSError as e:
        return Fault(where, f"it cannot be read: {e.strerror}")
    return None


def _shards_there(path: Path) -> list[str]:
    groups = path / "groups"
    places = (p for p in groups.rglob("*.parquet") if shards.NAME.fullmatch(p.name))
    found = (p for p in places if p.parent == groups or p.parent.parent == groups)
    return sorted(str(p.relative_to(groups)) for p in found)


def _passing(name: str, manifest: Manifest) -> bool:
    """Whether an unlisted shard belongs to a re-scoring that was not finished."""
    folder = name.partition("/")[0]
    number = folder.removeprefix("scores-")
    known = {manifest.generation, *(k.generation for k in manifest.kept)}
    return folder != number and number.isdigit() and int(number) > max(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What a repair did.

    Args:
        faults: what was wrong.
        aside: files that were moved to ``damaged/``.
        taken_in: whole shards that the manifest did not know, now listed.
        kept: completions that are there and whole.
        lost: ``(problem id, sample indices)`` that the manifest counted and nobody holds any more, as far
        as the
            other files tell; they are drawn again.
        rescored: whether candidates lost their scores and will be judged again.
        mixed: whether it is a mix of runs: nothing draws its samples again but mixing them anew.
    """

    faults: tuple[Fault, ...] = ()
    aside: tuple[str, ...] = ()
    taken_in: tuple[str, ...] = ()
    kept: int = 0
    lost: int = 0
    rescored: bool = False
    mixed: bool = False


def repair(path: str | Path, identity: dict[str, object] | None = None) -> Repaired:
    """Make a damaged run directory whole again, with everything that can be proved good.

    Args:
        identity: of the run, where its manifest is gone too.

    Raises:
        StoreError: not a run directory, in use, or its problems are gone (nothing says what the samples
        answer).
    """
    path = on_disk(path)
    lock = Lock(path)
    try:
        return _repair(path, identity)
    finally:
        lock.release()


def _repair(path: Path, identity: dict[str, object] | None) -> Repaired:
    manifest = _manifest_or(path, identity)
    before = sum(f.rows for f in manifest.files if f.name.startswith("completions/"))
    faults = [fault for file in manifest.files if (fault := _file_fault(path, file))]
    bad = {fault.file.removeprefix("groups/") for fault in faults}
    good = [file for file in manifest.files if file.name not in bad]
    aside: list[str] = []
    for name in sorted(bad):
        good += _set_aside(path, name, aside, manifest.run)
    for file in _journals(path):
        if not file.is_file():  # a pipe, a folder, a link to nowhere
            faults.append(Fault(f"groups/{file.name}", "it is no ordinary file"))
            _set_aside(path, file.name, aside, manifest.run)
    taken_in = []
    known = {file.name for file in good}
    for name in _shards_there(path):
        if name in known or _passing(name, manifest) or name in aside:
            continue
        if is_own(path / "groups" / name, manifest.run) and _journaled(path, name, good):
            continue  # the journal that it was made of is still there
        whole = _proved(path / "groups", name, manifest.run)
        if whole is not None and _covered(whole, good):
            continue
        if whole is not None and _fits(path / "groups", whole, good):
            good.append(whole)
            taken_in.append(name)
        else:
            faults.append(
                Fault(f"groups/{name}", "the manifest does not list it, and it does not belong here")
            )
            for saved in _set_aside(path, name, aside, manifest.run):
                if _fits(path / "groups", saved, good):
                    good.append(saved)
                else:  # the whole of it is aside
                    (path / "groups" / saved.name).unlink()
    if not any(file.name.startswith("problems-") for file in good):
        raise StoreError(
            f"{path}: no whole problems file is left, so nothing says what the samples answer. Bring "
            f"groups/problems-*.parquet back from a copy, or start a new run; the damaged files are "
            f"in {ASIDE}/."
        )
    good = _newest_problems(good)
    dataclasses.replace(manifest, files=tuple(sorted(good)), grouped="").save(path / "manifest.json")
    kept = sum(f.rows for f in good if f.name.startswith("completions/"))
    return Repaired(
        faults=tuple(faults),
        aside=tuple(aside),
        taken_in=tuple(taken_in),
        kept=kept,
        lost=max(0, before - kept),
        rescored=any("scores-" in name for name in aside),
        mixed=bool(manifest.mixed),
    )


def _manifest_or(path: Path, identity: dict[str, object] | None) -> Manifest:
    try:
        return _manifest(path)
    except StoreError:
        if identity is None:
            raise
    groups = path / "groups"
    if (run := _whose(groups)).startswith(MIXED):
        raise StoreError(
            f"{path} is a mix of several runs, and only its manifest said which sample is whose. Mix them "
            f"again: verirs merge --mixed OUT RUN..."
        )
    folders = sorted(
        (p for p in groups.glob("scores-*") if p.name[7:].isdigit()), key=lambda p: int(p.name[7:])
    )
    if len(folders) > 1:  # nothing says which of them counted: all is judged again
        for folder in folders:
            _move(path, folder.name)
    generation = int(folders[0].name[7:]) if len(folders) == 1 else 1
    if len(folders) == 1:
        (folders[0] / "key").unlink(missing_ok=True)
    return Manifest(identity=dict(sorted(identity.items())), generation=generation, run=run)


def _whose(groups: Path) -> str:
    """The run that most rows below a folder are of; of equal ones the first by name."""
    rows = Counter[str]()
    for name in sorted(groups.rglob("*.parquet")):
        try:
            with shards.open_shard(name) as file:
                rows[shards.run_of(file)] += file.metadata.num_rows
        except (pa.ArrowException, OSError, ValueError):
            continue
    return max(sorted(rows), key=lambda run: rows[run], default="")


def _move(path: Path, name: str) -> None:
    """Move something in ``groups/`` to ``damaged/``; what lies there of that name gets a number."""
    target = path / ASIDE / name
    number = 1
    while target.exists():
        number += 1
        target = path / ASIDE / f"{name}.{number}"
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path / "groups" / name, target)
    fsync(target.parent)
    fsync((path / "groups" / name).parent)


def _set_aside(path: Path, name: str, aside: list[str], run: str) -> list[ShardFile]:
    """Move a damaged file away; what of it can be proved good comes back under its name."""
    source = path / "groups" / name
    if not os.path.lexists(source):
        return []
    # half a candidate's scores would count as the whole: all of them are judged again
    salvage = name.startswith("completions/") and source.is_file() and not source.is_symlink()
    rows = list(_whole_row_groups(source, run)) if salvage else []
    _move(path, name)
    aside.append(name)
    return [shards.write_shard(path / "groups", name, shards.COMPLETIONS, rows, run)] if rows else []


def _whole_row_groups(path: Path, run: str) -> Iterator[pa.Table]:
    """The row groups of this run's completions whose pages all hold, and of them only the rows whose text has
    its digest."""
    try:
        file = shards.open_shard(path)
    except (pa.ArrowException, OSError, ValueError):
        return
    with file:
        if not file.schema_arrow.equals(shards.COMPLETIONS) or shards.run_of(file) != run:
            return
        for group in range(file.num_row_groups):
            try:
                table = file.read_row_group(group)
                table.validate(full=True)
                table = table.filter(pa.array(_own_digest(table)))
            except (pa.ArrowException, OSError, ValueError):
                continue
            if table.num_rows:
                yield table


def _own_digest(table: pa.Table) -> list[bool]:
    texts, digests = table["text"].to_pylist(), table["text_digest"].to_pylist()
    return [entry.text_digest(text) == digest for text, digest in zip(texts, digests, strict=True)]


def _proved(groups: Path, name: str, run: str) -> ShardFile | None:
    """An unlisted shard of this run as the manifest would list it, if every page of it holds."""
    path = groups / name
    kind = "completions" if name.startswith("completions/") else "scores"
    schema = shards.PROBLEMS if name.startswith("problems-") else shards.SCHEMAS[kind]
    try:
        with shards.open_shard(path) as file:
            if not file.schema_arrow.equals(schema) or shards.run_of(file) != run:
                return None
            rows = sum(file.read_row_group(g).num_rows for g in range(file.num_row_groups))
    except (pa.ArrowException, OSError, ValueError):
        return None
    return ShardFile(name=name, rows=rows, bytes=path.stat().st_size, digest=digest(path))


def _journaled(path: Path, name: str, listed: Sequence[ShardFile]) -> bool:
    """Whether a shard was being sealed or merged when its process died: its content is elsewhere."""
    m = shards.NAME.fullmatch(name.rpartition("/")[2])
    if m is None or not m[2]:
        return False
    journals = {int(j[1]) for p in (path / "groups").iterdir() if (j := JOURNAL.fullmatch(p.name))}
    own = set(range(int(m[2]), int(m[3]) + 1))
    for r in shards.ranges(listed, name.rpartition("/")[0]):
        own -= set(range(r.first, r.last + 1))
    return own <= journals


def _fits(groups: Path, file: ShardFile, good: Sequence[ShardFile]) -> bool:
    """Whether an unlisted shard adds to the listed ones: none of its rows is there already."""
    if file.name.startswith("problems-"):
        return not any(f.name.startswith("problems-") for f in good)
    folder = file.name.rpartition("/")[0]
    keys = (
        ["problem_id", "index"] if folder == "completions" else ["problem_id", "index", "position", "judged"]
    )
    own = _keys(groups / file.name, keys)
    return all(own.isdisjoint(_keys(groups / r.file.name, keys)) for r in shards.ranges(good, folder))


def _keys(path: Path, columns: list[str]) -> set[tuple[object, ...]]:
    table = pq.read_table(path, columns=columns)
    return set(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _covered(file: ShardFile, good: list[ShardFile]) -> bool:
    """Whether listed shards hold the journals of this one already (a leftover of a merge)."""
    m = shards.NAME.fullmatch(file.name.rpartition("/")[2])
    if m is None or not m[2]:
        return False
    own = set(range(int(m[2]), int(m[3]) + 1))
    for r in shards.ranges(good, file.name.rpartition("/")[0]):
        own -= set(range(r.first, r.last + 1))
    return not own


def _newest_problems(files: list[ShardFile]) -> list[ShardFile]:
    problems = sorted(f for f in files if f.name.startswith("problems-"))
    return [f for f in files if f not in problems[:-1]]
