"""A sandbox removes working folders that a dead process left, and nothing else, whatever it is called."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from verirs.running.drive import run
from verirs.sandbox import folders
from verirs.sandbox.folders import Folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folders._reap.cache_clear()
    return tmp_path


def left_by_a_dead_process(place: Path) -> Path:
    code = "from verirs.sandbox.folders import Folder; print(Folder().path, flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(place)},
    )
    assert child.stdout is not None
    path = Path(child.stdout.readline().strip())
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return path


def test_a_folder_of_a_dead_process_is_removed_and_one_of_a_living_stays(place: Path) -> None:
    left, own = left_by_a_dead_process(place), Folder()
    assert left.parent == place and not left.exists()
    folders._reap.cache_clear()
    other = Folder()
    assert Path(own.path).exists() and Path(other.path).exists()
    own.remove()
    other.remove()
    assert not list(place.iterdir())


@pytest.mark.parametrize("name", ["verirs-gsm8k", "verirs-sandbox-mine"])
def test_a_run_in_the_temporary_folder_is_left_alone(place: Path, name: str) -> None:
    table = {
        "name": name,
        "runs": str(place),
        "n": 1,
        "source": {"name": "arithmetic", "count": 2},
        "engine": {"name": "fake"},
    }
    files = sorted(p for p in run(table).path.rglob("*"))
    Folder().remove()
    assert files and sorted(p for p in (place / name).rglob("*")) == files


def test_what_only_looks_like_a_working_folder_is_left_alone(place: Path) -> None:
    empty = place / ".verirs-sandbox-a"
    foreign = place / ".verirs-sandbox-b"
    copied = place / ".verirs-sandbox-c"
    for folder in (empty, foreign, copied):
        folder.mkdir()
    (foreign / folders._MARKER).write_text("mine")
    (copied / folders._MARKER).write_bytes(folders._words(place / ".verirs-sandbox-of-another-name"))
    target = place / "target"
    target.mkdir()
    (target / folders._MARKER).write_bytes(folders._words(place / ".verirs-sandbox-link"))
    (place / ".verirs-sandbox-link").symlink_to(target)
    Folder().remove()
    assert all(folder.exists() for folder in (empty, foreign, copied, target))
