"""The page of a real run says what its summary says, holds few texts, and needs nothing from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.report.boot import overview
from tests.report.conftest import config
from tests.report.hostile import TEXTS
from tests.report.parsing import Parsed
from verirs.errors import MissingExtra
from verirs.records import record
from verirs.report import shell
from verirs.report.traces import TEXT_LIMIT, Traces
from verirs.running.again import export, score
from verirs.running.drive import RunResult, run
from verirs.types import Candidate, Completion, Group, Problem, Rejection, Score, Selection, Verdict


def index(result: RunResult) -> Path:
    return result.path / "report" / "index.html"


def test_the_page_holds_the_summary_and_its_sentences(ranked: RunResult) -> None:
    pytest.importorskip("sklearn", reason="numbers are calibrated with scikit-learn")
    page = overview(index(ranked))
    summary = json.loads((ranked.path / "summary.json").read_text())
    summary.pop("check")
    assert page["summary"] == summary and summary["completions"] == 320
    warned = summary["curves"]["warnings"]
    assert warned and set(warned) <= set(page["told"]["warnings"])
    assert any("worse than chance" in line for line in summary["rankers"]["bad"]["words"])
    assert page["told"]["cost"] and ["engine", "fake"] in page["told"]["origin"]


def test_the_summary_carries_the_curves_and_they_agree_with_the_table(ranked: RunResult) -> None:
    summary = json.loads((ranked.path / "summary.json").read_text())
    data = summary["curves"]
    assert data["k"] == list(range(1, 9))
    for k, cell in summary["estimates"]["maj@k"]["at"].items():
        at = data["k"].index(int(k))
        assert {key: data["estimates"]["maj@k"][key][at] for key in cell} == cell
    for ends in data["gap"].values():
        for shares in zip(
            *(ends[k] for k in ("selected", "not_selected", "not_found", "unknown")), strict=True
        ):
            assert sum(shares) == pytest.approx(1.0, abs=1e-5)


def test_the_page_needs_nothing_from_elsewhere(ranked: RunResult) -> None:
    text = index(ranked).read_text()
    page = Parsed(text)
    assert page.tags["script"] == 2  # the data and the program
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & page.tags.keys()
    assert not [a for a in page.attributes if a[1] in ("src", "href") or a[1].startswith("on")]
    assert "@import" not in text and "url(" not in shell.app().style
    assert len(text) < 600_000
    (policy,) = (v for _, name, v in page.attributes if name == "content" and v and "default-src" in v)
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy


def test_two_accepted_and_two_rejected_are_shown_in_full(ranked: RunResult) -> None:
    rows = overview(index(ranked))["shown"]
    assert [row["samples"][0]["export"] for row in rows] == ["accepted", "accepted", "fail", "fail"]
    assert all("boxed" in row["samples"][0]["text"] and row["prompt"][0]["content"] for row in rows)
    assert all(row["gold"] for row in rows)
    assert [s["scorer"] for s in rows[0]["samples"][0]["scores"]] == ["math", "good", "bad"]


def test_a_second_export_writes_the_same_page(ranked: RunResult, tmp_path: Path) -> None:
    again = export(ranked.path, out=tmp_path / "other")
    text = (again.path / "report" / "index.html").read_text()
    assert text == index(ranked).read_text()


def test_hostile_completions_are_no_markup(tmp_path: Path) -> None:
    rows = [
        {"problem_id": f"<b>{i}</b>", "text": f"{text} The answer is \\boxed{{{right}}}"}
        for i, text in enumerate(TEXTS)
        for right in ("7", "</td><script>8</script>")
    ]
    page = replayed(tmp_path, rows)
    clean = Parsed.file(replayed(tmp_path / "clean", [{**r, "text": "\\boxed{7}"} for r in rows]))
    assert Parsed.file(page).tags == clean.tags
    assert TEXTS[0] in json.dumps(overview(page)["shown"], ensure_ascii=False)


def replayed(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """The page of a run over these completions of problems whose answer is 7."""
    folder.mkdir(exist_ok=True)
    (folder / "texts.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    ids = sorted({r["problem_id"] for r in rows})
    problems = [{"id": i, "prompt": f"{i} <script>1</script> 3+4?", "gold": "7"} for i in ids]
    (folder / "problems.jsonl").write_text("".join(json.dumps(p) + "\n" for p in problems))
    table = {
        "name": "<script>name<script>",
        "runs": str(folder / "runs"),
        "n": 2,
        "source": {"name": "file", "path": str(folder / "problems.jsonl")},
        "engine": {"name": "replay", "path": str(folder / "texts.jsonl")},
    }
    return index(run(table))


def test_errors_are_told_by_type_and_are_in_no_estimate(tmp_path: Path) -> None:
    (tmp_path / "breaks.py").write_text(
        "def breaks(problem, completion):\n"
        "    if completion.index % 4 == 0:\n"
        "        raise OSError('disk <gone>')\n"
    )
    table = config(tmp_path, scorer={"breaks": {"plugin": f"{tmp_path}/breaks.py:breaks"}, "math": {}})
    result = run({**table, "limits": {"max_errors": 1.0}})
    page = overview(index(result))
    assert page["summary"]["errors"] == result.summary.errors != {}
    assert page["told"]["warnings"][0].startswith("80 verdicts (25.0%) are errors")
    assert max(result.summary.estimates["pass@k"].at) == 6


def test_a_run_where_nothing_could_be_judged_has_a_page_too(tmp_path: Path) -> None:
    (tmp_path / "shrugs.py").write_text("def shrugs(problem, completion):\n    return None\n")
    table = config(tmp_path, n=2, scorer={"shrugs": {"plugin": f"{tmp_path}/shrugs.py:shrugs"}})
    page = overview(index(run(table)))
    assert page["told"]["warnings"] == ["80 completions could not be judged and are in no figure."]
    assert page["summary"]["estimates"]["pass@k"]["at"] == {}


def test_without_scikit_learn_the_page_says_so(
    ranked: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any) -> Any:
        raise MissingExtra("calibration needs the Python package 'sklearn'")

    monkeypatch.setattr("verirs.reward.numbers.report.report", missing)
    again = export(ranked.path, out=tmp_path / "other")
    assert not again.summary.rankers
    assert "'sklearn'" in overview(index(again))["summary"]["rankers_missing"]


def test_a_blend_is_judged_until_the_run_is_scored_again(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="numbers are calibrated with scikit-learn")
    from verirs.reward.numbers.rerank import rerank

    own = config(tmp_path)
    result = run(own)
    rerank(result.path)
    blended = export(result.path)
    assert list(blended.summary.rankers) == ["bad", "good", "blend"]
    assert "blend" in overview(index(blended))["summary"]["rankers"]
    assert list(score(result.path, trust=True).summary.rankers) == ["bad", "good"]


def candidate(number: int, verdict: Verdict, text: str = "x") -> Candidate:
    judged = Score(scorer="math", version="1", verdict=verdict)
    return Candidate(completion=Completion(index=number, text=text), scores=(judged,))


def selection(name: str, *rejected: tuple[Verdict, str], text: str = "x") -> Selection:
    accepted = candidate(0, Verdict.PASS, text)
    rejections = tuple(
        Rejection(candidate=candidate(i, v), reason=reason) for i, (v, reason) in enumerate(rejected, 1)
    )
    group = Group(problem=Problem(id=name, prompt="q"), candidates=(accepted,))
    return Selection(group=group, accepted=(accepted,), rejected=rejections)


def test_fails_are_shown_before_other_rejects_and_few_texts_are_held() -> None:
    traces = Traces()
    for i in range(3):
        traces.add(selection(f"a{i}", (Verdict.PASS, "over the cap"), (Verdict.PASS, "duplicate")))
    assert [t.reason for t in traces.rejected] == ["over the cap", "duplicate"]
    for i in range(50):
        traces.add(
            selection(f"b{i}", (Verdict.PASS, "over the cap"), (Verdict.FAIL, "fail"), text="y" * 9_999)
        )
    assert [(t.problem_id, t.reason) for t in traces.rejected] == [("b0", "fail"), ("b1", "fail")]
    assert [t.problem_id for t in traces.accepted] == ["a0", "a1"]
    held = [t for part in (traces.accepted, traces._fails, traces._others) for t in part]
    assert len(held) <= 6


def test_a_long_text_is_cut_and_says_so() -> None:
    traces = Traces()
    traces.add(selection("long", text="z" * (TEXT_LIMIT + 1234)))
    text = traces.accepted[0].text
    assert text.count("z") == TEXT_LIMIT and "1,234 characters more" in text


def test_number_lists_of_the_summary_stand_on_one_line(ranked: RunResult) -> None:
    text = (ranked.path / "summary.json").read_text()
    assert '"k": [1, 2, 3, 4, 5, 6, 7, 8]' in text
    nasty = '{\n "a": "[\\n1, 2]"\n}'
    assert record._NUMBERS.sub("!", nasty) == nasty
