"""Labels, rewards, step scores and predictions of a file as they are; a table over the models of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import verirs
from tests.shared_data import rows, shared
from verirs.bench.benchmark import bench, bench_by
from verirs.cli import main
from verirs.errors import ConfigError, SourceError
from verirs.scorers.recorded import RecordedScorer
from verirs.types import Completion, Problem, Verdict


def written(path: Path, *lines: Mapping[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def sample(problem: str, index: int, text: str | None = "t", **columns: Any) -> dict[str, Any]:
    return {"problem_id": problem, "sample_index": index, "text": text, **columns}


def said(path: Path, items: list[tuple[str, int, str]], **options: Any) -> list[Any]:
    scorer = RecordedScorer(str(path), **options)
    found = [(Problem(id=p, prompt="?"), Completion(index=i, text=text)) for p, i, text in items]
    return [(s.verdict, s.value, s.answer) for s in scorer.score(found)]


def test_labels_of_every_spelling_and_predictions(tmp_path: Path) -> None:
    labels = [True, 1, 1.0, "Correct", "pass", False, 0, "fail", None, "abstain", "error"]
    file = written(tmp_path / "a.jsonl", *[sample("p", i, label=v, pred=i) for i, v in enumerate(labels)])
    found = said(file, [("p", i, "t") for i in range(len(labels))], label="label", prediction="pred")
    p, f, a = Verdict.PASS, Verdict.FAIL, Verdict.ABSTAIN
    assert [verdict for verdict, _, _ in found] == [p, p, p, p, p, f, f, f, a, a, Verdict.ERROR]
    assert [answer for _, _, answer in found] == [str(i) for i in range(len(labels))]


def test_rewards_rank_and_steps_are_made_one_number(tmp_path: Path) -> None:
    file = written(
        tmp_path / "a.jsonl",
        sample("p", 0, reward=-2.5, steps=[0.5, 0.2]),
        sample("p", 1, reward=None, steps=[]),
    )
    items = [("p", 0, "t"), ("p", 1, "t")]
    assert [value for _, value, _ in said(file, items, reward="reward")] == [-2.5, None]
    for how, value in (("min", 0.2), ("last", 0.2), ("mean", 0.35), ("product", 0.1)):
        found = said(file, items, steps="steps", aggregate=how)
        assert found[0][1] == pytest.approx(value) and found[1][1] is None
    assert RecordedScorer(str(file), reward="reward").ranks
    assert not RecordedScorer(str(file), label="reward").ranks


def test_another_text_and_another_sample_get_nothing(tmp_path: Path) -> None:
    """A file of rewards that was made from other texts must not rank these."""
    file = written(tmp_path / "a.jsonl", sample("p", 3, "mine", label=1), sample("p", 7, None, label=1))
    found = said(
        file,
        [("p", 0, "mine"), ("p", 0, "other"), ("p", 1, "any"), ("p", 2, "t"), ("q", 0, "t")],
        label="label",
    )
    a = Verdict.ABSTAIN
    assert [v for v, _, _ in found] == [Verdict.PASS, a, Verdict.PASS, a, a], "counted as replay counts them"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "name one column"),
        ({"label": "a", "reward": "b"}, "name one column"),
        ({"reward": "b", "prediction": "c"}, "stands beside label"),
        ({"steps": "b", "aggregate": "mim"}, "did you mean min"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RecordedScorer(str(written(tmp_path / "a.jsonl", sample("p", 0))), **options)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("label", "maybe", "a.jsonl:2: the label 'maybe'"),
        ("label", 2, "label 2"),
        ("label", [True], "label"),
        ("reward", "high", "no finite number"),
        ("reward", True, "no finite number"),
        ("steps", 0.5, "not a list"),
        ("steps", [0.5, None], "no finite number"),
    ],
)
def test_rows_that_cannot_be_used_are_named(tmp_path: Path, column: str, value: Any, message: str) -> None:
    file = written(tmp_path / "a.jsonl", sample("p", 0, **{column: None}), sample("p", 1, **{column: value}))
    with pytest.raises(SourceError, match=message):
        said(file, [("p", 0, "t")], **{column: column})


def test_a_column_that_is_not_there_and_a_sample_that_is_there_twice(tmp_path: Path) -> None:
    file = written(
        tmp_path / "a.jsonl", sample("p", 0, reward=1.0, model="a"), sample("p", 0, model="b", reward=2.0)
    )
    with pytest.raises(SourceError, match="did you mean reward"):
        said(file, [("p", 0, "t")], reward="rewrd")
    with pytest.raises(SourceError, match="by models 'a' and 'b'; choose one"):
        said(file, [("p", 0, "t")], reward="reward")
    assert said(file, [("p", 0, "t")], reward="reward", model="b")[0][1] == 2.0
    with pytest.raises(SourceError, match="no file"):
        RecordedScorer(str(tmp_path / "b.jsonl"), reward="reward")


CONFIG = """
n = 2
rank = "all"
[source]
name = "file"
path = "problems.jsonl"
[engine]
name = "replay"
path = "samples.jsonl"
texts = "optional"
[scorer.label]
plugin = "recorded"
path = "samples.jsonl"
label = "label"
prediction = "pred"
[scorer.reward]
plugin = "recorded"
path = "samples.jsonl"
reward = "reward"
"""


def a_run(folder: Path, text: str | None) -> Path:
    """Two models on two problems, two samples each: the labels, the rewards, perhaps the texts."""
    written(folder / "problems.jsonl", *[{"id": p, "prompt": f"{p}?", "answer": "1"} for p in ("p", "q")])
    lines = [
        sample(
            p,
            i,
            text and f"{text} {p} {i} {m}",
            model=m,
            label=(i == 0) == (m == "a"),
            reward=1.0 - i,
            pred=str(i),
        )
        for m in ("a", "b")
        for p in ("p", "q")
        for i in (0, 1)
    ]
    written(folder / "samples.jsonl", *lines)
    config = folder / "config.toml"
    config.write_text(CONFIG)
    return config


@pytest.mark.parametrize("text", [None, "said"])
def test_a_table_over_the_models_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    config = a_run(tmp_path, text)
    monkeypatch.chdir(tmp_path)
    found, stopped = bench_by(str(config), "model", tmp_path / "samples.jsonl")
    assert list(found) == ["a", "b"] and not stopped
    best = {m: r.summary.estimates["best@k"].at[2].mean for m, r in found.items()}
    assert best == {"a": 1.0, "b": 0.0}
    assert all(r.summary.estimates["pass@k"].at[1].mean == 0.5 for r in found.values())
    main(
        [
            "bench",
            str(config),
            "--replay",
            "samples.jsonl",
            "--by",
            "model",
            "--set",
            "engine.texts='optional'",
        ]
    )
    out = capsys.readouterr().out
    assert "best@n" in out and "report" in out and out.index(" a ") < out.index(" b ")
    with pytest.raises(ConfigError, match="without a"):
        written(tmp_path / "samples.jsonl", sample("p", 0, label=1, pred="1", reward=1.0, model=None))
        bench_by(str(config), "model", tmp_path / "samples.jsonl")


def test_one_model_that_cannot_be_judged_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of one model there are step scores only: its rewards are null in every row."""
    config = a_run(tmp_path, None)
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "samples.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    written(file, *[{**line, "reward": line["reward"] if line["model"] == "b" else None} for line in lines])
    with pytest.raises(SystemExit) as stopped:
        main(["bench", str(config), "--replay", "samples.jsonl", "--by", "model"])
    assert stopped.value.code == 2
    out = " ".join(capsys.readouterr().out.split())
    assert "stopped model = a: scorer recorded:" in out and "'reward' is null in all of its rows" in out
    assert "best@n" in out and "bench-config-samples-b" in out


