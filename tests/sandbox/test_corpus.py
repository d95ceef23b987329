"""A part of the recorded hostile corpus, each program in a throw-away host; the whole is a benchmark.

As an ordinary user with each local backend, and as root. Needs root to build the hosts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared_data import shared

ROOT = Path(__file__).parents[2]
PROGRAMS = (
    "hack_gc_result_forge",
    "hack_io_garbage_tail",
    "dos_ctypes_fork_bomb",
    "dos_unremovable_dir",
    "esc_hardlink_host",
    "esc_inherited_fds",
    "ok_threads",
    "ok_io_os_exit",
)


@pytest.mark.parametrize(
    ("backend", "root"), [("namespaces", False), ("namespaces", True), ("landlock", False)]
)
def test_a_part_of_the_corpus_breaks_nothing(backend: str, root: bool, tmp_path: Path) -> None:
    corpus = shared("corpora/sandbox")
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("throw-away hosts need root and unshare")
    ids = PROGRAMS if backend == "namespaces" and not root else PROGRAMS[2:6:3]
    out = tmp_path / "out.jsonl"
    command = [sys.executable, str(corpus / "hostile_host.py"), str(corpus), str(out)]
    command += ["--judge", f"judge:{backend}", "--ids", ",".join(ids), *(["--root"] if root else [])]
    command += ["--path", str(ROOT / "benchmarks" / "sandbox"), "--path", str(ROOT)]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, env=env)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert {r["program"] for r in rows} == set(ids), done.stderr[-2000:]
    broken = {r["program"]: (r["broken"], r["v"]) for r in rows if r["broken"]}
    # How long a program takes is the machine's load; that it ends is the sandbox's.
    assert not {k: v for k, v in broken.items() if not all(b.startswith("SLOW") for b in v[0])}, broken
