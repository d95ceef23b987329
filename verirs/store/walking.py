"""Sorted rows problem by problem: as columns, as tuples, and beside the sorted problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from verirs.store import entry


def by_columns(tables: Iterable[pa.Table]) -> Iterator[tuple[str, list[list[Any]]]]:
    """The rows of each problem of a merge as columns, without the first, which is the problem's id."""
    held: tuple[str, list[list[Any]]] | None = None
    for part in tables:
        if not part.num_rows:
            continue
        ids = part.column(0).combine_chunks()
        columns = [_values(column) for column in part.columns[1:]]
        new = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
        starts = [0, *(pc.indices_nonzero(new).to_numpy() + 1).tolist()]
        keys = ids.take(pa.array(starts)).to_pylist()
        for key, start, stop in zip(keys, starts, [*starts[1:], len(ids)], strict=True):
            own = [values[start:stop] for values in columns]
            if held is not None and held[0] == key:
                for before, after in zip(held[1], own, strict=True):
                    before += after
                continue
            if held is not None:
                yield held
            held = key, own
    if held is not None:
        yield held


def by_problem(tables: Iterable[pa.Table]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of each problem of a merge, as tuples; the first column is the problem's id."""
    for key, columns in by_columns(tables):
        yield key, list(zip(repeat(key), *columns, strict=False))


Row = tuple[Any, ...]


def stacks(rows: Sequence[Row], judgements: Sequence[Row], gold: int) -> list[Sequence[Row]]:
    """Of each completion of a problem the rows of its scores, by position; those of another text or gold are
    left out.

    Args:
        rows: of completions.
        judgements: rows of the problem's scores.
        gold: the digest of what its verifiers read.
    """
    if len(rows) == len(judgements) and all(
        # one score each, as most stacks give
        said[2] == 0 and said[1] == row[1] and said[3] == entry.judged(row[-1], gold)
        for row, said in zip(rows, judgements, strict=True)
    ):
        return [(said,) for said in judgements]
    of: dict[int, dict[int, Row]] = {}
    digests = {row[1]: entry.judged(row[-1], gold) for row in rows}
    for said in judgements:
        if digests.get(said[1]) == said[3]:
            # by position: a text that was lost and drawn again may have been judged twice
            of.setdefault(said[1], {})[said[2]] = said
    return [[own[position] for position in sorted(own)] for own in (of.get(row[1], {}) for row in rows)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column; a word of a dictionary is made once, not once a row."""
    if not pa.types.is_dictionary(column.type):
        values: list[Any] = column.to_pylist()
        return values
    found: list[Any] = []
    for chunk in column.chunks:
        words = chunk.dictionary.to_pylist()
        places = chunk.indices.to_pylist()
        found += [None if place is None else words[place] for place in places]
    return found


V = TypeVar("V")


class Cursor(Generic[V]):
    """Walks what there is of each problem, in order, beside the sorted problems."""

    def __init__(self, found: Iterator[tuple[str, V]]):
        self._stream = found
        self._next = next(self._stream, None)

    def key(self) -> str | None:
        """The problem that comes next."""
        return self._next[0] if self._next else None

    def take(self, key: str) -> V | None:
        """What there is of a problem; ``None``: nothing."""
        while self._next is not None and self._next[0] < key:
            self._next = next(self._stream, None)
        if self._next is None or self._next[0] != key:
            return None
        found = self._next[1]
        self._next = next(self._stream, None)
        return found
