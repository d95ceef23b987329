"""The host's view of plain data: the same codec as inside the sandbox, see ``sandboxes/plain.py``.

Here an array is no plain data: its ``==`` is no truth value, and numpy is not loaded for a program's sake.
"""

from __future__ import annotations

from typing import Any

from verirs.sandbox import files

_codec = files.module("plain")

Unsupported: type[Exception] = _codec.Unsupported
"""The value's type cannot cross; the message names it."""
ProtocolError: type[Exception] = _codec.ProtocolError
"""Bytes that no honest peer sends."""
MAX_MESSAGE: int = _codec.MAX_MESSAGE


def encode(value: Any) -> Any:
    """JSON-ready form of a value made of builtin types.

    Raises:
        Unsupported: a part of it is no plain data.
    """
    return _codec.encode(value)


def decode(form: Any) -> Any:
    """The value of such a form, of exact builtin types only.

    Raises:
        ProtocolError: the form is none.
        Unsupported: it holds an array.
    """
    return _codec.decode(form, 0, False)


def dumps(message: dict[str, Any]) -> bytes:
    """One frame of the wire: length, then JSON."""
    frame: bytes = _codec.dumps(message)
    return frame


def loads(body: bytes | bytearray) -> dict[str, Any]:
    """The message of a frame's body.

    Raises:
        ProtocolError: no JSON object.
    """
    message: dict[str, Any] = _codec.loads(body)
    return message
