"""mypy --strict on what users read, the examples and the docs' blocks, and the Python that runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLEAN = os.environ.get("VERIRS_DOCS_PYTHON", "")
"""A Python with the package installed, to run the blocks in place of this one (``scripts/clean_docs.sh``)."""
READER = CLEAN or sys.executable
OURS = {} if CLEAN else {"PYTHONPATH": str(ROOT)}
"""So that blocks import this checkout, unless the package is installed."""


def type_faults(files: Iterable[Path]) -> str:
    """What mypy says of them; empty if they are right."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, timeout=600, cwd=ROOT, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
