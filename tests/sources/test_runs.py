# ruff: noqa: E501 - rows as text
"""What the commands say of a source: check, a dry run and a run alike, before anything is sampled."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sources.writing import BAD, lines
from verirs.cli import main

Said = Callable[..., str]
FAKE = ("--engine", "fake", "-n", "2", "--name", "r")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """Runs the command line, which must exit with ``code``; returns all that it said, on one line."""
    monkeypatch.chdir(tmp_path)

    def call(*argv: str, code: int = 0) -> str:
        got = 0
        try:
            main(list(argv))
        except SystemExit as stop:
            got = int(stop.code or 0)
        out = capsys.readouterr()
        words = " ".join((out.out + out.err).split())
        assert got == code, words
        return words

    return call


def rows(path: str, *given: Any) -> str:
    Path(path).write_text("".join(g + "\n" if isinstance(g, str) else lines([g]) for g in given))
    return path


def config(**source: str) -> None:
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in source.items())
    Path("c.toml").write_text(f'name = "r"\nn = 2\n[source]\nname = "file"\n{table}[engine]\nname = "fake"\n')


PLAIN = [{"question": f"{n} + {n}?", "answer": str(2 * n)} for n in range(1, 9)]


def everywhere(said: Said, *, code: int = 0) -> dict[str, str]:
    return {
        "check": said("check", "c.toml", code=code),
        "dry run": said("run", "c.toml", "--dry-run", code=code),
        "run": said("run", "c.toml", code=code),
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([*PLAIN, BAD["number"][0], BAD["torn"][0]], ["2 of 10 rows", "rows.jsonl:9:", "rows.jsonl:10:", "on_error=skip"]),
        ([*PLAIN, {**PLAIN[0], "answer": None}], ["the same question with different answers", "rows.jsonl:1:", "no answer"]),
        ([{"id": "a", **PLAIN[0]}, {"id": "a", **PLAIN[1]}], ["two rows of one id 'a'", "rows.jsonl:2"]),
        ([{"query": "1?", "response": "1"}], ["no prompt column", "source.prompt=query"]),
        ([{"question": "1?", "level": 3, "target": "1"}], ["no gold answer", "level, target", "source.answer=target"]),
    ],
)  # fmt: skip
def test_a_refusal_is_the_same_everywhere_and_burns_no_name(
    given: list[Any], words: list[str], said: Said
) -> None:
    rows("rows.jsonl", *given)
    config(path="rows.jsonl")
    for command, told in everywhere(said, code=2).items():
        assert all(word in told for word in words), (command, told)
    assert not Path("runs").exists()
    rows("mended.jsonl", *PLAIN)
    said("run", "c.toml", "--set", "source.path=mended.jsonl")


def test_what_was_left_out_is_told_everywhere_and_stands_in_the_card(said: Said) -> None:
    rows("rows.jsonl", *PLAIN, PLAIN[0], BAD["number"][0], BAD["two golds"][0])
    config(path="rows.jsonl", on_error="skip")
    told = everywhere(said)
    for command in ("check", "dry run"):
        assert "left out 1 row: several gold answers (first: rows.jsonl:11)" in told[command], command
        assert "left out 1 row: equal to an earlier row (first: rows.jsonl:9)" in told[command], command
    assert "rows left out 3 (1 " in told["run"]
    card = Path("runs/r/export/README.md").read_text()
    assert "| rows of the source left out: several gold answers | 1 |" in card and "rows.jsonl:11" not in card
    summary = json.loads(Path("runs/r/summary.json").read_text())
    assert sum(summary["origin"]["rows_left_out"].values()) == 3 and summary["problems"] == 8
    assert "rows left out 3" in said("run", "c.toml")  # the same command again
    rows("rows.jsonl", *PLAIN)
    assert "rows left out" not in said("run", "c.toml", "--set", "source.on_error=refuse")


def test_doubts_are_told_and_stop_nothing(said: Said) -> None:
    hard = [{"question": f"{n}?", "answer": "easy" if n % 2 else "hard"} for n in range(60)]
    rows("rows.jsonl", *hard, {"question": "bare?"})
    config(path="rows.jsonl")
    for command in (("check", "c.toml"), ("run", "c.toml", "--dry-run")):
        told = said(*command)
        assert (
            "doubt 60 problems have only 2 different gold answers, none of them a number: 'hard' (30)" in told
        )
        assert "doubt 1 of 61 problems have neither a gold answer nor tests" in told
    rows("rows.jsonl", *[{"question": f"{n}?", "answer": "step " * 60 + str(n)} for n in range(6)])
    assert "6 of 6 gold answers have more than 200 characters" in said("run", "c.toml", "--dry-run")
    rows(
        "rows.jsonl",
        {"id": "a", "question": "q?", "answer": "1"},
        {"id": "b", "question": "q?", "answer": "2"},
        {"id": "c", "question": "another?", "answer": "2"},
    )
    told = said("run", "c.toml", "--dry-run")
    assert (
        "1 question stands there more than once with different gold answers, for example at rows.jsonl:1"
        in told
    )
    rows("rows.jsonl", *PLAIN)
    assert "doubt" not in said("run", "c.toml", "--dry-run")


def test_check_shows_the_row_the_gold_and_what_was_said(said: Said) -> None:
    rows("rows.jsonl", *PLAIN[:3], {"question": "html?", "answer": "<b>42</b>\x1b[2J"})
    config(path="rows.jsonl")
    Path("mine.py").write_text("def never(problem, completion):\n    return False\n")
    told = said("check", "c.toml", code=2)
    assert "rows.jsonl:4 (id " in told and "gold '<b>42</b>\\x1b[2J'" in told and "\x1b" not in told


@pytest.mark.parametrize("name", ["t.csv", "t.json", "t.tsv", "t.jsonl.zst", "folder/", "fol*/*.csv"])
def test_the_flag_source_takes_every_kind_of_file(name: str, said: Said) -> None:
    Path("folder").mkdir()
    for path in ("t.csv", "folder/x.csv"):
        Path(path).write_text("question,answer\n1 + 1?,2\n")
    Path("t.tsv").write_text("question\tanswer\n1 + 1?\t2\n")
    Path("t.json").write_text('[{"question": "1 + 1?", "answer": 2}]')
    Path("t.jsonl.zst").write_text('{"question": "1 + 1?", "answer": 2}')
    assert "problems 1 " in said("run", "--source", name, *FAKE)


@pytest.mark.parametrize("name", ["/dev/stdin", "t.xlsx"])
def test_the_flag_source_says_what_it_cannot_take(name: str, said: Said) -> None:
    Path("t.xlsx").write_bytes(b"PK\x03\x04")
    told = said("run", "--source", name, *FAKE, code=2)
    assert "no regular file" in told or "save the sheet as CSV" in told


def test_the_problems_of_a_plugin_are_looked_at_too(said: Said) -> None:
    Path("mine.py").write_text(
        "from verirs import Problem\nclass Mine:\n    def problems(self):\n"
        "        yield Problem(id='a', prompt='1?', answer='1')\n        yield Problem(id='a', prompt='2?', answer='2')\n"
        "    def skipped(self):\n        return [('page 3', 'illegible')]\n"
    )
    Path("c.toml").write_text('name = "r"\n[source]\nname = "./mine.py:Mine"\n[engine]\nname = "fake"\n')
    for command, told in everywhere(said, code=2).items():
        assert "1 problem ids occur more than once: 'a'" in told, command
    text = Path("mine.py").read_text().replace("'a', prompt='2?'", "'b', prompt='2?'")
    Path("mine.py").write_text(text)
    assert "left out 1 row: illegible (first: page 3)" in said("check", "c.toml")
