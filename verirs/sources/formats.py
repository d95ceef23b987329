"""The rows of a file: JSON lines, JSON arrays and tables, CSV and TSV. Memory is bounded by one row.

A row that cannot be used comes as a :class:`~verirs.sources.faults.BadRow` in its place, so that all of them
can be named at once. What cannot be read any further is raised.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from verirs.errors import SourceError
from verirs.sources.faults import BadRow, listed, named, piece
from verirs.sources.paths import files_of, kind_of, shown
from verirs.sources.text import LONGEST, UNREADABLE, lines, reading, undecodable

Row = tuple[str, dict[str, Any] | BadRow]
"""Where a row stands (``file:line``), and the row, or what is wrong with it."""

TABLES = ("data", "rows", "examples", "instances", "problems", "questions")
"""A JSON object with one of these keys, or with one key alone, is a table: the key's list holds the rows."""
_CHUNK = 2**20
_LONGEST_HEADER = 2**20
_BLANK = re.compile(r"[\s,]*")


class Written(float):
    """A number that keeps how it was written: ``0.10`` says that two places count."""

    text: str

    def __new__(cls, text: str) -> Written:
        number = super().__new__(cls, text)
        number.text = text
        return number


def rows_of(path: str | Path) -> Iterator[Row]:
    """The rows of all files that a path names.

    Raises:
        SourceError: no such file, an unknown kind of file, or one that cannot be read to its end, or that
            somebody wrote meanwhile.
    """
    for file in files_of(path):
        kind, before = kind_of(file), _stamp(file)
        if kind == "parquet":
            from verirs.sources.parquet import parquet_rows

            yield from parquet_rows(file)
        elif kind == "csv":
            yield from _csv(file)
        else:
            yield from _json(file)
        if _stamp(file) != before:
            raise SourceError(f"{shown(file)} changed while it was read; run the same command again")


def _stamp(path: Path) -> tuple[int, int, int]:
    """Another one for a file that was written or replaced."""
    try:
        found = path.stat()
    except OSError as e:
        raise SourceError(f"{shown(path)} cannot be read: {e.strerror}") from e
    return found.st_ino, found.st_size, found.st_mtime_ns


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        keys = [key for key, _ in pairs]
        raise BadRow(
            "a key stands twice in one object", f": {listed({k for k in keys if keys.count(k) > 1})}"
        )
    return table


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=Written)


def _json(path: Path) -> Iterator[Row]:
    with reading(path) as stream:  # an array may be one line of any length
        if str(stream.read(1000)).lstrip().startswith("["):
            stream.close()
            yield from _documents(path)
            return
    numbered = lines(path)
    number, first = next(numbered, (0, None))
    if first is None:
        return
    if isinstance(first, str) and _is_document(first, path):
        numbered.close()  # type: ignore[attr-defined]
        yield from _documents(path)
        return
    row = _line(first)
    following = next(numbered, None)
    if following is None and isinstance(row, dict):
        yield from _expanded(path, f"{shown(path)}:{number}", row)
        return
    yield f"{shown(path)}:{number}", row
    while following is not None:
        number, line = following
        yield f"{shown(path)}:{number}", _line(line)
        following = next(numbered, None)


def _is_document(first: str, path: Path) -> bool:
    """Whether a file's first line begins one object that goes over several lines."""
    first = first.strip()
    if first == "{":
        return True
    if first.startswith("{") and ".json" in (s.lower() for s in path.suffixes):
        return isinstance(_line(first), BadRow)
    return False


def _line(line: str | BadRow) -> dict[str, Any] | BadRow:
    if isinstance(line, BadRow):
        return line
    try:
        return _object(_DECODER.decode(line.strip()))
    except BadRow as e:
        return e
    except RecursionError:
        return BadRow("its JSON is nested too deep")
    except ValueError as e:
        return BadRow("not JSON", f" ({_said(e)}): {piece(line.strip())}")


def _said(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):  # its own line and column count inside the row
        return f"{error.msg[0].lower()}{error.msg[1:]}, character {error.pos + 1}"
    return "a number of thousands of digits" if "digits" in str(error) else str(error)


def _object(value: Any) -> dict[str, Any] | BadRow:
    if isinstance(value, dict):
        return value
    kind = {list: "list", str: "text", type(None): "null", bool: "boolean"}.get(type(value), "number")
    return BadRow(f"not a JSON object but a {kind}", f": {piece(value)}")


def _documents(path: Path) -> Iterator[Row]:
    """The rows of a JSON array, or of objects that are written over several lines."""
    count, alone = 0, None
    with reading(path) as stream:
        try:
            for value in _values(stream, shown(path)):
                count += 1
                if count == 1 and isinstance(value, dict):
                    alone = value  # until it is known whether it is the only one
                    continue
                if alone is not None:
                    yield f"{shown(path)}, row 1", alone
                    alone = None
                yield f"{shown(path)}, row {count}", _object(value)
        except UNREADABLE as e:
            raise SourceError(f"{shown(path)}, row {count + 1}: cannot be read further: {e}") from e
    if alone is not None:
        yield from _expanded(path, f"{shown(path)}, row 1", alone)


