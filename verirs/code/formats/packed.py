"""Tests packed as LiveCodeBench packs them: base64 of zlib of a pickle of a text.

A pickle can run code when it is loaded. Only plain data is read here: every opcode that names a class or a
function is refused, so what comes out is made of texts, numbers, lists and tables.
"""

from __future__ import annotations

import base64
import binascii
import io
import pickle
import pickletools
import re
import zlib
from typing import Any

from verirs.code.formats.faults import UnusableTests
from verirs.code.formats.length import most_unpacked

_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}\s*")
_MOST_PARTS = 5_000_000
"""Of a pickle; LiveCodeBench's is one text."""
_PLAIN_WORDS = """
PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1
LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE
BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 EMPTY_LIST APPEND APPENDS LIST EMPTY_TUPLE TUPLE
TUPLE1 TUPLE2 TUPLE3 EMPTY_DICT DICT SETITEM SETITEMS PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET
LONG_BINGET
"""
_PLAIN = frozenset(_PLAIN_WORDS.split())
"""Opcodes that make plain data."""


class _NoClasses(pickle.Unpickler):
    """Loads no class: the second wall behind the check of the opcodes."""

    def find_class(self, module: str, name: str) -> Any:
        raise UnusableTests(f"the packed tests name {module}.{name}; only plain data is read")

    def persistent_load(self, pid: Any) -> Any:
        raise UnusableTests("the packed tests hold a persistent id; only plain data is read")


def unpacked(text: str) -> Any:
    """What a packed text holds; the text itself where it is not packed.

    Raises:
        UnusableTests: it is packed and broken, or holds more than plain data.
    """
    head = text[:200]
    if not head.lstrip().startswith("e") or _BASE64.fullmatch(head.rstrip("=\n ") + "A" * 16) is None:
        return text
    if " " in head.strip():
        return text
    try:
        raw = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return text
    if raw[:1] != b"\x78":  # no zlib
        return text
    unzip = zlib.decompressobj()
    try:
        data = unzip.decompress(raw, most := most_unpacked())
    except zlib.error as error:
        raise UnusableTests(f"the packed tests cannot be unpacked: {error}") from error
    if unzip.unconsumed_tail:
        raise UnusableTests(f"the packed tests hold more than {most:,} bytes")
    if data[:1] in (b"[", b"{", b'"'):
        return data.decode("utf-8", "replace")
    return _plain_pickle(data)


def _plain_pickle(data: bytes) -> Any:
    try:
        for number, (opcode, _, _) in enumerate(pickletools.genops(data)):
            if number > _MOST_PARTS:
                raise UnusableTests(f"the packed tests hold a pickle of more than {_MOST_PARTS:,} parts")
            if opcode.name not in _PLAIN:
                raise UnusableTests(
                    f"the packed tests hold a pickle with {opcode.name}; only plain data is read"
                )
        return _NoClasses(io.BytesIO(data)).load()
    except UnusableTests:
        raise
    except (
        pickle.UnpicklingError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        OverflowError,
        MemoryError,
    ) as error:
        raise UnusableTests(f"the packed tests hold no sound pickle: {str(error)[:80]}") from error
