"""Problems without a gold answer, as docs/selection.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from verirs.running.drive import run


def made(folder: Path, **changes: Any) -> list[dict[str, Any]]:
    rows = [{"problem": "1+1?", "answer": "2"}, {"problem": "What is the best city?"}]
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    table: dict[str, Any] = {
        "name": "n",
        "runs": str(folder / "runs"),
        "n": 4,
        "source": {"name": "file", "path": str(folder / "p.jsonl")},
        "engine": {"name": "fake"},
        "scorer": {"math": {}, "sure": {"plugin": "tests.select.ranking:sure"}},
        "export": {"sinks": ["sft"]},
    }
    path = run(table | changes).path
    found: list[dict[str, Any]] = pq.read_table(path / "export/sft.parquet").to_pylist()
    return found


def test_the_recipe_accepts_problems_without_gold_beside_a_gate(tmp_path: Path) -> None:
    """It accepted nothing for exactly these: rankers saw only what had passed."""
    select = {"name": "threshold", "unverified": True, "threshold": 0.9}
    found = made(tmp_path, select=select)
    open_ended = [row for row in found if row["gold"] is None]
    assert open_ended and all(row["value"] == 0.95 for row in open_ended)
    assert all({s["verdict"] for s in row["scores"]} == {"abstain"} for row in open_ended)
    summary = json.loads((tmp_path / "runs/n/summary.json").read_text())
    assert summary["selection"]["unverified"] == len(open_ended)
    assert abs(summary["selection"]["expected_error"] - 0.05) < 1e-9


def test_without_being_asked_nothing_unverified_is_taken(tmp_path: Path) -> None:
    found = made(tmp_path, select={"name": "threshold", "threshold": 0.9})
    assert all(row["gold"] == "2" for row in found)
