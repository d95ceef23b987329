"""What a result was measured on: hardware, versions, commit. Kept beside every figure."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import import_module
from pathlib import Path


def facts(*modules: str) -> dict[str, str]:
    """Processor, cores, memory, Python, the named modules' versions, and the commit."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    here = Path(__file__).resolve().parent
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, text=True, check=False
    )
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "memory_gb": f"{int(memory) / 2**20:.0f}",
        "python": platform.python_version(),
        **{name: str(import_module(name).__version__) for name in modules},
        "commit": commit.stdout.strip(),
    }


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []
