"""Between the process and its files: every change that it makes to a folder, counted, and spoiled where told.

A change is a write, a flush, a rename, a removal or a new folder that Python makes. What Arrow writes by
itself is seen when it is flushed and renamed.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Spoil = Callable[[int, str, str], None]
"""Called before each change with its number from 0, what it is, and its path; may raise or end all."""

_asleep = False


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """What is changed meanwhile is not asked about."""
    global _asleep
    before, _asleep = _asleep, True
    try:
        yield
    finally:
        _asleep = before


_NAMES = ("replace", "rename", "unlink", "remove", "rmdir", "mkdir", "ftruncate", "write", "fsync", "open")


def watch(folder: Path, spoil: Spoil) -> None:
    """From now on, for as long as this process lives, ask ``spoil`` before each change below ``folder``."""
    root, count = str(folder.resolve()), 0

    def ask(what: str, path: str) -> None:
        nonlocal count
        if not _asleep and path.startswith(root) and not path.endswith(("/lock", "/log.txt")):
            count += 1
            spoil(count - 1, what, path)

    def of(path: Any, dir_fd: Any) -> str:
        if isinstance(path, int):
            return _of_descriptor(path)
        path = os.fspath(path)
        path = os.fsdecode(path)
        return os.path.join(_of_descriptor(dir_fd), path) if dir_fd is not None else os.path.abspath(path)

    real = {name: getattr(os, name) for name in _NAMES}

    def wrapped(name: str) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **kwargs: Any) -> Any:
            if name != "open" or (args and args[0] & (os.O_CREAT | os.O_TRUNC)):
                ask(name, of(path, kwargs.get("dir_fd", kwargs.get("src_dir_fd"))))
            return real[name](path, *args, **kwargs)

        return call

    for name in _NAMES:
        setattr(os, name, wrapped(name))
    opened, io_open = builtins.open, io.open

    def open_file(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if not isinstance(file, int) and set(mode) & set("wxa+"):
            ask("open", of(file, None))
        return opened(file, mode, *args, **kwargs)

    builtins.open = open_file
    io.open = open_file
    assert io_open is opened


def _of_descriptor(fd: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


def counting(into: Path) -> Spoil:
    """Writes down what there is to spoil, a line each."""
    fd = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    write = os.write

    def spoil(number: int, what: str, path: str) -> None:
        write(fd, f"{what} {path}\n".encode())

    return spoil


def killing(at: int) -> Spoil:
    """SIGKILL before change number ``at``."""

    def spoil(number: int, what: str, path: str) -> None:
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return spoil


def failing(at: int, code: int, *, for_ever: bool) -> Spoil:
    """The system refuses change number ``at``, or all from there on."""

    def spoil(number: int, what: str, path: str) -> None:
        if number == at or (for_ever and number > at):
            raise OSError(code, os.strerror(code), path)

    return spoil


ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EMFILE, errno.EROFS, errno.EACCES)
