"""The files of a run directory: which there are, which of them count, and their rows in order."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from verirs.errors import StoreError
from verirs.records import Manifest
from verirs.store import journal, shards
from verirs.store.changes import Held
from verirs.system.names import place_fault

MIXED = "mixed-"
"""The number of a mixed run begins with it, so that its files say what they are without the manifest."""
ASIDE = "damaged"
"""The folder of a run for what is not as it was written: moved there, never deleted."""
READ_AGAIN = 50
"""So often a reader starts over when a writer has replaced files under its hands."""
T = TypeVar("T")
JOURNAL = re.compile(r"journal-(\d{5,})\.jsonl")


class Directory:
    """A run directory's files, as its manifest lists them.

    Args:
        path: of the run.
    """

    def __init__(self, path: Path):
        self.path = path
        self.groups = path / "groups"
        self.manifest = Manifest(identity={})
        self.proved: shards.Proved | None = None
        """Files that were proved, where that is done once for many readings."""
        self._lock = threading.Lock()

    def at_once(self, opens: Callable[[], T], *, own: bool = False) -> T:
        """What a reader opens, all of one moment, though a writer may replace files meanwhile.

        Args:
            own: it is the writer itself.

        Raises:
            StoreError: a file that is missing or damaged, by name.
        """
        for left in reversed(range(READ_AGAIN)):
            try:
                if not own:
                    self.load()
                opened = opens()
                # a journal that was sealed meanwhile is in neither: then the list of files has changed
                if own or Manifest.load(self.path / "manifest.json").chain == self.manifest.chain:
                    return opened
            except FileNotFoundError as e:
                if own or not left:
                    raise missing(self.path, e) from e
        raise StoreError(f"{self.path} is being written too fast to be read; try again.")

    def load(self) -> None:
        self.manifest = Manifest.load(self.path / "manifest.json")

    def update(self, **changes: Any) -> None:
        """Replace fields of the manifest and write it, in one atomic step."""
        with self._lock:
            if "files" in changes:
                files = tuple(sorted(changes["files"]))
                text = json.dumps([self.manifest.chain, *map(dataclasses.astuple, files)])
                chain = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
                changes |= {"files": files, "chain": chain}
            manifest = dataclasses.replace(self.manifest, **changes)
            manifest.save(self.path / "manifest.json")
            self.manifest = manifest

    def refuse_missing(self) -> None:
        """Refuse a directory that is not whole, before anything in it is changed.

        Raises:
            FileNotFoundError, StoreError: a listed file is gone, or not the one that was written, as far as
            that can be seen without reading it.
        """
        for file in self.manifest.files:
            if fault := shards.size_fault(self.groups / file.name, file):
                raise shards.damaged(self.groups / file.name, fault)

    @property
    def scores_path(self) -> Path:
        return self.groups / f"scores-{self.manifest.generation}"

    def problems(self, between: shards.Between | None = None) -> Iterator[Held]:
        """The problems in order of id."""
        opened = self._problem_shards()  # now, before a writer replaces them

        def rows() -> Iterator[Held]:
            for shard in opened:
                for part in shard.tables(between=between):
                    for row in part.to_pylist():
                        problem = shards.problem_of(row)
                        yield Held(problem=problem, digest=row["digest"], current=row["current"])

        return rows()

    def golds(self, between: shards.Between) -> dict[str, int]:
        """The digests of what the verifiers of some problems read, by id."""
        return {
            key: digest
            for shard in self._problem_shards()
            for part in shard.tables(("id", "digest"), between)
            for key, digest in zip(part["id"].to_pylist(), part["digest"].to_pylist(), strict=True)
        }

    def journals(self) -> list[tuple[int, Path]]:
        """The journals whose records are in no shard yet, in order."""
        sealed = self.last_sealed()
        return [(number, path) for number, path in self.all_journals() if number > sealed]

    def damaged_lines(self) -> int:
        """How many lines of the journals do not hold; what they said counts as not there."""
        return sum(journal.bad_lines(path, self.manifest.run) for _, path in self.journals())

    def all_journals(self) -> list[tuple[int, Path]]:
        if not self.groups.is_dir():
            return []
        names = ((JOURNAL.fullmatch(p.name), p) for p in self.groups.iterdir())
        return sorted((int(m[1]), p) for m, p in names if m and p.is_file())

    def numbers(self, kind: str) -> list[tuple[int, int]]:
        """The ranges of numbers that files of a kind have, listed or not: no new file takes one of them."""
        names = [f.name for f in self.manifest.files]
        names += [str(p) for p in self.groups.rglob(f"{kind}-*.parquet")]
        found = (shards.NAME.fullmatch(name.rpartition("/")[2]) for name in names)
        return [(int(m[2] or m[4]), int(m[3] or m[4])) for m in found if m and (m[1] or "problems") == kind]

    def last_sealed(self) -> int:
        return max((r.last for r in shards.ranges(self.manifest.files, "completions")), default=-1)

    def merged(
        self, kind: str, columns: Sequence[str] | None = None, between: shards.Between | None = None
    ) -> Iterator[pa.Table]:
        """The sorted rows of ``completions`` or ``scores``. All files are open when this returns.

        Args:
            between: of the files only rows with an id from the first to the last of these.

        Raises:
            FileNotFoundError: one is gone: a writer replaced it, or the directory is not whole.
            StoreError: one is damaged, by name.
        """
        folder = "completions" if kind == "completions" else self.scores_path.name
        files = [r.file for r in shards.ranges(self.manifest.files, folder)]
        if between is not None and self.proved:
            files = [f for f in files if shards.may_hold(self.proved.get(f), between)]
        opened = [shards.Shard(self.groups, file, self.proved) for file in files]
        streams = [shard.tables(columns, between) for shard in opened]
        for _, path in self.journals():
            table = journal_tables(path, self.manifest.run)[0 if kind == "completions" else 1]
            streams.append(iter([table.select(columns) if columns else table]))
        keys = [key for key in shards.KEYS[kind] if not columns or key in columns]
        return shards.merge(streams, keys, once=kind == "completions")

    def tables(self, kind: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The sorted rows of ``problems``, ``completions`` or ``scores``, as they are stored. All files are
        open when this returns; raises as :meth:`merged`."""
        if kind != "problems":
            return self.merged(kind, columns)
        opened = self._problem_shards()
        return (part for shard in opened for part in shard.tables(columns))

    def _problem_shards(self) -> list[shards.Shard]:
        listed = [f for f in self.manifest.files if f.name.startswith("problems-")]
        return [shards.Shard(self.groups, f, self.proved) for f in listed]


