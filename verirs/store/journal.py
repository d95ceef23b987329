"""The open journal of a store: an append-only file of checksummed JSON lines.

A record is one line, ``CRC32 JSON``. What was appended survives the death of the process at once
and, after :meth:`Journal.sync`, the death of the machine. A torn or damaged tail is dropped when the
journal is opened for writing; damage anywhere before the tail is an error, never skipped.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from verirs.errors import StoreError

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
SYNC_SECONDS = 1.0
"""Appends within this time share one fsync."""


class Journal:
    """One journal file, open for appending. Not thread-safe: one writer, one thread."""

    def __init__(self, path: Path):
        self.path = path
        good = sum(size for _, size in _scan(path)) if path.exists() else 0
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.ftruncate(self._fd, good)
        self.size = good
        self._synced = time.monotonic()

    def append(self, records: Iterable[Any]) -> None:
        """Write records in one go.

        Raises:
            OSError: nothing of these records is kept then (a full disk, say).
        """
        data = memoryview(b"".join(encode_record(r) for r in records))
        done = 0
        try:
            while done < len(data):
                done += os.write(self._fd, data[done:])
        except OSError:
            os.ftruncate(self._fd, self.size)
            raise
        self.size += done
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        os.fsync(self._fd)
        self._synced = time.monotonic()

    def close(self) -> None:
        if self._fd >= 0:
            self.sync()
            os.close(self._fd)
            self._fd = -1


def encode_record(record: Any) -> bytes:
    body = _encode(record).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def read(path: Path) -> Iterator[Any]:
    """The records of a journal, up to a torn tail.

    Raises:
        StoreError: a damaged line that is not the tail.
    """
    for body, _ in _scan(path):
        yield json.loads(body)


def _scan(path: Path) -> Iterator[tuple[bytes, int]]:
    """The good lines' bodies and their sizes in bytes, newline included."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            body = line[9:-1]
            if line.endswith(b"\n") and line[8:9] == b" " and line[:8] == b"%08x" % zlib.crc32(body):
                yield body, len(line)
                continue
            # a crash tears at most what one append wrote: no good line may follow the bad one
            if any(
                rest[8:9] == b" " and rest[:8] == b"%08x" % zlib.crc32(rest[9:-1])
                for rest in file
                if rest.endswith(b"\n")
            ):
                raise StoreError(
                    f"{path}: line {number} is damaged and good lines follow it. The disk or another "
                    f"program changed the file. Move the file away to go on without its unsealed samples."
                )
            return
