"""The run directory's store: problems, completions and scores of one experiment. Nothing is lost.

Layout under the run directory::

    manifest.json                 what identifies the run, format version, generation of scores
    lock                          held by the one writer
    groups/problems.parquet       all problems, sorted by id
    groups/completions/*.parquet  sealed shards; a completion is written once and never again
    groups/scores-G/*.parquet     sealed shards of score generation G
    groups/journal-N.jsonl        what is not sealed yet

Appends go to the journal. Sealing turns a full journal into two shards and then deletes it, so a
journal that exists is always the truth and its shards, if any, are rewritten from it. Re-scoring
writes a new generation beside the old one and switches by one atomic write of the manifest.

What is not promised: samples still being generated when the process dies are drawn again.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from verirs.errors import SourceError, StoreError
from verirs.store import journal, shards
from verirs.store.lock import Lock
from verirs.system.files import clean, read_json, write_text
from verirs.types import Candidate, Completion, Group, Problem, Score

FORMAT = 1
SEAL_BYTES = 4 << 20
"""A journal of this size is sealed; bounds the memory that sealing takes."""
_JOURNAL = re.compile(r"journal-(\d{5})\.jsonl$")


class Store:
    """One run directory. ``Store.open(path)`` reads; ``Store.open(path, write=True)`` is the one writer.

    All methods belong to one thread, except :meth:`seal`, which may run beside appends.
    """

    def __init__(self, path: Path, write: bool):
        self.path = path
        self.groups_path = path / "groups"
        self.writable = write
        self._journal: journal.Journal | None = None
        self._lock: Lock | None = None
        self._done: dict[str, int] = {}
        self.completions = 0
        self.scored = 0
        self.manifest: dict[str, Any] = {}

    # ---- opening and closing ------------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False) -> Store:
        """Open an existing run directory.

        Raises:
            StoreError: not a run directory, of a newer format, damaged, or locked by another writer.
        """
        self = cls(Path(path), write)
        manifest = self.path / "manifest.json"
        if not manifest.exists():
            raise StoreError(f"{path} is not a run directory (no manifest.json). Runs lie under runs/NAME.")
        if not write:
            self._load_manifest()
            return self
        self._lock = Lock(self.path)
        try:
            self._load_manifest()
            self._recover()
        except BaseException:
            self.close()
            raise
        return self

    @classmethod
    def create(cls, path: str | Path, identity: Mapping[str, Any]) -> Store:
        """Open a run directory for writing; make it if it is not there.

        Args:
            identity: what makes this run's samples this run's (flat, JSON values). An existing
                directory must have the same.

        Raises:
            StoreError: the directory belongs to another experiment (the changed keys are named), is
                locked, or holds something else.
        """
        self = cls(Path(path), True)
        manifest = self.path / "manifest.json"
        if not manifest.exists() and self.path.exists() and any(self.path.iterdir()):
            leftovers = {p.name for p in self.path.iterdir()}
            if not leftovers <= {"lock", "log.txt", "config.toml", ".manifest.json.partial", "groups"}:
                raise StoreError(
                    f"{path} exists and is not a run directory (no manifest.json). Choose another --name."
                )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise StoreError(f"cannot make the run directory {path}: {e.strerror} ({e.filename})") from e
        self._lock = Lock(self.path)
        try:
            if manifest.exists():
                self._load_manifest()
                refuse_changes(self.path, self.manifest["identity"], identity)
            else:
                self.manifest = {
                    "format": FORMAT,
                    "identity": dict(sorted(identity.items())),
                    "generation": 1,
                }
                self.save_manifest()
            self._recover()
        except BaseException:
            self.close()
            raise
        return self

    def _load_manifest(self) -> None:
        path = self.path / "manifest.json"
        try:
            self.manifest = read_json(path)
            if not isinstance(self.manifest, dict) or not {"format"} <= self.manifest.keys():
                raise ValueError("it is no manifest")
            kinds = {"identity": dict, "generation": int}
            if self.manifest["format"] == FORMAT:
                for key, kind in kinds.items():
                    if not isinstance(self.manifest.get(key), kind):
                        raise ValueError(f"its {key} is missing or of another kind")
        except ValueError as e:
            raise StoreError(f"{path} is damaged ({e}). Restore it from a backup, or start a new run.") from e
        if self.manifest.get("format") != FORMAT:
            raise StoreError(
                f"{self.path} has store format {self.manifest.get('format')}, this verirs reads {FORMAT}. "
                f"Use the version that wrote it."
            )

    def save_manifest(self) -> None:
        write_text(self.path / "manifest.json", json.dumps(self.manifest, indent=1, sort_keys=True) + "\n")

    def _recover(self) -> None:
        """Bring the directory into a clean state after whatever stopped the last writer."""
        (self.groups_path / "completions").mkdir(parents=True, exist_ok=True)
        self.scores_path.mkdir(parents=True, exist_ok=True)
        self._drop_leftovers()
        for _, path in self._journals()[:-1]:
            self.seal(path)
        for _, _, path in shards.listing(self.groups_path / "completions", "completions"):
            for batch in pq.ParquetFile(path).iter_batches(columns=["problem_id", "index"]):
                keys, indices = batch.column(0).to_pylist(), batch.column(1).to_pylist()
                for key, index in zip(keys, indices, strict=True):
                    self._mark(key, index)
        for _, _, path in shards.listing(self.scores_path, "scores"):
            for batch in pq.ParquetFile(path).iter_batches(columns=["position"]):
                self.scored += pc.sum(pc.equal(batch.column(0), 0)).as_py() or 0
        for _, path in self._journals():
            self._journal = journal.Journal(path)
            for record in journal.read(path):
                if record[0] == "c":
                    self._mark(record[1], record[2])
                elif record[3]:
                    self.scored += 1

    def _drop_leftovers(self) -> None:
        """Delete the files that a crash between two steps of sealing or re-scoring left behind."""
        completions = self.groups_path / "completions"
        sealed = self._last_sealed()
        for number, path in self._journals(leftovers=True):
            if number <= sealed:
                path.unlink()
            else:  # not committed: will be written again from the journal
                (self.scores_path / shards.shard_name("scores", number, number)).unlink(missing_ok=True)
        for folder in self.groups_path.glob("scores-*"):
            if int(folder.name.removeprefix("scores-")) < self.manifest["generation"]:
                shutil.rmtree(folder)
        (self.scores_path / "key").unlink(missing_ok=True)
        shards.sweep(completions, "completions")
        shards.sweep(self.scores_path, "scores")

    def _mark(self, key: str, index: int) -> None:
        mask, bit = self._done.get(key, 0), 1 << index
        if mask & bit:
            raise StoreError(f"{self.path}: sample {index} of problem {key!r} is stored twice.")
        self._done[key] = mask | bit
        self.completions += 1

    def close(self) -> None:
        if self._journal is not None:
            self.close_journal()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def scores_path(self) -> Path:
        return self.groups_path / f"scores-{self.manifest['generation']}"

    # ---- problems -----------------------------------------------------------------------------------

    def put_problems(self, problems: Iterable[Problem]) -> int:
        """Add problems; those already there must be unchanged. Returns how many the store holds.

        Raises:
            SourceError: duplicate ids, or an id that is stored with other content.
        """
        rows: dict[str, tuple[Any, ...]] = {}
        twice: list[str] = []
        for p in problems:
            if p.id in rows:
                twice.append(p.id)
            rows[p.id] = shards.problem_row(p)
        if twice:
            raise SourceError(
                f"{len(twice)} problem ids occur more than once, for example {twice[0]!r}. "
                f"Give each row an id of its own, or drop the id column to use a hash of the content."
            )
        path = self.groups_path / "problems.parquet"
        known = {p.id: shards.problem_row(p) for p in self.problems()} if path.exists() else {}
        changed = [key for key, row in rows.items() if key in known and known[key] != row]
        if changed:
            raise SourceError(
                f"problem {changed[0]!r} and {len(changed) - 1} more changed since {self.path} was begun. "
                f"Give the source back its old rows, or start a new run with another --name."
            )
        everything = known | rows
        if len(everything) != len(known):
            table = shards.table(shards.PROBLEMS, [everything[key] for key in sorted(everything)])
            shards.write_atomically(path, shards.PROBLEMS, [table])
        return len(everything)

    def problems(self) -> Iterator[Problem]:
        """All problems in order of id."""
        path = self.groups_path / "problems.parquet"
        if not path.exists():
            return
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=512):
                yield from map(shards.problem_of, batch.to_pylist())

    # ---- appending ----------------------------------------------------------------------------------

    def missing(self, problem_id: str, n: int) -> tuple[int, ...]:
        """The sample indices below ``n`` that the store does not hold."""
        mask = self._done.get(problem_id, 0)
        return tuple(i for i in range(n) if not mask >> i & 1)

    def append_completions(self, rows: Sequence[tuple[str, Completion]]) -> None:
        for key, c in rows:
            self._mark(key, c.index)
        self._append(
            ("c", key, c.index, clean(c.text), c.finish_reason, c.tokens, c.logprob, c.seed)
            for key, c in rows
        )

    def append_scores(self, rows: Sequence[tuple[str, int, Sequence[Score]]]) -> None:
        """Scores of a candidate's whole stack; a candidate gets its scores in one call."""
        self._append(("s", key, index, [shards.score_row(s) for s in scores]) for key, index, scores in rows)
        self.scored += sum(1 for _, _, scores in rows if scores)

    def _append(self, records: Iterable[Any]) -> None:
        if self._journal is None:
            used = [n for n, _ in self._journals(leftovers=True)] + [self._last_sealed()]
            used += [last for _, last, _ in shards.listing(self.scores_path, "scores")]
            number = max(used) + 1
            self._journal = journal.Journal(self.groups_path / f"journal-{number:05d}.jsonl")
        self._journal.append(records)

    def full_journal(self) -> Path | None:
        """The journal, closed, if it is full: the caller seals it. Later appends open a new one."""
        if self._journal is None or self._journal.size < SEAL_BYTES:
            return None
        path = self._journal.path
        self.close_journal()
        return path

    def _journals(self, leftovers: bool = False) -> list[tuple[int, Path]]:
        """The journals whose records are in no shard yet, in order; or all of them."""
        found = [(int(m[1]), p) for p in self.groups_path.iterdir() if (m := _JOURNAL.match(p.name))]
        sealed = -1 if leftovers else self._last_sealed()
        return sorted(j for j in found if j[0] > sealed)

    def _last_sealed(self) -> int:
        """Number of the newest journal whose completions are in a shard: sealing's commit point."""
        found = shards.listing(self.groups_path / "completions", "completions")
        return max((last for _, last, _ in found), default=-1)

    def seal(self, path: Path) -> None:
        """Turn one closed journal into shards, then delete it. Safe to repeat after a crash."""
        number = int(_JOURNAL.match(path.name)[1])  # type: ignore[index]
        completions, scores = _journal_tables(path)
        name = shards.shard_name("scores", number, number)
        shards.write_atomically(self.scores_path / name, shards.SCORES, [scores])
        # the completions shard is the commit point: with it, the journal is a leftover
        folder = self.groups_path / "completions"
        name = shards.shard_name("completions", number, number)
        shards.write_atomically(folder / name, shards.COMPLETIONS, [completions])
        path.unlink()
        shards.compact(folder, "completions")
        shards.compact(self.scores_path, "scores")

    # ---- reading ------------------------------------------------------------------------------------

    def groups(self) -> Iterator[Group]:
        """All groups in order of problem id, candidates by index. Memory: a few batches a shard."""
        engine = str(self.manifest["identity"].get("engine", ""))
        completions = _Cursor(self._merged(self.groups_path / "completions", "completions", 0))
        scores = _Cursor(self._merged(self.scores_path, "scores", 1))
        for problem in self.problems():
            texts = [c for b in completions.take(problem.id) for c in shards.completions_of(b)]
            said: dict[int, dict[int, Score]] = {}
            for batch in scores.take(problem.id):
                for index, position, score in shards.scores_of(batch):
                    said.setdefault(index, {})[position] = score
            texts.sort(key=lambda c: c.index)
            yield Group(
                problem=problem,
                engine=engine,
                candidates=tuple(
                    Candidate(
                        completion=c,
                        scores=tuple(s for _, s in sorted(said.get(c.index, {}).items())),
                    )
                    for c in texts
                ),
            )

    def _merged(self, folder: Path, kind: str, which: int) -> Iterator[tuple[str, list[pa.RecordBatch]]]:
        streams: list[Iterable[shards.Segment]] = [
            shards.segments(path) for _, _, path in shards.listing(folder, kind)
        ]
        for _, path in self._journals():
            for batch in _journal_tables(path)[which].combine_chunks().to_batches():
                streams.append(shards.split(batch))
        return shards.merged(streams)

    # ---- a new generation of scores -----------------------------------------------------------------

    def rescore(
        self,
        key: str,
        score: Callable[[list[Group]], Iterable[tuple[str, int, Sequence[Score]]]],
        batch: int = 2048,
    ) -> None:
        """Replace all scores by what ``score`` gives for batches of groups, atomically at the end.

        A run that was stopped goes on after the last finished part when ``key`` (a digest of what
        scores) is the same; else it starts over.

        Args:
            key: identifies the scorers and the selection of what they re-score.
            score: ``(problem id, index, scores)`` of every candidate of the groups, in order.
            batch: candidates a part.
        """
        self.flush()
        generation = self.manifest["generation"] + 1
        folder = self.groups_path / f"scores-{generation}"
        folder.mkdir(exist_ok=True)
        mark = folder / "key"
        if not mark.exists() or mark.read_text() != key:
            shutil.rmtree(folder)
            folder.mkdir()
            write_text(mark, key)
        shards.sweep(folder, "scores")
        done = shards.listing(folder, "scores")
        last_id = max((_last_problem(path) for _, _, path in done), default="")
        number = max((last for _, last, _ in done), default=-1) + 1
        held: list[Group] = []
        size = 0

        def write() -> None:
            nonlocal number, held, size
            rows = [
                (pid, index, position, *shards.score_row(s))
                for pid, index, scores in score(held)
                for position, s in enumerate(scores)
            ]
            table = shards.table(shards.SCORES, rows)
            shards.write_atomically(
                folder / shards.shard_name("scores", number, number), table.schema, [table]
            )
            shards.compact(folder, "scores")
            number, held, size = number + 1, [], 0

        for group in self.groups():
            if group.problem.id <= last_id or not group.candidates:
                continue
            held.append(group)
            size += len(group.candidates)
            if size >= batch:
                write()
        if held:
            write()
        self.manifest["generation"] = generation
        self.save_manifest()
        self._drop_leftovers()
        self.scored = self.completions

    def flush(self) -> None:
        """Seal everything that is journaled."""
        self.close_journal()
        for _, path in self._journals():
            self.seal(path)


