"""The writable folder of jobs that share a file system: measuring it and emptying it.

Written against folders made to resist: thousands of levels, no permissions, names of any bytes. No
recursion and no long path. It must not run while something of the job still does.
"""

from __future__ import annotations

import contextlib
import os
import stat

_LONG = 2000


def used(folder: str, enough: int) -> int:
    """Bytes on disk below ``folder``; stops counting at about ``enough``, and counts each entry as a block
    at least, so that a mass of empty files counts too. A tree deeper than paths can be is over any limit."""
    total = 0
    waiting = [folder]
    while waiting and total <= enough:
        path = waiting.pop()
        if len(path) > _LONG:
            return enough + 1  # no honest tree is that deep, and soon no path would reach into it
        try:
            entries = list(os.scandir(path))
        except OSError:
            continue
        for entry in entries:
            try:
                total += max(entry.stat(follow_symlinks=False).st_blocks * 512, 4096)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
            except OSError:
                continue
    return total


def empty(folder: str) -> None:
    """Remove everything below ``folder``: subfolders are moved up and taken apart one level at a time.

    Raises:
        OSError: something cannot be removed; the worker must not be used again.
    """
    if not os.path.isdir(folder):
        return
    number = 0
    while True:
        names = os.listdir(folder)
        if not names:
            return
        for name in names:
            path = os.path.join(folder, name)
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                os.unlink(path)
                continue
            _unlock(path)
            for inner in os.listdir(path):
                source = os.path.join(path, inner)
                if stat.S_ISDIR(os.lstat(source).st_mode):
                    _unlock(source)
                    number += 1
                    while os.path.lexists(target := os.path.join(folder, f".{number}")):
                        number += 1
                    os.rename(source, target)
                else:
                    os.unlink(source)
            os.rmdir(path)


def _unlock(folder: str) -> None:
    """Make a folder passable; where it belongs to another user, the caller needs no permission."""
    with contextlib.suppress(PermissionError):
        os.chmod(folder, 0o700)
