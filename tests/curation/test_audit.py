"""Doubts about problems: what the gold alone shows, what samples show, and the filter on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.curation.test_curated_runs import Folder
from tests.select.toys import candidate, group
from verirs.cli import main
from verirs.curation import facts_of
from verirs.curation.audit import of_problem
from verirs.errors import ConfigError, PartError
from verirs.running.auditing import TRIES, Part, _died, audit
from verirs.running.drive import run
from verirs.types import Problem


@pytest.mark.parametrize("gold", ["Yes", "no.", "\\text{True}", "(B)", "C", "(a)", "0", "$1$"])
def test_golds_that_can_be_guessed(gold: str) -> None:
    assert set(of_problem(Problem(prompt="?", answer=gold))) == {"guessable"}


@pytest.mark.parametrize(
    "gold", ["x = 2, y = -1", "(a) 3 (b) 4", "1. 5 2. 6", "x=1 or x=3", "3 and 7", "d=5; M=2", "12 cm; 4 kg"]
)
def test_golds_of_several_answers(gold: str) -> None:
    assert set(of_problem(Problem(prompt="?", answer=gold))) == {"several answers"}


@pytest.mark.parametrize(
    "gold",
    [
        "42",
        "-1",
        "a",
        "e",
        "(2, 3)",
        "\\{1, 2\\}",
        "[0, 1) \\cup (2, 3]",
        "\\frac{1}{2}",
        "f(x) = 2x",
        "",
        "10",
        "x^2 if x > 0 and 0 if not",
        "\\begin{cases} 1 \\\\ 2 \\end{cases}",
    ],
)
def test_golds_that_are_one_answer(gold: str) -> None:
    assert not of_problem(Problem(prompt="?", answer=gold))


def findings(answers: str, right: str = "", **options: Any) -> str | None:
    """What samples with these answers, a sign each, say of a problem whose gold is ``4``."""
    made = (
        candidate(n, answer=a if a != "." else None, verdict="pass" if a in right else "fail")
        for n, a in enumerate(answers)
    )
    told = facts_of(group(*made), model_of=lambda _: "m", **options)["findings"]
    assert told is None or isinstance(told, str)
    return told


def test_a_gold_that_loses_a_strong_vote() -> None:
    assert findings("77777744", right="4") == "outvoted"
    assert findings("77777777", right="4") == "unsolved, outvoted"
    assert findings("77744444", right="4") is None  # the vote is for the gold
    assert findings("7774", right="4") is None  # four answers are no vote
    assert findings("1237774....", right="4") is None
    assert findings("77775555", right="5") is None  # of two as frequent the gold's is no loser
    assert findings("77777744", right="4", known={"findings": "contradicting"}) == "contradicting, outvoted"


def test_programs_that_pass_and_differ() -> None:
    toy = group(candidate(0), candidate(1, differs={"input": "0"}))
    assert facts_of(toy, model_of=lambda _: "m")["findings"] == "weak tests"


def test_audit_of_a_file_and_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Folder(tmp_path)
    problems, found = audit(str(tmp_path / "problems.jsonl"))
    assert problems == 8 and [(f.problem_id, f.kind) for f in found] == [
        ("c", "contradicting"),
        ("d", "contradicting"),
    ]
    assert "equal to d, whose gold is '5'" in found[0].evidence
    run(folder.config())
    assert audit(str(tmp_path / "r"))[1] == found
    main(["audit", str(tmp_path / "r"), "--out", str(tmp_path / "found.jsonl")])
    told = capsys.readouterr().out
    assert "8 problems, 2 with a doubt" in told and "contradicting (2): equal problems" in told
    assert [
        json.loads(line)["problem_id"] for line in (tmp_path / "found.jsonl").read_text().splitlines()
    ] == ["c", "d"]
    assert {row["problem_id"]: row["findings"] for row in folder.rows("problems")}["c"] == "contradicting"


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    golds = ["0", "x = {i}, y = 2", "{i}"]
    rows = [
        {"id": f"p{i:03}", "prompt": f"What is {min(i, 50)} + 1?", "answer": golds[i % 3].format(i=i)}
        for i in range(60)
    ]
    folder = Folder(tmp_path, rows)
    run(folder.config())
    for target in (tmp_path / "problems.jsonl", tmp_path / "r"):
        found = audit(str(target))
        assert len(found[1]) > 40 and audit(str(target), jobs=2) == found


def test_a_part_that_ends_its_process_is_named() -> None:
    part = Part(0, 2, "a", "b")
    assert _died(part, TRIES - 1, "signal 9") == [part]
    with pytest.raises(PartError, match=r"problems 'a' to 'b' ended its process 3 times \(signal 9\)"):
        _died(part, TRIES, "signal 9")


def test_a_filter_keeps_what_has_no_finding(tmp_path: Path) -> None:
    folder = Folder(
        tmp_path, [{"id": i, "prompt": f"Is {i} even?", "answer": a} for i, a in (("5", "no"), ("6", "12"))]
    )
    run(folder.config(filter={"findings": ""}))
    assert folder.dropped() == {"5": "filter: findings", "6": None}


def test_mistakes_are_told() -> None:
    with pytest.raises(ConfigError, match="no kind 'outvote'; did you mean outvoted"):
        audit("gsm8k", kinds=("outvote",))
    with pytest.raises(ConfigError, match="is no run directory, no file, and no source; did you mean gsm8k"):
        audit("gsm8")
