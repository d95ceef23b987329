"""Working folders of runners: made, removed, and, where a process died with its own, removed by the next one.

A folder is ours only if a marker in it says so, in words that nobody else writes and with the folder's own
name. It belongs to a living process as long as a lock on the marker is held; the kernel lets go of the lock
with the process. Whatever lacks the marker is never touched, whatever it is called.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

if sys.platform != "win32":  # nothing opens a sandbox there
    import fcntl

_PREFIX = ".verirs-sandbox-"
_MARKER = ".verirs-sandbox-folder"


def _words(path: Path) -> bytes:
    return f"working folder of a verirs sandbox: {path.name}; may be removed by verirs\n".encode()


class Folder:
    """A folder in the system's place for temporary files, closed to others."""

    def __init__(self) -> None:
        _reap(os.getpid())
        self.path = tempfile.mkdtemp(prefix=_PREFIX)
        marker = Path(self.path, _MARKER)
        self._lock = os.open(marker, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.write(self._lock, _words(marker.parent))  # after the lock: without its words nobody removes it

    def remove(self) -> None:
        """Remove it with all that is in it. Safe to call twice."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            self.forget()

    def forget(self) -> None:
        """In a forked child: let go of what belongs to the parent."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


@functools.cache
def _reap(pid: int) -> None:
    """Remove folders of this user whose owner is gone; once in a process."""
    for path in Path(tempfile.gettempdir()).glob(_PREFIX + "*"):
        with contextlib.suppress(OSError):
            if _is_ours(os.lstat(path)):
                _remove_if_left(path)


def _is_ours(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _remove_if_left(path: Path) -> None:
    lock = os.open(path / _MARKER, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.read(lock, 4096) == _words(path) and os.fstat(lock).st_uid == os.geteuid():
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(lock)
