# ruff: noqa: E501 - tables
"""The codec of plain data: what goes in comes out, and hostile forms are refused."""

from __future__ import annotations

import collections
import decimal
import fractions
import json
import os
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verirs.sandbox import files, plain

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
    | st.complex_numbers(allow_nan=False) | st.fractions() | st.decimals(allow_nan=False)
)  # fmt: skip
hashables = scalars | st.lists(scalars, max_size=3).map(tuple) | st.frozensets(scalars, max_size=3)
values = st.recursive(
    scalars,
    lambda x: st.lists(x) | st.lists(x).map(tuple) | st.dictionaries(hashables, x) | st.sets(hashables),
    max_leaves=8,
)


def through(value: object) -> object:
    return plain.decode(json.loads(json.dumps(plain.encode(value))))


def same(a: object, b: object) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@given(values)
@settings(max_examples=60, deadline=None)
def test_round_trip(value: object) -> None:
    assert same(through(value), value)


def test_types_beyond_json() -> None:
    for value in (
        range(1, 9, 3),
        collections.deque([1, (2,)]),
        decimal.Decimal("1.50"),
        fractions.Fraction(-1, 3),
    ):
        assert same(through(value), value)
    assert repr(through(float("nan"))) == "nan"
    assert list(through(iter([1, 2]))) == [1, 2]  # type: ignore[call-overload]
    assert through({1: 2}.keys()) == {1} and list(through({1: 2}.values())) == [2]  # type: ignore[call-overload]


@pytest.mark.parametrize("value", [object(), len, type, Exception(), lambda: 0, [object()], {1: object()}])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(plain.Unsupported):
        plain.encode(value)


def test_bounds_of_encoding() -> None:
    nested: list[object] = []
    for _ in range(500):
        nested = [nested]
    cyclic: list[object] = []
    cyclic.append(cyclic)
    for value in (nested, cyclic, (i for i in range(200_000))):
        with pytest.raises(plain.Unsupported):
            plain.encode(value)
    with pytest.raises(plain.Unsupported):
        plain.dumps({"v": "x" * ((64 << 20) + 1)})


@pytest.mark.parametrize(
    "form",
    [
        {}, {"t": 1}, {"t": "abc"}, {"": []}, {"td": []}, {"u": "x"}, {"i": 5}, {"i": "zz"}, {"f": "1"}, {"d": [[1]]},
        {"d": [[[], 1]]}, {"s": [[1]]}, {"b": 1}, {"b": "a"}, {"c": [1]}, {"r": ["0x1", "0x2", "0x0"]}, {"D": "x"},
        {"F": ["0x1", "0x0"]}, {"V": []}, {"V": ["keys", [[]]]}, {"a": 1, "b": 2}, {"t": {"x": 1}},
    ],
)  # fmt: skip
def test_malformed_forms_are_refused(form: object) -> None:
    with pytest.raises(plain.ProtocolError):
        plain.decode(form)


def test_hostile_sizes_are_refused() -> None:
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    with pytest.raises(plain.ProtocolError):
        plain.decode(deep)
    with pytest.raises(plain.ProtocolError):
        plain.decode({"s": [{"i": hex(i * (2**61 - 1))} for i in range(1000)]})
    with pytest.raises(plain.ProtocolError):
        plain.decode({"d": [[i * (2**61 - 1), 0] for i in range(1000)]})
    assert len(plain.decode({"s": list(range(4000))})) == 4000


def sharing_places(bits: int) -> list[int]:
    """Numbers that all fall on one chain of places in a table of 2**bits: each new one goes along all of it."""
    chain, place = [], 1
    for _ in range(1 << (bits - 2)):
        chain.append(place)
        place = (place * 5 + 1) % (1 << bits)
    return chain


