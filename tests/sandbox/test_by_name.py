"""A sandbox by its name, from each front door: `grade`, a config, the command line; and what is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import verirs
from tests.sandbox.conftest import opened
from verirs.cli import main
from verirs.errors import SandboxError

CONFIG = """
n = 2
[source]
name = "file"
path = "rows.jsonl"
[engine]
name = "replay"
path = "texts.jsonl"
[scorer.code]
"""
TESTS = [{"input": "1 2", "output": "3"}]
ROW = {"id": "a", "prompt": "Add.", "tests": TESTS}
TEXTS = ["print(sum(map(int, input().split())))", "print(input())"]


@pytest.fixture(params=["namespaces", "landlock", "docker"])
def backend(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    opened(name, request)  # skips where it cannot run
    return name


def test_from_grade(backend: str) -> None:
    score = verirs.grade("code", text=TEXTS[0], tests=TESTS, sandbox=backend)
    assert score.passed and score.details["backend"] == backend


@pytest.mark.parametrize("by_flag", [False, True])
def test_from_a_config_and_from_the_command_line(
    backend: str, by_flag: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.jsonl").write_text(json.dumps(ROW) + "\n", encoding="utf-8")
    rows = [{"problem_id": "a", "sample_index": n, "text": text} for n, text in enumerate(TEXTS)]
    Path("texts.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    config = CONFIG + ("" if by_flag else f'sandbox = "{backend}"\n')
    Path("run.toml").write_text(config, encoding="utf-8")
    flags = ["--set", f"scorer.code.sandbox={backend}"] if by_flag else []
    main(["run", "run.toml", *flags])
    (run,) = Path("runs").iterdir()
    scores = [s for _, candidate in verirs.load_run(str(run)).candidates() for s in candidate.scores]
    assert sorted(str(s.verdict) for s in scores) == ["fail", "pass"]
    assert {s.details["backend"] for s in scores} == {backend}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(SandboxError, match="unknown sandbox"):
        verirs.grade("code", text="1", tests=TESTS, sandbox="namespace")


def test_what_is_here_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["sandboxes"])
    said = capsys.readouterr().out
    for word in ("namespaces:", "landlock:", "docker:", "process:", "packages", "cpp", "java", "rust"):
        assert word in said


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'print(3)']))",
        "from multiprocessing import Pool\nif __name__ == '__main__':\n    with Pool(2) as p: print(3)",
        "import os\nif os.fork() == 0: os._exit(0)\nos.wait()\nprint(3)",
    ],
)
def test_landlock_holds_no_refused_process_against_a_program(code: str) -> None:
    try:
        score = verirs.grade("code", text=code, tests=[{"input": "", "output": "3"}], sandbox="landlock")
    except SandboxError as e:
        pytest.skip(str(e))
    assert score.verdict == "abstain" and "start no others" in score.reason
