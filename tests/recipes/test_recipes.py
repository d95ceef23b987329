"""The recipes in examples/recipes/, run on recorded samples by their configs; what they write is loaded."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.shared_data import shared
from tests.thoughts.templates import tokenizer
from verirs.publishing import prepare
from verirs.running.config import load, merge
from verirs.running.drive import run
from verirs.select.signatures import equations

RECIPES = Path(__file__).parents[2] / "examples" / "recipes"
WHAT_A_REVIEWER_ASKS = (
    *("## Files", "## Loading", "## Origin", "## Models and sources", "## Verification", "## Counts"),
    *("licence", "scorer", "pass rate of the verified", "rejected: "),
)


def made(folder: Path, recipe: str, **changes: Any) -> Path:
    """Run a recipe beside its files."""
    table = merge(load(RECIPES / f"{recipe}.toml"), {"runs": str(folder / "runs")})
    table["source"]["path"] = str(folder / Path(table["source"]["path"]).name)
    table["engine"]["path"] = str(folder / changes.pop("samples", Path(table["engine"]["path"]).name))
    if (judge := changes.pop("judge", None)) is not None:
        table["scorer"]["verifier"] = judge
    return run(merge(table, changes)).path


def recorded(folder: Path) -> str:
    """GSM8K: 20 problems with 8 samples each; they are of the test split, so they are marked and kept."""
    (folder / "problems.jsonl").write_bytes(shared("data/tiny/gsm8k20_problems.jsonl").read_bytes())
    (folder / "samples.jsonl").write_bytes(shared("data/tiny/gsm8k20_candidates8.jsonl").read_bytes())
    return "samples.jsonl"


def rows(path: Path, file: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path / "export" / file).to_pylist()
    return found


def loads(path: Path, trainer: str, file: str) -> list[dict[str, Any]]:
    """The rows of a trainer's file as `datasets` gives them to it, and their text by a chat template."""
    datasets = pytest.importorskip("datasets")
    (name,) = (path / "export" / trainer).glob(file)
    kind = "json" if name.suffix == ".jsonl" else "parquet"
    found = datasets.load_dataset(kind, data_files=str(name), split="train", cache_dir=str(path / "cache"))
    return list(found)


def text(row: dict[str, Any]) -> str:
    messages = row.get("messages") or [*row["prompt"], *row["completion"]]
    return str(tokenizer("qwen3").apply_chat_template(messages, tokenize=False))


def reviewed(path: Path) -> str:
    card = (path / "export/README.md").read_text()
    for word in WHAT_A_REVIEWER_ASKS:
        assert word in card, word
    prepare(path, environment={})
    return card


def test_rft(tmp_path: Path) -> None:
    """Of each problem every equation list once, each of them right (gsm8k-ScRel)."""
    samples = recorded(tmp_path)
    mark = {"action": "mark"}
    path = made(tmp_path, "rft", samples=samples, n=8, decontaminate=mark)
    lists: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in rows(path, "sft.parquet"):
        lists[row["problem_id"]].append(equations(row["completion"][-1]["content"]))
        assert any(s["verdict"] == "pass" for s in row["scores"])
    for found in lists.values():
        told = [one for one in found if one]
        assert len(told) == len(set(told))
    first = {"name": "first"}
    plain = made(tmp_path, "rft", samples=samples, n=8, name="plain", decontaminate=mark, select=first)
    assert len(rows(path, "sft.parquet")) < len(rows(plain, "sft.parquet"))
    control = Counter(r["problem_id"] for r in rows(path, "unfiltered.parquet"))
    assert control == {key: len(found) for key, found in lists.items()}
    trl = loads(path, "trl", "sft/train.*")
    assert trl and all(row["completion"][-1]["content"] in text(row) for row in trl)
    assert "sft" in (path / "export/llama-factory/dataset_info.json").read_text()
    reviewed(path)


