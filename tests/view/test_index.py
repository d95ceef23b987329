"""The lists say what the candidates themselves say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.report.conftest import config
from tests.view import runs as made
from verirs import until
from verirs.running.auditing import audit
from verirs.running.drive import run
from verirs.running.reading import load_run
from verirs.store import Store
from verirs.view.index import VERDICTS, Index, build
from verirs.view.judging import judge
from verirs.view.run import RunView


def index_of(path: Path) -> Index:
    with Store.open(path) as store:
        return build(store)


def check(path: Path) -> Index:
    """The lists of a run against its candidates, one by one."""
    index, read = index_of(path), load_run(path)
    table = {(r["problem_id"], r["sample_index"]): r for r in read.to_arrow().to_pylist()}
    groups = list(read.groups())
    assert index.ids == [g.problem.id for g in groups]
    at = 0
    for place, group in enumerate(groups):
        columns = index.problem_columns
        counts = Counter(str(c.verdict) for c in group.candidates)
        assert {v: columns[v][place] for v in VERDICTS} == {v: counts[v] for v in VERDICTS}
        assert columns["samples"][place] == len(group.candidates)
        said = {f"{s.scorer}: {s.verdict}" for c in group.candidates for s in c.scores}
        assert {index.words["said"][w] for w in columns["said"][place]} == said
        for c in group.candidates:
            row = {name: index.sample_columns[name][at] for name in index.sample_columns}
            assert (index.problem[at], index.number[at]) == (place, c.completion.index)
            assert VERDICTS[row["verdict"]] == str(c.verdict)
            assert index.words["answer"][row["answer"]] == (c.answer or "")[:60]
            assert index.words["finish"][row["finish"]] == c.completion.finish_reason
            assert row.get("value") == (None if c.value is None else pytest.approx(c.value, abs=1e-4))
            exported = table[group.problem.id, c.completion.index]
            word = "accepted" if exported["accepted"] else exported["reason"] or ""
            assert index.words["export"][row["export"]] == word
            at += 1
    assert at == len(index.problem)
    return index


def test_rankers_gates_and_exports(tmp_path: Path) -> None:
    index = check(run(config(tmp_path)).path)
    assert "value" in index.sample_columns and "said_of" in index.sample_columns


@pytest.mark.parametrize("name", ["maths", "codes", "hostile", "curated"])
def test_recorded_runs(folder: Path, name: str) -> None:
    check(folder / name)


def broken(problem: Any, completion: Any) -> Any:
    """A scorer that breaks on some samples."""
    if completion.index % 3 == 0:
        raise RuntimeError(f"no luck with {completion.index}")
    return 0.5


def test_errors_have_their_kind(tmp_path: Path) -> None:
    result = run(
        {
            **config(tmp_path),
            "scorer": {"math": {}, "own": {"plugin": f"{__file__}:broken"}},
            "limits": {"max_errors": 1.0},
        }
    )
    index = check(result.path)
    assert index.words["error_of"] and all(w.startswith("own: ") for w in index.words["error_of"])


def test_samples_beyond_a_stop_count_nowhere(tmp_path: Path) -> None:
    result = run({**config(tmp_path), "scorer": {"math": {}}, "until": {"accept": 1, "first": 2}})
    with Store.open(result.path) as store:
        index = build(store)
        counted = [len(g.candidates) for g in until.groups(store)]
    assert index.problem_columns["samples"] == counted


def test_votes_and_doubts_come_later(folder: Path) -> None:
    index = index_of(folder / "maths")
    assert not index.judged and "majority" not in index.problem_columns
    with Store.open(folder / "maths") as store:
        assert list(judge(index, until.groups(store))) == [1, 2, 3]
    majority = [index.words["majority"][m] for m in index.problem_columns["majority"]]
    assert dict(zip(index.ids, majority, strict=True)) == {
        "easy": "tied",
        "gold/wrong?": "wrong",
        "hard": "right",
    }
    kinds = [index.words["doubt_kind"][k] for k in index.problem_columns["doubt_kind"]]
    assert kinds[index.ids.index("gold/wrong?")] == "gold loses the vote"
    assert index.problem_columns["doubt"][index.ids.index("gold/wrong?")] == max(
        index.problem_columns["doubt"]
    )
    assert index.problem_columns["chars"][0] > 0


def test_an_empty_run_has_empty_lists(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run", {"source.name": "x"}):
        pass
    index = index_of(tmp_path / "run")
    assert index.problems_json()["n"] == 0 and index.samples_json()["n"] == 0
    assert index.bounds() == [0]


def test_a_run_of_one_sample(tmp_path: Path) -> None:
    check(made.replayed(tmp_path, made.MATHS[:1], made.MATH_SAMPLES[:1]).path)


def test_what_was_found_of_problems_is_a_flag(tmp_path: Path) -> None:
    twins = [{**made.MATHS[0], "id": "a"}, {**made.MATHS[0], "id": "b"}, made.MATHS[1]]
    rows = [*made.samples("a", ["\\boxed{7}"]), *made.samples("b", ["\\boxed{7}"])]
    index = check(made.replayed(tmp_path, twins, rows).path)
    said = [[index.words["flag"][f] for f in own] for own in index.problem_columns["flag"]]
    assert said == [[], ["duplicate"], ["another with other numbers"]]
    with Store.open(tmp_path / "runs" / "run") as store:
        list(judge(index, until.groups(store)))
        list(judge(index, until.groups(store)))
    assert [len(own) for own in index.problem_columns["flag"]] == [0, 1, 1]


def test_what_curation_and_an_audit_find(folder: Path) -> None:
    view = RunView(folder / "curated", "curated")
    index = view.judge_all()
    c, words = index.problem_columns, index.words
    of = {
        key: {
            "flags": [words["flag"][w] for w in c["flag"][i]],
            "dropped": words["dropped"][c["dropped"][i]],
            "findings": [words["finding"][w] for w in c["finding"][i]],
            "unwanted": c["unwanted"][i],
        }
        for i, key in enumerate(index.ids)
    }
    assert {key: found["unwanted"] for key, found in of.items()} == dict.fromkeys(of, 1)
    assert of["clean"]["dropped"] == "" and of["again"]["dropped"] == ""
    assert (of["again-2"]["flags"], of["again-2"]["dropped"]) == (["duplicate"], "duplicate problem")
    assert of["seen"]["flags"] == ["contaminated"] and of["seen"]["dropped"] == "contaminated"
    assert of["far"]["dropped"] == "filter: meta.level"
    assert "contradicting" in of["torn-a"]["findings"] and "contradicting" in of["torn-b"]["findings"]
    assert "guessable" in of["far"]["findings"] and "outvoted" in of["clean"]["findings"]
    page = view.problem(index.ids.index("torn-b"))
    assert page["findings"]["contradicting"] == "equal to torn-a, whose gold is '8'"
    said = audit(str(folder / "curated"))[1]  # the command says the same
    assert {(f.problem_id, f.kind, f.evidence) for f in said} == {
        (index.ids[at], kind, why) for at, found in index.findings.items() for kind, why in found.items()
    }


def test_texts_are_found(folder: Path) -> None:
    view = RunView(folder / "maths", "maths")
    ids = view.index().ids

    def found(wanted: str) -> tuple[list[str], dict[str, list[int]]]:
        told = view.search(wanted)
        return [ids[i] for i in told["prompts"]], {ids[int(k)]: v for k, v in told["samples"].items()}

    assert found("POSITIVE x") == (["hard"], {})
    assert found("take roots") == ([], {"hard": [0]})
    assert found("long thought") == ([], {"hard": [2]})  # in a reasoning
    assert found("\\sqrt{2}")[0] == ["hard"]  # the gold
    assert found("print(") == ([], {"hard": [1]})  # no pattern
    assert found("nothing of it") == ([], {})
    codes = RunView(folder / "codes", "codes")
    assert [codes.index().ids[i] for i in codes.search("assert f(2)")["prompts"]] == ["double"]
