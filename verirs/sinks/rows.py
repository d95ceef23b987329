"""Rows of a sink: checked, counted, as lines of JSON and as tables of about equal size."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from verirs.errors import PartError
from verirs.system import long_texts
from verirs.system.files import clean

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 2_000
BATCH_CHARS = 8_000_000
"""A row group is closed at either limit: long traces must not pile up in memory."""


class Rows:
    """Rows of one schema, checked and counted, and held until they are made into a table.

    Args:
        name: of the sink.
        columns: of the rows.
        summed: columns to sum.
    """

    def __init__(self, name: str, columns: pa.Schema, summed: Sequence[str] = ()):
        self.count = 0
        self.totals = dict.fromkeys(summed, 0)
        self._name, self._columns, self._names = name, columns, list(columns.names)
        self._keys = frozenset(columns.names)
        self._counted = _values_of(_counted(columns))
        self._held: list[Mapping[str, Any]] = []
        self.sizes: list[int] = []
        """About how many characters each held row has."""
        self._chars = 0

    def check(self, row: Mapping[str, Any]) -> None:
        """Look at a row and count it.

        Raises:
            PartError: a column is missing or unknown.
        """
        if row.keys() != self._keys and (fault := _keys_fault(row, self._names)):
            raise PartError(f"sink {self._name!r}: {fault}")
        self.count += 1
        for name in self.totals:
            self.totals[name] += row[name]

    def line(self, row: Mapping[str, Any]) -> bytes:
        """A row as a line of JSON."""
        return _line({name: row[name] for name in self._names})

    def hold(self, row: Mapping[str, Any]) -> bool:
        """Hold a row for a table; true when that is full."""
        size = _size(self._counted(row))
        self._held.append(row)
        self.sizes.append(size)
        self._chars += size
        return is_full(len(self._held), self._chars)

    def table(self) -> pa.Table:
        """The rows that are held, as a table; then none are.

        Raises:
            PartError: a value is not of its column's type.
        """
        import pyarrow as pa

        table = _table if self._chars >= long_texts.LONG * len(self._held) else pa.Table.from_pylist
        rows, self._held, self.sizes, self._chars = self._held, [], [], 0
        try:
            return table(rows, schema=self._columns)
        except UnicodeEncodeError:
            return table([_clean(row) for row in rows], schema=self._columns)
        except (pa.ArrowException, TypeError, OverflowError) as e:
            fault = rows_fault(rows, self._columns) or str(e)
            raise PartError(f"sink {self._name!r}: {fault}") from e


def _table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """A table of rows with long texts."""
    import pyarrow as pa

    arrays = [long_texts.array([row[column.name] for row in rows], column.type) for column in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def is_full(rows: int, chars: int) -> bool:
    """Whether a row group of so many rows and characters is closed."""
    return rows >= BATCH_ROWS or chars >= BATCH_CHARS


def _keys_fault(row: Mapping[str, Any], names: Sequence[str]) -> str:
    if len(row) == len(names) and all(name in row for name in names):
        return ""
    return f"row and columns differ in {', '.join(sorted(map(str, row.keys() ^ set(names))))}"


def rows_fault(rows: Sequence[Mapping[str, Any]], columns: pa.Schema) -> str:
    """Why these rows cannot be written, by column, or an empty string."""
    import pyarrow as pa

    for row in rows:
        if fault := _keys_fault(row, columns.names):
            return fault
        for name, value in row.items():
            try:
                _dumps(_clean(value))
            except (TypeError, ValueError) as e:
                return f"column {name!r} must hold JSON values: {e}"
    for column in columns:
        try:
            pa.array([_clean(row[column.name]) for row in rows], type=column.type)
        except (pa.ArrowException, TypeError, OverflowError) as e:
            return f"column {column.name!r} is of type {column.type}: {e}"
    return ""


def _line(row: Mapping[str, Any]) -> bytes:
    try:
        return _one_line(_dumps(row)).encode() + b"\n"
    except ValueError:  # a NaN, an infinity, or a lone surrogate (UnicodeEncodeError is a ValueError)
        return _one_line(_dumps(_clean(row))).encode() + b"\n"


_ENDS = ("\x85", "\u2028", "\u2029")
"""Line ends to some readers of lines (``str.splitlines`` is one), and none to JSON."""


def _one_line(line: str) -> str:
    if not line.isascii() and any(end in line for end in _ENDS):
        for end in _ENDS:
            line = line.replace(end, f"\\u{ord(end):04x}")
    return line


_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _counted(columns: pa.Schema) -> list[str]:
    """The columns that can hold many characters: texts and lists, but for those of tables without a text of
    ours in them."""
    import pyarrow as pa

    def can(kind: pa.DataType) -> bool:
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return False
        if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
            return long_texts.is_messages(kind)
        return True

    return [field.name for field in columns if can(field.type)]


def _values_of(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Iterable[Any]]:
    """What takes the values of these columns out of a row."""
    return itemgetter(*names) if len(names) > 1 else lambda row: [row[name] for name in names]


def _size(values: Iterable[Any]) -> int:
    """About how many characters values hold, one level into messages."""
    size = 0
    for value in values:
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, list):
            for item in value:
                size += len(item.get("content", "")) if isinstance(item, dict) else len(str(item))
    return size


def _clean(value: Any) -> Any:
    """A JSON-ready copy: NaN and infinities become null, lone surrogates the replacement character."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {k: _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v) for v in value]
    return value
