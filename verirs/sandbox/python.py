"""The Python that runs jobs, and the packages beside it: ours, or a copy that the jobs' user may read."""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

from verirs.sandbox.folders import Folder
from verirs.sandbox.packages import Packages

NOBODY = 65534
"""The user that jobs get when the caller is root."""
_SETGID, _SETUID = 6, 7
_LEFT_OUT = shutil.ignore_patterns(
    "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "site-packages", "dist-packages",
    "config-*", "*.a",
)  # fmt: skip


def can_become_another() -> bool:
    """Whether this process may become the user `NOBODY`: it is root, with the rights of root, where there
    is another user."""
    if os.geteuid() != 0:
        return False
    try:
        text = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
        rights = int(text.partition("CapEff:")[2].split()[0], 16)
        mapped = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    except (OSError, IndexError, ValueError):
        return True
    known = any(int(first) <= NOBODY < int(first) + int(count) for first, _, count in mapped)
    return known and bool(rights >> _SETUID & 1) and bool(rights >> _SETGID & 1)


def own_python() -> str:
    """The Python of this process, without a virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def open_to_all(path: str) -> bool:
    """Whether any user may reach and read it."""
    return all(os.stat(p).st_mode & 0o001 for p in map(str, Path(path).parents)) and bool(
        os.stat(path).st_mode & 0o004
    )


@functools.cache
def readable_python(pid: int) -> str:
    """Our Python where any user may run it, else a copy of it that one may, made once in a process
    (``pid``)."""
    python = own_python()
    library = sysconfig.get_path("stdlib")
    if open_to_all(python) and open_to_all(library):
        return python
    within = Path(library).relative_to(sys.base_prefix)

    def copy(home: Path) -> None:
        (home / "bin").mkdir(parents=True)
        shutil.copy2(python, home / "bin")
        shutil.copytree(
            library, home / within, ignore=_LEFT_OUT, symlinks=False, ignore_dangling_symlinks=True
        )
        for shared in Path(sys.base_prefix, "lib").glob("lib*.so*"):
            shutil.copy2(shared, home / "lib" / shared.name)

    home = Path(_folder(pid).path, "python")
    _make(home, copy)
    return str(home / "bin" / Path(python).name)


@functools.cache
def _folder(pid: int) -> Folder:
    """A folder of this process (``pid``) that every user may look into."""
    folder = Folder()
    os.chmod(folder.path, 0o755)
    atexit.register(lambda: folder.remove() if os.getpid() == pid else None)
    return folder


def link_packages(parent: str, shown: Packages, *, copied: bool) -> str:
    """A folder of links to packages; empty when there are none. Where the jobs' user may not read one,
    ``copied`` makes a copy, once in a process."""
    if not shown.entries:
        return ""
    folder = os.path.join(parent, "packages")
    os.mkdir(folder, 0o755)
    places = [place for _, place in shown.entries]
    # all of a folder or none: a package looks for its libraries beside itself (numpy in numpy.libs)
    closed = {os.path.dirname(p) for p in places if copied and not open_to_all(p)}
    for name, place in shown.entries:
        source = _copy(os.getpid(), place) if os.path.dirname(place) in closed else place
        os.symlink(source, os.path.join(folder, name))
    return folder


@functools.cache
def copied_packages(pid: int, shown: Packages) -> str:
    """A folder with copies of packages, made once in a process (``pid``), for a container to see."""
    folder = Path(_folder(pid).path, f"shown-{shown.digest}")
    folder.mkdir()
    for name, place in shown.entries:
        if os.path.isdir(place):
            shutil.copytree(place, folder / name)
        else:
            shutil.copy2(place, folder / name)
    return str(folder)


@functools.cache
def _copy(pid: int, place: str) -> str:
    """A copy of a package, beside the copies of what lies beside it."""
    target = _home(pid, os.path.dirname(place)) / Path(place).name
    _make(
        target,
        lambda part: shutil.copytree(place, part) if os.path.isdir(place) else shutil.copy2(place, part),
    )
    return str(target)


@functools.cache
def _home(pid: int, beside: str) -> Path:
    """The folder of this process (``pid``) for copies of what lies in the folder ``beside``."""
    made = Path(_folder(pid).path, "beside-" + hashlib.sha256(beside.encode()).hexdigest()[:16])
    made.mkdir(exist_ok=True)
    made.chmod(0o755)
    return made


def _make(target: Path, write: Callable[[Path], object]) -> None:
    """Write what every user may read, whole and under another name first: two threads may ask at once."""
    if target.exists():
        return
    part = Path(tempfile.mkdtemp(dir=target.parent), target.name)
    write(part)
    for path in (part, *part.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.stat().st_mode & 0o100 else 0o444))
    with contextlib.suppress(OSError):  # the other thread was faster
        os.rename(part, target)
    shutil.rmtree(part.parent)
