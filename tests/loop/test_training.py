"""Our own TRL step, in this process: rows as a run exports them, a few steps on the embedded policy."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.loop.test_parts import make_problems, run_folder
from tests.loop.toys import group
from tests.small_disk import SmallDisk
from verirs.demo.policy import model_path
from verirs.errors import ConfigError, StoreError
from verirs.loop import data
from verirs.loop.models import check_model
from verirs.loop.rounds import read_json
from verirs.loop.steps.step import run_step
from verirs.loop.steps.train import FIGURES, TrainStep, plain
from verirs.types import Verdict

P, F = Verdict.PASS, Verdict.FAIL
SHORT = {"max_steps": 2, "per_device_train_batch_size": 4, "learning_rate": 1e-3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("rows")
    run = run_folder(path / "run", [group(p, [P, F, P, F]) for p in make_problems(8)])
    data.mix([(1, run / "export")], ["sft", "dpo", "kto"], path / "data")
    return path


def step(folder: Path, out: Path, *stages: str, lora: int = 0, **over: object) -> TrainStep:
    out.mkdir(exist_ok=True)
    return TrainStep(
        model=str(model_path()),
        out=str(out),
        stages=stages,
        data={s: str(folder / "data" / f"{s}.parquet") for s in stages},
        options={s: {**SHORT, **over} for s in stages},
        lora=lora,
        seed=0,
    )


def digest(path: Path) -> str:
    return hashlib.sha256((path / "model" / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("stages", [("sft",), ("dpo",), ("kto",), ("sft", "dpo")])
def test_each_method_leaves_a_changed_whole_model(
    folder: Path, tmp_path: Path, stages: tuple[str, ...]
) -> None:
    step(folder, tmp_path / "m", *stages).work()
    check_model(tmp_path / "m" / "model")
    log = read_json(tmp_path / "m" / FIGURES)
    assert [s["stage"] for s in log["stages"]] == list(stages)
    assert all(s["steps"] == 2 and s["rows"] > 0 for s in log["stages"])
    changed = largest_change(tmp_path / "m")
    assert 1e-4 < changed < 0.1


def test_the_same_step_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        dataclasses.replace(step(folder, tmp_path / name, "sft"), seed=seed).work()
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


def test_adapters_are_merged_into_a_plain_model(folder: Path, tmp_path: Path) -> None:
    step(folder, tmp_path / "m", "sft", lora=4).work()
    check_model(tmp_path / "m" / "model")
    assert not (tmp_path / "m" / "model" / "adapter_config.json").exists()
    assert largest_change(tmp_path / "m") > 1e-5


def test_a_disk_that_is_full_of_weights_is_said(folder: Path, small_disk: SmallDisk) -> None:
    small_disk.resize(1000)
    asked = step(folder, small_disk.path / "m", "sft")
    with pytest.raises(StoreError, match="no space left on the disk"):
        run_step(asked, small_disk.path / "training", "training")
    assert "Traceback" in (small_disk.path / "training.log").read_text()


def test_gradient_checkpointing_is_the_users_choice(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import trl

    chosen: list[bool] = []
    original = trl.SFTTrainer.train

    def spy(self: Any) -> Any:
        chosen.append(self.args.gradient_checkpointing)
        return original(self)

    monkeypatch.setattr(trl.SFTTrainer, "train", spy)
    with pytest.warns(FutureWarning, match="gradient_checkpointing"):  # its old name, still good
        step(folder, tmp_path / "a", "sft", gradient_checkpointing=True).work()
    step(folder, tmp_path / "b", "sft").work()
    assert chosen == [True, False]


def test_an_option_that_trl_does_not_know_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"train\.sft\.learning_rat; did you mean learning_rate\?"):
        step(folder, tmp_path / "m", "sft", learning_rat=1).work()


def test_only_completions_bear_loss(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The prompt's tokens are masked: a row's labels begin where the assistant's text does."""
    import trl

    seen: dict[str, Any] = {}
    original = trl.SFTTrainer.get_train_dataloader

    def spy(self: Any) -> Any:
        loader = original(self)
        seen["batch"] = next(iter(loader))
        seen["tokenizer"] = self.processing_class
        return loader

    monkeypatch.setattr(trl.SFTTrainer, "get_train_dataloader", spy)
    step(folder, tmp_path / "m", "sft").work()
    labels = seen["batch"]["labels"][0]
    text = seen["tokenizer"].decode(labels[labels != -100])
    assert text.startswith("text ")
    assert text.endswith("<|end|>")  # and it learns to stop


def test_a_model_without_a_chat_template_reads_plain_text(folder: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(model_path(), base)
    (base / "chat_template.jinja").unlink()
    dataclasses.replace(step(folder, tmp_path / "m", "sft"), model=str(base)).work()
    check_model(tmp_path / "m" / "model")
    row = {"prompt": [{"role": "user", "content": "a"}], "completion": [{"content": "b"}], "label": True}
    assert plain(row) == {"prompt": "a", "completion": "b", "label": True}


def largest_change(path: Path) -> float:
    from safetensors.torch import load_file

    before, after = (
        load_file(model_path() / "model.safetensors"),
        load_file(path / "model" / "model.safetensors"),
    )
    return max(float((before[k].float() - after[k].float()).abs().max()) for k in before)
