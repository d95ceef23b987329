"""Plain data over a byte stream: the only values that cross between a judged program and anybody else.

Tagged JSON, no pickle. Decoding gives exact builtin types (and `Decimal`, `Fraction`, `deque`, arrays):
subclasses are flattened when they are encoded, and a decoder fed by a hostile program can make
nothing else, so no ``__eq__``, ``__hash__`` or ``__str__`` of the program ever runs on this side.
Iterators and generators are run out and arrive as plain list iterators.

What a decoder promises against hostile bytes: bounded size, bounded depth, no value whose mere
construction is quadratic. It does not promise that *using* a huge value is cheap.
"""

from __future__ import annotations

import base64
import collections
import itertools
import json
import math
import os
import sys
import types
from collections.abc import Callable
from typing import Any

MAX_MESSAGE = 8 << 20
MAX_REQUEST = 64 << 20
"""What may be sent to a program: data of the tests."""
MAX_DEPTH = 200
MAX_ITEMS = 100_000
"""How far an iterator is run out."""
_SAFE_INT = 2**53
_JSON_DIGITS = 4300
_FRACTION_BITS = 100_000
"""A fraction is reduced when it is made, in quadratic time."""
_DIGITS = 10_000
Budget = list[int] | None
"""One number: the steps that a decoder may still spend on what can be made to cost more than its length (a
table whose keys share their places, a fraction). ``None``: the process has limits of its own."""
_ARRAY_KINDS = frozenset("biufc")
_ITERATORS = (
    types.GeneratorType, map, filter, zip, enumerate, reversed, itertools.chain, itertools.islice,
    type(iter([])), type(iter(())), type(iter("")), type(iter({})), type(iter(set())), type(iter(range(0))),
    type(reversed([])), type(iter({}.values())), type(iter({}.items())),
)  # fmt: skip


class Unsupported(Exception):
    """A value that is no plain data; names its type."""


class TooCostly(Unsupported):
    """A value that could take long to make or to use, here; a process with limits of its own may take it."""


flattened: list[str] = []
"""Names of classes whose instances `encode` wrote as their builtin base; the caller empties it."""


class ProtocolError(Exception):
    """Bytes that no honest peer sends."""


def encode(value: Any, depth: int = 0) -> Any:
    """JSON-ready form of ``value``.

    Raises:
        Unsupported: a part of it is no plain data, or it is nested or long beyond the bounds.
    """
    kind = type(value)
    if kind is int:
        return value if -_SAFE_INT < value < _SAFE_INT else {"i": hex(value)}
    if kind is str or kind is bool or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"f": repr(value)}
    if depth >= MAX_DEPTH:
        raise Unsupported("nested too deeply")
    depth += 1
    if kind is list:
        return [encode(x, depth) for x in value]
    if kind is tuple:
        return {"t": [encode(x, depth) for x in value]}
    if kind is dict:
        return {"d": [[encode(k, depth), encode(v, depth)] for k, v in value.items()]}
    if kind is set:
        return {"s": [encode(x, depth) for x in value]}
    if kind is frozenset:
        return {"z": [encode(x, depth) for x in value]}
    if kind is bytes:
        return {"b": base64.b64encode(value).decode()}
    if kind is bytearray:
        return {"B": base64.b64encode(value).decode()}
    if kind is complex:
        return {"c": [encode(value.real), encode(value.imag)]}
    if kind is range:
        return {"r": [hex(value.start), hex(value.stop), hex(value.step)]}
    if kind is collections.deque:
        return {"q": [encode(x, depth) for x in value]}
    if kind in _ITERATORS:
        items = list(itertools.islice(value, MAX_ITEMS + 1))
        if len(items) > MAX_ITEMS:
            raise Unsupported(f"{kind.__name__} longer than {MAX_ITEMS} items")
        return {"I": [encode(x, depth) for x in items]}
    for name, view in (("keys", type({}.keys())), ("values", type({}.values())), ("items", type({}.items()))):
        if kind is view:
            return {"V": [name, [encode(x, depth) for x in value]]}
    return _encode_other(value, kind, depth)


