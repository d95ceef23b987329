"""Config, plugins, sources, prompts and the commands that need no model."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.shared_data import shared
from verirs import parts as plugins
from verirs.cli import main
from verirs.running.config import assignments, merge, parse
from verirs.running.drive import as_config, dump
from verirs.running.plan import in_shard
from verirs.running.prompts import EXAMPLES, Prompter, few_shot, sample_seed
from verirs.sources.files import FileSource, read_rows
from verirs.sources.gsm8k import Gsm8kSource
from verirs.store import Store
from verirs.types import Problem, Verdict

RAW: dict[str, Any] = {"source": {"name": "easy"}, "engine": {"name": "fake"}}


def test_settings_are_toml_values_and_merge_deep() -> None:
    table = assignments(["a.b=1", "a.c=[1, 2]", "x=hello world", "y=true"])
    assert table == {"a": {"b": 1, "c": [1, 2]}, "x": "hello world", "y": True}
    assert merge({"a": {"b": 0, "d": 4}, "z": 1}, table) == {
        **table,
        "a": {"b": 1, "c": [1, 2], "d": 4},
        "z": 1,
    }


def test_a_config_survives_its_own_dump() -> None:
    config = parse(
        {**RAW, "select": {"name": "best", "k": 2}, "scorer": {"math": {}, "format": {"contains": ["x"]}}}
    )
    again = as_config(tomllib.loads(dump(config)))
    assert again == config


def test_every_built_in_name_resolves() -> None:
    for kind, table in plugins.BUILTIN.items():
        for name in table:
            assert callable(plugins.resolve(kind, name)), (kind, name)


def test_a_function_in_a_file_is_a_scorer(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "def long(problem, completion, least: int = 3):\n    return len(completion.text) >= least\n"
    )
    scorer = plugins.build("scorer", f"{path}:long", {"least": 5})
    from verirs.types import Completion

    said = [scorer.score([(Problem(prompt="q"), Completion(text=t))])[0].verdict for t in ("abcd", "abcde")]
    assert said == [Verdict.FAIL, Verdict.PASS]
    five, four = (plugins.build_scorer(f"{path}:long", {"least": n}, "long").version for n in (5, 4))
    assert five != four and five.startswith(scorer.version)


def test_an_entry_point_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[verirs.scorer]\nother = other_pkg:judge\n")
    (tmp_path / "other_pkg.py").write_text("def judge(problem, completion):\n    return True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "other" in plugins.names("scorer")
    assert plugins.build("scorer", "other", {}).name == "other"


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "parquet"])
def test_file_source_reads_every_kind(tmp_path: Path, kind: str) -> None:
    rows = [
        {"key": f"k{i}", "question": f"{i}?", "gold": str(i), "level": i, "empty": None} for i in range(5)
    ]
    path = tmp_path / f"p.{kind}"
    text = "".join(json.dumps(r) + "\n" for r in rows)
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif kind == "jsonl":
        path.write_text("\n" + text)
    else:
        path.write_bytes(gzip.compress(text.encode()))
    got = list(FileSource(str(path), id="key").problems())
    assert [p.id for p in got] == [f"k{i}" for i in range(5)]
    assert got[3].prompt == ({"role": "user", "content": "3?"},) and got[3].answer == "3"
    assert got[3].meta == {"level": 3}


def test_column_mapping_and_chat_prompts(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    chat = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    path.write_text(json.dumps({"chat": chat, "final": 4, "answer": "long solution"}) + "\n")
    (p,) = FileSource(str(path), prompt="chat", answer="final").problems()
    assert p.prompt == tuple(chat) and p.answer == "4" and p.meta == {"answer": "long solution"}
    assert len(p.id) == 16


def test_gsm8k_from_its_own_rows(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text(
        json.dumps({"question": "How many?", "answer": "3 * 400 = <<3*400=1200>>1200\n#### 1,200"}) + "\n"
    )
    (p,) = Gsm8kSource(path=str(path)).problems()
    assert (p.id, p.answer, p.split) == ("gsm8k/test/0", "1200", "test")


def test_recorded_problem_files_load() -> None:
    for name, count in (("gsm8k_test", 1319), ("math500", 500)):
        path = shared(f"data/problems/{name}.jsonl.gz")
        source = plugins.build("source", "gsm8k" if "gsm" in name else "math500", {"path": str(path)})
        got = list(source.problems())
        assert len({p.id for p in got}) == count and all(p.answer for p in got)


def test_reading_stops_at_nothing_but_a_broken_row(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"a": 1}\n\n{"a": 2}\n')
    assert [(where.rpartition(":")[2], row["a"]) for where, row in read_rows(path)] == [("1", 1), ("3", 2)]


def test_prompts() -> None:
    problem = Problem(id="p", prompt="Why {x}?")
    plain = Prompter(system="Be brief.", template="Q: {problem} A:", examples=few_shot(2))
    messages = plain.messages(problem)
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert messages[-1]["content"] == "Q: Why {x}? A:" and messages[1]["content"] == f"Q: {EXAMPLES[0][0]} A:"
    assert plain.problem_messages(problem) == messages[-1:]
    own = Problem(id="p", prompt=[{"role": "system", "content": "mine"}, {"role": "user", "content": "u"}])
    assert plain.messages(own)[0]["content"] == "mine"
    assert sum(m["role"] == "system" for m in plain.messages(own)) == 1


def test_our_examples_are_right() -> None:
    """Every step of the worked examples, computed again."""
    import re

    for _, solution in EXAMPLES:
        for left, right in re.findall(r"([\d ]+(?:[-+*/] [\d ]+)+)= (\d+)", solution):
            numbers = [int(x) for x in re.findall(r"\d+", left)]
            value: float = numbers[0]
            for op, x in zip(re.findall(r"[-+*/]", left), numbers[1:], strict=True):
                value = {"+": value + x, "-": value - x, "*": value * x, "/": value / x}[op]
            assert value == int(right), (left, right)
        assert solution.rpartition("#### ")[2].isdigit()


def test_seeds_do_not_neighbour() -> None:
    seeds = {sample_seed(run, f"p{p}", i) for run in range(3) for p in range(50) for i in range(20)}
    assert len(seeds) == 3000 and not any(s + 1 in seeds for s in seeds)
    assert max(seeds) < 2**53


def test_shards_part_the_problems() -> None:
    ids = [f"problem-{i}" for i in range(1000)]
    parts = [[i for i in ids if in_shard(i, f"{k}/4")] for k in range(4)]
    assert sorted(i for part in parts for i in part) == sorted(ids) and min(map(len, parts)) > 180


def run_easy(folder: Path, *more: str) -> None:
    main(["run", "--source", "easy", "--engine", "fake", "-n", "4", "--set", f"runs={folder}", *more])


def test_shards_export_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_easy(tmp_path, "--name", "whole")
    for k in range(2):
        run_easy(tmp_path, "--name", "part", "--shard", f"{k}/2")
    shards = [str(tmp_path / f"part-shard-{k}-of-2") for k in range(2)]
    main(["export", *shards, "--out", str(tmp_path / "joined")])
    assert (tmp_path / "joined/sft.parquet").read_bytes() == (
        tmp_path / "whole/export/sft.parquet"
    ).read_bytes()


def test_export_with_another_selection(tmp_path: Path) -> None:
    run_easy(tmp_path, "--name", "r")
    before = pq.read_table(tmp_path / "r/export/sft.parquet").num_rows
    main(
        ["export", str(tmp_path / "r"), "--set", "select.k=1", "--set", 'export.formats=["jsonl", "parquet"]']
    )
    after = pq.read_table(tmp_path / "r/export/sft.parquet").num_rows
    assert 0 < after < before and len((tmp_path / "r/export/sft.jsonl").read_text().splitlines()) == after


def test_a_sinks_own_options(tmp_path: Path) -> None:
    run_easy(tmp_path, "--name", "r")
    sinks = 'export.sinks=["kto", "steps"]'
    most = []
    for cap in (0, 1):
        capped = f"export.options.kto.max_fails={cap}"
        main(["export", str(tmp_path / "r"), "--set", sinks, "--set", capped])
        rows = pq.read_table(tmp_path / "r/export/kto.parquet").to_pylist()
        fails = Counter(row["problem_id"] for row in rows if not row["label"])
        most.append(max(fails.values()))
    assert most[0] > most[1] == 1
    main(["export", str(tmp_path / "r"), "--set", sinks, "--set", 'export.options.steps.separator=" "'])
    steps = pq.read_table(tmp_path / "r/export/steps.parquet").column("completions").to_pylist()
    assert all(" " not in step.strip() for row in steps for step in row)


def test_check_proves_a_run_and_finds_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_easy(tmp_path, "--name", "r")
    main(["check", str(tmp_path / "r")])
    said = capsys.readouterr().err
    assert "proved on" in said and "sft.parquet" in said
    (tmp_path / "r/export/kto.parquet").write_bytes(b"torn")
    with pytest.raises(SystemExit) as stop:
        main(["check", str(tmp_path / "r")])
    assert stop.value.code == 2 and "kto.parquet" in capsys.readouterr().err


def test_dry_run_samples_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_easy(tmp_path, "--dry-run", "--few-shot", "2")
    said = capsys.readouterr().err
    assert EXAMPLES[0][0][:40] in said and "at most" in said and not list(tmp_path.iterdir())
    assert "first gold" in said


def test_the_scorer_alone_is_run_again(tmp_path: Path) -> None:
    run_easy(tmp_path, "--name", "r")
    text = (tmp_path / "r/config.toml").read_text()
    (tmp_path / "r/config.toml").write_text(
        text.replace("[scorer.math]", "[scorer.format]\nforbids = ['a']\n")
    )
    with pytest.raises(SystemExit) as stop:  # edited by hand, or damaged: nobody can tell
        main(["score", str(tmp_path / "r")])
    assert stop.value.code == 2
    main(["run", str(tmp_path / "r/config.toml")])
    main(["score", str(tmp_path / "r")])
    summary = json.loads((tmp_path / "r/summary.json").read_text())
    assert summary["verdicts"]["pass"] == 0 and summary["verdicts"]["unwanted"] == summary["completions"]


def test_a_ranker_can_be_added_to_a_finished_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_easy(tmp_path, "--name", "r")
    by_value = ["--set", "select.name=best", "--set", "select.k=1"]
    before = (tmp_path / "r/export/sft.parquet").read_bytes()
    with pytest.raises(SystemExit) as stop:
        main(["export", str(tmp_path / "r"), *by_value])
    assert stop.value.code == 2 and "no candidate has one. Score with a ranker" in capsys.readouterr().err
    assert (tmp_path / "r/export/sft.parquet").read_bytes() == before

    (tmp_path / "length.py").write_text(
        "def length(problem, completion):\n    return float(len(completion.text))\n"
    )
    plugin = f"scorer.length.plugin={tmp_path / 'length.py'}:length"
    with pytest.raises(SystemExit):
        main(["score", str(tmp_path / "r"), "--errors", "--set", plugin])
    assert "leave out --set" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["score", str(tmp_path / "r"), "--set", "n=9"])
    assert "the samples stay; only scorer" in capsys.readouterr().err
    main(["score", str(tmp_path / "r"), "--set", plugin])
    main(["export", str(tmp_path / "r"), *by_value])  # the run has kept its new scorer
    longest = {}
    for row in pq.read_table(tmp_path / "r/export/sft.parquet").to_pylist():
        assert row["value"] == len(row["completion"][0]["content"])
        longest[row["problem_id"]] = row["value"]
    for row in pq.read_table(tmp_path / "r/export/rejects.parquet").to_pylist():
        if row["verdict"] == "pass":
            assert row["value"] <= longest[row["problem_id"]]


def test_a_run_that_solves_nothing_ends_in_empty_files_by_any_selector(tmp_path: Path) -> None:
    (tmp_path / "length.py").write_text(
        "def length(problem, completion):\n    return float(len(completion.text))\n"
    )
    plugin = f"scorer.length.plugin={tmp_path / 'length.py'}:length"
    more = ["--set", "scorer.math={}", "--set", plugin, "--set", "select.name=best"]
    run_easy(tmp_path, "--name", "r", "--set", "engine.pass_rate=0.0", *more)
    summary = json.loads((tmp_path / "r/summary.json").read_text())
    assert summary["verdicts"]["pass"] == 0 and summary["rows"]["sft"] == 0


LEAKY = """
from verirs.scorers.code import CodeScorer
from verirs.sandbox import open_sandbox

