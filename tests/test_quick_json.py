"""The quick way to JSON and back gives the values of the standard library."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verirs.system.quick_json import dumps, loads, loads_bounded

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read_by_both(value: Any) -> None:
    line = dumps(value)
    assert b"\n" not in line
    assert loads(line.decode()) == value == json.loads(line)


@given(values)
def test_lines_of_the_standard_library_are_read(value: Any) -> None:
    for ascii_only in (True, False):
        line = json.dumps(value, ensure_ascii=ascii_only)
        assert loads(line) == value


@pytest.mark.parametrize("value", ["\ud800", 1 << 70, -(1 << 64), {"a": ["\udfff", 2**64]}, (1, "x")])
def test_what_orjson_refuses_is_written_too(value: Any) -> None:
    again = loads(dumps(value).decode())
    assert again == (list(value) if isinstance(value, tuple) else value)


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.text())
def test_numbers_of_64_bits_are_exact_whatever_stands_beside_them(number: int, text: str) -> None:
    assert loads_bounded(dumps([number, text, -1.5])) == [number, text, -1.5]


@pytest.mark.parametrize("text", [b"", b"{", b"[1,]", b"\xff", "nope"])
def test_what_is_no_json_is_refused(text: bytes | str) -> None:
    with pytest.raises(ValueError):
        loads_bounded(text)
