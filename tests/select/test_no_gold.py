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


def labels(folder: Path, **select: Any) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """40 problems with a gold, of which a known share is voted wrong; 5 without one."""
    problems = [{"id": f"g{i}", "problem": f"{i}+1?", "answer": str(i + 1)} for i in range(40)]
    problems += [{"id": f"n{i}", "problem": f"How many things of kind {i}?"} for i in range(5)]
    samples = []
    for i in range(40):
        right = i >= 10 - 6 * (i % 2)  # of the first ten, the odd ones from 5 on are right
        votes = [str(i + 1)] * 6 + ["-7"] * 2 if right else ["-7"] * 5 + [str(i + 1)] * 3
        samples += [(f"g{i}", j, f"Answer: {v}") for j, v in enumerate(votes)]
    for i in range(5):
        votes = ["3"] * 6 + ["4"] * 2 if i else ["3"] * 4 + ["4"] * 4
        samples += [(f"n{i}", j, f"Answer: {v}") for j, v in enumerate(votes)]
    (folder / "p.jsonl").write_text("\n".join(map(json.dumps, problems)))
    names = ("problem_id", "sample_index", "text")
    lines = (json.dumps(dict(zip(names, row, strict=True))) for row in samples)
    (folder / "s.jsonl").write_text("\n".join(lines))
    table: dict[str, Any] = {
        "name": "v",
        "runs": str(folder / "runs"),
        "n": 8,
        "source": {"name": "file", "path": str(folder / "p.jsonl")},
        "engine": {"name": "replay", "path": str(folder / "s.jsonl")},
        "select": {"name": "majority", "unverified": True, **select},
        "duplicates": {"near": "mark", "equal": "mark"},
        "export": {"sinks": ["sft", "rl"]},
    }
    path = run(table).path
    summary = json.loads((path / "summary.json").read_text())
    rl: list[dict[str, Any]] = pq.read_table(path / "export/rl.parquet").to_pylist()
    return rl, summary["labels"], (path / "export/README.md").read_text()


def test_labels_by_vote_have_a_measured_error(tmp_path: Path) -> None:
    """NVIDIA's OpenMathReasoning fills in majorities; nobody there says how often they are wrong."""
    rl, found, card = labels(tmp_path, share=0.6, least=8)
    without = {row["problem_id"]: row for row in rl if row["answer_source"] == "majority"}
    assert sorted(without) == ["n1", "n2", "n3", "n4"]  # n0 is a tie
    assert all(row["solution"] == "3" and row["majority_share"] == 0.75 for row in without.values())
    assert json.loads(without["n1"]["verirs_problem"])["answer"] == "3"
    assert {row["answer_source"] for row in rl} == {"gold", "majority"}
    wrong = sum(i < 10 - 6 * (i % 2) for i in range(40))
    assert found["problems"] == 4 and found["wrong"] == wrong and found["checked"] == 40
    assert abs(found["error"] - wrong / 40) < 1e-9 and found["low"] < found["error"] < found["high"]
    assert f"{wrong} of 40 problems with a gold, by the same rule" in card


def test_a_clearer_vote_is_wrong_less_often(tmp_path: Path) -> None:
    _, found, _ = labels(tmp_path, share=0.7)
    assert found["wrong"] == 0 and found["checked"] == 33
