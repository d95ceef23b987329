"""A disk that fills under any command: one sentence, nothing lost, and the same command goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.outside.case import RAW, Ran, command
from tests.small_disk import SmallDisk

AMPLE = 8000
ROOM = (0, 12, 40)
"""Kilobytes that are left."""


def base(runs: Path, name: str = "r", n: int = 6, rate: float = 0.5) -> tuple[str, ...]:
    more = ("--set", f"runs={runs}", "--set", f"engine.pass_rate={rate}")
    return ("run", "--source", "q.jsonl", "--engine", "fake", "--name", name, "-n", str(n), *more)


def exported(run: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (run / "export").glob("*.parquet")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = ({"id": str(i), "prompt": f"{i}+{i}?", "answer": str(2 * i)} for i in range(30))
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command(tmp_path, *base(tmp_path / "ample"))
    return tmp_path


def used(path: Path) -> int:
    return sum(-(-p.stat().st_size // 4096) * 4 for p in path.rglob("*") if p.is_file())


def fills(disk: SmallDisk, do: Callable[[], Ran], room: int) -> bool:
    """Do it on a disk with so much room; whether that was too little. What it says then is one sentence."""
    disk.resize(used(disk.path) + 12 + room)
    ran = do()
    disk.resize(AMPLE)
    if ran.code == 0:
        return False
    assert ran.code == 2 and not any(word in ran.said for word in RAW), ran.said
    assert ran.said.count("no space left on the disk that holds") == 1, ran.said
    assert "errno" not in ran.said.lower() and ran.said.endswith("run the same command."), ran.said
    return True


def test_every_command_on_a_full_disk(folder: Path, small_disk: SmallDisk) -> None:
    good, runs = exported(folder / "ample/r"), small_disk.path
    run, full = runs / "r", 0

    def do(*arguments: str) -> Callable[[], Ran]:
        return lambda: command(folder, *arguments)

    begin, score, export = do(*base(runs)), do("score", str(run)), do("export", str(run))
    for room in ROOM:
        shutil.rmtree(run, ignore_errors=True)
        for step in (begin, score, export):
            full += fills(small_disk, step, room)
            assert step().code == 0 and exported(run) == good
    command(folder, *base(runs, "s", 2, 0.9))
    merge = do("merge", str(runs / "m"), str(run), str(runs / "s"), "--mixed")
    for room in ROOM:
        shutil.rmtree(runs / "m", ignore_errors=True)
        if fills(small_disk, merge, room):
            full += 1
            assert sorted(p.name for p in runs.iterdir()) == ["r", "s"]
            assert merge().code == 0
        assert command(folder, "verify", str(runs / "m")).code == 0
    shard = next((run / "groups").rglob("completions-*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-30])
    repair = do("repair", str(run))
    full += fills(small_disk, repair, 0)
    assert repair().code == 0 and begin().code == 0 and exported(run) == good
    assert full >= 8
