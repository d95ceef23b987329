"""A gold is the same gold whatever carries it: a library's value, a list, a column, JSON, a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
import pyarrow as pa
import torch
from hypothesis import given
from hypothesis import strategies as st

from verirs.hooks import trl, verl
from verirs.hooks.rows import read

TEXTS = st.sampled_from(
    ["12", r"\frac{1}{2}", "x^2 + 1", "B", "#### 7", r"so \boxed{3}", "1,000", "[1, 2]", "\u4e94"]
)
NUMBERS = st.integers(-1000, 1000) | st.integers(-9999, 9999).map(lambda n: n / 1000)
CARRIERS: dict[str, Callable[[Any], Any]] = {
    "list": lambda v: [v],
    "tuple": lambda v: (v,),
    "set": lambda v: {v},
    "with nothing": lambda v: [None, v, None],
    "object array": lambda v: np.array([v], dtype=object),
    "array": lambda v: np.array([v]),
    "no dimension": lambda v: np.array(v),
    "series": lambda v: pd.Series([v], index=[9]),
    "arrow": lambda v: pa.scalar(v),
    "arrow array": lambda v: pa.array([v]),
    "arrow table": lambda v: pa.scalar({"ground_truth": v, "numbers": None}),
    "ground_truth": lambda v: {"ground_truth": v, "style": "rule"},
    "padded": lambda v: {"value": v, "aliases": None, "unit": float("nan")},
    "padded with NA": lambda v: {"target": v, "ground_truth": pd.NA},
    "array in a table": lambda v: {"target": np.array([v], dtype=object)},
}
IN_JSON: dict[str, Callable[[str], str]] = {
    "text": json.dumps,
    "list": lambda v: json.dumps([v]),
    "table": lambda v: json.dumps({"ground_truth": v, "x": 1}),
    "padded": lambda v: json.dumps({"a": None, "value": v, "b": None}),
    "twice": lambda v: json.dumps(json.dumps([v])),
}
OF_NUMBERS: dict[str, Callable[[Any], Any]] = {
    "float32": np.float32,
    "tensor": torch.tensor,
    "tensor of one": lambda v: torch.tensor([v]),
    "float32 array": lambda v: np.array([v], dtype=np.float32),
    "arrow": pa.scalar,
    "decimal": lambda v: Decimal(str(v)),
}


def golds(columns: dict[str, Any]) -> Any:
    row = read("text", columns)
    return row.fault or [problem.answer for problem in row.problems]


@given(TEXTS | NUMBERS, st.sampled_from(sorted(CARRIERS)))
def test_a_carrier_changes_no_gold(value: Any, name: str) -> None:
    assert golds({"answer": CARRIERS[name](value), "other": 1}) == golds({"answer": value})


@given(TEXTS, st.sampled_from(sorted(IN_JSON)))
def test_json_changes_no_gold(value: str, name: str) -> None:
    assert golds({"answer": IN_JSON[name](value)}) == golds({"answer": value})


@given(NUMBERS, st.sampled_from(sorted(OF_NUMBERS)))
def test_few_bits_change_no_number(value: float, name: str) -> None:
    (found,) = golds({"answer": OF_NUMBERS[name](value)})
    assert Decimal(found) == Decimal(str(value))


NOTHING = st.sampled_from(
    [None, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), "", [], [None], np.array([]), {}]
)


@given(NOTHING, TEXTS)
def test_nothing_leaves_the_gold_to_the_next_column(nothing: Any, value: str) -> None:
    assert golds({"answer": nothing, "label": value}) == golds({"label": value})
    found = verl._row("mine", "text", nothing, {"gold": value})
    assert [problem.answer for problem in found.problems] == golds({"gold": value})


COLUMNS: dict[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "array": np.array,
    "object array": lambda v: np.array(v, dtype=object),
    "series": lambda v: pd.Series(v, index=range(len(v), 0, -1)),
    "slice": lambda v: pd.Series(["none", *v])[1:],
    "arrow": pa.array,
    "chunks": lambda v: pa.chunked_array([v[:1], v[1:]]),
}


@given(
    st.lists(TEXTS, min_size=1, max_size=5) | st.lists(st.integers(0, 99), min_size=1),
    st.sampled_from(sorted(COLUMNS)),
)
def test_a_column_of_any_kind_gives_each_row_its_own(values: list[Any], name: str) -> None:
    texts = ["text"] * len(values)
    plain = trl.rows_of(None, texts, {"answer": values})
    assert trl.rows_of(None, COLUMNS[name](texts), {"answer": COLUMNS[name](values)}) == plain
