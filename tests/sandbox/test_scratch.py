"""Measuring and emptying folders that were made to resist."""

from __future__ import annotations

import os
from pathlib import Path

from verirs.sandbox import files

scratch = files.module("scratch")


def test_empties_what_programs_leave(tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.write_text("x")
    top = tmp_path / "scratch"
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "b" / "f").write_text("x")
    (top / "link").symlink_to(keep)
    (top / "folder").symlink_to(tmp_path)
    os.mkfifo(top / "pipe")
    (top / ".1").write_text("taken")
    (top / os.fsdecode(b"\xff\xfe")).write_text("")
    for path in (top / "a" / "b", top / "a"):
        path.chmod(0)
    scratch.empty(str(top))
    assert list(top.iterdir()) == [] and keep.read_text() == "x"
    scratch.empty(str(tmp_path / "not-there"))


def test_empties_a_deep_tree(tmp_path: Path) -> None:
    top, here = tmp_path / "scratch", os.getcwd()
    top.mkdir()
    os.chdir(top)
    try:
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)
    assert scratch.used(str(top), 1 << 40) > 1 << 40
    scratch.empty(str(top))
    assert list(top.iterdir()) == []


def test_counts_blocks_and_entries(tmp_path: Path) -> None:
    assert scratch.used(str(tmp_path), 1 << 30) == 0
    for i in range(50):
        (tmp_path / str(i)).touch()
    assert scratch.used(str(tmp_path), 1 << 30) == 50 * 4096
    (tmp_path / "big").write_bytes(b"x" * (1 << 20))
    assert scratch.used(str(tmp_path), 1 << 30) >= 50 * 4096 + (1 << 20)
    assert scratch.used(str(tmp_path), 1000) > 1000