def _encode_other(value: Any, kind: type, depth: int) -> Any:
    """Decimals and fractions (their modules are imported by whoever has one), subclasses as their builtin
    base, numpy's scalars and arrays; methods of the base only."""
    if (decimal := sys.modules.get("decimal")) is not None and kind is decimal.Decimal:
        return {"D": str(value)}
    if (fractions := sys.modules.get("fractions")) is not None and kind is fractions.Fraction:
        return {"F": [hex(value.numerator), hex(value.denominator)]}
    if not flattened:
        flattened.append(str(type.__getattribute__(kind, "__name__")))
    if issubclass(kind, int):
        return encode(int.__int__(value), depth)
    if issubclass(kind, float):
        return encode(float.__float__(value), depth)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, bytes):
        return encode(bytes.__getitem__(value, slice(None)), depth)
    if issubclass(kind, tuple):
        return encode(tuple(tuple.__iter__(value)), depth)
    if issubclass(kind, list):
        return encode(list(list.__iter__(value)), depth)
    if issubclass(kind, dict):
        return {"d": [[encode(k, depth), encode(v, depth)] for k, v in dict.items(value)]}
    if issubclass(kind, set):
        return encode(set(set.__iter__(value)), depth)
    if issubclass(kind, frozenset):
        return encode(frozenset(frozenset.__iter__(value)), depth)
    if kind.__module__ == "numpy":
        if kind.__name__ == "ndarray" and value.dtype.kind in _ARRAY_KINDS:
            return {"n": [value.dtype.str, list(value.shape), base64.b64encode(value.tobytes()).decode()]}
        if hasattr(value, "item") and not hasattr(value, "__len__"):
            return encode(value.item(), depth)
    raise Unsupported(f"{kind.__module__}.{kind.__qualname__}"[:200])


def _spend(budget: Budget, steps: int) -> None:
    if budget is not None:
        budget[0] -= steps
        if budget[0] < 0:
            raise TooCostly("a value that could take long")


def _hashable(items: list[Any], make: Any, budget: Budget) -> Any:
    """A set or dict from decoded items, unless their hashes were made to collide. That they share places in
    the table cannot be seen: they all may."""
    _spend(budget, len(items) ** 2)
    if len(items) > 256:
        keys = sorted(hash(x[0] if make is dict else x) for x in items)
        if any(a == b for a, b in zip(keys, keys[64:], strict=False)):
            raise ProtocolError("keys made to collide")
    return make(items)


def decode(form: Any, depth: int = 0, budget: Budget = None) -> Any:
    """The value of a JSON form; with a ``budget``, an array in it is `Unsupported`.

    Raises:
        ProtocolError: it is none.
        TooCostly: the budget is spent.
    """
    kind = type(form)
    if kind in (int, str, bool, float) or form is None:
        return form
    if depth > MAX_DEPTH:
        raise ProtocolError("nested too deeply")
    depth += 1
    if kind is list:
        return [decode(x, depth, budget) for x in form]
    try:
        ((tag, body),) = form.items()
        return _decode_tagged(tag, body, depth, budget)
    except (AttributeError, ValueError, TypeError, LookupError, ArithmeticError) as e:
        raise ProtocolError(f"no plain data: {type(e).__name__}") from None


