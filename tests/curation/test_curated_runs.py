"""Runs that keep some of their problems: what is written, counted, and refused before the first sample."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import verirs
from verirs.errors import ConfigError, VerirsError
from verirs.publishing import prepare
from verirs.running.config import merge
from verirs.running.drive import RunResult, run
from verirs.running.upkeep import merge_runs

Rows = Sequence[Mapping[str, Any]]
HELD_OUT = "Nora plants 14 rows of 9 tulips each and picks 27 of them for a bunch. How many tulips are left?"
PROBLEMS: Rows = [
    {"id": "a", "prompt": "What is 1 + 1?", "answer": "2", "level": 1},
    {"id": "b", "prompt": "what is $1 + 1$", "answer": "2", "level": 1},
    {"id": "c", "prompt": "What is 2 + 2?", "answer": "4", "level": 2},
    {"id": "d", "prompt": "what is 2+2", "answer": "5", "level": 2},
    {"id": "e", "prompt": f"Be brief. {HELD_OUT}", "answer": "99", "level": 3},
    {"id": "f", "prompt": HELD_OUT.replace("14", "15").replace("27", "31"), "answer": "104", "level": 3},
    {"id": "g", "prompt": "What is 3 + 4?", "answer": "7", "level": 4},
    {"id": "h", "prompt": "What is 30 / 4?", "answer": "7.5", "level": 5},
]


class Folder:
    """A folder with the problems, four samples of each, and a benchmark of one item."""

    def __init__(self, path: Path, problems: Rows = PROBLEMS):
        self.path = path
        self.write("problems", problems)
        self.write("bench", [{"prompt": HELD_OUT, "answer": "99"}])
        wrong = {"a": 0, "h": 4, "g": 2}
        self.write(
            "samples",
            [
                {
                    "problem_id": p["id"],
                    "sample_index": n,
                    "text": f"So {n}: \\boxed{{{gold}}}",
                    "tokens": 10 + n,
                }
                for p in problems
                for n in range(4)
                for gold in ("0" if n < wrong.get(p["id"], 1) else p["answer"],)
            ],
        )

    def write(self, name: str, lines: Rows) -> None:
        (self.path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def config(self, **more: Any) -> dict[str, Any]:
        return {
            "name": "r",
            "runs": str(self.path),
            "n": 4,
            "source": {"name": "file", "path": str(self.path / "problems.jsonl")},
            "engine": {"name": "replay", "path": str(self.path / "samples.jsonl")},
            "export": {"sinks": ["sft", "dpo", "kto", "rl", "problems", "rejects"], "formats": ["jsonl"]},
            "decontaminate": {"against": [str(self.path / "bench.jsonl")]},
            **more,
        }

    def rows(self, sink: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / f"r/export/{sink}.jsonl").read_text().splitlines()]

    def dropped(self) -> dict[str, str | None]:
        return {row["problem_id"]: row["dropped"] for row in self.rows("problems")}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def funnel(result: RunResult) -> list[tuple[str, int]]:
    assert result.summary.curation is not None
    return [(step.name, step.problems) for step in result.summary.curation.funnel]


def test_what_is_dropped_is_in_no_training_file_and_stands_there_with_its_reason(folder: Folder) -> None:
    result = run(folder.config())
    unequal = "equal problem, unequal gold"
    assert folder.dropped() == {
        **dict.fromkeys("agh"), "b": "duplicate problem", "c": unequal, "d": unequal, "e": "contaminated",
        "f": "contaminated",
    }  # fmt: skip
    for sink in ("sft", "dpo", "kto", "rl"):
        assert {row["problem_id"] for row in folder.rows(sink)} <= set("agh"), sink
    # nothing was paid for what is dropped anyway
    assert {r["problem_id"] for r in folder.rows("rejects")} <= set("agh")
    assert {row["problem_id"]: row["samples"] for row in folder.rows("problems")} == {
        **dict.fromkeys("agh", 4), **dict.fromkeys("bcdef", 0),
    }  # fmt: skip
    assert (result.summary.completions, result.summary.origin.missing) == (12, ())
    known = {row["problem_id"]: row for row in folder.rows("problems")}
    assert (known["e"]["other_numbers"], known["f"]["other_numbers"]) == (False, True)
    assert known["b"]["duplicate_of"] == "a" and known["a"]["contamination"] == 0.0
    assert [step[1] for step in funnel(result)] == [8, 7, 5, 3]
    card = (folder.path / "r/export/README.md").read_text()
    for told in ("| decontaminated | 3 |", "bench.jsonl | 1 | 1 | 2 | 1 |", "| c | d | 4 | 5 |"):
        assert told in card, told


def test_what_was_kept_out_is_drawn_when_it_is_wanted(folder: Folder) -> None:
    run(folder.config())
    told = io.StringIO()
    export = functools.partial(verirs.export, folder.path / "r", console=Console(file=told, width=300))
    assert export().summary.origin.missing == () and not told.getvalue()
    wanted = {"decontaminate": {"action": "mark"}}
    assert export(changes=wanted).summary.origin.missing == ("8 samples of 2 problems are not drawn yet",)
    assert "8 samples of 2 problems are not drawn yet: verirs run" in told.getvalue()
    with pytest.raises(VerirsError, match="not complete: 8 samples of 2 problems"):
        prepare(folder.path / "r", environment={})
    result = run(merge(folder.config(), wanted))
    assert result.progress.sampled == 8 and result.summary.origin.missing == ()
    kept = run(folder.config())  # dropped again, and their samples stay
    assert kept.progress.sampled == 0 and kept.summary.completions == 20
    assert {r["reason"] for r in folder.rows("rejects") if r["problem_id"] == "e"} == {
        "fail", "problem: contaminated",
    }  # fmt: skip
    prepare(folder.path / "r", environment={})


def test_shards_that_kept_problems_out_lack_nothing(folder: Folder) -> None:
    shards = [run(folder.config(name=f"s{i}", shard=f"{i}/2")).path for i in range(2)]
    assert verirs.export(shards, out=folder.path / "out").summary.origin.missing == ()
    merge_runs(folder.path / "r", shards)
    assert verirs.export(folder.path / "r").summary.origin.missing == ()
    assert folder.dropped() == {**folder.dropped(), **dict.fromkeys("agh")}
    assert sum(row["samples"] for row in folder.rows("problems")) >= 12


def test_a_round_until_enough_asks_nothing_of_what_is_kept_out(folder: Folder) -> None:
    result = run(folder.config(until={"accept": 1, "first": 2}))
    assert result.summary.until is not None and result.summary.until.missing == 0
    assert result.summary.origin.missing == ()
    assert {r["problem_id"] for r in folder.rows("problems") if r["samples"]} == set("agh")


def test_rows_without_an_id_that_contradict_each_other_are_dropped_and_shown(tmp_path: Path) -> None:
    asked: Rows = [{"prompt": "What is 2 + 2?", "answer": gold} for gold in ("4", "5", "4")]
    other: Rows = [{"prompt": "What is 3 + 4?", "answer": "7"}]
    folder = Folder(tmp_path, [{"id": "x", **other[0]}])
    folder.write("problems", [*asked, *other])
    engine = {"name": "fake"}
    result = run(folder.config(engine=engine))
    assert result.summary.curation is not None
    (conflict,) = result.summary.curation.conflicts
    assert conflict.golds == ("4", "5") and len(set(conflict.problem_ids)) == 2
    assert sorted(filter(None, folder.dropped().values())) == ["equal problem, unequal gold"] * 2
    assert result.summary.completions == 4
    marked = run(folder.config(engine=engine, duplicates={"equal": "mark"}))
    assert marked.summary.completions == 12 and set(folder.dropped().values()) == {None}


def test_the_other_wishes(folder: Folder) -> None:
    run(merge(folder.config(), {"duplicates": {"equal": "mark"}, "decontaminate": {"action": "mark"}}))
    run_dir = folder.path / "r"
    verirs.export(run_dir, changes={"duplicates": {"equal": "mark"}, "decontaminate": {"action": "mark"}})
    assert set(folder.dropped().values()) == {None}
    dropping = {"duplicates": {"equal": "drop"}, "decontaminate": {"action": "drop"}}
    verirs.export(run_dir, changes=merge(dropping, {"decontaminate": {"variants": "keep"}}))
    assert folder.dropped()["f"] is None and folder.dropped()["e"] == "contaminated"
    verirs.export(run_dir, changes=merge(dropping, {"decontaminate": {"against": []}}))
    assert folder.dropped()["e"] is None and folder.rows("problems")[0]["contamination"] is None
    with pytest.raises(
        ConfigError, match=r"refuse.*2 problems hold an item of a benchmark: 2 of .*such as e"
    ):
        verirs.export(run_dir, changes={"decontaminate": {"action": "refuse"}})


def test_filters_on_counts_and_on_columns_of_the_source(folder: Folder) -> None:
    result = run(folder.config(filter={"pass_rate": [0.3, 0.9], "meta": {"level": [4, 5]}}))
    dropped = folder.dropped()
    assert (dropped["a"], dropped["g"], dropped["h"]) == ("filter: pass_rate", None, "filter: pass_rate")
    assert funnel(result)[-2:] == [("pass_rate = [0.3, 0.9]", 1), ("meta.level = [4, 5]", 1)]
    verirs.export(
        folder.path / "r", changes={"filter": {"pass_rate": [0.3, 0.7], "keep": "not surely outside"}}
    )
    assert [i for i, why in folder.dropped().items() if why is None] == ["g", "h"]
    verirs.export(folder.path / "r", changes={"filter": {"tokens_mean": [0, 5]}})
    assert not folder.rows("sft")  # measured only: the files are empty, and the funnel says why


def test_mistakes_are_told_before_the_first_sample(folder: Folder) -> None:
    mistakes: list[tuple[dict[str, Any], str]] = [
        (
            {"filter": {"pas_rate": [0, 1]}},
            r"filter.pas_rate: no such column of a problem; did you mean pass_rate",
        ),
        ({"filter": {"pass_rate": [0.9, 0.1]}}, "holds no number; write the smaller one first"),
        ({"filter": {"pass_rate": [0.3, 0.32]}}, "no pass rate of 4 samples lies there"),
        ({"filter": {"pass_rate": "high"}}, "write a range of two numbers"),
        ({"filter": {"split": [1, 2]}}, "write a text or a list of texts"),
        ({"filter": {"keep": "maybe", "pass_rate": [0, 1]}}, "filter.keep: write one of 'inside'"),
        ({"filter": {"keep": "not surely outside"}}, "add pass_rate"),
        ({"filter": {"meta": {"levle": [1, 2]}}}, r"no problem has it; did you mean meta.level"),
        ({"filter": {"meta": {"level": [8, 9]}}}, r"no problem would be kept.*filter.meta.level = \[8, 9\]"),
        ({"decontaminate": {"against": ["gsm8k"]}}, r"no benchmark 'gsm8k'; did you mean gsm8k:test"),
        ({"decontaminate": {"against": ["gone.jsonl"]}}, "decontaminate.against: gone.jsonl"),
        ({"decontaminate": {"action": "drpo"}}, "decontaminate.action"),
    ]
    for more, told in mistakes:
        with pytest.raises(ConfigError, match=told):
            run(folder.config(**more))
    assert not (folder.path / "r" / "groups").exists()


def test_a_run_on_a_benchmark_writes_nothing_to_train_on(tmp_path: Path) -> None:
    folder = Folder(tmp_path, [{"id": "e", "prompt": HELD_OUT, "answer": "99"}])
    with pytest.raises(ConfigError, match=r"no problem would be kept.*they are of .*action=mark"):
        run(folder.config())
    run(folder.config(decontaminate={"action": "mark", "against": [str(tmp_path / "bench.jsonl")]}))
    assert [row["contamination"] for row in folder.rows("sft")] == [1.0] * 3
    run(folder.config(name="measured", export={"sinks": ["problems", "rejects"]}))  # no training file
