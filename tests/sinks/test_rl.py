"""Sets for reinforcement learning: the reward of our hooks on the exported rows is the run's own verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import verirs
from tests.sinks.loaders import rows
from verirs.hooks import openrlhf, shared, swift, trl, verl
from verirs.hooks.grader import Grader
from verirs.hooks.rows import read
from verirs.store import Store
from verirs.thoughts import whole
from verirs.types import Group

MATH = [
    ("half", "What is 1/2 as a decimal?", {"answer": "0.5"}),
    ("choice", "Which is even?\nA) 3\nB) 4\nC) 5", {"answer": "B"}),
    ("near", "About how much is pi?", {"answer": "3.14159", "tolerance": "5%"}),
    ("unknown", "What is the meaning?", {}),
]
TEXTS = [
    "It is \\boxed{1/2}.",
    "\\boxed{B}",
    "\\boxed{4}",
    "\\boxed{3.2}",
    "<think>\\boxed{0.5}</think>\\boxed{7}",
    "no idea",
    "<think>hm, B</think>So \\boxed{0.50}",
]
PROGRAMS = [
    ("double", "Write f(x) = 2x.", {"tests": "assert f(2) == 4\nassert f(5) == 10", "entry_point": "f"})
]
CODE = ["```python\ndef f(x):\n    return 2 * x\n```", "```python\ndef f(x):\n    return x + 2\n```", "sorry"]


def run(folder: Path, problems: list[Any], texts: list[str], scorer: str) -> verirs.RunResult:
    (folder / "problems.jsonl").write_text(
        "".join(json.dumps({"id": i, "prompt": p, **more}) + "\n" for i, p, more in problems)
    )
    (folder / "samples.jsonl").write_text(
        "".join(
            json.dumps({"problem_id": i, "text": t, "finish_reason": "stop"}) + "\n"
            for i, *_ in problems
            for t in texts
        )
    )
    return verirs.run(
        {
            "name": "rl",
            "runs": str(folder / "runs"),
            "n": len(texts),
            "source": {"name": "file", "path": str(folder / "problems.jsonl")},
            "engine": {"name": "replay", "path": str(folder / "samples.jsonl"), "model": ""},
            "scorer": {scorer: {}},
            "limits": {"max_errors": 1.0},
            "export": {
                "sinks": ["sft", "rl"],
                "formats": ["jsonl", "parquet"],
                "for": ["trl", "verl", "openrlhf", "ms-swift"],
                "validation": 0.0,
            },
        }
    )


@pytest.fixture(scope="module", params=["math", "code"])
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Group]]:
    folder = tmp_path_factory.mktemp(request.param)
    problems, texts = (MATH, TEXTS) if request.param == "math" else (PROGRAMS, CODE)
    done = run(folder, problems, texts, request.param)
    with Store.open(done.path) as store:
        return done.exported.path, list(store.groups())


@pytest.fixture(autouse=True)
def grader() -> Iterator[None]:
    shared.cache_clear()
    yield
    shared().close()
    shared.cache_clear()


def judged(groups: list[Group], problem: str) -> list[tuple[str, float]]:
    """What each sample wrote, and 1 or 0 where the run said pass or fail."""
    (found,) = [g for g in groups if g.problem.id == problem]
    return [
        (whole(c.completion), float(c.verdict == "pass"))
        for c in found.candidates
        if c.verdict in ("pass", "fail")
    ]


def test_there_is_a_row_a_problem_that_can_be_rewarded(exported: tuple[Path, list[Group]]) -> None:
    path, groups = exported
    found = {row["problem_id"]: row for row in rows(path / "rl.parquet")}
    assert set(found) == {g.problem.id for g in groups} - {"unknown"}
    for key, row in found.items():
        numbers = [number for _, number in judged(groups, key)]
        assert (row["verified"], row["passes"]) == (len(numbers), sum(numbers))
        assert row["pass_rate_low"] <= row["pass_rate"] <= row["pass_rate_high"]
        assert row["model_difficulty"] == [
            {"model": "replay", "verified": row["verified"], "passes": row["passes"]}
        ]


def test_every_hook_gives_the_verdicts_of_the_run(exported: tuple[Path, list[Group]]) -> None:
    path, groups = exported
    seen = 0
    for row in rows(path / "verl" / "rl" / "train.parquet"):
        for text, number in judged(groups, row["extra_info"]["index"]):
            truth = row["reward_model"]["ground_truth"]
            assert verl.compute_score(row["data_source"], text, truth, row["extra_info"])["score"] == number
            seen += 1
    assert seen >= 3
    for trainer, reward in (("trl", trl.reward), ("ms-swift", swift.Verirs())):
        for row in rows(path / trainer / "rl" / "train.jsonl"):
            said = judged(groups, row["problem_id"])
            own = {k: [v] * len(said) for k, v in row.items() if k not in ("prompt", "messages")}
            given: Any = [text for text, _ in said]
            assert reward(completions=given, **own) == [number for _, number in said]
    for row in rows(path / "openrlhf" / "rl" / "train.jsonl"):
        for text, number in judged(groups, row["problem_id"]):
            assert openrlhf.reward_func([f"<s>Q\n{text}"], ["Q\n"], [row["label"]])["rewards"] == number


def test_a_problem_that_is_no_problem_is_a_fault_of_its_row() -> None:
    with Grader(["math"]) as grader:
        for own in ("[" * 100_000, "[]", '{"tests": 3}', '{"what": 1}', "{"):
            (found,) = grader.grade([read("\\boxed{4}", {"verirs_problem": own})])
            assert found.error and "verirs_problem" in found.reason


def test_thoughts_are_written_as_asked(tmp_path: Path) -> None:
    done = run(tmp_path, MATH[:1], TEXTS, "math")
    (row, other) = rows(done.exported.path / "sft.jsonl")
    assert row["completion"] == [{"role": "assistant", "content": "It is \\boxed{1/2}."}]
    assert other["completion"][0]["reasoning_content"] == "hm, B"
    assert "reasoning_content" in (done.exported.path / "README.md").read_text()
    for thinking, text in (("tags", TEXTS[-1]), ("none", "So \\boxed{0.50}")):
        verirs.export(done.path, changes={"export": {"thinking": thinking}})
        assert rows(done.exported.path / "sft.jsonl")[1]["completion"] == [
            {"role": "assistant", "content": text}
        ]
        kept = rows(done.exported.path / "sft.parquet")[1]["completion"]
        assert kept == [{"role": "assistant", "content": text}]
