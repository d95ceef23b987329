"""What a call leaves behind in its process: a library call nothing, a command of ours its own settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = {"source": {"name": "easy", "limit": 2}, "engine": {"name": "fake"}, "n": 2}


@pytest.mark.parametrize(
    ("call", "own"),
    [
        (f"import verirs; verirs.run({RUN})", False),
        ("from verirs.cli import main; main('run --source easy --engine fake -n 2 --limit 2'.split())", True),
    ],
    ids=["library", "command"],
)
def test_only_a_command_changes_how_its_process_allocates(tmp_path: Path, call: str, own: bool) -> None:
    script = (
        "import pyarrow as pa\n"
        "pa.set_memory_pool(pa.mimalloc_memory_pool())\n"
        f"{call}\n"
        "print('POOL', pa.default_memory_pool().backend_name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[-1] == f"POOL {'system' if own else 'mimalloc'}"
