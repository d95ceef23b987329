"""The Python that runs jobs, and the packages beside it: ours, or a copy that the jobs' user may read."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import sysconfig
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
    folder = _folder(pid)
    home = Path(folder.path, "python")
    target = home / "bin" / Path(python).name
    target.parent.mkdir(parents=True)
    shutil.copy2(python, target)
    within = Path(library).relative_to(sys.base_prefix)
    shutil.copytree(library, home / within, ignore=_LEFT_OUT, symlinks=False, ignore_dangling_symlinks=True)
    for shared in Path(sys.base_prefix, "lib").glob("lib*.so*"):
        shutil.copy2(shared, home / "lib" / shared.name)
    return str(target)


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
    for name, place in shown.entries:
        source = _copy(os.getpid(), place) if copied and not open_to_all(place) else place
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
    target = Path(_folder(pid).path, f"package-{len(os.listdir(_folder(pid).path))}", Path(place).name)
    target.parent.mkdir()
    if os.path.isdir(place):
        shutil.copytree(place, target)
    else:
        shutil.copy2(place, target)
    return str(target)
