"""The host's view of plain data: the same codec as inside the sandbox, see ``sandboxes/plain.py``.

Here an array is no plain data: its ``==`` is no truth value, and numpy is not loaded for a program's sake.
    And
nothing is read or made here that could hold this process up: what is large or could be costly is `TooCostly`,
and belongs into a test process, whose limits end it.
"""

from __future__ import annotations

import re
import sys
from itertools import accumulate
from typing import Any

from verirs.sandbox import files

_codec = files.module("plain")

Unsupported: type[Exception] = _codec.Unsupported
"""The value's type cannot cross; the message names it."""
ProtocolError: type[Exception] = _codec.ProtocolError
"""Bytes that no honest peer sends."""
TooCostly: type[Exception] = _codec.TooCostly
"""An `Unsupported` value that a test process may be able to take."""
MAX_MESSAGE: int = _codec.MAX_MESSAGE
MAX_HERE = 1 << 20
"""Bytes of a frame that is read here: one call of the reader holds the interpreter for some milliseconds."""
_STEPS = 1 << 24
"""Of the worst case: some ten milliseconds."""
_LONG_NUMBER = re.compile(rb"[0-9]{400}")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_USUAL_RECURSION = 5000
_DEPTH = bytes((c in b"[{") + 255 * (c in b"]}") for c in range(256))


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
        TooCostly: it could take long to make.
    """
    return _codec.decode(form, 0, [_STEPS])


def dumps(message: dict[str, Any]) -> bytes:
    """One frame of the wire, for a program: length, then JSON.

    Raises:
        Unsupported: larger than a program takes.
    """
    frame: bytes = _codec.dumps(message, _codec.MAX_REQUEST)
    return frame


def loads(body: bytes | bytearray) -> dict[str, Any]:
    """The message of a frame's body.

    Raises:
        ProtocolError: no JSON object.
        TooCostly: it could take long to read.
    """
    if len(body) > MAX_HERE:
        raise TooCostly("a large value")
    # Reading digits takes quadratic time where the process has lifted Python's limit; deep nesting takes
    # all of the stack where it has raised that of recursion.
    if _LONG_NUMBER.search(body) and _LONG_NUMBER.search(_STRING.sub(b"", body)):
        raise ProtocolError("a number of many digits")
    if sys.getrecursionlimit() > _USUAL_RECURSION and _depth(body) > _USUAL_RECURSION:
        raise ProtocolError("nested too deeply")
    message: dict[str, Any] = _codec.loads(body)
    return message


def _depth(body: bytes | bytearray) -> int:
    """How deep the brackets of a JSON text are nested."""
    steps = _STRING.sub(b"", body).translate(_DEPTH)
    return max(accumulate(x if x < 2 else -1 for x in steps), default=0)