def test_a_thought_that_is_held_apart_is_the_same_text(tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", sample("p", 0, "<think>one</think>\n\n1", label=1))
    scorer = RecordedScorer(str(file), label="label")
    for completion in (
        Completion(text="<think>one</think>\n\n1"),
        Completion(text="\n\n1", reasoning="one"),
    ):
        assert scorer.score([(Problem(id="p", prompt="?"), completion)])[0].verdict is Verdict.PASS
    other = Completion(text="1", reasoning="two")
    assert scorer.score([(Problem(id="p", prompt="?"), other)])[0].verdict is Verdict.ABSTAIN


def test_by_needs_a_file_and_no_model(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "gsm8k", "--by", "model"])
    assert stopped.value.code == 2 and "needs --replay" in capsys.readouterr().err


def test_a_sample_without_its_text_is_in_no_training_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = a_run(tmp_path, None)
    monkeypatch.chdir(tmp_path)
    raw = verirs.running.config.load(config)
    raw["engine"]["model"] = raw["scorer"]["label"]["model"] = raw["scorer"]["reward"]["model"] = "a"
    with pytest.raises(SourceError, match=r"texts = .optional. where"):
        verirs.run({**raw, "engine": {**raw["engine"], "texts": "needed"}})
    result = verirs.run(
        {**raw, "export": {"sinks": ["sft", "dpo", "kto", "steps", "rejects"]}, "name": "two"}
    )
    assert result.summary.verdicts[Verdict.PASS] == 2 and result.summary.selection is not None
    assert result.summary.selection.rejected == {"no text": 4}
    assert {name: w.rows for name, w in result.exported.files.items() if name != "rejects"} == {
        "sft": 0,
        "dpo": 0,
        "kto": 0,
        "steps": 0,
    }


def test_recorded_rewards_of_a_published_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RewardMATH: scores without the texts; of ArmoRM accuracy 20.50, best-of-10 21.01."""
    pytest.importorskip("sklearn", reason="numbers are calibrated with scikit-learn")
    chosen = [r for r in rows("data/candidates/rewardmath_scores.jsonl.gz") if r["scorer"] == "ArmoRM"]
    written(tmp_path / "samples.jsonl", *chosen)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(
        CONFIG.replace(
            '"problems.jsonl"', json.dumps(str(shared("data/problems/rewardmath.jsonl.gz")))
        ).replace('prediction = "pred"', "")
    )
    result = bench(
        str(tmp_path / "config.toml"), replay=tmp_path / "samples.jsonl", settings=["engine.texts='optional'"]
    )
    found = result.summary.rankers["reward"]
    assert found.top_strict is not None and 100 * found.top_strict == pytest.approx(20.50, abs=0.005)
    assert 100 * found.all_samples["best"].mean == pytest.approx(21.01, abs=0.005)
    assert found.mrr is not None and 100 * found.mrr == pytest.approx(42.18, abs=0.005)
