"""What a result was measured on: processor, memory, accelerator, versions, commit."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from verirs.version import __version__

CORES = "VERIRS_CORES"
"""The environment variable that says how many cores a process may take, where others share the machine."""


def usable_cores() -> int:
    """Cores that this process may take: as many as it is told, else those it may run on, and of them no more
    than its container's share of time is worth."""
    given = os.environ.get(CORES, "")
    if given.isdecimal() and int(given):
        return int(given)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([cores, *quotas()])


def quotas(root: Path = Path("/")) -> Iterator[int]:
    """What control groups grant, in cores, rounded up: ``docker --cpus``, ``limits.cpu`` of Kubernetes. All
    cores of the node stay visible there, and a process for each would share the time of a few.

    Args:
        root: of the file system.
    """
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        of_cpu = "cpu" in names.split(",")
        if not of_cpu and (number != "0" or names):
            continue
        top = root / "sys/fs/cgroup" / ("cpu" if of_cpu else "")
        folder = top / path.strip("/")
        for group in (folder, *folder.parents):  # the host's path need not be there in a container
            if of_cpu:
                given = [_read(group / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
            else:
                given = _read(group / "cpu.max").split()
            if len(given) == 2 and all(n.strip().isdecimal() and int(n) for n in given):
                yield math.ceil(int(given[0]) / int(given[1]))
            if group == top:
                break


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def facts(packages: Sequence[str] = ()) -> dict[str, str]:
    """The machine and the versions, as far as they can be found out; holds no name of a host or a path.

    Args:
        packages: distributions whose versions matter; one that is not installed is left out.
    """
    cpu = _after("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()
    memory = _after("/proc/meminfo", "MemTotal").split()
    gpu = _said(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"])
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        **({"memory_gb": f"{int(memory[0]) / 2**20:.0f}"} if memory else {}),
        **({"gpu": "; ".join(gpu.splitlines())} if gpu else {}),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "verirs": __version__,
        **{name: version for name in packages if (version := _version(name))},
        **({"commit": commit} if (commit := _commit()) else {}),
    }


def _commit() -> str:
    """Of the checkout this code runs from; ``+`` says that tracked files were changed since."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return ""
    commit = _said(["git", "-C", str(here), "rev-parse", "--short", "HEAD"])
    changed = _said(["git", "-C", str(here), "status", "--porcelain", "--untracked-files=no", "--", "verirs"])
    return commit + ("+" if commit and changed else "")


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _after(path: str, key: str) -> str:
    file = Path(path)
    lines = file.read_text().splitlines() if file.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")
