"""The open journal of a store: an append-only file of checksummed JSON lines.

A record is one line, ``CRC32 JSON``, and stands for itself. The checksum begins with the run's own
number, so a line of another run does not hold. What was appended survives the death of the
process at once and, after :meth:`Journal.sync`, the death of the machine. A line whose checksum does not
hold (a torn tail, a page that never reached the disk) is left out, wherever it stands; every other line is
kept.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from verirs.system import quick_json
from verirs.system.files import fsync, open_plain

SYNC_SECONDS = 1.0
"""Appends within this time share one fsync."""


class Journal:
    """One journal file, open for appending. Not thread-safe: one writer, one thread.

    Args:
        run: whose records these are.
    """

    def __init__(self, path: Path, run: str):
        self.path, self._run = path, run
        fresh = not path.exists()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        if fresh:
            fsync(path.parent)
        self.size = os.fstat(self._fd).st_size
        if self.size and os.pread(self._fd, 1, self.size - 1) != b"\n":  # a torn line: the next needs its own
            with open_plain(path) as file:
                self.size = file.read().rfind(b"\n") + 1
            os.ftruncate(self._fd, self.size)
        self._synced = time.monotonic()

    def append(self, records: Iterable[Any]) -> None:
        """Write records in one go.

        Raises:
            OSError: nothing of these records is kept then (a full disk, say).
        """
        self._write(b"".join(encode_record(r, self._run) for r in records))
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def _write(self, lines: bytes) -> None:
        data, done = memoryview(lines), 0
        try:
            while done < len(data):
                done += os.write(self._fd, data[done:])
        except OSError:
            os.ftruncate(self._fd, self.size)
            raise
        self.size += done

    def sync(self) -> None:
        """Bring everything appended onto the disk."""
        os.fsync(self._fd)
        self._synced = time.monotonic()

    def close(self) -> None:
        if self._fd >= 0:
            self.sync()
            os.close(self._fd)
            self._fd = -1


def encode_record(record: Any, run: str) -> bytes:
    body = quick_json.dumps(record)
    return b"%08x %s\n" % (zlib.crc32(body, _start(run)), body)


def _start(run: str) -> int:
    return zlib.crc32(run.encode())


def read(path: Path, run: str) -> Iterator[Any]:
    """The records of a journal whose checksums hold, in order."""
    for body in good_lines(path, run):
        yield quick_json.loads_bounded(body)  # numbers: see store.entry


def good_lines(path: Path, run: str) -> Iterator[bytes]:
    start = _start(run)
    with open_plain(path) as file:
        for line in file:
            body = line[9:-1]
            if line.endswith(b"\n") and line[8:9] == b" " and line[:8] == b"%08x" % zlib.crc32(body, start):
                yield body


def bad_lines(path: Path, run: str) -> int:
    """How many lines do not hold, a torn tail aside."""
    with open_plain(path) as file:
        whole = sum(1 for line in file if line.endswith(b"\n"))
    return whole - sum(1 for _ in good_lines(path, run))


def retire(path: Path, run: str, aside: Path) -> None:
    """Remove a journal whose records are sealed; one that holds anything else too is moved to ``aside``."""
    if not bad_lines(path, run):
        path.unlink()
        return
    aside.mkdir(exist_ok=True)
    os.replace(path, aside / path.name)
    fsync(aside)
