"""A training started in two processes by a real launcher is the training that one process does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.loop.loops import table
from tests.loop.test_parts import make_problems, run_folder
from tests.loop.toys import group
from verirs.demo.policy import model_path
from verirs.errors import ConfigError
from verirs.loop import data
from verirs.loop.config import read
from verirs.loop.measure import notes
from verirs.loop.models import check_model, same_weights
from verirs.loop.steps.step import run_step
from verirs.loop.steps.train import TrainStep, defaults, four_bits
from verirs.loop.training import environment
from verirs.types import Verdict

P, F = Verdict.PASS, Verdict.FAIL


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    run = run_folder(tmp_path / "run", [group(p, [P, F, P, F]) for p in make_problems(16)])
    data.mix([(1, run / "export")], ["sft"], tmp_path / "data")
    told, weights = [], [load_file(model_path() / "model.safetensors")]
    for name, launcher, batch in (
        ("one", [], 8),
        ("two", ["torchrun", "--standalone", "--nproc-per-node", "2"], 4),
    ):
        (tmp_path / name).mkdir()
        options = {"max_steps": 3, "learning_rate": 1e-3, "per_device_train_batch_size": batch}
        step = TrainStep(
            model=str(model_path()),
            out=str(tmp_path / name),
            stages=["sft"],
            data={"sft": str(tmp_path / "data" / "sft.parquet")},
            options={"sft": options},
            lora=0,
            seed=0,
        )
        if launcher:
            run_step(step, tmp_path / f"{name}-step", "training", launcher=launcher)
        else:
            step.work()
        check_model(tmp_path / name / "model")
        told.append(json.loads((tmp_path / name / "training.json").read_text())["stages"][0])
        weights.append(load_file(tmp_path / name / "model" / "model.safetensors"))
    assert [t["processes"] for t in told] == [1, 2]
    assert [t["batch"] for t in told] == [8, 8]
    losses = [[point[1] for point in t["curve"]] for t in told]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    base, one, two = weights
    apart = max(float((one[k] - two[k]).float().abs().max()) for k in base)
    moved = max(float((one[k] - base[k]).float().abs().max()) for k in base)
    assert apart < moved / 50


def test_a_batch_is_shared_by_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    given = defaults("sft", True, 10_000)
    assert (given["per_device_train_batch_size"], given["gradient_accumulation_steps"]) == (8, 1)


def test_a_launcher_that_starts_one_process_is_said() -> None:
    stage: dict[str, Any] = {"stage": "sft", "rows": 99, "steps": 99, "processes": 1}
    assert "started one process" in notes({"stages": [stage], "launcher": ["accelerate", "launch"]}, None)[0]
    assert not notes({"stages": [{**stage, "processes": 2}], "launcher": ["accelerate", "launch"]}, None)


def test_without_a_launcher_a_training_sees_one_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert environment() == {"CUDA_VISIBLE_DEVICES": "3"}
    assert environment(launched=True) == {}


@pytest.mark.parametrize(("name", "kind"), [("fsdp", "FSDP"), ("zero3", "DEEPSPEED")])
def test_the_recipes_of_the_launcher_are_read_by_accelerate(name: str, kind: str) -> None:
    from importlib import import_module

    load_config_from_file = import_module("accelerate.commands.config.config_args").load_config_from_file
    launch_command_parser = import_module("accelerate.commands.launch").launch_command_parser

    path = Path(__file__).parents[2] / "examples" / "recipes" / f"{name}.yaml"
    config: Any = load_config_from_file(str(path))  # raises where it knows a key not
    assert str(config.distributed_type).endswith(kind)
    assert config.num_processes == 8
    # each key of its own table is an option of accelerate launch
    table = config.fsdp_config or config.deepspeed_config
    known = {action.dest for action in launch_command_parser()._actions}
    assert set(table) <= known


def test_four_bits_are_held_as_qlora_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    import torch

    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "0.46.0" if name == "bitsandbytes" else real(name)
    )
    made = four_bits(gpu=True)
    assert (made.load_in_4bit, made.bnb_4bit_quant_type, made.bnb_4bit_use_double_quant) == (
        True,
        "nf4",
        True,
    )
    assert made.bnb_4bit_compute_dtype is torch.bfloat16


@pytest.mark.parametrize(
    ("train", "says"),
    [
        ({"quantize": "4bit"}, r"train\.quantize: only adapters are trained on weights in 4 bits"),
        ({"quantize": "4bit", "lora": 8, "method": "sft+dpo"}, r"train\.quantize: one stage alone"),
        ({"quantize": "8bit", "lora": 8}, r"train\.quantize"),
    ],
)
def test_what_four_bits_cannot_do_is_said_first(tmp_path: Path, train: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read({**table(tmp_path / "x"), "train": train})


def test_adapters_on_four_bits_are_merged_into_the_stored_weights(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    run = run_folder(tmp_path / "run", [group(p, [P, F, P, F]) for p in make_problems(8)])
    data.mix([(1, run / "export")], ["sft"], tmp_path / "data")
    TrainStep(
        model=str(model_path()),
        out=str(tmp_path),
        stages=["sft"],
        data={"sft": str(tmp_path / "data" / "sft.parquet")},
        options={"sft": {"max_steps": 2, "learning_rate": 1e-2}},
        lora=4,
        quantize="4bit",
        seed=0,
    ).work()
    check_model(tmp_path / "model")
    assert not same_weights(model_path(), tmp_path / "model")
    assert "quantization_config" not in (tmp_path / "model" / "config.json").read_text()
