"""Replays recorded completions: re-score, re-select and export without a model, or test a pipeline.

Rows come from JSONL, JSONL.gz or Parquet, one completion a row: problem id, sample index, text, and
optionally model, finish_reason, tokens, logprob, seed; other columns are ignored. On ``start`` they go
into a private, temporary, on-disk SQLite database, so a file of any size and order needs bounded
memory; the database vanishes with the process. It checks nothing about how the rows were sampled:
the prompt, the seed and the sampling settings of a request are not looked at.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import math
import sqlite3
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from verirs.engines.requests import check, plain
from verirs.errors import EngineError, RequestError, SourceError, UserError, nearest
from verirs.protocols import Request
from verirs.system.files import clean
from verirs.types import Completion, Message

UNKNOWN = "unknown"
"""The finish reason of a row that has none: whether its text is whole, nobody knows."""
_OPTIONAL = ("finish_reason", "tokens", "logprob", "seed")


class ReplayEngine:
    """Recorded completions.

    Args:
        path: a ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` file.
        model: replay this model's rows only; needed where a file holds the same sample of several.
        id_column: the problem's id.
        index_column: the order of a problem's samples: sample ``k`` of a run is the ``k``-th in this
            order, gaps or not. Where the file has no such column, the order of the rows counts.
        text_column: the completion.
        model_column: the model's name.
    """

    name = "replay"
    concurrency = 256
    reproducible = "Recorded texts: always the same, whatever the seed."

    def __init__(
        self,
        path: str,
        model: str = "",
        id_column: str = "problem_id",
        index_column: str = "sample_index",
        text_column: str = "text",
        model_column: str = "model",
    ):
        self._path, self._model = Path(path).expanduser(), model
        self._id, self._index, self._text, self._by = id_column, index_column, text_column, model_column
        self._rows: sqlite3.Connection | None = None

    @cached_property
    def _digest(self) -> str:
        self._find()
        with self._path.open("rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()[:16]

    def identity(self) -> Mapping[str, Any]:
        """The file's content and the model chosen from it, not its path."""
        return {"file": self._path.name, "content": self._digest, "model": self._model}

    def counts(self) -> Counter[str]:
        """How many samples of each problem are recorded. Reads the file once and keeps no text.

        Raises:
            SourceError: as :meth:`start`.
        """
        self._find()
        return Counter(row[0] for row in self._parse())

    def render(self, messages: Sequence[Message]) -> str:
        return plain(messages)

    async def start(self) -> None:
        """Read the file into the temporary database (about 30,000 rows a CPU-second).

        Raises:
            SourceError: no such file, or a row that cannot be used, with file and line.
        """
        if self._rows is None:
            self._rows = await asyncio.to_thread(self._load)

    async def close(self) -> None:
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        """
        Raises:
            RequestError: a sample that was not recorded, or an empty prompt.
            EngineError: not started.
        """
        check(request)
        if self._rows is None:
            raise EngineError("engine replay: it is not started; await start() first")
        wanted = set(request.indices)
        recorded = self._rows.execute(
            "SELECT text, finish, tokens, logprob, seed FROM rows WHERE problem = ? ORDER BY sample",
            (request.problem.id,),
        )
        found = {index: row for index, row in enumerate(recorded) if index in wanted}
        missing = wanted - found.keys()
        if missing:
            raise RequestError(self._missing(request.problem.id, min(missing)))
        for index in request.indices:
            text, finish, tokens, logprob, seed = found[index]
            yield Completion(
                index=index,
                text=text,
                finish_reason=finish,
                tokens=tokens,
                logprob=logprob,
                seed=None if seed is None else int(seed),
            )

    def _missing(self, problem: str, index: int) -> str:
        assert self._rows is not None
        where = f"{self._path.name}{f' (model {self._model!r})' if self._model else ''}"
        (count,) = self._rows.execute("SELECT COUNT(*) FROM rows WHERE problem = ?", (problem,)).fetchone()
        if count:
            return (
                f"problem {problem!r}: sample {index} was asked for, but {where} has {count} recorded "
                f"samples of it; lower n to {count}, or record more"
            )
        known = [row[0] for row in self._rows.execute("SELECT DISTINCT problem FROM rows LIMIT 5000")]
        return f"problem {problem!r}: {where} has no recorded samples of it{nearest(problem, known)}"

    def _find(self) -> None:
        if not self._path.is_file():
            parent = self._path.parent
            names = [entry.name for entry in parent.iterdir()] if parent.is_dir() else []
            raise SourceError(f"engine replay: no file {self._path}{nearest(self._path.name, names)}")

    def _load(self) -> sqlite3.Connection:
        self._find()
        # An empty name is SQLite's private temporary database: on disk, deleted when closed or killed.
        database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA cache_size = -16384")
        database.execute(
            "CREATE TABLE rows (problem TEXT, sample INTEGER, text TEXT, finish TEXT, tokens INTEGER, "
            "logprob REAL, seed TEXT, line INTEGER, model TEXT)"
        )
        try:
            database.execute("BEGIN")
            database.executemany("INSERT INTO rows VALUES (?,?,?,?,?,?,?,?,?)", self._parse())
            database.execute("COMMIT")
            database.execute("CREATE INDEX by_sample ON rows (problem, sample)")
            self._check(database)
        except BaseException:
            database.close()
            raise
        return database

    def _check(self, database: sqlite3.Connection) -> None:
        if database.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is None:
            hint = ""
            if self._model:
                hint = f" of model {self._model!r}{nearest(self._model, self._models)}"
            raise SourceError(f"engine replay: {self._path} has no rows{hint}")
        twice = database.execute(
            "SELECT problem, sample, MIN(line), MAX(line), MIN(model), MAX(model) FROM rows "
            "GROUP BY problem, sample HAVING COUNT(*) > 1 LIMIT 1"
        ).fetchone()
        if twice:
            problem, sample, first, last, one, other = twice
            what = f"engine replay: {self._path}: sample {sample} of problem {problem!r} is there twice"
            if one != other:
                raise SourceError(f"{what}, by models {one!r} and {other!r}; choose one with model = ...")
            raise SourceError(f"{what} (rows {first} and {last})")

    def _parse(self) -> Iterator[tuple[Any, ...]]:
        """Database rows of the chosen model."""
        counts: dict[str, int] = {}
        self._models: set[str] = set()
        for line, row in self._read():
            where = f"engine replay: {self._path}:{line}"
            model = row.get(self._by)
            if self._model:
                if len(self._models) < 1000:
                    self._models.add(str(model))
                if model != self._model:
                    continue
            for column in (self._id, self._text):
                if column not in row:
                    raise SourceError(f"{where}: no column {column!r}{nearest(column, row)}")
            problem, text = row[self._id], row[self._text]
            if not isinstance(text, str):
                kind = "null" if text is None else f"a {type(text).__name__}"
                raise SourceError(f"{where}: {self._text!r} is {kind}, not text; leave such rows out")
            if problem is None or problem == "":
                raise SourceError(f"{where}: {self._id!r} is empty")
            if isinstance(problem, (list, dict)):
                raise SourceError(f"{where}: {self._id!r} is a {type(problem).__name__}, not a text")
            problem = clean(str(problem))
            sample = row.get(self._index)
            if sample is None:
                sample = counts.get(problem, 0)
                counts[problem] = sample + 1
            if not isinstance(sample, int) or isinstance(sample, bool) or not 0 <= sample < 1 << 63:
                raise SourceError(f"{where}: {self._index!r} is {sample!r:.40}, not an index from 0")
            finish, tokens, logprob, seed = (row.get(column) for column in _OPTIONAL)
            if finish is not None and not isinstance(finish, str):
                raise SourceError(f"{where}: 'finish_reason' is a {type(finish).__name__}, not a text")
            # SQLite's integers have 63 bits, seeds have 64: kept as text
            seed = _whole(seed, 1 << 64)
            yield (
                *(problem, sample, clean(text), clean(finish or UNKNOWN)),
                *(_whole(tokens, 1 << 63), _number(logprob), None if seed is None else str(seed)),
                *(line, None if model is None else clean(str(model))),
            )

    def _read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line or row number from 1, row) of the file."""
        name = self._path.name
        if name.endswith(".parquet"):
            yield from self._read_parquet()
        elif name.endswith((".jsonl", ".jsonl.gz")):
            yield from self._read_jsonl()
        else:
            raise UserError(f"engine replay: {self._path}: not a .jsonl, .jsonl.gz or .parquet file")

    def _read_jsonl(self) -> Iterator[tuple[int, dict[str, Any]]]:
        opener = gzip.open if self._path.suffix == ".gz" else open
        number = 0
        try:
            with opener(self._path, "rb") as lines:
                for number, line in enumerate(lines, 1):
                    if not line.strip():
                        continue
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise SourceError(f"engine replay: {self._path}:{number}: not a JSON object")
                    yield number, row
        except RecursionError:
            raise SourceError(f"engine replay: {self._path}:{number}: JSON that is nested too deep") from None
        except ValueError as error:
            if isinstance(error, SourceError):
                raise
            raise SourceError(f"engine replay: {self._path}:{number}: broken JSON: {error}") from error
        except (EOFError, OSError, zlib.error) as error:
            raise SourceError(
                f"engine replay: {self._path}: unreadable after line {number}: {error}"
            ) from error

    def _read_parquet(self) -> Iterator[tuple[int, dict[str, Any]]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = {self._id, self._index, self._text, self._by, *_OPTIONAL}
        number = 0
        try:
            with pq.ParquetFile(self._path) as file:
                names = [name for name in file.schema_arrow.names if name in wanted]
                for batch in file.iter_batches(batch_size=2048, columns=names):
                    for row in batch.to_pylist():
                        number += 1
                        yield number, row
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"engine replay: {self._path}: not a readable Parquet file: {error}") from error


def _whole(value: Any, most: int) -> int | None:
    """A whole number below ``most``; anything else is a fact that nobody knows."""
    if isinstance(value, (float, Decimal)) and math.isfinite(value) and value == int(value):
        value = int(value)
    return value if type(value) is int and -most <= value < most else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
