"""Problems from JSONL, JSONL.gz or Parquet files, and the row reader that all sources share."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from verirs.errors import SourceError, nearest
from verirs.types import Problem

Row = tuple[str, dict[str, Any]]
"""Where a row stands (``file:line``), and the row."""

PROMPT = ("prompt", "question", "problem")
ANSWER = ("answer", "gold")


def read_rows(path: str | Path) -> Iterator[Row]:
    """The rows of a ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` file.

    Raises:
        SourceError: no such file (with the nearest name beside it), an unknown kind of file, or a
            broken line, named by file and line number.
    """
    path = Path(path)
    if not path.is_file():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        what = "is a folder" if path.is_dir() else "does not exist"
        raise SourceError(f"{path} {what}{nearest(path.name, beside)} (looked in {Path.cwd()})")
    if path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.name.endswith((".jsonl", ".jsonl.gz", ".json", ".ndjson")):
        yield from _jsonl(path)
    else:
        raise SourceError(f"{path}: unknown kind of file; give .jsonl, .jsonl.gz or .parquet")


def _jsonl(path: Path) -> Iterator[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except ValueError as e:
                    raise SourceError(f"{path}:{number}: not a JSON object: {e}") from e
                if not isinstance(row, dict):
                    hint = " (one object a line is needed, not one array)" if number == 1 else ""
                    raise SourceError(f"{path}:{number}: not a JSON object but a {type(row).__name__}{hint}")
                yield f"{path}:{number}", row
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as e:
        raise SourceError(f"{path}:{number + 1}: cannot read: {e}") from e


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}, row {number}", row
    except pa.ArrowInvalid as e:
        raise SourceError(f"{path}: not a Parquet file: {e}") from e


def column(row: Mapping[str, Any], where: str, names: Iterable[str], what: str) -> Any:
    """The value of the first of ``names`` that the row has.

    Raises:
        SourceError: it has none of them.
    """
    names = list(names)
    for name in names:
        if name in row:
            return row[name]
    close = next((n for n in map(lambda n: nearest(n, row), names) if n), "")
    raise SourceError(
        f"{where}: no {what} column ({' or '.join(names)}){close} The row has: {', '.join(row)}. "
        f"Name the column in the source's options."
    )


def problem(
    row: Mapping[str, Any],
    where: str,
    *,
    prompt: str = "",
    answer: str = "",
    id: str = "id",
    source: str = "",
    split: str = "",
) -> Problem:
    """A problem from a row with the usual columns; what is not used goes to ``meta``.

    Args:
        prompt, answer, id: the columns' names, where they are not the usual ones.

    Raises:
        SourceError: no prompt, an empty one, or a column of the wrong type.
    """
    text = column(row, where, [prompt] if prompt else PROMPT, "prompt")
    if not _is_prompt(text):
        raise SourceError(f"{where}: the prompt is empty or neither a text nor a list of chat messages")
    gold = (
        column(row, where, [answer], "answer") if answer else next((row[a] for a in ANSWER if a in row), None)
    )
    tests = row.get("tests")
    used = {
        prompt or next((n for n in PROMPT if n in row), ""),
        answer or next((a for a in ANSWER if a in row), ""),
    }
    used |= {id, "id", "tests", "entry_point", "source", "split"}
    if tests is not None and not isinstance(tests, (str, list)):
        raise SourceError(f"{where}: tests must be a text or a list, is a {type(tests).__name__}")
    if id != "id" and id not in row:
        column(row, where, [id], "id")
    return Problem(
        id=str(row.get(id) or ""),
        prompt=text,
        answer=None if gold is None else str(gold),
        tests=tests,
        entry_point=row.get("entry_point"),
        source=str(row.get("source") or source),
        split=str(row.get("split") or split),
        meta={k: v for k, v in row.items() if k not in used and v is not None},
    )


def _is_prompt(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(
            isinstance(m, Mapping) and isinstance(m.get("role"), str) and isinstance(m.get("content"), str)
            for m in value
        )
        and any(m["content"].strip() for m in value)
    )


class FileSource:
    """Any JSONL, JSONL.gz or Parquet file.

    Args:
        path: the file.
        prompt: the prompt's column: a text, or a list of chat messages (default: prompt, question or
            problem).
        answer: the gold answer's column (default: answer or gold, where there is one).
        id: the id's column; rows without one get a hash of their content.
        split: kept on each problem, for the dataset card.
    """

    def __init__(self, path: str, prompt: str = "", answer: str = "", id: str = "id", split: str = ""):
        self.path, self.prompt, self.answer, self.id, self.split = path, prompt, answer, id, split

    def problems(self) -> Iterator[Problem]:
        """All rows of the file, in its order.

        Raises:
            SourceError: naming the file and line.
        """
        for where, row in read_rows(self.path):
            yield problem(
                row, where, prompt=self.prompt, answer=self.answer, id=self.id, split=self.split,
                source=Path(self.path).name,
            )  # fmt: skip
