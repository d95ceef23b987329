"""On a terminal of 60 columns nothing is broken within a figure: progress, tables and sentences."""

from __future__ import annotations

import io
import json
import random
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.report.terminal import shown, too_wide
from verirs.demo.policy import model_path
from verirs.report.narrow import Grid, Parts, sentence
from verirs.report.steps import StepLine, step_shown

COLUMNS = 60


OURS = ["--source", "rows.jsonl", "--engine", "fake", "-n", "20", "--name", "a"]
COMMANDS = (
    (["run", *OURS], "sampling"),
    (["score", "runs/a"], "scoring"),
    (["export", "runs/a", "--set", "select.k=2"], "exporting"),
    (["audit", "rows.jsonl"], "auditing"),
    (["bench", "gsm8k", "--source-path", "rows.jsonl", "--engine", "fake", "-n", "9"], "sampling"),
)


def test_nothing_wraps_on_a_real_terminal(tmp_path: Path) -> None:
    rows = [
        {"id": f"p{i}", "prompt": f"What is {i} + 1,234?", "answer": f"#### {i + 1234}"} for i in range(120)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for arguments, stage in COMMANDS:
        seen = shown(arguments, tmp_path, COLUMNS)
        assert seen.code == 0, (arguments, seen.lines)
        assert stage in seen.stages(), arguments
        assert not [line for line in seen.progress if len(line) >= COLUMNS or "…" in line]
        assert not too_wide(seen.lines, COLUMNS)


def test_a_loop_wraps_nothing_on_a_real_terminal(tmp_path: Path) -> None:
    copier = Path(__file__).parents[1] / "loop" / "copy_trainer.py"
    command = [sys.executable, "-S", str(copier), "copy", "{data}", "{model}", "{out}"]
    (tmp_path / "loop.toml").write_text(
        f"""
        name = "loop"
        model = "{model_path()}"
        rounds = 1
        [sample]
        n = 4
        source = {{ name = "arithmetic", count = 4 }}
        engine = {{ name = "transformers", device = "cpu" }}
        sampling = {{ max_tokens = 48 }}
        [held_out]
        source = {{ name = "arithmetic", count = 8, split = "held-out" }}
        [train]
        trainer = "command"
        command = {json.dumps(command)}
        """
    )
    seen = shown(["iterate", "loop.toml"], tmp_path, COLUMNS)
    assert seen.code == 0, seen.lines
    assert {"sampling", "training"} <= seen.stages()
    assert not [line for line in seen.progress if len(line) >= COLUMNS or "…" in line]
    assert not too_wide(seen.lines, COLUMNS) and "…" not in "".join(seen.lines)


def text_of(what: object, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=True, color_system=None).print(what)
    return out.getvalue()


BAND = "49.7% (49.2-50.1)"


@pytest.mark.parametrize("width", [30, 45, 60, 75, 200])
def test_a_table_goes_on_below_with_every_cell_whole(width: int) -> None:
    head = ("round", "pass@1", "pass@16", "maj@16", "rows", "loss")
    rows = [
        (f"{i}{' (best)' if i == 3 else ''}", BAND, BAND, BAND, "12,345", "0.08 -> 0.07") for i in range(4)
    ]
    lines = text_of(Grid(head=head, rows=rows, title="rounds"), width).splitlines()
    assert all(len(line) <= width for line in lines)
    text = "\n".join(lines)
    assert "…" not in text and text.count(BAND) == 12 and text.count("12,345") == 4
    assert text.count("3 (best)") == text.count("round ") >= 1, "each part begins with the first column"
    assert (len(lines) == 6) == (width == 200)


def test_a_long_first_column_leaves_room_for_the_others() -> None:
    rows = [("a model with a name that is longer than the terminal " * 2, BAND)]
    text = text_of(Grid(head=("run", "pass@1"), rows=rows), 40)
    assert BAND in text and all(len(line) <= 40 for line in text.splitlines())


def test_parts_are_not_broken() -> None:
    parts = ["pass 29,794", "fail 30,206", "abstain 0", "error 12"]
    for width in range(11, 60):
        lines = text_of(Parts(parts), width).splitlines()
        assert all(len(line) <= width for line in lines)
        assert [part for line in lines for part in line.strip().split("  ")] == parts


def text_of_sentence(text: str, width: int) -> str:
    out = io.StringIO()
    sentence(Console(file=out, width=width, force_terminal=True), text)
    return out.getvalue()


def test_a_sentence_breaks_between_words_and_a_path_never() -> None:
    draw = random.Random(0)
    path = "/a/path/" + "that-is-longer-than-the-terminal/" * 3
    for width in (20, 40, 60):
        words = [draw.choice(["12.5%", "1,234,567", "of", "problems", "(49.2-50.1)"]) for _ in range(200)]
        words.insert(100, path)
        lines = text_of_sentence(" ".join(words), width).splitlines()
        assert " ".join(lines).split() == words
        assert [line for line in lines if len(line) > width] == [path]
        assert text_of_sentence("         " + "a word " * 9, 30).count("\n") == 3, "an indent counts"
        log = io.StringIO()
        sentence(Console(file=log, width=width), " ".join(words))
        assert log.getvalue().splitlines() == [" ".join(words)], "a file has no width"


def test_a_step_has_a_bar_and_its_own_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("verirs.report.steps.time.monotonic", lambda: now[0])
    step = StepLine("training")
    assert step.line(59) == "training"
    step.tick("sft: 537 rows")
    assert step.line(59) == "training  sft: 537 rows"
    step.tick("sft step 0/51  loss 0.0834")
    now[0] = 1.0
    step.tick("sft step 10/51  loss 0.0834")
    assert step.seconds_left() is None, "too early"
    now[0] = 5.0
    assert step.line() == "training  [#.........]  sft step 10/51  loss 0.0834  0:20 left"
    assert step.line(50) == "training  [#.........]  sft step 10/51  0:20 left"
    assert step.line(40) == "training  [#.........]  sft step 10/51"
    step.tick("dpo step 1/900  loss 0.6")
    assert step.seconds_left() is None, "another stage"
    step.tick(" 31%|███▏      | 168/537 [00:00<00:01, 300.1 examples/s]")
    assert step.line(59).startswith("training  [###.......]  168/537 [")
    for width in range(12, 80):
        line = step.line(width)
        assert len(line) <= width
        assert set(re.findall(r"\d[\d.:/]*", line)) <= set(re.findall(r"\d[\d.:/]*", step.line())), line


def test_a_step_is_quiet_in_a_pipe() -> None:
    log = io.StringIO()
    with step_shown("training", Console(file=log)) as tick:
        tick("sft step 1/51")
    assert log.getvalue() == ""
