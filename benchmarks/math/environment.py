"""Where a benchmark ran: hardware, versions, commit. One place for all math benchmarks."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path


def about(**more: object) -> dict[str, object]:
    """JSON values for a result file."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    names = [line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "load": [round(x, 1) for x in os.getloadavg()],
        "python": sys.version.split()[0],
        "versions": {p: version(p) for p in ("math-verify", "python-flint", "sympy")},
        "commit": commit.stdout.strip(),
        **more,
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