@contextlib.contextmanager
def proving_once(directories: Sequence[Directory]) -> Iterator[None]:
    """Prove each file once for all that is read meanwhile; its pages' checksums are looked at each time."""
    for directory in directories:
        directory.proved = {}
    try:
        yield
    finally:
        for directory in directories:
            directory.proved = None


def on_disk(path: str | Path) -> Path:
    """A run directory's path.

    Raises:
        StoreError: it is an address, not a folder.
    """
    if fault := place_fault(path):
        raise StoreError(f"{fault}.")
    return Path(path)


def journal_tables(path: Path, run: str) -> tuple[pa.Table, pa.Table]:
    """The journal's completions and scores, each sorted by its keys."""
    completions: list[Sequence[Any]] = []
    scores: list[Sequence[Any]] = []
    for record in journal.read(path, run):
        if record[0] == "c":
            completions.append(record[1:])
        else:
            _, key, index, judged, stack = record
            scores.extend([(key, index, position, judged, *row) for position, row in enumerate(stack)])
    completions.sort(key=itemgetter(0, 1))
    scores.sort(key=itemgetter(0, 1, 2))
    return shards.table(shards.COMPLETIONS, completions), shards.table(shards.SCORES, scores)


def missing(path: Path, error: FileNotFoundError) -> StoreError:
    return StoreError(
        f"{error.filename} is missing: the manifest of {path} lists it. Bring it back from where the "
        f"run was copied, "
        f"or `verirs repair {path}`."
    )


def refuse_changes(
    path: Path,
    stored: Mapping[str, Any],
    asked: Mapping[str, Any],
    what: str = "samples of another experiment",
) -> None:
    """Raise a StoreError that names every key in which two identities differ.

    Args:
        what: the directory holds, if they differ.
    """
    changed = [
        f"  {key}: the run has {stored.get(key)!r}, asked for {asked.get(key)!r}"
        for key in sorted(stored.keys() | asked.keys())
        if stored.get(key) != asked.get(key)
    ]
    if changed:
        raise StoreError(
            f"{path} holds {what}:\n" + "\n".join(changed) + "\n"
            "Give the old values to go on with it, or choose another name."
        )
