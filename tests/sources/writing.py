"""Writes the same rows in every form that a source reads, and makes bad rows of every kind.

A row is a table of texts, so that each form can hold it.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Rows = Sequence[Mapping[str, Any]]


def lines(rows: Rows) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def table(delimiter: str, end: str = "\n") -> Callable[[Rows], str]:
    def write(rows: Rows) -> str:
        out = io.StringIO(newline="")
        columns = list(dict.fromkeys(key for row in rows for key in row))
        writer = csv.DictWriter(out, columns, delimiter=delimiter, lineterminator=end)
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    return write


def pretty(rows: Rows) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False, indent=2) for row in rows)


TEXT: dict[str, Callable[[Rows], str]] = {
    "lines.jsonl": lines,
    "lines.json": lines,
    "blank-lines.jsonl": lambda rows: "\n\n" + lines(rows).replace("\n", "\r\n \r\n"),
    "no-last-newline.ndjson": lambda rows: lines(rows).rstrip("\n"),
    "array.json": lambda rows: json.dumps(list(rows), ensure_ascii=False),
    "indented-array.json": lambda rows: json.dumps(list(rows), indent=1),
    "under-data.json": lambda rows: json.dumps({"data": list(rows)}),
    "indented-objects.json": pretty,
    "indented-objects.jsonl": pretty,
    "commas.csv": table(","),
    "windows.csv": table(",", "\r\n"),
    "semicolons.csv": table(";"),
    "tabs.tsv": table("\t"),
    "tabs.csv": table("\t"),
}
"""Forms of text by the file's name."""
ENCODED: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 big": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: bytes(pa.Codec("zstd").compress(data, asbytes=True)),
}


def write(folder: Path, rows: Rows, name: str, encoding: str = "utf-8", packing: str = "") -> Path:
    """The rows as a file of this form."""
    path = folder / f"{name}{packing}"
    path.write_bytes(PACKED[packing](ENCODED[encoding](TEXT[name](rows))))
    return path


def write_parquet(path: Path, rows: Rows, **options: Any) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), path, **options)
    return path


BAD: dict[str, tuple[str, str]] = {
    "torn": ('{"question": "torn', "not JSON"),
    "no object": ('"only a text"', "not a JSON object but a text"),
    "a list": ("[1, 2]", "not a JSON object but a list"),
    "key twice": ('{"question": "q?", "question": "r?"}', "a key stands twice"),
    "no column": ('{"frage": "q?", "answer": "1"}', "no prompt column"),
    "empty prompt": ('{"question": "  ", "answer": "1"}', "the prompt is empty"),
    "null prompt": ('{"question": null, "answer": "1"}', "the prompt is empty"),
    "number": ('{"question": 5, "answer": "1"}', "neither a text nor a list"),
    "turn of a stranger": ('{"question": [{"role": "gpt", "content": "x"}]}', "unknown role"),
    "parts": ('{"question": [{"role": "user", "content": [{"text": "x"}]}]}', "comes in parts"),
    "no role": ('{"question": [{"speaker": "human", "text": "x"}]}', "without role and content"),
    "solution in it": (
        '{"question": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}',
        "ends with a message of the assistant",
    ),
    "two golds": ('{"question": "two golds?", "answer": ["1", "2"]}', "several gold answers"),
    "gold is a table": ('{"question": "table?", "answer": {"a": 1}}', "the answer is a table"),
    "odd id": ('{"id": [1], "question": "odd id?"}', "the id is neither"),
    "odd tests": ('{"question": "odd tests?", "tests": 3}', "the tests are not understood"),
    "half a character": ('{"question": "\\ud83d"}', "half of a character"),
    "too deep": ('{"question": "deep?", "x": ' + "[" * 90 + "]" * 90 + "}", "nested more than"),
    "very deep": ('{"x": ' + "[" * 100_000, "nested too deep"),
}
"""Bad lines by kind, and what is said of each."""
