"""One writer a directory: a lock that dies with its process, whatever its children do.

It belongs to the open file (``flock``), not to the process as record locks do: those are lost as soon as
anything in the process opens and closes the same file, as a copy of the run directory does. A fork gives its
copy up at once; a program that is started never has one. The directory is locked beside its file ``lock``, so
that deleting the file lets nobody in.

What is not promised: on a file system whose locks other machines do not see (some network disks, by how they
are mounted) two machines can write at once. Where there are no locks at all, nothing is written.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import platform
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from verirs.errors import StoreError
from verirs.system.terminal import pasted

if sys.platform != "win32":
    import fcntl

log = logging.getLogger("verirs")

_held_here: dict[str, Lock] = {}
"""By directory: the locks of this process."""
_BUSY = frozenset({errno.EAGAIN, errno.EACCES})
_TRIES, _PAUSE = 10, 0.02


def _give_up() -> None:
    """In a fork: the locks stay its parent's alone."""
    for lock in list(_held_here.values()):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_give_up)


class Lock:
    """Holds ``path/lock``, and where the file system can, the directory itself, from construction to
    :meth:`release`.

    Raises:
        StoreError: another process, named by host, pid and time, or this one holds it; or the file system has
            no locks.
    """

    def __init__(self, path: Path):
        self._fds: list[int] = []
        if sys.platform == "win32":
            raise StoreError("Run directories are written on Linux and macOS only; on Windows use WSL.")
        self._path, self._key = path, str(path.resolve())
        if self._key in _held_here:
            raise StoreError(f"{path} is already open for writing in this process.")
        _held_here[self._key] = self
        try:
            self._take()
        except BaseException:
            self.release()
            raise

    def _take(self) -> None:
        path = self._path
        file = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        self._fds.append(file)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise StoreError(f"{path / 'lock'} is no plain file, so nothing of ours; remove it")
        try:
            _lock(file)
        except OSError as e:
            if e.errno in _BUSY:
                raise _taken(path, _told(os.read(file, 200).decode(errors="replace"))) from e
            raise StoreError(
                f"{path} lies on a file system without locks ({e.strerror}), so nothing keeps two "
                f"writers apart. Put the runs on another disk: --set runs=DIR. On a network disk, "
                f"locks may be switched on where it is mounted."
            ) from e
        # a file can be deleted or replaced while it is locked, a directory that holds something cannot
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _lock(folder)
            self._fds.append(folder)
        except OSError as e:  # network disks lock only what is open for writing: then there is check() alone
            os.close(folder)
            if e.errno in _BUSY:
                raise _taken(path, "pid unknown: its lock file was deleted") from e
        told = f"{os.getpid()} {time.strftime('%Y-%m-%dT%H:%M:%S%z')} {platform.node()}"
        os.ftruncate(file, 0)
        os.pwrite(file, told.encode(), 0)

    def check(self) -> None:
        """Whether the directory is still the one that is locked; asked before anything is committed.

        Raises:
            StoreError: it was moved, deleted or replaced, so another command may write there.
        """
        held = self._fds[-1]
        place = self._path if self._fds[1:] else self._path / "lock"
        try:
            same = os.path.samestat(os.fstat(held), os.stat(place))
        except FileNotFoundError:
            same = False
        if not same:
            raise StoreError(
                f"{place} was moved, deleted or replaced while this command wrote {self._path}, so another "
                f"command may write there now. Nothing more is written. What was stored lies where the "
                f"directory went; the same command goes on with it"
            )

    def release(self) -> None:
        """Let others write. Safe to call twice."""
        if _held_here.get(self._key) is self:
            del _held_here[self._key]
        while self._fds:
            os.close(self._fds.pop())


@contextlib.contextmanager
def only_export(folder: Path, run: Path, *, wait: bool = False) -> Iterator[None]:
    """Keep other exports out of a folder of training files, which is made; readers come and go. Where the
    file system has no locks for folders, nobody is kept out.

    Args:
        run: what is exported, for the message.
        wait: for another export to end; else it is refused.

    Raises:
        StoreError: another export writes there, in this process or another.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        yield
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            _lock(fd)
        except OSError as e:
            if e.errno in _BUSY and wait:
                log.warning("%s is being written by another export; waiting for it to end", folder)
                fcntl.flock(fd, fcntl.LOCK_EX)
            elif e.errno in _BUSY:
                raise StoreError(
                    f"{folder} is being written by another export. Wait for it to end, then run "
                    f"`verirs export {pasted(run)}`, or give another folder: --out DIR"
                ) from e
        yield
    finally:
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_UN)  # a fork may hold the file open yet
        os.close(fd)


def is_held(path: Path) -> bool:
    """Whether somebody writes the directory right now; of one without locks nobody knows, so not."""
    return sys.platform != "win32" and (_is_locked(path / "lock") or _is_locked(path.resolve()))


def _is_locked(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as e:
        return e.errno in _BUSY
    finally:
        os.close(fd)
    return False


def _lock(fd: int) -> None:
    """Take a lock; patiently, because who only looks whether somebody writes holds it for a moment."""
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as e:
            if e.errno not in _BUSY or not left:
                raise
        time.sleep(_PAUSE)


def _taken(path: Path, by: str) -> StoreError:
    return StoreError(
        f"{path} is being written by another process ({by}). Wait for it, stop it, or choose another name."
    )


def _told(holder: str) -> str:
    pid, _, rest = holder.partition(" ")
    since, _, host = rest.partition(" ")
    if not pid.isdigit():
        return "pid unknown"
    told = f"pid {pid}"
    if host and host != platform.node():
        told += f" on {host[:100]!r}"
    return f"{told}, since {since}" if since else told
