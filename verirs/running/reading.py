"""Reading a run directory: its config, its problems and candidates, as objects or as tables.

Reading takes no lock, writes nothing and loads no part, so a run may be read while it grows, from a disk that
is read-only, and without the modules that its config names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verirs import until
from verirs.errors import ConfigError, StoreError, need
from verirs.records import Manifest, RunSummary
from verirs.running.config import Config, load
from verirs.running.exported import exported_columns
from verirs.sinks.columns import conversation, finite, provenance, schema
from verirs.sinks.mixed import SAYS, whose_row
from verirs.store import Store, Whose
from verirs.types import Candidate, Group, Problem, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = {
    "problem_id": "text",
    "sample_index": "int",
    "prompt": "messages",
    "gold": "text",
    "text": "text",
    "reasoning": "text",
    "finish_reason": "text",
    "tokens": "int",
    "logprob": "float",
    "seed": "int",
    "verdict": "text",
    "value": "float",
    "answer": "text",
    "scores": "scores",
    "accepted": "bool",
    "reason": "text",
}
"""The table of a run, a row a candidate. ``prompt`` and ``gold`` are the problem's, ``answer`` is what a
scorer read in the text, ``value`` the last number of the stack. ``accepted`` and the ``reason`` of a reject
are what the last export in Parquet says in ``export/``; null where it says nothing of this candidate. A
sample that an ``[until]`` does not count has the reason ``beyond the stop``. A mixed run has the columns
``run``, ``model`` and ``source`` too."""
BATCH = 1024


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Run:
    """A run directory, read.

    Args:
        path: of the directory.
        table: its ``config.toml``, as it stands there; empty where there is none.
        config: the same, checked without loading the parts it names; ``None`` if it is of another version.
        manifest: what identifies the samples (``manifest["identity"]``), format, generation of scores.
        summary: counts and estimates of the last export; ``None`` before the first.
    """

    path: Path
    table: Mapping[str, Any]
    config: Config | None
    manifest: Manifest
    summary: RunSummary | None

    def problems(self) -> Iterator[Problem]:
        """All problems, in order of id."""
        return self._read(Store.problems)

    def groups(self) -> Iterator[Group]:
        """Each problem with the candidates that count, in order of id; little memory, whatever the run's
        size. Those beyond the stop of an ``[until]`` do not count.

        Raises:
            StoreError: a file is damaged, or was moved by the run's writer meanwhile.
        """
        return self._read(until.groups)

    def candidates(self) -> Iterator[tuple[Problem, Candidate]]:
        """Each candidate with its problem, in order of id and sample index."""
        for group in self.groups():
            for candidate in group.candidates:
                yield group.problem, candidate

    def batches(self, rows: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The table of all candidates (:data:`COLUMNS`) in pieces, for runs that do not fit in memory."""
        import pyarrow as pa

        columns = self._schema()
        held: list[dict[str, Any]] = []
        for group in self._exported(self._read(Store.groups)):
            held += group
            while len(held) >= rows:
                yield pa.RecordBatch.from_pylist(held[:rows], schema=columns)
                held = held[rows:]
        if held:
            yield pa.RecordBatch.from_pylist(held, schema=columns)

    def to_arrow(self) -> pa.Table:
        """The table of all candidates (:data:`COLUMNS`) as a ``pyarrow.Table``."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(), schema=self._schema())

    def to_pandas(self) -> Any:
        """The same as a ``pandas.DataFrame``.

        Raises:
            MissingExtra: pandas is not installed.
        """
        need("pandas", "hub", "Run.to_pandas()")
        return self.to_arrow().to_pandas()

    def to_dataset(self) -> Any:
        """The same as a ``datasets.Dataset``.

        Raises:
            MissingExtra: datasets is not installed.
        """
        need("datasets", "hub", "Run.to_dataset()")
        import datasets

        return datasets.Dataset(self.to_arrow())

    @property
    def _rule(self) -> until.Rule | None:
        return until.Rule.from_json(self.manifest.until) if self.manifest.until else None

    def __repr__(self) -> str:
        return f"<Run {self.path}: {', '.join(self._counts())}\n  {', '.join(self._origin())}>"

    def _repr_html_(self) -> str:
        from verirs.report.html import el

        return el("p", el("b", str(self.path)), el("br"), ", ".join(self._counts()), el("br"),
                  ", ".join(self._origin()))  # fmt: skip

    def _counts(self) -> list[str]:
        if self.summary is None:
            return ["not exported yet"]
        passed = self.summary.verdicts[Verdict.PASS]
        return [
            f"{self.summary.problems:,} problems",
            f"{self.summary.completions:,} completions",
            f"{passed:,} pass",
            *([f"{cost} an accepted trace"] if (cost := until.cost_told(self.summary)) else []),
        ]

    def _origin(self) -> list[str]:
        identity = self.manifest.identity
        model = identity.get("engine.model")
        return [
            f"source {identity.get('source.name', '?')}",
            f"engine {identity.get('engine.name', '?')}" + (f" {model}" if model else ""),
            f"scorers {' '.join(self.table.get('scorer', {})) or '?'}",
        ]

    def _read(self, what: Callable[[Store], Iterator[Any]]) -> Iterator[Any]:
        from pyarrow import ArrowException

        try:
            with Store.open(self.path) as store:
                if store.groups_path.is_dir():  # else it was begun just now
                    yield from what(store)
        except FileNotFoundError as e:
            raise StoreError(f"{self.path} changed while it was read ({e.filename}). Read it again.") from e
        except (OSError, ArrowException) as e:
            raise StoreError(f"{self.path} cannot be read: {e}") from e

    def _exported(self, groups: Iterable[Group]) -> Iterator[list[dict[str, Any]]]:
        """The rows of each group."""
        accepted = _Marks(self.path / "export" / "sft.parquet", "sample_index")
        rejected = _Marks(self.path / "export" / "rejects.parquet", "reason")
        whose = Whose(self.manifest.mixed)
        for group in groups:
            kept, left = accepted.of(group.problem.id), dict(rejected.of(group.problem.id))
            if self._rule is not None:
                beyond = until.counted(self._rule, group).beyond
                left |= {c.completion.index: until.BEYOND for c in beyond}
            rows = [_row(group.problem, candidate, kept, left) for candidate in group.candidates]
            for row in rows if whose.parts else ():
                row |= zip(SAYS, whose_row(whose, row["sample_index"]), strict=True)
            yield rows

    def _schema(self) -> pa.Schema:
        return schema(COLUMNS | (dict.fromkeys(SAYS, "text") if self.manifest.mixed else {}))


def _row(
    problem: Problem, candidate: Candidate, kept: Mapping[int, Any], left: Mapping[int, Any]
) -> dict[str, Any]:
    completion = candidate.completion
    return {
        "prompt": conversation(problem.prompt),
        "gold": problem.answer,
        "text": completion.text,
        "reasoning": completion.reasoning,
        "finish_reason": completion.finish_reason,
        "tokens": completion.tokens,
        "logprob": None if completion.logprob is None else finite(completion.logprob),
        "verdict": candidate.verdict.value,
        "answer": candidate.answer,
        "accepted": True if completion.index in kept else False if completion.index in left else None,
        "reason": left.get(completion.index),
        **provenance(problem.id, candidate),
    }


class _Marks:
    """One column of an exported file, problem by problem, in the order in which the store has them."""

    def __init__(self, file: Path, column: str):
        self._stream = _marks(file, column)
        self._next = next(self._stream, None)

    def of(self, problem_id: str) -> Mapping[int, Any]:
        """By sample index."""
        while self._next is not None and self._next[0] < problem_id:
            self._next = next(self._stream, None)
        return self._next[1] if self._next is not None and self._next[0] == problem_id else {}


def _marks(file: Path, column: str) -> Iterator[tuple[str, dict[int, Any]]]:
    columns = list(dict.fromkeys(["problem_id", "sample_index", column]))
    rows = (row for part in exported_columns(file, columns) for row in part.to_pylist())
    for key, run in groupby(rows, key=lambda row: row["problem_id"]):
        yield key, {row["sample_index"]: row[column] for row in run}


def load_run(path: str | Path) -> Run:
    """Read a run directory: ``load_run("runs/demo").to_pandas()``.

    Raises:
        StoreError: not a run directory, of a newer format, or damaged.
    """
    path = Path(path)
    with Store.open(path) as store:
        manifest = store.manifest
    table: dict[str, Any] = {}
    config: Config | None = None
    try:
        table = load(path / "config.toml")
        config = Config(**table)
    except (ConfigError, TypeError):
        pass  # the samples can be read without it
    return Run(
        path=path, table=table, config=config, manifest=manifest, summary=_summary(path / "summary.json")
    )


def _summary(path: Path) -> RunSummary | None:
    return RunSummary.load(path) if path.exists() else None
