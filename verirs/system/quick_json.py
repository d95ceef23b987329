"""JSON for what is written and read a million times: orjson, and the standard library where that refuses.

Both give the same values. Left to the standard library are lone surrogates and whole numbers beyond 64 bits.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_plain = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def dumps(value: Any) -> bytes:
    """One line of UTF-8. Numbers are finite; a NaN would become null."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _plain(value).encode()


_LONG = re.compile(r"\d{19}")


def loads(text: str) -> Any:
    """The value, of a short text.

    Raises:
        ValueError: it is no JSON.
    """
    return json.loads(text) if _LONG.search(text) else loads_bounded(text)


def loads_bounded(text: bytes | str) -> Any:
    """The value, of a text of any length whose whole numbers have 64 bits at most: orjson rounds larger ones.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
