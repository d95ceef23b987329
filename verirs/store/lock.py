"""One writer a directory: a lock that dies with its process, whatever its children do.

It belongs to the open file (``flock``), not to the process as record locks do: those are lost as soon as
anything in the process opens and closes the same file, as a copy of the run directory does. A fork gives its
copy up at once; a program that is started never has one.

What is not promised: on a file system whose locks other machines do not see (some network disks, by how they
are mounted) two machines can write at once. Where there are no locks at all, nothing is written.
"""

from __future__ import annotations

import errno
import os
import platform
import sys
import time
from pathlib import Path

from verirs.errors import StoreError

if sys.platform != "win32":
    import fcntl

_held_here: dict[str, Lock] = {}
"""By directory: the locks of this process."""


def _give_up() -> None:
    """In a fork: the locks stay its parent's alone."""
    for lock in list(_held_here.values()):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_give_up)


class Lock:
    """Holds ``path/lock`` from construction to :meth:`release`.

    Raises:
        StoreError: another process, named by host, pid and time, or this one holds it; or the file system has
            no locks.
    """

    def __init__(self, path: Path):
        self._fd = -1
        if sys.platform == "win32":
            raise StoreError("Run directories are written on Linux and macOS only; on Windows use WSL.")
        self._key = str(path.resolve())
        if self._key in _held_here:
            raise StoreError(f"{path} is already open for writing in this process.")
        self._fd = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        _held_here[self._key] = self
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            holder = os.read(self._fd, 200).decode(errors="replace")
            self.release()
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
        told = f"{os.getpid()} {time.strftime('%Y-%m-%dT%H:%M:%S%z')} {platform.node()}"
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, told.encode(), 0)

    def release(self) -> None:
        """Let others write. Safe to call twice."""
        if self._fd >= 0:
            del _held_here[self._key]
            os.close(self._fd)
            self._fd = -1


def is_held(path: Path) -> bool:
    """Whether somebody writes the directory right now; of one without locks nobody knows, so not."""
    if sys.platform == "win32":
        return False
    try:
        fd = os.open(path / "lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as e:
        return e.errno in (errno.EAGAIN, errno.EACCES)
    finally:
        os.close(fd)
    return False


def _told(holder: str) -> str:
    pid, _, rest = holder.partition(" ")
    since, _, host = rest.partition(" ")
    if not pid.isdigit():
        return "pid unknown"
    told = f"pid {pid}"
    if host and host != platform.node():
        told += f" on {host[:100]!r}"
    return f"{told}, since {since}" if since else told
