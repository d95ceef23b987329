"""What the last export of a run says of its samples and problems, and how the lists hold columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from verirs.running.exported import exported_columns

Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(slots=True)
class Words:
    """Texts that repeat, as numbers."""

    words: list[str] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)

    def of(self, word: str) -> int:
        if word not in self._known:
            self._known[word] = len(self.words)
            self.words.append(word)
        return self._known[word]


def sample_keys(place: Any, index: Any) -> Ints:
    """Problem and sample in one number."""
    return (numbers(place) << 32) + numbers(index)


def numbers(column: Any) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def coded(column: Any) -> tuple[Ints, list[str]]:
    """A column of texts as places in a list of them."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    return np.asarray(array.indices, np.int64), array.dictionary.to_pylist()


FOUND = {
    "contaminated_by": "contaminated",
    "duplicate_of": "duplicate",
    "similar_to": "nearly equal to another",
    "variant_of": "another with other numbers",
}
"""Columns of an export that say of a problem what was found, and the flag."""
DROPPED = "dropped"
"""The column that says why a problem is in no training file."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What the last export made of a run.

    Args:
        of: of each sample: 0 nothing, 1 accepted, else a reason, a place in ``words``.
        words: these.
        told: of a problem, by its place: the columns of :data:`FOUND` and :data:`DROPPED` that say something.
    """

    of: Ints
    words: Words
    told: dict[int, dict[str, str]]


def exported(path: Path, ids: Sequence[str], key: Ints) -> Exported:
    """Read an export.

    Args:
        path: of the run.
        ids: of the problems, in the order of their places.
        key: of the samples, in order (:func:`sample_keys`).
    """
    words = Words(["", "accepted"], {"": 0, "accepted": 1})
    found, known = np.zeros(len(key), np.int64), pa.array(ids, pa.string())
    for file in ("rejects.parquet", "sft.parquet"):
        columns = ["problem_id", "sample_index", *(["reason"] if file == "rejects.parquet" else [])]
        for part in exported_columns(path / "export" / file, columns):
            place = pc.index_in(part["problem_id"], known)
            mask = pc.is_valid(place)
            part, place = part.filter(mask), place.filter(mask)
            wanted = sample_keys(place, part["sample_index"])
            at = np.searchsorted(key, wanted)
            at[at == len(key)] = 0
            own = key[at] == wanted if len(key) else np.zeros(len(wanted), bool)
            value = np.ones(len(wanted), np.int64)
            if "reason" in columns:
                codes, reasons = coded(part["reason"])
                value = np.array([words.of(str(r)) for r in reasons] or [0], np.int64)[codes]
            found[at[own]] = value[own]
    told: dict[int, dict[str, str]] = {}
    for part in exported_columns(path / "export" / "problems.parquet", ["problem_id"], [*FOUND, DROPPED]):
        place = pc.index_in(part["problem_id"], known)
        for column in part.schema.names[1:]:
            there = pc.and_(part[column].is_valid(), place.is_valid())
            values = part[column].filter(there).to_pylist()
            for at, value in zip(place.filter(there).to_pylist(), values, strict=True):
                if value not in ("", []):
                    said = ", ".join(value) if isinstance(value, list) else str(value)
                    told.setdefault(at, {})[column] = said
    return Exported(found, words, told)