def _values(stream: Any, name: str) -> Iterator[Any]:
    """JSON values, one after another: the items of an array, or values with nothing but space between."""
    buffer, at, inside, count = "", 0, None, 0
    while True:
        at = _BLANK.match(buffer, at).end()  # type: ignore[union-attr]
        if at == len(buffer):
            if not (buffer := _chunk(stream, _CHUNK, name, count)):
                if inside:
                    raise SourceError(f"{name}: ends in the middle of its array, after row {count}")
                return
            at = 0
            continue
        if inside is None:
            inside = buffer[at] == "["
            at += inside
            continue
        if inside and buffer[at] == "]":
            rest = buffer[at + 1 :] + _chunk(stream, _CHUNK, name, count)
            if rest.strip():
                raise SourceError(f"{name}: more follows after the end of its array: {piece(rest.strip())}")
            return
        where = f"{name}, row {count + 1}"
        try:
            value, at = _DECODER.raw_decode(buffer, at)
        except BadRow as e:
            raise SourceError(f"{where}: {e}") from e
        except RecursionError:
            raise SourceError(f"{where}: its JSON is nested too deep") from None
        except ValueError as e:
            more = _chunk(stream, max(_CHUNK, len(buffer) - at), name, count)
            if not more:
                raise SourceError(f"{where}: not JSON ({_said(e)}): {piece(buffer[at : at + 200])}") from e
            buffer, at = buffer[at:] + more, 0
            if len(buffer) > LONGEST:
                raise SourceError(
                    f"{where}: not JSON, or longer than {LONGEST:,} characters: {piece(buffer[:200])}"
                ) from e
            continue
        count += 1
        yield value


def _chunk(stream: Any, size: int, name: str, count: int) -> str:
    text = str(stream.read(size))
    if not text.isascii() and (fault := undecodable(text)):
        raise SourceError(f"{name}, after row {count}: {fault}")
    return text


def _expanded(path: Path, where: str, only: dict[str, Any]) -> Iterator[Row]:
    """The rows of a file that holds a single object: its table, or the object as the only row."""
    lists = {k: v for k, v in only.items() if isinstance(v, list) and v and isinstance(v[0], dict)}
    key = next((k for k in only if k in lists and (len(only) == 1 or k.lower() in TABLES)), None)
    is_chat = key is not None and not {"role", "from"}.isdisjoint(lists[key][0])
    if key is not None and not is_chat and ".json" in (s.lower() for s in path.suffixes):
        for number, value in enumerate(lists[key], 1):
            yield f"{shown(path)}, row {number} of {named(key)}", _object(value)
    elif only and all(_is_column(value) for value in only.values()):
        raise SourceError(
            f"{shown(path)} holds columns ({listed(only)}), not rows; with pandas: "
            f"to_json('rows.jsonl', orient='records', lines=True)"
        )
    else:
        yield where, only


def _is_column(value: Any) -> bool:
    return isinstance(value, Mapping) and all(key.isdigit() for key in value)


def _csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    with reading(path) as stream:
        number = above = 1
        try:
            if not (first := stream.readline(_LONGEST_HEADER)):
                return
            delimiter = _delimiter(first, path)
            if first.lower().startswith("sep=") and len(first.rstrip()) == 5:  # a hint that Excel writes
                delimiter, first, above = first[4], stream.readline(_LONGEST_HEADER), 2
            header = next(csv.reader([first], delimiter=delimiter, strict=True), [])
            _check_header(header, path)
            table = csv.reader(stream, delimiter=delimiter, strict=True)
            while True:
                number = table.line_num + above + 1
                try:
                    cells = next(table)
                except StopIteration:
                    return
                except csv.Error as e:
                    if "unexpected end" in str(e) or "field larger" in str(e):
                        raise SourceError(
                            f"{shown(path)}:{number}: a quotation mark is opened and never closed ({e})"
                        ) from e
                    yield f"{shown(path)}:{number}", BadRow("not CSV", f": {e}")
                    continue
                if cells:
                    yield f"{shown(path)}:{number}", _cells(header, cells)
        except csv.Error as e:
            raise SourceError(f"{shown(path)}:{number}: not CSV: {e}") from e
        except UNREADABLE as e:
            raise SourceError(f"{shown(path)}:{number}: cannot be read further: {e}") from e


def _delimiter(header: str, path: Path) -> str:
    """By the file's name; a header without a comma says it itself (Excel writes semicolons or tabs)."""
    if ".csv" not in (s.lower() for s in path.suffixes):
        return "\t"
    return "," if "," in header else next((c for c in ";\t" if c in header), ",")


def _check_header(header: list[str], path: Path) -> None:
    if twice := [name for name, times in Counter(header).items() if name and times > 1]:
        raise SourceError(f"{shown(path)}:1: the header has the column {listed(twice)} twice")
    if not any(name.strip() for name in header):
        raise SourceError(f"{shown(path)}:1: no header; the first line must name the columns")


def _cells(header: list[str], cells: list[str]) -> dict[str, Any] | BadRow:
    for cell in cells:
        if not cell.isascii() and (fault := undecodable(cell)):
            return fault
    if len(cells) != len(header):
        return BadRow(
            "not as many cells as the header has columns",
            f" ({len(cells)}, not {len(header)}): {piece(','.join(cells[:50]))}",
        )
    # pandas writes its index as a column without a name
    return {name.strip(): cell or None for name, cell in zip(header, cells, strict=True) if name.strip()}
