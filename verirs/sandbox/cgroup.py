"""A memory and process limit for one worker by cgroup, where this process may make one (v1 or v2).

Without one, memory is limited per process by address space and watched by the runner. Nothing is
mounted and no controller is switched on: only what is already delegated is used.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import time
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_numbers = itertools.count()
_OVERHEAD_MB = 64
"""For the runner itself and the kernel's own memory of a job."""
_PROCESSES = 64
"""On top of a job's own limit: the runner, and threads of a job that is just being torn down."""


def _parents() -> dict[str, Path]:
    """Where groups for the controllers ``memory`` and ``pids`` would be made; both may be one folder."""
    found: dict[str, Path] = {}
    try:
        lines = _OWN.read_text().splitlines()
    except OSError:
        return {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        inner = path.lstrip("/")
        if controllers == "":
            parent = (_ROOT / inner).parent if inner else _ROOT
            with contextlib.suppress(OSError):
                enabled = (parent / "cgroup.subtree_control").read_text().split()
                found |= {name: parent for name in ("memory", "pids") if name in enabled}
        else:
            for name in set(controllers.split(",")) & {"memory", "pids"}:
                found.setdefault(name, _ROOT / name / inner)
    return {name: path for name, path in found.items() if os.access(path, os.W_OK)}


def available() -> bool:
    """Whether memory can be limited by cgroup here."""
    return "memory" in _parents()


@functools.cache
def _reap(parents: tuple[Path, ...]) -> None:
    """Remove the empty groups of processes that are gone; once in a process."""
    for parent in parents:
        for folder in parent.glob("verirs-*-*"):
            if not Path("/proc", folder.name.split("-")[1]).exists():
                with contextlib.suppress(OSError):
                    folder.rmdir()


class Cgroup:
    """Limits on everything a worker's processes hold together."""

    def __init__(self) -> None:
        """Make the group.

        Raises:
            OSError: it cannot be made here.
        """
        self._memory_mb = 0
        self._processes = 0
        parents = _parents()
        if "memory" not in parents:
            raise OSError("no writable memory cgroup")
        _reap(tuple(set(parents.values())))
        name = f"verirs-{os.getpid()}-{next(_numbers)}"
        self.folders = {controller: parent / name for controller, parent in parents.items()}
        for folder in set(self.folders.values()):
            folder.mkdir()

    def add(self, pid: int) -> None:
        for folder in set(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def limit(self, memory_mb: int, processes: int) -> None:
        """Set the limits for what runs next."""
        if (memory_mb, processes) == (self._memory_mb, self._processes):
            return
        self._memory_mb, self._processes = memory_mb, processes
        folder, size = self.folders["memory"], str((memory_mb + _OVERHEAD_MB) << 20)
        if (folder / "memory.max").exists():
            (folder / "memory.max").write_text(size)
            with contextlib.suppress(OSError):
                (folder / "memory.swap.max").write_text("0")
        else:
            (folder / "memory.limit_in_bytes").write_text(size)
        if "pids" in self.folders:
            (self.folders["pids"] / "pids.max").write_text(str(processes + _PROCESSES))

    def remove(self) -> None:
        """Remove the group, whose processes were killed before."""
        for folder in set(self.folders.values()):
            for _ in range(100):
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)  # the last of its processes is still being torn down