def test_dart(tmp_path: Path) -> None:
    """The harder a problem, the more of its right solutions, up to four (DART-Math, Prop2Diff)."""
    samples = recorded(tmp_path)
    path = made(tmp_path, "dart", samples=samples, n=8, decontaminate={"action": "mark"})
    taken = Counter(row["problem_id"] for row in rows(path, "sft.parquet"))
    drawn = {}
    for row in rows(path, "problems.parquet"):
        fails = row["verified"] - row["passes"]
        drawn[row["problem_id"]] = row["samples"]
        if taken[row["problem_id"]]:
            assert taken[row["problem_id"]] <= max(1, -(-4 * fails // row["verified"]))
    assert len(set(drawn.values())) > 1  # easy ones stopped early
    assert loads(path, "verl", "sft/train.*")
    assert "Stopped:" in reviewed(path)


PROBLEMS = [
    *({"id": f"n{i}", "problem": f"What is {i} + 5?", "answer": str(i + 5)} for i in range(6)),
    {
        "id": "why",
        "problem": "Why does f have a maximum on [0, 1]?",
        "answer": "It is a continuous function on a compact set, so it attains its supremum there",
    },
]


def thoughts(folder: Path) -> None:
    """Samples with thoughts, as a reasoning model gives them; one is cut off in its thought."""
    (folder / "problems.jsonl").write_text("\n".join(map(json.dumps, PROBLEMS)))
    lines = []
    for i in range(6):
        for k in range(4):
            right = i + 5 if k != 3 else i + 6
            lines.append(
                {
                    "problem_id": f"n{i}",
                    "sample_index": k,
                    "reasoning": f"\nFirst {i}, then 5 more, thought {k}.\n",
                    "text": f"\nThe sum is \\boxed{{{right}}}." if (i, k) != (0, 0) else "",
                    "finish_reason": "stop" if (i, k) != (0, 0) else "length",
                }
            )
    reasons = ("a continuous function on a compact set", "it is large", "continuous", "who knows")
    for k, said in enumerate(reasons):
        lines.append(
            {
                "problem_id": "why",
                "sample_index": k,
                "reasoning": f"\nWhat about compactness? {k}\n",
                "text": f"\nSo the answer is \\boxed{{\\text{{{said}}}}}",
                "finish_reason": "stop",
            }
        )
    lines[1]["text"] = (
        "\n\\boxed{5} or rather: \\boxed{6}, no, \\boxed{5}."  # right at its end, in a form nobody wants
    )
    (folder / "samples.jsonl").write_text("\n".join(map(json.dumps, lines)))


def test_r1(tmp_path: Path) -> None:
    """Thoughts are kept, the judge speaks only where the verifier abstains, the card has both."""
    thoughts(tmp_path)
    judge = {"engine": "tests.recipes.judge:WordJudge", "trust": True, "audit": 1.0}
    path = made(tmp_path, "r1", samples="samples.jsonl", judge=judge)
    sft = rows(path, "sft.parquet")
    assert all(row["completion"][-1]["content"].startswith("<think>") for row in sft)
    assert not any(row["problem_id"] == "n0" and row["sample_index"] == 0 for row in sft)
    struck = next(
        r for r in rows(path, "rejects.parquet") if (r["problem_id"], r["sample_index"]) == ("n0", 1)
    )
    assert struck["reason"] == "unwanted: boxes"
    by_judge = [row for row in sft if row["problem_id"] == "why"]
    assert by_judge and all("continuous" in row["completion"][-1]["content"] for row in by_judge)
    for row in by_judge:
        assert {s["scorer"]: s["verdict"] for s in row["scores"]} == {
            "math": "abstain",
            "quality": "abstain",
            "verifier": "pass",
        }
    card = reviewed(path)
    assert "| second opinion | the verifiers before it say | it says right | not | unread |" in card
    assert "| verifier | abstain |" in card and "| verifier | pass |" in card
    shown = loads(path, "llama-factory", "sft/train.*") + loads(path, "trl", "sft/train.*")
    assert shown and all("thought" in text(row) or "compactness" in text(row) for row in shown)