def _decode_tagged(tag: str, body: Any, depth: int, budget: Budget) -> Any:
    if tag in "tdszqI" and type(body) is not list:
        raise ProtocolError("no plain data")
    match tag:
        case "t":
            return tuple([decode(x, depth, budget) for x in body])
        case "d":
            return _hashable(
                [(decode(k, depth, budget), decode(v, depth, budget)) for k, v in body], dict, budget
            )
        case "s":
            return _hashable([decode(x, depth, budget) for x in body], set, budget)
        case "z":
            return _hashable([decode(x, depth, budget) for x in body], frozenset, budget)
        case "q":
            return collections.deque([decode(x, depth, budget) for x in body])
        case "I":
            return iter([decode(x, depth, budget) for x in body])
        case "i":
            return int(body, 16)
        case "f":
            return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[body]
        case "b":
            return base64.b64decode(body)
        case "B":
            return bytearray(base64.b64decode(body))
        case "c":
            real, imaginary = body
            return complex(float(decode(real)), float(decode(imaginary)))
        case "r":
            return range(*(int(x, 16) for x in body))
        case "D":
            if budget is not None and len(body) > _DIGITS:
                raise TooCostly("a long decimal")
            from decimal import Decimal

            return Decimal(body)
        case "F":
            top, bottom = (int(x, 16) for x in body)
            bits = max(top.bit_length(), bottom.bit_length())
            _spend(budget, (bits // 32) ** 2)
            if bits > _FRACTION_BITS:
                raise ProtocolError("a fraction whose reduction takes too long")
            from fractions import Fraction

            return Fraction(top, bottom)
        case "V":
            name, items = body[0], [decode(x, depth, budget) for x in body[1]]
            if name == "keys":
                return dict.fromkeys(_hashable(items, list, budget)).keys()
            return (
                dict(enumerate(items)).values()
                if name == "values"
                else _hashable(items, dict, budget).items()
            )
        case "n":
            if budget is not None:
                raise Unsupported("numpy.ndarray")
            return _array(body)
    raise ProtocolError("unknown tag")


def _array(body: Any) -> Any:
    dtype, shape, data = body
    if type(dtype) is not str or dtype[1:2] not in _ARRAY_KINDS or not dtype[2:].isdigit():
        raise ProtocolError("no plain array")
    import numpy as np  # only where a program sent an array

    return np.frombuffer(base64.b64decode(data), dtype=dtype).reshape([int(n) for n in shape]).copy()


def _refuse(text: str) -> Any:
    raise ProtocolError(f"constant {text}")


def _encoder() -> Callable[[Any], str]:
    """What makes JSON of a message: the C part of the standard encoder, made once. `json.dumps`, and
    `JSONEncoder.encode` too, make a new one in each call."""
    try:
        escaped = json.encoder.c_encode_basestring_ascii
        parts = json.encoder.c_make_encoder(None, None, escaped, None, ":", ",", False, False, False)
        if "".join(parts({"a": [1, "é", None]}, 0)) == '{"a":[1,"\\u00e9",null]}':
            return lambda message: "".join(parts(message, 0))
    except (AttributeError, TypeError):  # a Python without it, or with another signature
        pass
    return json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


to_json = _encoder()
"""The text of a message."""
_from_json = json.JSONDecoder(parse_constant=_refuse).scan_once


def dumps(message: Any, most: int = MAX_MESSAGE) -> bytes:
    """One frame: four bytes of length, big endian, then JSON.

    Raises:
        Unsupported: larger than ``most``.
    """
    body = to_json(message).encode()
    if len(body) > most:
        raise Unsupported(f"a value of more than {most >> 20} MB")
    return len(body).to_bytes(4, "big") + body


def _parsed(text: str) -> tuple[Any, int]:
    """JSON, with no number of more digits than an honest peer writes: reading them takes quadratic time."""
    if sys.get_int_max_str_digits():
        return _from_json(text, 0)
    sys.set_int_max_str_digits(_JSON_DIGITS)
    try:
        return _from_json(text, 0)
    finally:
        sys.set_int_max_str_digits(0)


def loads(body: bytes | bytearray) -> dict[str, Any]:
    """The message of one frame's body.

    Raises:
        ProtocolError: it is no JSON object.
    """
    try:
        text = body.decode()
        message, end = _parsed(text)
    except (ValueError, RecursionError, StopIteration) as e:
        raise ProtocolError(f"no JSON: {type(e).__name__}") from None
    if type(message) is not dict or end != len(text):
        raise ProtocolError("no JSON object")
    return message


def send(fd: int, message: Any) -> None:
    """Write one frame to a blocking file descriptor."""
    write(fd, dumps(message))


def write(fd: int, data: bytes) -> None:
    """Write all of ``data``."""
    sent = os.write(fd, data)
    while sent < len(data):
        sent += os.write(fd, memoryview(data)[sent:])


def receive(fd: int, most: int = MAX_MESSAGE) -> dict[str, Any]:
    """Read one frame from a blocking file descriptor.

    Raises:
        EOFError: the peer is gone.
        ProtocolError: no frame, or more than one: each waits for an answer.
    """
    data = os.read(fd, 1 << 16)
    while len(data) < 4:
        data += _more(fd, 4 - len(data))
    size = int.from_bytes(data[:4], "big") + 4
    if size > most + 4:
        raise ProtocolError("frame too large")
    if len(data) < size:
        parts = bytearray(data)
        while len(parts) < size:
            parts += _more(fd, min(1 << 20, size - len(parts)))
        data = bytes(parts)
    if len(data) > size:
        raise ProtocolError("more than one frame")
    return loads(data[4:])


def _more(fd: int, size: int) -> bytes:
    data = os.read(fd, size)
    if not data:
        raise EOFError
    return data
