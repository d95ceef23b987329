"""Columns of a row by name: exact, dotted into nested values, or one of the usual names in any case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from verirs.errors import nearest
from verirs.sources.faults import MissingColumn, listed, named

MISSING: Any = object()
"""No such column; ``None`` is a value."""
LIKELY = {
    "prompt": (
        *("prompt", "question", "problem", "query", "instruction", "problem_statement", "question_content"),
        *("input", "text", "body", "messages", "conversations", "doc"),
    ),
    "answer": (
        *("answer", "gold", "final_answer", "ground_truth", "expected_answer", "target", "correct_answer"),
        *("answerkey", "answer_value", "correct", "label", "result", "solution", "response", "output"),
    ),
    "tests": ("tests", "test", "test_list", "input_output", "public_test_cases", "test_cases"),
    "id": ("id", "unique_id", "problem_id", "task_id", "uuid", "question_id", "idx", "index"),
}
"""What columns for something are often called, the likeliest first, in lower case."""
_ABOUT = frozenset(
    {
        *("id", "ids", "idx", "index", "uuid", "type", "kind", "source", "url", "link", "name", "lang"),
        *("level", "difficulty", "category", "subject", "domain", "language", "split", "date", "score"),
        *("len", "length", "count", "num", "number", "n", "is", "has", "tokens", "rate", "time"),
    }
)
"""Words of a column that is about a prompt or an answer, and holds none."""
_DEEPEST = 4
_MOST = 100
"""So many column names are looked at."""


def find(row: Mapping[str, Any], name: str) -> Any:
    """The value of a column; ``a.b`` is the column ``b`` of the table ``a``, ``a.0`` the first of a list."""
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, Sequence) and not isinstance(value, str) and part.isdigit() and len(part) < 6:
            if int(part) >= len(value):
                return MISSING
            value = value[int(part)]
        else:
            return MISSING
    return value


def usual(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """The first of the names that the row has; if none, in whatever case the row writes it."""
    for name in names:
        if name in row or ("." in name and find(row, name) is not MISSING):
            return name
    return _in_any_case(tuple(row), tuple(names))


@lru_cache(maxsize=256)
def _in_any_case(keys: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    for name in names:
        same = [key for key in keys if key.lower() == name]
        if len(same) == 1:
            return same[0]
    return None


def column(row: Mapping[str, Any], names: Sequence[str], what: str, *, option: str = "") -> Any:
    """The value of the first of ``names`` that the row has.

    Args:
        what: it is for, for the message.
        option: the source's option that names the column, where there is one.

    Raises:
        MissingColumn: it has none of them; says which there are and which may be meant.
    """
    name = usual(row, names)
    if name is not None:
        return find(row, name)
    raise MissingColumn(f"no {what} column", _sentence(tuple(_flat(row)), tuple(names), what, option))


@lru_cache(maxsize=64)  # of a file without the column, every row says the same
def _sentence(columns: tuple[str, ...], names: tuple[str, ...], what: str, option: str) -> str:
    close = guess(columns, names, what)
    say = f"; did you mean {named(close)}?" if close else "."
    if option:
        for_example = named(close) if close else "COLUMN"
        say += f" For example --set source.{option}={for_example}"
    return f" ({' or '.join(map(named, names))}). The row has {listed(columns)}{say}"


def guess(columns: Sequence[str], names: Sequence[str], what: str) -> str:
    """The column that may be meant, or an empty text."""
    likely = LIKELY.get(what, ())
    ranked = [
        (likely.index(last), c.count("."), c) for c in columns if (last := c.split(".")[-1].lower()) in likely
    ]
    typo = [n for n in (nearest(name, columns) for name in names) if n]
    if typo and (not ranked or len(names) == 1 or not likely):
        return typo[0].removeprefix("; did you mean ").removesuffix("?")
    if ranked:
        return min(ranked)[2]
    return typo[0].removeprefix("; did you mean ").removesuffix("?") if typo else ""


def likely(columns: Sequence[str], what: str) -> str:
    """The column that most likely is the prompt or the answer, by its name; empty where none is.

    A usual name first, in whatever case and spelling (``Correct Answer``), the least nested first; then one
    that has a usual name among its words (``problem_text``), the shortest first.
    """
    known = LIKELY[what]
    spelt = {c: re.sub(r"[^a-z0-9]+", "_", c.rpartition(".")[2].lower()).strip("_") for c in columns}
    exact = [(known.index(name), c.count("."), c) for c, name in spelt.items() if name in known]
    if exact:
        return min(exact)[2]
    among = [
        (min(known.index(w) for w in words if w in known), len(c), c)
        for c, name in spelt.items()
        if not _ABOUT & (words := set(name.split("_"))) and words & set(known)
    ]
    return min(among)[2] if among else ""


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """All columns by name, those of nested tables dotted, with their values."""
    return {name: find(row, name) for name in _flat(row)}


def _flat(row: Mapping[str, Any], before: str = "", depth: int = 1) -> list[str]:
    """All column names, those of nested tables dotted."""
    names = []
    for key, value in row.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping) and value and depth < _DEEPEST:
            names += _flat(value, f"{name}.", depth + 1)
        else:
            names.append(name)
        if len(names) > _MOST:
            break
    return names
