"""Replays recorded completions: re-score, re-select and export without a model, or test a pipeline.

Rows come from JSONL, JSONL.gz or Parquet, one completion a row: problem id, sample index, text, and
optionally model, reasoning, finish_reason, tokens, logprob, seed; other columns are ignored. On ``start``
they go into a private, temporary, on-disk SQLite database, so a file of any size and order needs bounded
memory; the database vanishes with the process. It checks nothing about how the rows were sampled:
the prompt, the seed and the sampling settings of a request are not looked at.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from verirs.engines.recorded import RecordedFile
from verirs.engines.requests import check, plain
from verirs.errors import ConfigError, EngineError, RequestError, SourceError, nearest
from verirs.protocols import Request
from verirs.system.files import clean
from verirs.types import NO_TEXT, Completion, Message

UNKNOWN = "unknown"
"""The finish reason of a row that has none: whether its text is whole, nobody knows."""
Texts = Literal["needed", "optional"]
_THOUGHTS = ("reasoning", "reasoning_content")
"""Columns of a thought, the first one that holds a text."""
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
        texts: ``needed``: a row without a text is refused; ``optional``: its sample has an empty one, marked
            ``no text``, for scorers that need none (``recorded``); no training file takes it.
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
        texts: Texts = "needed",
    ):
        if texts not in get_args(Texts):
            raise ConfigError(f"texts = {texts!r}: must be one of {', '.join(get_args(Texts))}")
        self._path, self._model, self._text, self._texts = Path(path).expanduser(), model, text_column, texts
        self._file = RecordedFile(
            path=self._path,
            reader="engine replay",
            table="--set engine.",
            model=model,
            id_column=id_column,
            index_column=index_column,
            model_column=model_column,
        )
        self._rows: sqlite3.Connection | None = None

    @cached_property
    def _digest(self) -> str:
        return self._file.digest()

    def identity(self) -> Mapping[str, Any]:
        """The file's content and the model chosen from it, not its path."""
        told = {"file": self._path.name, "content": self._digest, "model": self._model}
        return told if self._texts == "needed" else {**told, "texts": self._texts}

    def counts(self) -> Counter[str]:
        """How many samples of each problem are recorded. Reads the file once and keeps no text.

        Raises:
            SourceError: as :meth:`start`.
        """
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
            "SELECT text, finish, tokens, logprob, seed, reasoning FROM rows WHERE problem = ? "
            "ORDER BY sample",
            (request.problem.id,),
        )
        found = {index: row for index, row in enumerate(recorded) if index in wanted}
        missing = wanted - found.keys()
        if missing:
            raise RequestError(self._missing(request.problem.id, min(missing)))
        for index in request.indices:
            text, finish, tokens, logprob, seed, reasoning = found[index]
            yield Completion(
                index=index,
                text=text,
                finish_reason=finish,
                tokens=tokens,
                logprob=logprob,
                seed=None if seed is None else int(seed),
                reasoning=reasoning,
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

    def _load(self) -> sqlite3.Connection:
        # An empty name is SQLite's private temporary database: on disk, deleted when closed or killed.
        database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA cache_size = -16384")
        database.execute(
            "CREATE TABLE rows (problem TEXT, sample INTEGER, text TEXT, finish TEXT, tokens INTEGER, "
            "logprob REAL, seed TEXT, line INTEGER, model TEXT, reasoning TEXT)"
        )
        try:
            database.execute("BEGIN")
            database.executemany("INSERT INTO rows VALUES (?,?,?,?,?,?,?,?,?,?)", self._parse())
            database.execute("COMMIT")
            database.execute("CREATE INDEX by_sample ON rows (problem, sample)")
            self._file.refuse_changed(self._digest)
            self._check(database)
        except BaseException:
            database.close()
            raise
        return database

    def _check(self, database: sqlite3.Connection) -> None:
        twice = database.execute(
            "SELECT problem, sample, MIN(line), MAX(line), MIN(model), MAX(model) FROM rows "
            "GROUP BY problem, sample HAVING COUNT(*) > 1 LIMIT 1"
        ).fetchone()
        if twice:
            problem, sample, first, last, one, other = twice
            raise self._file.twice(problem, sample, (first, one), (last, other))

    def _parse(self) -> Iterator[tuple[Any, ...]]:
        """Database rows of the chosen model."""
        needed = {} if self._texts == "optional" else {self._text: "text_column"}
        for line, problem, sample, row in self._file.rows(needed, (self._text, *_OPTIONAL, *_THOUGHTS)):
            where = f"engine replay: {self._path}:{line}"
            text = row.get(self._text)
            thought = next((t for column in _THOUGHTS if isinstance(t := row.get(column), str) and t), "")
            if text is None and thought:  # cut off in its thought
                text = ""
            missing = text is None and self._texts == "optional"
            if not isinstance(text, str) and not missing:
                kind = "null" if text is None else f"a {type(text).__name__}"
                raise SourceError(
                    f"{where}: {self._text!r} is {kind}, not text; leave such rows out, or set "
                    'texts = "optional" where the scores are recorded too'
                )
            finish, tokens, logprob, seed = (row.get(column) for column in _OPTIONAL)
            if finish is not None and not isinstance(finish, str):
                raise SourceError(f"{where}: 'finish_reason' is a {type(finish).__name__}, not a text")
            # SQLite's integers have 63 bits, seeds have 64: kept as text
            seed, model = _whole(seed, 1 << 64), row.get(self._file.model_column)
            yield (
                *(problem, sample, clean(text or ""), NO_TEXT if missing else clean(finish or UNKNOWN)),
                *(_whole(tokens, 1 << 63), _number(logprob), None if seed is None else str(seed)),
                *(line, None if model is None else clean(str(model)), clean(thought)),
            )


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