class Leaky:
    # answers every test before it was asked
    def __init__(self, inner):
        self.inner = inner
    def __getattr__(self, name):
        return getattr(self.inner, name)
    def run(self, job):
        import dataclasses
        from verirs.sandbox.jobs import Drive, Outcome, Status
        result = self.inner.run(job)
        if isinstance(job, Drive):
            result = dataclasses.replace(result, status=Status.OK, outcomes=(Outcome(passed=True),))
        return result

class Judge(CodeScorer):
    def __init__(self):
        super().__init__(sandbox=Leaky(open_sandbox(workers=1)))
"""


@pytest.mark.parametrize("command", ["run", "score"])
def test_no_run_begins_with_a_sandbox_that_leaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    plugin = tmp_path / "leaky.py"
    plugin.write_text(LEAKY)
    leaky = f"scorer.code.plugin={plugin}:Judge"
    if command == "score":
        run_easy(tmp_path, "--name", "r", "--set", "scorer.math={}")
    with pytest.raises(SystemExit) as stop:
        if command == "score":
            main(["score", str(tmp_path / "r"), "--set", leaky])
        else:
            row = {"prompt": "Square n.", "tests": "assert square(3) == 9", "entry_point": "square"}
            row["solution"] = "def square(n): return n * n"
            (tmp_path / "rows.jsonl").write_text(json.dumps(row))
            source = ["--set", "source.name=file", "--set", f"source.path={tmp_path / 'rows.jsonl'}"]
            run_easy(tmp_path, "--name", "r", *source, "--set", leaky)
    said = " ".join(capsys.readouterr().err.split())
    assert stop.value.code == 4 and "fails its self-test" in said and "a wrong program: got its way" in said
    scores = [x.scorer for g in Store.open(tmp_path / "r").groups() for c in g.candidates for x in c.scores]
    assert set(scores) == ({"math"} if command == "score" else set())


def test_check_refuses_a_sandbox_that_leaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = tmp_path / "leaky.py"
    plugin.write_text(
        "from verirs.scorers.format import FormatScorer\n"
        "class Leaky(FormatScorer):\n"
        "    def self_test(self):\n        return ['kill parent: got its way']\n"
    )
    config = tmp_path / "c.toml"
    config.write_text(
        f"[source]\nname = 'easy'\n[engine]\nname = 'fake'\n[scorer.leaky]\nplugin = '{plugin}:Leaky'\n"
    )
    with pytest.raises(SystemExit) as stop:
        main(["check", str(config), "--trust"])
    assert stop.value.code == 2 and "kill parent: got its way" in capsys.readouterr().err
