"""Working folders of runners: made, removed, and, where a process died with its own, removed by the next one.

A folder belongs to a living process as long as a lock in it is held; the kernel lets go of the lock with the
process.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "verirs-"


class Folder:
    """A folder in the system's place for temporary files, closed to others."""

    def __init__(self) -> None:
        _reap(os.getpid())
        self.path = tempfile.mkdtemp(prefix=_PREFIX)
        self._lock = os.open(os.path.join(self.path, "lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

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
            lock = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.geteuid():
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)
