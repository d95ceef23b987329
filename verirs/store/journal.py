"""The open journal of a store: an append-only file of checksummed JSON lines.

A line is ``CRC32 JSON``, one record, or ``CRC32 zSIZE BYTES``, some records packed: a list of them in
Zstandard, its line ends escaped, ``SIZE`` bytes when unpacked. Many records that come at once are packed,
since a journal of texts is else the most of what a run writes. A line stands for itself. The checksum begins
with the run's own number, so a line of another run does not hold. What was appended survives the death of the
process at once and, after :meth:`Journal.sync`, the death of the machine. A line whose checksum does not hold
(a torn tail, a page that never reached the disk) is left out, wherever it stands; every other line is kept.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from verirs.system import quick_json
from verirs.system.files import fsync, open_plain

SYNC_SECONDS = 1.0
"""Appends within this time share one fsync."""
PACKED, LEAST_PACKED = 1 << 16, 1 << 12
"""About so many bytes of records are packed into one line, and not less than so many: a line that is damaged
loses them all, and fewer save little."""


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
        self._torn = False

    def append(self, records: Iterable[Any]) -> None:
        """Write records in one go.

        Raises:
            OSError: nothing of these records is kept then (a full disk, say), or whole lines of
                them, where the disk refuses to cut them off too.
        """
        self._write(encode(records, self._run))
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def _write(self, lines: bytes) -> None:
        data, done = memoryview(b"\n" + lines if self._torn else lines), 0
        try:
            while done < len(data):
                done += os.write(self._fd, data[done:])
        except OSError:
            try:
                os.ftruncate(self._fd, self.size)
            except OSError:  # what was begun stays: it must not run into the next line
                self.size, self._torn = os.fstat(self._fd).st_size, True
            raise
        self.size, self._torn = self.size + done, False

    def sync(self) -> None:
        """Bring everything appended onto the disk."""
        os.fsync(self._fd)
        self._synced = time.monotonic()

    def close(self) -> None:
        if self._fd >= 0:
            self.sync()
            os.close(self._fd)
            self._fd = -1


def encode(records: Iterable[Any], run: str) -> bytes:
    """The lines of some records."""
    start = _start(run)
    lines: list[bytes] = []
    held: list[bytes] = []
    size = 0
    for record in records:
        held.append(quick_json.dumps(record))
        size += len(held[-1])
        if size >= PACKED:
            lines.append(_line(_packed(held), start))
            held, size = [], 0
    if size >= LEAST_PACKED:
        held = [_packed(held)]
    return b"".join([*lines, *(_line(body, start) for body in held)])


def encode_record(record: Any, run: str) -> bytes:
    return _line(quick_json.dumps(record), _start(run))


def _line(body: bytes, start: int) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(body, start), body)


def _packed(bodies: Sequence[bytes]) -> bytes:
    parts = [b"["]
    for body in bodies:
        parts += (body, b",")
    parts[-1] = b"]"
    whole = b"".join(parts)
    squeezed: bytes = pa.Codec("zstd", 1).compress(whole, asbytes=True)
    return b"z%d %s" % (len(whole), squeezed.replace(b"\x1b", b"\x1b[").replace(b"\n", b"\x1bn"))


def _unpacked(body: bytes) -> list[Any]:
    size, _, squeezed = body[1:].partition(b" ")
    first, *rest = squeezed.split(b"\x1b")  # cut at one byte: three times as fast as replacing two
    parts = [(b"\n" if part[:1] == b"n" else b"\x1b") + part[1:] for part in rest]
    whole: bytes = pa.Codec("zstd").decompress(b"".join([first, *parts]), int(size), asbytes=True)
    records: list[Any] = quick_json.loads_bounded(whole)
    return records


def _start(run: str) -> int:
    return zlib.crc32(run.encode())


def read(path: Path, run: str) -> Iterator[Any]:
    """The records of a journal whose checksums hold, in order."""
    for body in _bodies(path, run):
        if body is None:
            continue
        if body.startswith(b"z"):
            yield from _unpacked(body)
        else:
            yield quick_json.loads_bounded(body)  # numbers: see store.entry


def _bodies(path: Path, run: str) -> Iterator[bytes | None]:
    """What each whole line holds; ``None`` of one that does not hold."""
    start = _start(run)
    with open_plain(path) as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            body = line[9:-1]
            holds = line[8:9] == b" " and line[:8] == b"%08x" % zlib.crc32(body, start)
            yield body if holds else None


def bad_lines(path: Path, run: str) -> int:
    """How many lines do not hold, a torn tail aside."""
    return sum(body is None for body in _bodies(path, run))


def retire(path: Path, run: str, aside: Path) -> None:
    """Remove a journal whose records are sealed; one that holds anything else too is moved to ``aside``."""
    if not bad_lines(path, run):
        path.unlink()
        return
    aside.mkdir(exist_ok=True)
    os.replace(path, aside / path.name)
    fsync(aside)
