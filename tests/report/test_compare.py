"""Two runs on the same problems: paired, flips listed, what differs first; other problems are refused."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import shutil
from array import array
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import verirs
from verirs.cli import main
from verirs.errors import ConfigError
from verirs.records import Manifest
from verirs.report.board import places
from verirs.report.compared import TEXTS
from verirs.running.comparing import compare
from verirs.running.upkeep import merge_runs
from verirs.stats.counts import ProblemCounts
from verirs.stats.paired import mcnemar, paired
from verirs.stats.words import compared, finding
from verirs.types import Completion, Problem, Score, Verdict


def counts(rights: list[list[int]]) -> list[ProblemCounts]:
    return [
        ProblemCounts(f"p{i}", array("b", r), {}, array("i", [-1] * len(r)), array("i", [1] * len(r)))
        for i, r in enumerate(rights)
    ]


def test_two_models_that_differ_by_ten_points_on_twenty_problems() -> None:
    """11 of 20 against 13 of 20: nothing is shown, and the sentence says so."""
    before = counts([[1]] * 11 + [[0]] * 9)
    after = counts([[1]] * 8 + [[0]] * 3 + [[1]] * 5 + [[0]] * 4)
    found = paired(before, after)
    (change,) = found.changes
    assert change.figure == "pass@1" and change.change.mean == pytest.approx(0.1)
    assert finding(change.change) == "not shown" and "no difference shown: +10.0 points" in compared(
        change.change
    )
    assert (found.mcnemar.won, found.mcnemar.lost) == (5, 3)
    assert found.mcnemar.p == pytest.approx(0.7265625)
    assert len(found.flips) == 8 and found.flips[0].problem_id == "p10"


def test_many_problems_show_the_same_difference() -> None:
    rng = random.Random(0)
    easy = [rng.random() for _ in range(400)]
    before, after = ([[int(e > 0.5 - gain)] for e in easy] for gain in (0.0, 0.1))
    found = paired(counts(before), counts(after))
    assert finding(found.changes[0].change) == "above" and found.mcnemar.p < 1e-6


@pytest.mark.parametrize(("lost", "won", "p"), [(0, 0, 1.0), (0, 5, 0.0625), (1, 9, 22 / 1024), (4, 4, 1.0)])
def test_mcnemar_is_the_exact_binomial_test(lost: int, won: int, p: float) -> None:
    pairs = [(True, False)] * lost + [(False, True)] * won + [(True, True)] * 7
    assert mcnemar(pairs).p == pytest.approx(p)
    many = mcnemar([(True, False)] * 900 + [(False, True)] * 1100)
    assert 0 < many.p < 1e-4 and math.isfinite(many.p)


def test_the_interval_of_a_difference_holds_the_truth() -> None:
    """40 problems, chances correlated, the second 10 points better: 93 to 98 of 100 intervals hold .1."""
    rng, hits = np.random.default_rng(0), 0
    for seed in range(300):
        chance = rng.beta(0.7, 0.7, 40) * 0.9
        before, after = (rng.binomial(4, p)[:, None] > np.arange(4) for p in (chance, chance + 0.1))
        change = paired(counts(before.astype(int).tolist()), counts(after.astype(int).tolist()), seed=seed)
        hits += change.changes[0].change.low <= 0.1 <= change.changes[0].change.high
    assert 0.92 <= hits / 300 <= 0.985


def a_run(folder: Path, name: str, said: list[str], golds: list[str], **config: object) -> Path:
    """A run over recorded samples, two a problem."""
    problems = [{"id": f"p{i}", "question": f"{i}?", "answer": gold} for i, gold in enumerate(golds)]
    rows = [
        {"problem_id": f"p{i}", "text": f"\\boxed{{{word}}}"} for i, pair in enumerate(said) for word in pair
    ]
    for stem, lines in ((f"{name}-problems", problems), (f"{name}-samples", rows)):
        (folder / f"{stem}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = verirs.run(
        {
            "name": name,
            "runs": str(folder),
            "n": 2,
            "source": {"name": "file", "path": str(folder / f"{name}-problems.jsonl")},
            "engine": {"name": "replay", "path": str(folder / f"{name}-samples.jsonl")},
            **config,
        }
    )
    return result.path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    first = a_run(folder, "first", ["11", "19", "99", "11"], ["1"] * 4)
    return first, a_run(folder, "second_100%", ["99", "11", "99", "11"], ["1"] * 4)


def test_runs_are_compared_over_their_problems(runs: tuple[Path, Path]) -> None:
    found = compare(*runs)
    by = {c.figure: c for c in found.result.changes}
    assert set(by) == {"pass@1", "pass@2", "maj@2"}
    assert by["pass@1"].before.mean == 0.625 and by["pass@1"].after.mean == 0.5
    assert by["pass@1"].change.mean == pytest.approx(-0.125)
    assert [(f.problem_id, f.before, f.after) for f in found.result.flips] == [
        ("p0", (2, 2), (0, 2)),
        ("p1", (1, 2), (2, 2)),
    ]
    assert [d.key for d in found.differs] == ["engine.content", "engine.file"] and not found.graders


def test_every_format_says_the_same(runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    def said(*options: str) -> str:
        main(["compare", str(runs[0]), str(runs[1]), *options])
        return capsys.readouterr().out

    table = said()
    assert table.index("engine.content") < table.index("pass@1"), "what differs comes first"
    assert "no difference shown: -12.5 points" in " ".join(table.split())
    assert "1 problems won, 1 lost" in table or "0 problems won, 1 lost" in table
    assert "p0: 2 of 2 right, then 0 of 2" in table and "p0:" not in said("--flips", "0")
    rows = list(csv.DictReader(io.StringIO(said("--format", "csv"))))
    assert rows[0]["name"] == "pass@1" and float(rows[0]["difference"]) == pytest.approx(-0.125)
    assert rows[0]["finding"] == "not shown" and [r["name"] for r in rows if r["row"] == "flip"] == [
        "p0",
        "p1",
    ]
    whole = json.loads(said("--format", "json"))
    assert whole["result"]["changes"][0]["change"]["mean"] == pytest.approx(-0.125)
    text = said("--format", "markdown")
    assert "| pass@1 | 62.5% | 50.0% |" in text and "- p0: 2 of 2 right" in text
    tex = said("--format", "latex")
    assert r"second\_100\% & " in tex and r"pass@1 & 62.5\% & 50.0\%" in tex and r"\end{tabular}" in tex


def test_runs_whose_problems_differ_are_refused(
    runs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fewer = a_run(tmp_path, "fewer", ["11", "11"], ["1", "1"])
    with pytest.raises(ConfigError, match=r"2 are in .*, 0 in .*, 2 in both; --common compares these 2"):
        compare(runs[0], fewer)
    assert compare(runs[0], fewer, common=True).result.problems == 2
    other = a_run(tmp_path, "other", ["11"] * 4, ["1", "1", "2", "1"])
    with pytest.raises(ConfigError, match=r"1 problems differ under one id .*'p2' first"):
        compare(runs[0], other, common=True)
    with pytest.raises(SystemExit) as stopped:
        main(["compare", str(runs[0]), str(tmp_path / "nowhere")])
    assert stopped.value.code == 2


def test_other_graders_are_said(runs: tuple[Path, Path], tmp_path: Path) -> None:
    strict = a_run(
        tmp_path, "strict", ["11", "19", "99", "11"], ["1"] * 4, scorer={"math": {"profile": "strict"}}
    )
    found = compare(runs[0], strict)
    assert found.graders and found.differs[-1].key == "scorer.math"
    assert all(c.change.mean == 0 for c in found.result.changes) and not found.result.flips


def test_more_than_two_runs_make_one_list(
    runs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    third = a_run(tmp_path, "third", ["11", "11", "11", "99"], ["1"] * 4)
    words = ["compare", *map(str, runs), str(third)]
    order = ["third", "first", "second_100%"]  # .75, .625 and .5
    said = {}
    for format in ("table", "markdown", "latex", "csv", "json"):
        main([*words, "--format", format])
        said[format] = capsys.readouterr().out
    whole = json.loads(said["json"])
    assert [p["run"] for p in whole["places"]] == order
    assert [p["value"]["mean"] for p in whole["places"]] == pytest.approx([0.75, 0.625, 0.5])
    assert [p["change"] and p["change"]["mean"] for p in whole["places"]] == pytest.approx(
        [0.125, None, -0.125]
    )
    assert len(whole["comparisons"]) == 2
    rows = list(csv.DictReader(io.StringIO(said["csv"])))
    assert [r["run"] for r in rows] == order and rows[1]["difference"] == ""
    assert [float(r["mean"]) for r in rows] == pytest.approx([0.75, 0.625, 0.5])
    lines = said["markdown"].strip().splitlines()[-3:]
    assert [line.split("|")[1].strip() for line in lines] == order and "75.0%" in lines[0]
    assert r"second\_100\%" in said["latex"] and said["latex"].count(r"\\") == 4
    at = [said["table"].index(f"\n {run}") for run in order]
    assert at == sorted(at) and "against first" in said["table"]


def test_one_figure_of_two_runs(runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", *map(str, runs), "--figure", "maj@2", "--format", "json"])
    changes = json.loads(capsys.readouterr().out)["result"]["changes"]
    assert [c["figure"] for c in changes] == ["maj@2"]
    with pytest.raises(SystemExit) as stopped:
        main(["compare", *map(str, runs), "--figure", "maj@64"])
    assert stopped.value.code == 2
    assert "no maj@64 in common; they have pass@1, pass@2, maj@2" in capsys.readouterr().err


def test_a_list_needs_one_figure_over_one_set_of_problems(runs: tuple[Path, Path], tmp_path: Path) -> None:
    found = [compare(*runs)]
    with pytest.raises(ConfigError, match="no maj@64 in common"):
        places(found, "maj@64")
    fewer = a_run(tmp_path, "fewer", ["11", "99"], ["1"] * 2)
    with pytest.raises(ConfigError, match="compare them one by one"):
        places([*found, compare(runs[0], fewer, common=True)])


def test_what_is_not_finished_or_has_no_verdict_is_said(runs: tuple[Path, Path], tmp_path: Path) -> None:
    short = a_run(tmp_path, "short", ["11", "1", "9", "x?"], ["1"] * 4)
    notes = compare(runs[0], short).notes
    assert "short: 4 samples of 2 problems are not drawn yet" in notes
    assert compare(*runs).notes == ()


def odd(problem: Problem, completion: Completion) -> Score:
    """Breaks on three of four problems."""
    if problem.id != "p0":
        raise RuntimeError("odd")
    return Score(scorer="odd", version="1", verdict=Verdict.PASS)


def other(problem: Problem, completion: Completion) -> Score:
    """Judges the others alone."""
    verdict = Verdict.ABSTAIN if problem.id == "p0" else Verdict.PASS
    return Score(scorer="other", version="1", verdict=verdict)


def test_samples_without_a_verdict_are_counted_and_none_at_all_is_refused(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    more = {"scorer": {"odd": {"plugin": f"{__name__}:odd"}}, "limits": {"max_errors": 1.0}}
    found = compare(runs[0], a_run(tmp_path, "some", ["11"] * 4, ["1"] * 4, **more))
    assert "some: 6 of 8 samples have no verdict and are in no figure" in found.notes
    assert (found.result.problems, found.result.left_out) == (1, 3)
    (tmp_path / "p0").mkdir()
    others = a_run(
        tmp_path / "p0", "others", ["11"] * 4, ["1"] * 4, scorer={"other": {"plugin": f"{__name__}:other"}}
    )
    with pytest.raises(ConfigError, match="none of their 4 problems has a verdict"):
        compare(tmp_path / "some", others)


def test_runs_that_hold_the_same_samples_are_told_apart_from_two_runs(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    first = runs[0]
    shutil.copytree(first, tmp_path / "copy")
    assert compare(first, tmp_path / "copy").notes == (
        "first and copy are one run or its copy: they hold the same samples",
    )
    (note,) = compare(first, a_run(tmp_path, "first", ["11", "19", "99", "11"], ["1"] * 4)).notes
    assert "hold the same texts for every problem of both" in note
    other = a_run(tmp_path, "other", ["11", "11", "99", "11"], ["1"] * 4) / "manifest.json"
    alike = replace(Manifest.load(other), identity=Manifest.load(first / "manifest.json").identity)
    alike.save(other)
    (note,) = compare(first, other.parent).notes
    assert "with one seed: 3 of 4 problems hold the same texts" in note
    fewer = a_run(tmp_path, "fewer", ["1", "1", "9", "1"], ["1"] * 4, n=1)
    (note,) = compare(first, fewer).notes
    assert "hold the same texts for every problem of both" in note, "the first ones of them"
    mix = tmp_path / "mix"
    merge_runs(mix, runs, mixed=True)
    assert compare(mix, runs[1]).notes == (
        "mix is a mix that holds the samples of second_100%: what differs is the rest of it",
    )
    rows = io.StringIO(TEXTS["csv"](compare(mix, runs[1]), 0))
    assert ["note", "mix is a mix that holds the samples of second_100%: what differs is the rest of it"] in [
        r[:2] for r in csv.reader(rows)
    ]
