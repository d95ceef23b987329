"""A finished run again makes no export anew, unless something that it depends on is another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import verirs
from verirs.running.drive import RunResult


def table(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "name": "r",
        "runs": str(folder),
        "n": 4,
        "source": {"name": "easy", "limit": 5},
        "engine": {"name": "fake"},
        "scorer": {"math": {}},
        **more,
    }


def state(run: Path) -> dict[str, int]:
    """When each file that an export writes got its name."""
    files = [*(run / "export").rglob("*"), run / "summary.json", run / "report/index.html"]
    return {str(f): f.stat().st_mtime_ns for f in files if f.is_file()}


def rows(run: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((run / "export").iterdir()) if p.is_file()}


def test_nothing_is_written_where_nothing_changed(tmp_path: Path) -> None:
    first = verirs.run(table(tmp_path))
    before = state(first.path)
    again = verirs.run(table(tmp_path))
    assert state(again.path) == before
    assert again.summary == first.summary and again.exported.files == first.exported.files
    assert verirs.export(first.path).summary == first.summary and state(first.path) == before


def deleted(run: Path) -> None:
    (run / "export" / "sft.parquet").unlink()


def edited(run: Path) -> None:
    with (run / "export" / "sft.parquet").open("ab") as file:
        file.write(b"x")


def without_report(run: Path) -> None:
    (run / "report" / "index.html").unlink()


def another_summary(run: Path) -> None:
    file = run / "summary.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "problems": 7}))


def without_listing(run: Path) -> None:
    for file in (run / "export").iterdir():
        file.unlink()


@pytest.mark.parametrize("harm", [deleted, edited, without_report, another_summary, without_listing])
def test_what_was_harmed_is_written_again(harm: Callable[[Path], None], tmp_path: Path) -> None:
    first = verirs.run(table(tmp_path))
    before = rows(first.path)
    harm(first.path)
    again = verirs.run(table(tmp_path))
    assert rows(first.path) == before and (first.path / "report/index.html").exists()
    assert again.summary == first.summary


@pytest.mark.parametrize(
    "change",
    [
        {"n": 5},
        {"select": {"name": "first", "k": 2}},
        {"export": {"formats": ["jsonl"]}},
        {"prompt": {"system": ""}, "export": {"prompt": "sampled"}},
        {"source": {"name": "easy", "limit": 6}},
    ],
)
def test_what_it_depends_on_is_looked_at(change: Mapping[str, Any], tmp_path: Path) -> None:
    first = verirs.run(table(tmp_path))
    before = state(first.path)
    again = verirs.run(table(tmp_path, **change))
    assert state(again.path) != before
    apart = verirs.run(table(tmp_path / "apart", **change))
    assert {k: v for k, v in rows(again.path).items() if k != ".verirs.json"} == {
        k: v for k, v in rows(apart.path).items() if k != ".verirs.json"
    }


def test_scoring_anew_exports_anew(tmp_path: Path) -> None:
    first = verirs.run(table(tmp_path))
    before = state(first.path)
    verirs.score(first.path)
    assert state(first.path) != before


SINK = """
import pyarrow as pa


class Mine:
    name = "mine"
    columns = pa.schema([("text", pa.string())])

    def rows(self, selection):
        for candidate in selection.accepted:
            yield {"text": "WORD" + candidate.completion.text}
"""


def test_a_sink_of_ones_own_may_have_changed(tmp_path: Path) -> None:
    import sys

    def run(word: str) -> RunResult:
        (tmp_path / "mine.py").write_text(SINK.replace("WORD", word))
        sys.modules.pop("mine", None)
        return verirs.run(
            table(tmp_path, export={"sinks": [f"{tmp_path}/mine.py:Mine"], "formats": ["jsonl"]})
        )

    file = run("one").path / "export" / "mine.jsonl"
    before = file.read_text()
    run("another")
    assert file.read_text() != before