class _Cursor:
    """Walks merged segments beside the sorted problems."""

    def __init__(self, stream: Iterator[tuple[str, list[pa.RecordBatch]]]):
        self._stream = stream
        self._next = next(stream, None)

    def take(self, key: str) -> list[pa.RecordBatch]:
        while self._next is not None and self._next[0] < key:
            self._next = next(self._stream, None)
        if self._next is None or self._next[0] != key:
            return []
        batches = self._next[1]
        self._next = next(self._stream, None)
        return batches


def _journal_tables(path: Path) -> tuple[pa.Table, pa.Table]:
    """The journal's completions and scores, each sorted by problem and index."""
    completions: list[tuple[Any, ...]] = []
    scores: list[tuple[Any, ...]] = []
    for record in journal.read(path):
        if record[0] == "c":
            completions.append(tuple(record[1:]))
        else:
            _, key, index, stack = record
            scores.extend((key, index, position, *row) for position, row in enumerate(stack))
    completions.sort(key=lambda r: r[:2])
    scores.sort(key=lambda r: r[:3])
    return shards.table(shards.COMPLETIONS, completions), shards.table(shards.SCORES, scores)


def _last_problem(path: Path) -> str:
    file = pq.ParquetFile(path)
    column = file.read_row_group(file.num_row_groups - 1, columns=["problem_id"]).column(0)
    return str(column[-1].as_py())


def refuse_changes(path: Path, stored: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raise a StoreError that names every key in which two identities differ."""
    changed = [
        f"  {key}: the run has {stored.get(key)!r}, asked for {asked.get(key)!r}"
        for key in sorted(stored.keys() | asked.keys())
        if stored.get(key) != asked.get(key)
    ]
    if changed:
        raise StoreError(
            f"{path} holds samples of another experiment:\n" + "\n".join(changed) + "\n"
            "Give the old values to go on with it, or choose another --name."
        )
