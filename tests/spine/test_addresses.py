"""Addresses in place of folders: refused with what to do, nothing made; copies of a run, whole or not."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

import verirs
from verirs.cli import main
from verirs.errors import StoreError, UserError
from verirs.store import Store, verify

ADDRESSES = ["s3://bucket/runs", "gs://bucket/x", "hf://datasets/me/x", "abfss://a@b/c", "https://host/x"]


def table(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "name": "r",
        "runs": str(folder),
        "n": 2,
        "source": {"name": "arithmetic", "count": 4},
        "engine": {"name": "fake"},
        "scorer": {"math": {}},
    } | more


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_no_folder_for_runs(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    flags = ["--source", "arithmetic", "--engine", "fake", "--scorer", "math", "-n", "1"]
    run = verirs.run(table(tmp_path)).path
    before = sorted(tmp_path.rglob("*"))
    for words in (
        ["run", *flags, "--name", "a", "--set", f"runs={address}"],
        ["run", "--source", f"{address}/q.jsonl", *flags[2:], "--name", "b"],
        ["verify", address],
        ["repair", address],
        ["score", address],
        ["export", address],
        ["export", str(run), "--out", address],
        ["merge", address, str(run)],
    ):
        with pytest.raises(SystemExit) as stop:
            main(words)
        said = " ".join(capsys.readouterr().err.split())
        assert stop.value.code == 2 and "is an address" in said, (words, said)
        assert "unexpected" not in said
    assert sorted(tmp_path.rglob("*")) == before
    for call in (verirs.load_run, verirs.score, verirs.export):
        with pytest.raises(UserError, match="aws s3 sync"):
            call(address)


def test_half_a_copy_says_what_it_lacks(tmp_path: Path) -> None:
    """In whatever order a copy went: it is the run, or no run, or names a file."""
    run = verirs.run(table(tmp_path)).path
    whole = list(Store.open(run).groups())
    files = sorted(p for p in run.rglob("*") if p.is_file() and "report" not in p.parts)
    rng = random.Random(1)
    for number in range(30):
        copy = tmp_path / f"copy{number}"
        rng.shuffle(files)
        for path in files[: rng.randrange(1, len(files))]:
            to = copy / path.relative_to(run)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
        if not (copy / "manifest.json").exists():
            with pytest.raises(StoreError, match="not a run directory"):
                verify(copy)
            continue
        lacking = {str(p.relative_to(run)) for p in files} - {
            str(p.relative_to(copy)) for p in copy.rglob("*") if p.is_file()
        }
        lacking -= {"lock", "log.txt", "summary.json", "export/.verirs.json", "export.json", "manifest.json"}
        named = {fault.file for fault in verify(copy)}
        if (copy / "export/.verirs.json").exists():
            assert named == lacking
        else:
            assert named == {name for name in lacking if not name.startswith("export")}
        if any(name.startswith("groups") for name in lacking):
            with pytest.raises(StoreError, match="is missing"):
                list(Store.open(copy).groups())
        else:
            assert list(Store.open(copy).groups()) == whole
