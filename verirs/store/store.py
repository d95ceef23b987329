"""The run directory's store: problems, completions and scores of one experiment. Nothing is lost.

Layout under the run directory::

    manifest.json                 what identifies the run, and every sealed file with rows, size and digest
    lock                          held by the one writer
    groups/problems-N.parquet     all problems, sorted by id
    groups/completions/*.parquet  sealed shards; a completion is written once and never again
    groups/scores-G/*.parquet     sealed shards of score generation G
    groups/journal-N.jsonl        what is not sealed yet

Appends go to the journal. Sealing turns a full journal into two shards; replacing the manifest is the
commit, and then the journal is deleted. So what the manifest lists and the journals after it are the whole
truth: a listed file that is missing, shorter or damaged is refused by name. A score carries a digest of the
text and of the gold that it judged, and counts only beside them. Re-scoring writes a new generation and
switches by one manifest.

What is not promised: samples still being generated when the process dies are drawn again.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from verirs.errors import StoreError
from verirs.records import Manifest, ShardFile
from verirs.store import counting, entry, journal, leftovers, shards, walking
from verirs.store.changes import Changes, Held, compare
from verirs.store.directory import ASIDE, JOURNAL, Directory, journal_tables, missing, on_disk, refuse_changes
from verirs.store.lock import Lock
from verirs.types import Candidate, Completion, Group, Problem, Score

SEAL_BYTES = 4 << 20
"""A journal of this size is sealed; bounds the memory that sealing takes."""
MOST_SEAL_BYTES = 16 << 20
"""So large do journals grow in a large store: fewer files, and rows are rewritten less often."""
ScoreRow = tuple[str, Completion, Sequence[Score]]
"""Problem id, the completion as it was judged, and its whole stack's scores."""


