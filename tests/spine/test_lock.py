"""The one lock of a run directory: lost by nothing but its process's end or its release."""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from verirs.errors import StoreError
from verirs.store.lock import Lock

TRIES = """
import sys
from pathlib import Path
from verirs.errors import StoreError
from verirs.store.lock import Lock
try:
    lock = Lock(Path(sys.argv[1]))
    print("held", flush=True)
    sys.stdin.readline()
except StoreError as e:
    print(e)
"""


def another(path: Path) -> str:
    """What another process says that tries to take the lock."""
    done = subprocess.run(
        [sys.executable, "-c", TRIES, str(path)], input="", capture_output=True, text=True, timeout=120
    )
    return done.stdout.strip() or done.stderr


def test_the_refusal_names_pid_and_time(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    assert re.search(rf"another process \(pid {os.getpid()}, since \d{{4}}-\d\d-\d\dT", another(tmp_path))
    (tmp_path / "lock").write_text(f"17 2026-01-01T00:00:00+0000 elsewhere.{platform.node()}")
    assert f"pid 17 on 'elsewhere.{platform.node()}', since 2026-01-01" in another(tmp_path)
    with pytest.raises(StoreError, match="already open for writing in this process"):
        Lock(tmp_path)
    lock.release()
    lock.release()
    assert another(tmp_path) == "held"


def test_reading_the_lock_file_or_copying_the_run_loses_no_lock(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    lock = Lock(run)
    (run / "lock").read_bytes()
    shutil.copytree(run, tmp_path / "copy")
    assert "another process" in another(run)
    Lock(tmp_path / "copy").release()
    lock.release()


def test_a_fork_neither_keeps_nor_ends_it(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        lock.release()  # what it holds no more
        os.read(reads, 1)
        os._exit(0)
    try:
        assert "another process" in another(tmp_path)
        lock.release()
        assert another(tmp_path) == "held"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reads)
        os.close(writes)


def test_a_killed_process_leaves_none(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TRIES, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=rf"pid {holder.pid}, since"):
            Lock(tmp_path)
        holder.kill()
        holder.wait()
        Lock(tmp_path).release()
