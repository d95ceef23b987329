"""A benchmark's results in the files of lm-eval and inspect, and in experiment trackers."""

from __future__ import annotations

import importlib.util
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import pytest

from verirs.bench.benchmark import bench
from verirs.bench.logs import write_logs
from verirs.bench.tracking import track
from verirs.cli import main
from verirs.running.drive import RunResult
from verirs.running.reading import load_run

SAID = {"a": ("1", "1 1 2"), "b/c": ("2", "3 3 2"), "b c": ("3", "7 8 9"), "d": ("{1, 2", "1 2 3")}
"""By id the gold answer, one that cannot be read too, and the samples' answers."""


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunResult:
    monkeypatch.chdir(tmp_path)
    problems = [{"id": k, "question": f"{k}?", "answer": f"#### {gold}"} for k, (gold, _) in SAID.items()]
    rows = [
        {"problem_id": k, "sample_index": i, "text": f"\u202eIt is \\boxed{{{a}}}.", "tokens": 7}
        for k, (_, answers) in SAID.items()
        for i, a in enumerate(answers.split())
    ]
    for name, lines in (("problems", problems), ("samples", rows)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return bench("gsm8k", source_path=tmp_path / "problems.jsonl", replay=tmp_path / "samples.jsonl")


RATES = {"a": 2 / 3, "b/c": 1 / 3, "b c": 0.0}


def test_lm_evals_files_hold_the_figures_and_every_sample(result: RunResult) -> None:
    """Keys as lm-eval's tracker writes them and its Zeno script reads them:
    https://github.com/EleutherAI/lm-evaluation-harness/blob/main/scripts/zeno_visualize.py"""
    path = write_logs(load_run(result.path), "lm-eval")
    (samples,) = path.parent.glob("samples_gsm8k_*.jsonl")
    assert path.stem.removeprefix("results_") == samples.stem.removeprefix("samples_gsm8k_")
    told = json.loads(path.read_text())
    rows = [json.loads(line) for line in samples.read_text().splitlines()]
    figures = told["results"]["gsm8k"]
    assert figures["exact_match,verirs"] == pytest.approx(1 / 3)
    assert figures["exact_match,verirs"] == pytest.approx(
        result.summary.estimates["pass@k"].at[1].mean, abs=1e-6
    )
    assert figures["exact_match_stderr,verirs"] == pytest.approx(math.sqrt(2 / 9 / 2 / 3))
    assert told["n-samples"] == {"gsm8k": {"original": 4, "effective": 3}}
    assert {r["doc"]["id"]: r["exact_match"] for r in rows} == pytest.approx(RATES | {"d": None})
    assert [len(r["resps"][0]) for r in rows] == [3] * 4
    config = told["configs"]["gsm8k"]
    assert [m["metric"] for m in config["metric_list"]] == ["exact_match"]
    for row in rows:  # what the Zeno script takes of a task whose output_type is generate_until
        assert row["arguments"]["gen_args_0"]["arg_0"].endswith("?") and row["filtered_resps"][0]
    assert json.loads(told["config"]["model_args"])["file"] == "samples.jsonl"
    again = write_logs(load_run(result.path), "lm-eval")
    assert len(list(again.parent.iterdir())) == 2  # a run has one result


def test_inspects_log_holds_every_sample_under_a_name_of_its_own(result: RunResult) -> None:
    """Members and keys as ``inspect log schema`` of 0.3.285 says."""
    with zipfile.ZipFile(write_logs(load_run(result.path), "inspect")) as file:
        names = file.namelist()
        assert len(set(names)) == len(names) == 3 + 4 * 3
        assert not [n for n in names if ".." in n or n.startswith("/") or n.count("/") > 1]
        header = json.loads(file.read("header.json"))
        samples = [json.loads(file.read(n)) for n in names if n.startswith("samples/")]
    assert (header["version"], header["status"], header["eval"]["task"]) == (2, "success", "gsm8k")
    (score,) = header["results"]["scores"]
    assert score["metrics"]["accuracy"]["value"] == pytest.approx(1 / 3)
    assert (score["scored_samples"], score["unscored_samples"]) == (9, 3)
    letters: dict[str, list[Any]] = {}
    for sample in samples:
        letters.setdefault(sample["id"], []).append(sample["scores"].get("verirs", {}).get("value"))
    assert letters == {"a": ["C", "C", "I"], "b/c": ["I", "I", "C"], "b c": ["I"] * 3, "d": [None] * 3}


def test_inspect_reads_its_log(result: RunResult) -> None:
    log = pytest.importorskip("inspect_ai.log", reason="inspect_ai is not installed")
    path = write_logs(load_run(result.path), "inspect")
    read = log.read_eval_log(str(path))
    assert read.results.scores[0].metrics["accuracy"].value == pytest.approx(1 / 3)
    assert [s.scores["verirs"].value for s in read.samples if s.id == "a"] == ["C", "C", "I"]


def test_tensorboard_reads_every_curve(result: RunResult) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert track(result.summary, result.path, "tensorboard").startswith("tensorboard --logdir ")
    track(result.summary, result.path, "tensorboard")  # once more replaces it
    events = EventAccumulator(str(result.path / "logs" / "tensorboard"))
    events.Reload()
    curve = {e.step: e.value for e in events.Scalars("pass@k")}
    assert curve == pytest.approx(
        {k: b.mean for k, b in result.summary.estimates["pass@k"].at.items()}, abs=1e-6
    )
    assert {"pass@k/low", "pass@k/high", "maj@k"} <= set(events.Tags()["scalars"])


@pytest.mark.parametrize("kind", ["wandb", "trackio"])
def test_trackers_take_the_figures(result: RunResult, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(kind, reason=f"{kind} is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("TRACKIO_DIR", str(result.path / "trackio"))
    assert result.path.name in track(result.summary, result.path, kind)


def test_a_tracker_that_is_missing_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "wandb" else real(name))
    with pytest.raises(SystemExit):
        main(["bench", "gsm8k", "--engine", "fake", "--track", "wandb"])
    assert "--track wandb needs wandb: pip install wandb" in capsys.readouterr().err
    assert not Path("runs").exists()
