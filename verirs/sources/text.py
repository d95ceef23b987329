"""Text files of strangers: decompressed and decoded as they are read, with a limit on every line.

The first bytes decide on the compression, not the name. UTF-8, with or without a byte-order mark, and UTF-16
with one are read; a line in another encoding is given as a bad row.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verirs.errors import SourceError
from verirs.sources.faults import BadRow
from verirs.sources.paths import shown

LONGEST = 64 * 2**20
"""So many characters one row may have: a short file can be packed text without an end."""
FREE = 2**30
"""So many bytes any file may unpack to,"""
MOST_TIMES = 200
"""and beyond that so many times its size."""
MOST_EMPTY = 1_000_000
"""So many empty lines in a row are no data."""
UNREADABLE = (UnicodeError, EOFError, zlib.error, lzma.LZMAError, OSError)
"""What a broken file raises while it is read."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHER = {
    b"version https://git-lfs": "it is a pointer of Git LFS, not the data: run git lfs pull",
    b"PK\x03\x04": "it is a ZIP archive (or an Excel sheet): unpack it, or save it as CSV UTF-8",
    b"PAR1": "it is a Parquet file: name it .parquet",
    b"\xff\xfe\x00\x00": "it is UTF-32: save it as UTF-8",
    b"<!DOCTYPE": "it is a web page, not the data: download the raw file",
    b"<html": "it is a web page, not the data: download the raw file",
}
"""How files begin that are often mistaken for data, and what they are."""


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Any]:
    """The decoded text. Bytes that are no UTF-8 come as lone surrogates (``surrogateescape``).

    Raises:
        SourceError: it cannot be opened or decoded, or is something else than text.
    """
    try:
        with contextlib.ExitStack() as opened:
            raw = opened.enter_context(path.open("rb"))
            stream = opened.enter_context(io.BufferedReader(_Reader(_unpacked(raw), path)))
            head = stream.peek(32)[:32]
            if head[1:2] == head[3:4] == b"\0":
                raise SourceError(f"{shown(path)}: it looks like UTF-16 without a mark: save it as UTF-8")
            for magic, what in _OTHER.items():
                if head.startswith(magic):
                    raise SourceError(f"{shown(path)}: {what}")
            encoding = "utf-16" if head.startswith(_UTF16) else "utf-8-sig"
            errors = "strict" if encoding == "utf-16" else "surrogateescape"
            yield opened.enter_context(io.TextIOWrapper(stream, encoding, errors, newline=""))
    except OSError as e:
        raise SourceError(f"{shown(path)} cannot be read: {e.strerror or e}") from e
    except UNREADABLE as e:
        raise SourceError(f"{shown(path)} cannot be read: {e}") from e


def lines(path: Path) -> Iterator[tuple[int, str | BadRow]]:
    """The lines with their numbers, without those that are empty; a bad row where one is no UTF-8.

    Raises:
        SourceError: as :func:`reading`, or a line that is too long.
    """
    number = last = 0
    with reading(path) as stream:
        try:
            while line := stream.readline(LONGEST + 1):
                number += 1
                if len(line) > LONGEST:
                    raise SourceError(
                        f"{shown(path)}:{number}: the line is longer than {LONGEST:,} characters"
                    )
                if not line.isspace():
                    last = number
                    yield number, _decoded(line)
                elif number - last > MOST_EMPTY:
                    raise SourceError(f"{shown(path)}:{last + 1}: {MOST_EMPTY:,} empty lines follow")
        except UNREADABLE as e:
            raise SourceError(f"{shown(path)}:{number + 1}: cannot be read further: {e}") from e


def _decoded(line: str) -> str | BadRow:
    return line if line.isascii() else undecodable(line) or line


def undecodable(line: str) -> BadRow | None:
    """The fault of a line that holds bytes which are no UTF-8."""
    try:
        line.encode()
    except UnicodeEncodeError as e:
        byte = ord(line[e.start]) & 0xFF
        return BadRow("not UTF-8", f" (byte 0x{byte:02x} as character {e.start + 1}); save the file as UTF-8")
    return None


def _unpacked(raw: Any) -> Any:
    """The stream, decompressed where its first bytes say that it is compressed."""
    head = raw.peek(10)[:10]
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw)
    if head.startswith(b"BZh") and head[4:7] == b"1AY":
        return bz2.BZ2File(raw)
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(raw)
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        import pyarrow as pa

        return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")
    return raw


def most_bytes(path: Path) -> int:
    """What a file may unpack to."""
    return max(FREE, MOST_TIMES * path.stat().st_size)


class _Reader(io.RawIOBase):
    """Any object with ``read``, in small pieces, so that a packed stream never unpacks at once."""

    def __init__(self, stream: Any, path: Path):
        self._stream, self._count = stream, 0
        self._most = most_bytes(path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        if self._count > self._most:
            raise OSError(f"it unpacks to more than {MOST_TIMES} times its size")
        return len(data)
