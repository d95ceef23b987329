"""One writer a directory: a lock that dies with its process and is not inherited by its children."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import time
from pathlib import Path

from verirs.errors import StoreError

_held_here: set[str] = set()


class Lock:
    """Holds ``path/lock`` from construction to :meth:`release`.

    Raises:
        StoreError: another process, named by host, pid and time, or this one holds it; or the file system has
            no locks.
    """

    def __init__(self, path: Path):
        self._fd = -1
        self._key = str(path.resolve())
        if self._key in _held_here:
            raise StoreError(f"{path} is already open for writing in this process.")
        fd = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            # a record lock, not flock: children that this process forks must not keep it
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            holder = os.read(fd, 200).decode(errors="replace")
            os.close(fd)
            if e.errno in (errno.EAGAIN, errno.EACCES):
                raise StoreError(
                    f"{path} is being written by another process ({_told(holder)}). "
                    f"Wait for it, stop it, or choose another --name."
                ) from e
            raise StoreError(
                f"{path} lies on a file system without locks ({e.strerror}), so nothing keeps two "
                f"writers apart. Put the runs on another disk: --set runs=DIR. On a network disk, "
                f"locks may be switched on where it is mounted."
            ) from e
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()} {time.strftime('%Y-%m-%dT%H:%M:%S%z')} {platform.node()}".encode(), 0)
        self._fd = fd
        _held_here.add(self._key)

    def release(self) -> None:
        """Let others write. Safe to call twice."""
        if self._fd >= 0:
            _held_here.discard(self._key)
            os.close(self._fd)
            self._fd = -1


def _told(holder: str) -> str:
    pid, _, rest = holder.partition(" ")
    since, _, host = rest.partition(" ")
    if not pid.isdigit():
        return "pid unknown"
    told = f"pid {pid}"
    if host and host != platform.node():
        told += f" on {host[:100]!r}"
    return f"{told}, since {since}" if since else told
