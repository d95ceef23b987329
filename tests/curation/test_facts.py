"""The columns of a problem: what they count, and that every row of an export has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.select.toys import candidate, group
from verirs.curation import COLUMNS, facts_of
from verirs.running.drive import run
from verirs.types import Candidate


def facts(*candidates: Candidate, **options: Any) -> dict[str, Any]:
    return facts_of(group(*candidates), model_of=lambda _: "m", **options)


def test_a_rate_is_over_verified_samples_alone() -> None:
    told = facts(candidate(0), candidate(1, verdict="fail"), candidate(2, verdict="error"))
    assert (told["samples"], told["verified"], told["passes"], told["pass_rate"]) == (3, 2, 1, 0.5)
    assert told["pass_rate_low"] < 0.1 and told["pass_rate_high"] > 0.9
    assert facts(candidate(0, verdict="abstain"))["pass_rate"] is None


def test_where_sampling_went_on_the_first_samples_tell_the_rate() -> None:
    told = facts(candidate(0, verdict="fail"), candidate(1), candidate(2), first=2)
    assert (told["samples"], told["verified"], told["pass_rate"]) == (3, 2, 0.5)
    assert facts(candidate(0), first=2, rate=0.25)["pass_rate"] == 0.25


def test_equal_answers_vote_together() -> None:
    told = facts(
        candidate(0, answer="7"),
        candidate(1, answer="0.5"),
        candidate(2, answer="1/2"),
        candidate(3, answer=None),
        candidate(4, answer="7", verdict="error"),
    )
    assert (told["majority_answer"], told["majority_share"]) == ("0.5", pytest.approx(2 / 3))
    assert facts(candidate(0, answer=None))["majority_answer"] is None


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_an_export_writes_them_of_every_problem_and_on_every_row(tmp_path: Path) -> None:
    problems = [
        {"id": "a", "prompt": "1 + 1 = ?", "answer": "2", "level": 1},
        {"id": "b", "prompt": "2 + 2 = ?", "answer": "5", "level": 2},
    ]
    samples = [
        {"problem_id": i, "sample_index": n, "text": f"\\boxed{{{n + 2}}}"} for i in "ab" for n in (0, 1)
    ]
    for name, lines in (("problems", problems), ("samples", samples)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run(
        {
            "name": "r",
            "runs": str(tmp_path),
            "n": 2,
            "source": {"name": "file", "path": str(tmp_path / "problems.jsonl")},
            "engine": {"name": "replay", "path": str(tmp_path / "samples.jsonl")},
            "export": {"sinks": ["sft", "kto", "problems"], "formats": ["jsonl"]},
        }
    )
    folder = result.exported.path
    known = {row["problem_id"]: row for row in rows(folder / "problems.jsonl")}
    assert [(known[i]["pass_rate"], known[i]["accepted"], known[i]["gold"]) for i in "ab"] == [
        (0.5, 1, "2"),
        (0.0, 0, "5"),
    ]
    assert json.loads(known["b"]["meta"]) == {"level": 2}
    for row in [*rows(folder / "sft.jsonl"), *rows(folder / "kto.jsonl")]:
        assert {name: row[name] for name in COLUMNS} == {n: known[row["problem_id"]][n] for n in COLUMNS}