@pytest.mark.parametrize(
    "form",
    [
        {"d": [[k, 0] for k in sharing_places(16)]},
        {"s": list(range(5000))},
        [{"s": list(range(2000))}] * 5,
        {"V": ["keys", list(range(5000))]},
        {"D": "1" * 20_000},
        [{"F": [hex(3**40_000), hex(2**60_000)]}] * 9,
    ],
)
def test_what_could_take_long_is_not_made_in_the_host(form: object) -> None:
    begun = time.process_time()
    with pytest.raises(plain.TooCostly):
        plain.decode(form)
    assert time.process_time() - begun < 10
    files.module("plain").decode(form)  # a process with limits of its own takes it


def test_frames_that_could_take_long_are_not_read_in_the_host() -> None:
    with pytest.raises(plain.TooCostly):
        plain.loads(b'{"v":"' + b"x" * plain.MAX_HERE + b'"}')
    before, digits = sys.getrecursionlimit(), sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # as people do who print long numbers
    sys.setrecursionlimit(10**6)
    try:
        for body in (
            b'{"v":' + b"9" * 900_000 + b"}",
            b'{"v":-' + b"9" * 900_000 + b"}",
            b'{"v":' + b"[" * 400_000 + b"]" * 400_000 + b"}",
            b'{"v":' + b'{"":' * 200_000 + b"1" + b"}" * 200_000 + b"}",
        ):
            begun = time.process_time()
            with pytest.raises(plain.ProtocolError):
                plain.loads(body)
            assert time.process_time() - begun < 10
        text = {"v": "1" * 900 + '"[[' + "\\", "w": [[1] * 5] * 2000}
        assert plain.loads(plain.dumps(text)[4:]) == text
    finally:
        sys.setrecursionlimit(before)
        sys.set_int_max_str_digits(digits)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"1",
        b"{",
        b"{} ",
        b"{}{}",
        b'{"v": NaN}',
        b'{"v": ' + b"9" * 9999 + b"}",
        b"[" * 10**6,
        b"\xff",
    ],
)
def test_bodies_that_are_no_message(body: bytes) -> None:
    with pytest.raises(plain.ProtocolError):
        plain.loads(body)


def test_arrays_are_for_the_test_process_only() -> None:
    import numpy as np

    form = plain.encode(np.arange(6).reshape(2, 3))
    assert files.module("plain").decode(form).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(plain.Unsupported):
        plain.decode(form)
    assert plain.encode(np.float64(1.5)) == 1.5 and plain.encode(np.int64(3)) == 3
    for dtype in ("|O8", "V8", "<f", "f8, f8", 3):
        with pytest.raises(plain.ProtocolError):
            files.module("plain").decode({"n": [dtype, [1], ""]})


def test_frames_over_a_pipe() -> None:
    codec = files.module("plain")
    read, write = os.pipe()
    message = {"value": "é" * 200_000}
    thread = threading.Thread(target=codec.send, args=(write, message))
    thread.start()
    assert codec.receive(read) == message
    thread.join()
    os.write(write, b"\xff\xff\xff\xff")
    with pytest.raises(codec.ProtocolError):
        codec.receive(read)
    os.close(write)
    with pytest.raises(EOFError):
        codec.receive(read)
    os.close(read)


def test_frames_in_pieces_too_many_or_cut_off() -> None:
    codec = files.module("plain")
    frame = codec.dumps({"value": [1, "x"]})
    read, write = os.pipe()

    def bytewise() -> None:
        for i in range(len(frame)):
            os.write(write, frame[i : i + 1])
            time.sleep(0.001)

    thread = threading.Thread(target=bytewise)
    thread.start()
    assert codec.receive(read) == {"value": [1, "x"]}
    thread.join()
    os.write(write, frame + frame)  # an answer to a question that was not asked yet
    with pytest.raises(codec.ProtocolError, match="more than one"):
        codec.receive(read)
    os.write(write, frame[:-1])
    os.close(write)
    with pytest.raises(EOFError):
        codec.receive(read)
    os.close(read)


@given(values)
@settings(max_examples=60, deadline=None)
def test_messages_are_the_json_that_everybody_writes(value: object) -> None:
    message = {"value": plain.encode(value), "n": "é\ud800\x00"}
    assert plain.dumps(message)[4:] == json.dumps(message, separators=(",", ":")).encode()
    assert plain.loads(plain.dumps(message)[4:]) == message
