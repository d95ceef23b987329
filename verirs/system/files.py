"""Small files that are either there in full or not at all, full disks, and text that every file can hold."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from io import BufferedReader
from pathlib import Path
from typing import Any


def open_plain(path: Path) -> BufferedReader:
    """An ordinary file, open for reading: nothing that may be somebody else's is waited for or read for ever.

    Raises:
        OSError: it cannot be read, or it is a pipe, a device, a socket or a folder.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
    return os.fdopen(fd, "rb")


def digest(path: Path) -> str:
    """BLAKE2b of a file's bytes, 32 hex digits.

    Raises:
        OSError: as :func:`open_plain`.
    """
    with open_plain(path) as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def text_digest(text: str) -> str:
    """The digest of a file that holds this text."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def read_bytes(path: Path, largest: int) -> bytes:
    """The whole of a file that somebody else may have written.

    Raises:
        OSError: it cannot be read.
        ValueError: it is larger than ``largest`` bytes; no more than that was read.
    """
    with path.open("rb") as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise ValueError(f"it is larger than {largest >> 20} MiB")
    return data


def read_json(path: Path, largest: int = 256 << 20) -> Any:
    """What a JSON file holds that somebody else may have written.

    Raises:
        OSError: it cannot be read.
        ValueError: why it is not JSON, or too much of it.
    """
    if path.exists() and not path.is_file():
        raise ValueError("it is no ordinary file")  # a pipe would be waited for
    try:
        return json.loads(read_bytes(path, largest))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The ``object_pairs_hook`` of a JSON reader that takes no key twice: which value is meant nobody knows.

    Raises:
        ValueError: naming the key.
    """
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return table


_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
DISK_FULL_WORDS = tuple(os.strerror(number) for number in _DISK_FULL)
"""What the system says of a full disk or a used-up quota."""


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, is the system's word that a disk is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _DISK_FULL:
            return True
        # libraries in Rust and C++ (safetensors) keep the system's words, not its number
        if any(words in str(error) for words in DISK_FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def write_text(path: Path, text: str) -> None:
    """Replace a small file atomically, flushed to disk."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)  # one that was left, or a link that somebody put there
    with partial.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    fsync(path.parent)


def nameless_file(label: str) -> int:
    """A descriptor of an empty file that is gone with its last descriptor: in memory where the system can."""
    if hasattr(os, "memfd_create"):  # Linux
        return os.memfd_create(label, os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def fsync(path: Path) -> None:
    """Flush a file, or a folder's names, to disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def clean(text: str) -> str:
    """The text with lone surrogates replaced, so that every file can hold it as UTF-8."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
