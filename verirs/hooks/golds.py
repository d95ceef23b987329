"""The gold answer among a row's columns, and values of other libraries as Python has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any

from verirs.math import extract

GOLDS = (
    "answer",
    "solution",
    "ground_truth",
    "reward_model.ground_truth",
    "reward_spec.ground_truth",
    "verification_info.ground_truth",
    "label",
    "labels",
    "gold",
    "target",
    "final_answer",
    "expected_answer",
    "reference_answer",
    "reference",
    "gold_answer",
    "golden_answer",
    "golden_answers",
    "correct_answer",
    "answers",
    "answerkey",
    "solutions",
)
"""Columns that hold a gold answer, the usual one first, in small or capital letters; a dot goes into a table.
Of ``solutions`` only those count that mark their answer, of ``answers`` those in SQuAD's form."""
_VALUES = frozenset({"value", "answer", "answers", "text", "gold", "target", "ground_truth", "final_answer"})
"""The one name in a table that is a gold answer."""

_PATHS = tuple((name.partition(".")[0], tuple(name.split(".")[1:])) for name in GOLDS)
_NO_VALUES = frozenset({"NAType", "NaTType"})
"""Kinds of what pandas has in place of a value."""


def plain(value: Any) -> Any:
    """A value of numpy, torch, pandas or Arrow as Python has it, ``None`` for what stands for no value. A
    float of fewer bits than Python's stays as it is: it knows how many of its digits mean something.
    """
    if value is None or isinstance(value, str | int | list | tuple | Mapping):
        return value
    if type(value).__name__ in _NO_VALUES or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, Set):
        return sorted(map(plain, value), key=str)
    for name in ("as_py", "to_pylist"):  # a value and a column of Arrow
        if callable(turned := getattr(value, name, None)):
            return plain(turned())
    size = getattr(value, "ndim", None)
    if size == 0 and callable(item := getattr(value, "item", None)):
        return value if isinstance(found := item(), float) and found == found else plain(found)
    if size == 1:
        return list(map(plain, value))
    return value.tolist() if size and hasattr(value, "tolist") else value


def all_plain(value: Any) -> Any:
    """The same at any depth, and a text in JSON as the text that it says. Floats of few bits are Python's."""
    if isinstance(value, str):
        return _unquoted(value)
    value = plain(value)
    if isinstance(value, Mapping):
        return {key: all_plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [all_plain(one) for one in value]
    return value.item() if getattr(value, "ndim", None) == 0 else value


def listed(column: Any) -> list[Any]:
    """A column's items in their order; a series of pandas has an index of its own, which is not asked."""
    return column.to_pylist() if callable(getattr(column, "to_pylist", None)) else list(column)


def gold_of(columns: Mapping[str, Any], most: int | None = None) -> Any:
    """The gold answer, or ``None``. Of a worked solution (``#### 5``, ``\\boxed{5}``,
    ``<answer>5</answer>``) its final answer.

    Args:
        most: gold answers of which one is enough.

    Raises:
        ValueError: there are more.
    """
    for first, path in _PATHS:
        if first not in columns:
            continue
        found = columns[first]
        if type(found) is not str:
            found = plain(found)
        if first == "answers" and not isinstance(found, Mapping):
            continue  # the options of a multiple choice, perhaps
        for key in path:
            found = plain(beside(found).get(key))
        if isinstance(found, str) and found:
            found = _unquoted(found)
            found = _tabled(found) or _listed(found) or found
            if isinstance(found, str):
                return _final(found)
        if isinstance(found, Mapping):
            found = plain(_of_table(found))
        if isinstance(found, list | tuple):
            if most is not None and len(found) > most:
                raise ValueError(f"{len(found):,} gold answers, the limit is {most:,}")
            found = [one for one in map(plain, found) if one is not None]
            if first == "solutions":
                found = [one for one in found if isinstance(one, str) and _is_marked(one)]
            if any(not isinstance(one, str) or one for one in found):
                return list(map(_final, found))
        elif found is not None and found != "":
            return _final(found)
    if any(isinstance(name, str) and not name.islower() for name in columns):
        small = {str(name).lower(): value for name, value in columns.items()}
        return gold_of(small, most) if len(small) == len(columns) and small.keys() != columns.keys() else None
    return None


def _of_table(found: Mapping[str, Any]) -> Any:
    """The gold in a table: under the names that data sets use beside others, or its only one; the table
    itself where it holds none. Arrow fills all tables of a column up to the same names with nothing.
    """
    filled = {name: value for name, value in found.items() if plain(value) is not None}
    for name in ("ground_truth", "target"):
        if name in filled:
            return filled[name]
    if filled.keys() == {"text", "answer_start"}:  # SQuAD's answers
        return filled["text"]
    ((only, value),) = filled.items() if len(filled) == 1 else (("", None),)
    return value if only in _VALUES or not filled else found


def _unquoted(gold: str) -> str:
    """The text that a text in JSON says; mathematics writes no quotation marks."""
    if len(gold) < 3 or gold[0] != '"' or gold[-1] != '"':
        return gold
    try:
        found = json.loads(gold)
    except (ValueError, RecursionError):
        return gold
    return found if isinstance(found, str) and found else gold


def _tabled(gold: str) -> Mapping[str, Any] | None:
    """The table in JSON that a text is, where it holds a gold; mathematics writes no quotation marks."""
    if not gold.startswith("{") or '"' not in gold:
        return None
    table = beside(gold)
    return table if table and _of_table(table) is not table else None


def _listed(gold: str) -> list[str] | None:
    """The texts of a list in JSON, as data sets write golds; mathematics writes no quotation marks."""
    if not gold.startswith("[") or '"' not in gold:
        return None
    try:
        found = json.loads(gold)
    except (ValueError, RecursionError):
        return None
    return found if found and all(isinstance(one, str) for one in found) else None


def beside(given: Any) -> dict[str, Any]:
    """Columns that a framework hands over as one: a table, or the text of one in JSON; else none."""
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    return dict(given) if isinstance(given, Mapping) else {}


def with_gold(columns: Mapping[str, Any], name: str, gold: Any) -> dict[str, Any]:
    """Columns, and beside them what a framework itself says is the gold: another that the data set has too
    (a worked solution, the answer to a part) does not count. Without one, the columns as they are.
    """
    if gold_of({name: gold}) is None:
        return {name: gold, **columns}
    rest = {k: v for k, v in columns.items() if not (isinstance(k, str) and k.lower() in _ALONE)}
    return {**rest, name: gold}


_ALONE = frozenset(name for name in GOLDS if "." not in name)


def _final(gold: Any) -> Any:
    if isinstance(gold, str) and _is_marked(gold):
        return extract(gold).answer or gold
    return gold


def _is_marked(solution: str) -> bool:
    return "####" in solution or "\\boxed" in solution or "</answer>" in solution
