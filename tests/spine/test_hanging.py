"""A scorer that never comes back: it is told of, and one signal ends the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from verirs.cli import main
from verirs.store import verify

SCORER = """
import pathlib, time

def hanging(problem, completion):
    hold = pathlib.Path(__file__).with_name("hold")
    while problem.id == "p3" and completion.index == 1 and hold.exists():
        time.sleep(0.1)
    return True
"""
CONFIG = """
name = "r"
runs = "runs"
n = 2
[source]
name = "file"
path = "rows.jsonl"
[engine]
name = "fake"
[scorer.h]
plugin = "./h.py:hanging"
"""
PROGRAM = """
import sys
from verirs.running import pipeline
from verirs.system import interrupts
pipeline.SILENT, interrupts.LONGEST_STOP = 0.5, 1.0
sys.argv = ["verirs", "run", "c.toml"]
from verirs.cli import main
main()
"""


def test_one_signal_ends_a_run_whose_scorer_hangs(tmp_path: Path) -> None:
    (tmp_path / "h.py").write_text(SCORER)
    (tmp_path / "c.toml").write_text(CONFIG)
    rows = [{"id": f"p{i}", "prompt": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(4)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "hold").touch()
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "has not come back" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGTERM)
        said += process.communicate(timeout=120)[1]
    assert process.returncode == 130
    assert "scoring (h) has been at" in said
    assert said.endswith(
        "verirs: did not stop in order within 1 s, so stopped at once; what was stored is kept. "
        "Run the same command to go on.\n"
    )
    (tmp_path / "hold").unlink()
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        main(["run", "c.toml"])
    finally:
        os.chdir(before)
    assert not verify(tmp_path / "runs" / "r")
    assert json.loads((tmp_path / "runs/r/summary.json").read_text())["verdicts"]["pass"] == 8
