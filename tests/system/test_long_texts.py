"""Arrays of long texts are those that Arrow makes itself."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from verirs.system.long_texts import LONG, array

TEXT = pa.string()
MESSAGES = pa.list_(pa.struct([("role", TEXT), ("content", TEXT), ("thinking", TEXT)]))
ASCII, WIDE, EMOJI = "a b\n" * LONG, "\u4e09 \u00e9 x" * LONG, "\U0001f600" * LONG


def said(text: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


@pytest.mark.parametrize(
    "values",
    [[], ["", "a"], [ASCII], [ASCII, "", WIDE, EMOJI, ASCII], [ASCII, None, WIDE], (ASCII, WIDE)],
    ids=["none", "short", "one", "mixed", "null", "tuple"],
)
def test_texts(values: Any) -> None:
    made = array(values, TEXT)
    made.validate(full=True)
    assert made.equals(pa.array(values, type=TEXT)) and made.type == TEXT


@pytest.mark.parametrize(
    "values",
    [
        [],
        [[], [said(ASCII), said(WIDE, thinking=EMOJI)], [said(EMOJI, thinking=None)]],
        [[said(ASCII)], None],
        [[said(ASCII), None]],
        [[said(None)], [{}], [said(ASCII, more=1)]],
        [({"role": "user", "content": ASCII},)],
    ],
    ids=["none", "some", "null", "null within", "no text", "tuple"],
)
def test_messages(values: Any) -> None:
    made = array(values, MESSAGES)
    made.validate(full=True)
    assert made.equals(pa.array(values, type=MESSAGES)) and made.type == MESSAGES


@pytest.mark.parametrize("kind", [TEXT, MESSAGES, pa.int64()])
@pytest.mark.parametrize("fault", [5, b"\xff", "\udc80", {"content": 5}])
def test_what_arrow_refuses(kind: pa.DataType, fault: Any) -> None:
    value = [said(fault)] if kind == MESSAGES else fault
    good: Any = {TEXT: ASCII, MESSAGES: [said(ASCII)]}.get(kind, 1)
    if kind == pa.int64() and fault == 5:
        return
    try:
        whole = pa.array([good, value], type=kind)
    except (pa.ArrowException, TypeError, UnicodeEncodeError) as e:
        with pytest.raises(type(e)):
            array([good, value], kind)
    else:
        assert array([good, value], kind).equals(whole)


def test_long_texts_are_copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pa.total_allocated_bytes()
    made = array([ASCII] * 50, TEXT)
    taken = pa.total_allocated_bytes() - before
    assert 50 * len(ASCII) <= taken < 50 * len(ASCII) + 10_000 and made[49].as_py() == ASCII
