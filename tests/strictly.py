"""mypy --strict on files that users read: the examples and the docs' blocks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]


def type_faults(files: Iterable[Path]) -> str:
    """What mypy says of them; empty if they are right."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, timeout=600, cwd=ROOT, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
