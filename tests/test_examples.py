"""Every example runs, does what it says, and is typed."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import verirs
from tests.strictly import ROOT, type_faults
from verirs.cli import main
from verirs.types import Verdict

EXAMPLES = ROOT / "examples"
RUN_HERE = (
    "minimal",
    "custom_scorer",
    "own_source",
    "own_engine",
    "own_selector",
    "own_sink",
    "read_a_run",
    "game24",
)


def run_with(folder: Path, **tables: Any) -> verirs.RunResult:
    config: dict[str, Any] = {
        "runs": str(folder),
        "name": "run",
        "n": 4,
        "source": {"name": "easy"},
        "engine": {"name": "fake"},
    }
    return verirs.run({**config, **tables})


def script(name: str, *arguments: str) -> str:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=own, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_example_is_run_here() -> None:
    assert {p.stem for p in EXAMPLES.glob("*.py")} == set(RUN_HERE)


def test_the_examples_are_typed() -> None:
    assert not (said := type_faults(sorted(EXAMPLES.glob("*.py")))), said


def test_minimal() -> None:
    said = script("minimal.py")
    assert "accepted" in said and "pair" in said


def test_a_scorer_of_ones_own(tmp_path: Path) -> None:
    scorer = {"brief": {"plugin": f"{EXAMPLES}/custom_scorer.py:brief", "most": 20}}
    verdicts = run_with(tmp_path, scorer=scorer).summary.verdicts
    assert verdicts[Verdict.UNWANTED] and not verdicts[Verdict.ERROR]
    assert not verdicts[Verdict.PASS] and not verdicts[Verdict.FAIL], "a form is no proof"


def test_a_source_of_ones_own(tmp_path: Path) -> None:
    source = {"name": f"{EXAMPLES}/own_source.py:Squares", "count": 7}
    summary = run_with(tmp_path, source=source).summary
    assert (summary.problems, summary.completions) == (7, 28) and summary.verdicts[Verdict.PASS]


def test_an_engine_of_ones_own(tmp_path: Path) -> None:
    engine = {"name": f"{EXAMPLES}/own_engine.py:Guesser", "most": 10}
    result = run_with(tmp_path, engine=engine, n=16)
    assert result.summary.verdicts[Verdict.PASS] and result.summary.verdicts[Verdict.FAIL]
    assert verirs.run(result.path / "config.toml", trust=True).summary == result.summary


def test_a_selector_of_ones_own(tmp_path: Path) -> None:
    result = run_with(tmp_path, n=8, select={"name": f"{EXAMPLES}/own_selector.py:One"})
    assert result.exported.files["sft"].rows == result.summary.problems_solved > 0
    assert 0 < result.exported.files["dpo"].rows <= result.summary.problems_solved


def test_a_sink_of_ones_own(tmp_path: Path) -> None:
    result = run_with(tmp_path, export={"sinks": [f"{EXAMPLES}/own_sink.py:Alpaca", "sft"]})
    ours = pq.read_table(result.path / "export" / "alpaca.parquet")
    assert ours.column_names == ["instruction", "output"]
    assert ours.num_rows == result.exported.files["sft"].rows > 0


def test_a_checker_of_ones_own(tmp_path: Path) -> None:
    scorer = {"game24": {"plugin": f"{EXAMPLES}/game24.py:game24"}}
    source = {"name": "file", "path": str(EXAMPLES / "game24.jsonl")}
    verdicts = run_with(tmp_path, scorer=scorer, source=source).summary.verdicts
    assert verdicts[Verdict.FAIL] == 8
    samples = (
        "(5 - (6 / (10 - 4))) * 6 = 24",
        "Answer: 4 * (10 - 6) + 8",
        "So:\nAnswer: (10 - 4) * (6 - 5 + 3)",
    )
    right = "Answer: 4 * 5 + 10 - 6 = 24"
    asked = verirs.Problem(prompt="Make 24.\n4 5 6 10")
    game24 = verirs.parts.resolve("scorer", f"{EXAMPLES}/game24.py:game24")
    said = [
        game24(asked, verirs.Completion(text=text)) for text in (right, "", "9**9**9**9 4 5 6 10", *samples)
    ]
    assert said == [True, False, False, False, False, False]


def test_reading_a_run(tmp_path: Path) -> None:
    said = script("read_a_run.py", str(run_with(tmp_path).path))
    assert "<Run " in said and "hardest: " in said and "'accepted': " in said


@pytest.mark.parametrize("name", sorted(set(RUN_HERE) - {"minimal", "read_a_run"}))
def test_the_command_in_an_examples_docstring_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ast.get_docstring(ast.parse((EXAMPLES / f"{name}.py").read_text())) or ""
    command = shlex.split(re.findall("`(verirs run .*)`", said)[0])
    monkeypatch.chdir(ROOT)
    main([*command[1:], "--set", f"runs={tmp_path}"])
    assert verirs.load_run(tmp_path / "run").to_arrow().num_rows > 0
