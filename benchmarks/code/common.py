"""What the benchmarks of this folder share: where they ran, and one way to write results."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
from pathlib import Path
from typing import Any

import verirs
from verirs.scorers.code import CodeScorer


def machine() -> dict[str, Any]:
    """Hardware, versions and commit."""
    cpu = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "?")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "machine": f"{cpu}, {os.cpu_count()} CPUs, Linux {platform.release()}",
        "python": platform.python_version(),
        "verirs": verirs.__version__,
        "scorer": CodeScorer.version,
        "commit": commit.stdout.strip(),
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def cpu_seconds() -> float:
    """CPU time of this process and of its ended children so far."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def write(result: dict[str, Any], out: str) -> None:
    """Print a result, and write it where asked."""
    text = json.dumps(result | machine(), indent=1)
    print(text)
    if out:
        Path(out).write_text(text + "\n")
