"""Verdicts that a person doubts: beside the run, as cases for graders, and over an export."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import verirs
from tests.view import runs as made
from verirs.cli import main
from verirs.errors import StoreError, UserError
from verirs.records import RunSummary
from verirs.running.again import export
from verirs.running.marks import marks_path, read_marks
from verirs.view.found import NotThere
from verirs.view.library import Library
from verirs.view.run import RunView


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> RunView:
    shutil.copytree(folder / "maths", tmp_path / "runs" / "maths")
    return RunView(tmp_path / "runs" / "maths", "maths")


def place(run: RunView, key: str) -> int:
    return run.index().ids.index(key)


def accepted(path: Path) -> set[tuple[str, int]]:
    rows = pq.read_table(path / "sft.parquet").to_pylist()
    return {(r["problem_id"], r["sample_index"]) for r in rows}


def files(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_a_mark_lies_beside_the_run_and_changes_nothing_in_it(run: RunView) -> None:
    before = files(run.path)
    run.mark("gold/wrong?", 3, "fail", "the gold is wrong")
    assert files(run.path) == before
    (mark,) = read_marks(marks_path(run.path)).values()
    assert (mark.problem_id, mark.sample_index, str(mark.was), str(mark.verdict)) == (
        "gold/wrong?",
        3,
        "pass",
        "fail",
    )
    page = run.problem(place(run, "gold/wrong?"))
    assert page["samples"][3]["mark"]["note"] == "the gold is wrong" and page["samples"][3]["mark"]["counts"]
    assert page["samples"][0]["mark"] is None
    assert [m["sample_index"] for m in run.overview()["marks"]] == [3]


def test_the_last_mark_counts_and_one_without_a_verdict_takes_it_away(run: RunView) -> None:
    run.mark("easy", 0, "fail", "")
    run.mark("easy", 0, "abstain", "unsure")
    assert [str(m.verdict) for m in read_marks(marks_path(run.path)).values()] == ["abstain"]
    run.mark("easy", 0, None, "")
    assert not read_marks(marks_path(run.path))


def test_a_note_may_hold_any_sign(run: RunView) -> None:
    """Python takes some of them for the end of a line."""
    for sign in "\n\r\x0b\x0c\x1c\x1e\x85\u2028\u2029":
        run.mark("gold/wrong?", 3, "fail", f"one{sign}two")
        assert [m.note for m in read_marks(marks_path(run.path)).values()] == [f"one{sign}two"]


def test_what_is_no_mark_is_refused(run: RunView) -> None:
    for wrong in ("error", "right", "", 1):
        with pytest.raises(UserError, match="pass, fail or abstain"):
            run.mark("easy", 0, wrong, "")  # type: ignore[arg-type]
    for problem, sample in (("another", 0), ("easy", 99), ("easy", -1), ("", 0)):
        with pytest.raises(NotThere):
            run.mark(problem, sample, "fail", "")
    assert not marks_path(run.path).exists()


def test_a_mark_is_of_what_was_seen_and_not_of_what_stands_there_by_now(run: RunView, tmp_path: Path) -> None:
    easy = run.problem(place(run, "easy"))["samples"][0]
    wrong = run.problem(place(run, "gold/wrong?"))["samples"][0]
    # the run has grown: another problem has the place of the first, and a gold was mended
    problems = [{"id": "a first one", "prompt": "1+1?", "answer": "2"}, *made.MATHS]
    problems = [{**p, "answer": "4"} if p["id"] == "gold/wrong?" else p for p in problems]
    rows = [{"problem_id": "a first one", "sample_index": i, "text": r"\boxed{2}"} for i in range(4)]
    grown = made.replayed(tmp_path / "new", problems, [*rows, *made.MATH_SAMPLES], name="maths")
    view = RunView(grown.path, "maths")
    assert place(view, "easy") == 1 + place(run, "easy")
    assert view.mark("easy", 0, "fail", "", easy["about"])["problem_id"] == "easy"
    with pytest.raises(UserError, match="load the page again"):
        view.mark("gold/wrong?", 0, "fail", "", wrong["about"])
    assert [m["problem_id"] for m in view.overview()["marks"]] == ["easy"]


@pytest.mark.parametrize("line", ["{", "[]", '{"problem_id": 1}', '{"verdict": "maybe"}', "null"])
def test_a_line_that_is_no_mark_is_named(run: RunView, line: str) -> None:
    run.mark("easy", 0, "fail", "")
    with marks_path(run.path).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(StoreError, match=r"marks.jsonl:2 is no mark"):
        read_marks(marks_path(run.path))


def test_a_mark_after_a_line_that_a_full_disk_cut_off_is_whole(run: RunView) -> None:
    run.mark("easy", 0, "fail", "")
    whole = marks_path(run.path).read_text()
    marks_path(run.path).write_text(whole.rstrip("\n"))
    run.mark("easy", 1, "pass", "")
    assert len(read_marks(marks_path(run.path))) == 2


def test_an_export_with_marks_takes_their_verdicts(run: RunView, tmp_path: Path) -> None:
    assert ("gold/wrong?", 3) in accepted(run.path / "export")
    run.mark("gold/wrong?", 3, "fail", "the gold is wrong")
    run.mark("easy", 2, "pass", "")
    plain = export(run.path, out=tmp_path / "plain")
    marked = export(run.path, out=tmp_path / "marked", marks=True)
    assert accepted(plain.path) == accepted(run.path / "export")
    assert ("gold/wrong?", 3) not in accepted(marked.path)
    rows = pq.read_table(marked.path / "rejects.parquet").to_pylist()
    assert [r["reason"] for r in rows if (r["problem_id"], r["sample_index"]) == ("gold/wrong?", 3)] == [
        "fail"
    ]
    assert ("easy", 2) not in {(r["problem_id"], r["sample_index"]) for r in rows if r["reason"] == "fail"}
    summary = RunSummary.load(marked.path / "summary.json")
    assert summary.origin.by_hand == 2 and RunSummary.load(plain.path / "summary.json").origin.by_hand == 0
    assert "verdicts by hand" in (marked.path / "README.md").read_text()
    assert {s.scorer for s in summary.scorers} == {"math", "by hand"}


def test_a_mark_of_another_gold_counts_no_more(tmp_path: Path, capsys: Any) -> None:
    run = RunView(made.maths(tmp_path).path, "maths")
    run.mark("gold/wrong?", 3, "fail", "")
    problems = [{**p, "answer": "4"} if p["id"] == "gold/wrong?" else p for p in made.MATHS]
    made.replayed(tmp_path, problems, made.MATH_SAMPLES, name="maths")
    assert (
        RunView(run.path, "maths").problem(place(run, "gold/wrong?"))["samples"][3]["mark"]["counts"] is False
    )
    summary = export(run.path, out=tmp_path / "out", marks=True).summary
    assert summary.origin.by_hand == 0
    main(["marks", str(run.path)])
    assert "its text, gold or tests changed" in capsys.readouterr().out


def test_marks_become_cases_that_graders_take(run: RunView, tmp_path: Path) -> None:
    run.mark("hard", 1, "pass", "rounded")
    run.mark("easy", 0, "pass", "it is right")
    main(["marks", str(run.path), "--cases", str(tmp_path / "cases.jsonl")])
    cases = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text().splitlines()]
    assert [(c["id"], c["was"], c["expected"]) for c in cases] == [
        ("easy#0", "pass", "pass"),
        ("hard#1", "fail", "pass"),
    ]
    scores = verirs.grade_many("math", [c["row"] for c in cases])
    assert [str(s.verdict) for s in scores] == ["pass", "fail"]


def test_no_marks_is_said(run: RunView) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["marks", str(run.path)])
    assert ended.value.code == 2


def test_marks_of_one_run_are_not_another_s(folder: Path, tmp_path: Path) -> None:
    for name in ("maths", "other"):
        shutil.copytree(folder / "maths", tmp_path / "runs" / name)
    library = Library([tmp_path / "runs"])
    library.run("maths").mark("easy", 0, "fail", "")
    assert not library.run("other").overview()["marks"]
    assert library.names == ["maths", "other"]  # the file of marks is no run
    library.close()
