"""One writer a directory: a lock that dies with its process and is not inherited by its children."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from verirs.errors import StoreError

_held_here: set[str] = set()


class Lock:
    """Holds ``path/lock`` from construction to :meth:`release`.

    Raises:
        StoreError: another process, named by its pid, or this one holds it.
    """

    def __init__(self, path: Path):
        self._fd = -1
        self._key = str(path.resolve())
        if self._key in _held_here:
            raise StoreError(f"{path} is already open for writing in this process.")
        fd = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            # a record lock, not flock: children that this process forks must not keep it
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            holder = os.read(fd, 32).decode(errors="replace") or "unknown"
            os.close(fd)
            raise StoreError(
                f"{path} is being written by another process (pid {holder}). "
                f"Wait for it, stop it, or choose another --name."
            ) from e
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        self._fd = fd
        _held_here.add(self._key)

    def release(self) -> None:
        """Let others write. Safe to call twice."""
        if self._fd >= 0:
            _held_here.discard(self._key)
            os.close(self._fd)
            self._fd = -1