class Store:
    """One run directory. ``Store.open(path)`` reads, beside a writer and without write access;
    ``Store.open(path, write=True)`` is the one writer.

    All methods belong to one thread, except :meth:`seal`, which may run beside appends.
    """

    def __init__(self, path: Path, write: bool):
        self.path = path
        self.groups_path = path / "groups"
        self.writable = write
        self.directory = Directory(path)
        self._journal: journal.Journal | None = None
        self._lock: Lock | None = None
        self._held: dict[str, Held] = {}
        self._done: dict[str, int] = {}
        self._scored: dict[str, int] | None = {}
        """``None``: to be counted when it is asked for."""
        self._unjudged: dict[tuple[str, int], int] = {}
        """Digests of texts that were appended and not scored yet."""

    # ---- opening and closing ------------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False, scored: bool = True) -> Store:
        """Open an existing run directory.

        Args:
            write: be its one writer.
            scored: count which samples have scores, with those that there are; else when that is asked for.

        Raises:
            StoreError: not a run directory, of another format, damaged, or locked by another writer.
        """
        self = cls(on_disk(path), write)
        if not (self.path / "manifest.json").exists():
            raise StoreError(f"{path} is not a run directory (no manifest.json). Runs lie under runs/NAME.")
        if not write:
            self.directory.load()
            return self
        self._lock = Lock(self.path)
        try:
            self.directory.load()
            self._recover(scored)
        except FileNotFoundError as e:
            self.close()
            raise missing(self.path, e) from e
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
        self = cls(on_disk(path), True)
        leftovers.make_directory(self.path)
        self._lock = Lock(self.path)
        try:
            if (self.path / "manifest.json").exists():
                self.directory.load()
                if self.manifest.identity != identity and not leftovers.holds_samples(self.groups_path):
                    # a refused run must not keep its name
                    self.update(identity=dict(sorted(identity.items())), files=())
                refuse_changes(self.path, self.manifest.identity, identity)
            else:
                self.update(identity=dict(sorted(identity.items())), run=secrets.token_hex(8))
            self._recover()
        except FileNotFoundError as e:
            self.close()
            raise missing(self.path, e) from e
        except BaseException:
            self.close()
            raise
        return self

    def _recover(self, scored: bool = True) -> None:
        """Bring the directory into a clean state after whatever stopped the last writer; nothing is changed
        before everything that it must hold was found."""
        self.directory.refuse_missing()
        self._held = {h.problem.id: h for h in self.directory.problems()}
        self._count(scored)
        (self.groups_path / "completions").mkdir(parents=True, exist_ok=True)
        self.scores_path.mkdir(parents=True, exist_ok=True)
        leftovers.sweep(self.path, self.manifest)
        for _, path in self.directory.journals()[:-1]:
            self.seal(path)
        for _, path in self.directory.journals():
            self._journal = journal.Journal(path, self.manifest.run)

    def _mark(self, key: str, index: int) -> None:
        mask, bit = self._done.get(key, 0), 1 << index
        if mask & bit:
            raise StoreError(f"{self.path}: sample {index} of problem {key!r} is stored twice.")
        self._done[key] = mask | bit

    def close(self) -> None:
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
    def manifest(self) -> Manifest:
        """What the run directory says of itself."""
        return self.directory.manifest

    def update(self, **changes: Any) -> None:
        """Replace fields of the manifest and write it, in one atomic step."""
        self.refuse_replaced()
        self.directory.update(**changes)

    def refuse_replaced(self) -> None:
        """Write nothing into a directory that is not the one that was opened; raises StoreError."""
        if self._lock is not None:
            self._lock.check()

    @property
    def scores_path(self) -> Path:
        """The folder of the scores that count."""
        return self.directory.scores_path

    @property
    def completions(self) -> int:
        """How many completions are stored, those that do not count included (a writer's)."""
        return sum(mask.bit_count() for mask in self._done.values())

    def counts(self) -> Iterator[tuple[str, int]]:
        """The problems that have completions, in order, with how many (a writer's)."""
        return ((key, self._done[key].bit_count()) for key in sorted(self._done) if key in self._held)

    @property
    def unscored(self) -> int:
        """How many completions that count have no scores of their own text and gold (a writer's)."""
        n = (1 << self.manifest.n) - 1 if self.manifest.n else -1
        scored = self._count() if self._scored is None else self._scored
        return sum(
            (mask & ~scored.get(key, 0) & n).bit_count()
            for key, mask in self._done.items()
            if key in self._held and self._held[key].current
        )

    # ---- problems -----------------------------------------------------------------------------------

    def put_problems(self, problems: Iterable[Problem]) -> Changes:
        """Make these the run's problems: those that count. Others stay in the store.

        Raises:
            SourceError: an id occurs twice.
            StoreError: a problem has another prompt than its samples were drawn for.
        """
        problems = list(problems)
        asked = {p.id: p for p in problems}
        changes = compare(self._held, problems, str(self.path))
        held = {
            **{key: dataclasses.replace(h, current=key in asked) for key, h in self._held.items()},
            **{
                key: Held(problem=p, digest=entry.problem_digest(p), current=True) for key, p in asked.items()
            },
        }
        if held != self._held:
            self._write_problems(held)
        if changes.changed:
            self.count_again()
        return changes

    def _write_problems(self, held: Mapping[str, Held]) -> None:
        rows = [shards.problem_row(h.problem, h.digest, h.current) for _, h in sorted(held.items())]
        old = [f for f in self.manifest.files if f.name.startswith("problems-")]
        number = max((n for _, n in self.directory.numbers("problems")), default=0) + 1
        new = shards.write_shard(
            self.groups_path,
            f"problems-{number:05d}.parquet",
            shards.PROBLEMS,
            [shards.table(shards.PROBLEMS, rows)],
            self.manifest.run,
        )
        self.update(files=[f for f in self.manifest.files if f not in old] + [new])
        for file in old:
            (self.groups_path / file.name).unlink(missing_ok=True)
        self._held = dict(held)

    def problems(self, *, everything: bool = False) -> Iterator[Problem]:
        """The run's problems in order of id.

        Args:
            everything: those too that the last command did not ask for.
        """
        held = self._in_order() if self.writable else self.directory.at_once(self.directory.problems)
        return (h.problem for h in held if everything or h.current)

    # ---- appending ----------------------------------------------------------------------------------

    def missing(self, problem_id: str, n: int) -> tuple[int, ...]:
        """The sample indices below ``n`` that the store does not hold."""
        mask = self._done.get(problem_id, 0)
        return tuple(i for i in range(n) if not mask >> i & 1)

    def append_completions(self, rows: Sequence[tuple[str, Completion]], *, plain: bool = False) -> None:
        """Store completions, each as :func:`verirs.store.entry.completion` gives it.

        Args:
            plain: they are so already.

        Raises:
            StoreError: a sample is stored twice.
            OSError: the disk is full; none of them is stored then.
        """
        if not plain:
            rows = [(key, entry.completion(c)) for key, c in rows]
        records = []
        for key, c in rows:
            self._mark(key, c.index)
            self._unjudged[key, c.index] = digest = entry.text_digest(c.text)
            row = (c.index, c.text, c.reasoning, c.finish_reason, c.tokens, c.logprob, c.seed, digest)
            records.append(("c", key, *row))
        self._append(records)

    def append_scores(self, rows: Sequence[ScoreRow]) -> None:
        """A candidate's whole stack, in one call; each score as :func:`verirs.store.entry.score` gives it."""
        self._append([("s", *self._scores_record(*row)) for row in rows if row[2]])
        if (scored := self._scored) is not None:
            for key, completion, scores in rows:
                if scores:
                    scored[key] = scored.get(key, 0) | 1 << completion.index

    def judged(self, key: str, completion: Completion) -> int:
        """What a score of this completion is about (see :func:`verirs.store.entry.judged`)."""
        text = self._unjudged.pop((key, completion.index), None)
        return entry.judged(
            entry.text_digest(completion.text) if text is None else text, self._held[key].digest
        )

    def _scores_record(
        self, key: str, completion: Completion, scores: Sequence[Score]
    ) -> tuple[str, int, int, list[Any]]:
        return (
            key,
            completion.index,
            self.judged(key, completion),
            [shards.score_row(s) for s in scores],
        )

    def _append(self, records: Sequence[Any]) -> None:
        if not records:
            return
        if self._journal is None:
            # journals first: one that is sealed meanwhile is then among the sealed
            used = [number for number, _ in self.directory.all_journals()]
            used += [last for kind in ("completions", "scores") for _, last in self.directory.numbers(kind)]
            number = max(used, default=-1) + 1
            self.refuse_replaced()
            path = self.groups_path / f"journal-{number:05d}.jsonl"
            self._journal = journal.Journal(path, self.manifest.run)
        self._journal.append(records)

    def full_journal(self) -> Path | None:
        """The journal, closed, if it is full: the caller seals it. Later appends open a new one."""
        sealed = sum(f.bytes for f in self.manifest.files)
        full = max(SEAL_BYTES, min(MOST_SEAL_BYTES, sealed // 16))
        if self._journal is None or self._journal.size < full:
            return None
        path = self._journal.path
        self.close_journal()
        return path

    def seal(self, path: Path) -> None:
        """Turn one closed journal into shards, then delete it. Safe to repeat after a crash."""
        self.refuse_replaced()
        number = int(JOURNAL.fullmatch(path.name)[1])  # type: ignore[index]
        new, run = [], self.manifest.run
        for kind, table in zip(("completions", "scores"), journal_tables(path, run), strict=True):
            folder = "completions" if kind == "completions" else self.scores_path.name
            name = f"{folder}/{shards.shard_name(kind, number, number)}"
            new.append(shards.write_shard(self.groups_path, name, shards.SCHEMAS[kind], [table], run))
        self.update(files=[*self.manifest.files, *new])
        journal.retire(path, run, self.path / ASIDE)
        self.compact("completions", "completions")
        self.compact("scores", self.scores_path.name)

    def compact(self, kind: str, folder: str) -> None:
        """Merge neighbours of about one size while there are enough of them."""
        while run := leftovers.mergeable(shards.ranges(self.manifest.files, folder)):
            parts = [shards.Shard(self.groups_path, r.file).tables() for r in run]
            name = f"{folder}/{shards.shard_name(kind, run[0].first, run[-1].last)}"
            merged = shards.merge(parts, shards.KEYS[kind], once=kind == "completions")
            new = shards.write_shard(self.groups_path, name, shards.SCHEMAS[kind], merged, self.manifest.run)
            old = {r.file for r in run}
            self.update(files=[*(f for f in self.manifest.files if f not in old), new])
            for file in old:
                (self.groups_path / file.name).unlink()

    def switch(self, generation: int, files: Iterable[ShardFile], **also: Any) -> None:
        """Let another generation of scores count, and what the manifest says of it, in one step."""
        self.update(generation=generation, files=files, **also)
        self.count_again()

    def count_again(self) -> None:
        """Scores, or golds that they are about, have changed."""
        self._scored = None

    def _count(self, scored: bool = True) -> dict[str, int]:
        """Look which samples are stored, and which have scores of their own text and gold (returned)."""
        texts = counting.COMPLETIONS if scored else counting.COMPLETIONS[:2]
        completions = self.directory.merged("completions", texts)
        found: dict[str, int] = {}
        try:
            if scored:
                scores = self.directory.merged("scores", counting.SCORES)
                golds = {key: held.digest for key, held in self._held.items()}
                for key, done, own in counting.masks(completions, scores, golds.get):
                    self._done[key], found[key] = done, own
            else:
                self._done.update(counting.stored(completions))
        except ValueError as e:
            raise StoreError(f"{self.path}: {e}.") from e
        self._scored = found if scored else None
        return found

    def flush(self) -> None:
        """Seal everything that is journaled."""
        self.refuse_replaced()
        self.close_journal()
        for _, path in self.directory.journals():
            self.seal(path)

    # ---- reading ------------------------------------------------------------------------------------

    def groups(
        self, *, everything: bool = False, between: shards.Between | None = None, scored: bool = True
    ) -> Iterator[Group]:
        """The groups that count, in order of problem id, candidates by index. Memory: a few row groups a
        shard.

        Scores of another text or another gold than the candidate's are not given.

        Args:
            everything: also problems that the last command did not ask for, and samples beyond its ``n``.
            between: only problems from the first to the last of these ids; the rest is not read.
            scored: with the candidates' scores, which else are not read.

        Raises:
            StoreError: a file that is missing or damaged, by name.
        """
        self.refuse_replaced()
        opened = self.directory.at_once(lambda: self._opened(between, scored), own=self.writable)
        manifest, held = opened.manifest, opened.held
        engine = str(manifest.identity.get("engine", ""))
        completions = walking.Cursor(walking.by_problem(opened.completions))
        scores = walking.Cursor(walking.by_problem(opened.scores))
        for h in held:
            if between is not None and not between[0] <= h.problem.id <= between[1]:
                continue
            rows = completions.take(h.problem.id) or ()
            judgements = scores.take(h.problem.id) or ()
            if not (h.current or everything):
                continue
            if manifest.n and not everything:
                rows = [row for row in rows if row[1] < manifest.n]
            stacks = walking.stacks(rows, judgements, h.digest)
            candidates = [
                Candidate(completion=shards.completion_of(row), scores=tuple(map(shards.score_of, stack)))
                for row, stack in zip(rows, stacks, strict=True)
            ]
            yield Group(problem=h.problem, engine=engine, candidates=tuple(candidates))

    def _opened(self, between: shards.Between | None, scored: bool) -> _Opened:
        return _Opened(
            manifest=self.manifest,
            held=iter(self._in_order()) if self.writable else self.directory.problems(between),
            completions=self.directory.merged("completions", between=between),
            scores=self.directory.merged("scores", between=between) if scored else iter(()),
        )

    def _in_order(self) -> list[Held]:
        return [self._held[key] for key in sorted(self._held)]


@dataclasses.dataclass(frozen=True, slots=True)
class _Opened:
    manifest: Manifest
    held: Iterator[Held]
    completions: Iterator[pa.Table]
    scores: Iterator[pa.Table]
