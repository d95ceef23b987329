"""Programs, tests and formats as public reports and data sets have them, in own words and values: each row
names where its kind was seen, and what the format's own runner says of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from verirs.code.plan import plan_tests
from verirs.code.stdio import missing_tools
from verirs.sandbox import Sandbox
from verirs.scorers.code import CodeScorer
from verirs.types import Completion, Problem

HERE = Path(__file__).parent / "reported"


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def _runs_here(row: dict[str, Any], scorer: CodeScorer, backend: str) -> bool:
    problem = _problem(row)
    if scorer.unfit(problem):
        return True
    return not missing_tools(plan_tests(problem), backend)


def _expected(row: dict[str, Any]) -> str:
    """Programs in a newer Python pass where this is one (``since``): the sandbox runs our own Python."""
    since = row.get("since")
    return "pass" if since and sys.version_info >= tuple(since) else str(row["expect"])


def _problem(row: dict[str, Any]) -> Problem:
    return Problem(
        prompt=row.get("prompt", ""), tests=row["tests"], entry_point=row.get("entry_point"),
        meta=row.get("meta", {}),
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(p.stem for p in HERE.glob("*.jsonl")))
def test_verdicts_are_as_reported(sandbox: Sandbox, name: str) -> None:
    scorer = CodeScorer(sandbox=sandbox)
    rows = [row for row in _rows(name) if _runs_here(row, scorer, sandbox.name)]
    scores = scorer.score([(_problem(row), Completion(text=row["text"])) for row in rows])
    said = {
        row["kind"]: (_expected(row), str(score.verdict), score.reason)
        for row, score in zip(rows, scores, strict=True)
    }
    assert {kind: found for kind, found in said.items() if found[0] != found[1]} == {}
    assert len(said) > 30
