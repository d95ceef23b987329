"""Exported files train: TRL's SFT, DPO and KTO trainers run a step on the Parquet and the JSONL."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests.select.toys import candidate, group
from verirs.demo.policy import model_path
from verirs.parts import sink_part
from verirs.select import First
from verirs.sinks import DpoSink, KtoSink, SftSink
from verirs.sinks.writer import export
from verirs.types import Selection

pytestmark = pytest.mark.slow  # three trainers, two formats: about half a minute, most of it imports


def selections() -> list[Selection]:
    """Rows of the kind a run gives: some without a value, one prompt with a long and a short answer."""
    return [
        First(pairs="random").select(
            group(
                candidate(
                    0, f" {p}+2={p + 2}. #### {p + 2}", value=0.5 if p % 2 else None, answer=str(p + 2)
                ),
                candidate(1, f" {p}+2={p + 3}. #### {p + 3}", "fail", answer=str(p + 3)),
                candidate(2, " broken", "error"),
                problem_id=f"p{p}",
            )
        )
        for p in range(4)
    ]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export")
    export(
        selections(),
        [sink_part(s()) for s in (SftSink, DpoSink, KtoSink)],
        path,
        ("parquet", "jsonl"),
    )
    return path


@pytest.mark.parametrize("fmt", ["parquet", "jsonl"])
@pytest.mark.parametrize("kind", ["sft", "dpo", "kto"])
def test_a_trainer_takes_a_step(exported: Path, tmp_path: Path, kind: str, fmt: str) -> None:
    trl = pytest.importorskip("trl")
    datasets = pytest.importorskip("datasets")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    builder = "parquet" if fmt == "parquet" else "json"
    data = datasets.load_dataset(
        builder, data_files=str(exported / f"{kind}.{fmt}"), split="train", cache_dir=str(tmp_path / "cache")
    )
    options: dict[str, Any] = {
        "output_dir": str(tmp_path / "out"),
        "max_steps": 1,
        "per_device_train_batch_size": 4,
        "learning_rate": 1e-3,
        "use_cpu": True,
        "bf16": False,
        "dataloader_pin_memory": False,
        "report_to": [],
        "save_strategy": "no",
        "logging_steps": 1,
        "disable_tqdm": True,
    }
    config, trainer_class = {
        "sft": (trl.SFTConfig, trl.SFTTrainer),
        "dpo": (trl.DPOConfig, trl.DPOTrainer),
        "kto": (trl.KTOConfig, trl.KTOTrainer),
    }[kind]
    model = AutoModelForCausalLM.from_pretrained(model_path())
    tokenizer = AutoTokenizer.from_pretrained(model_path())
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    trainer = trainer_class(
        model=model, args=config(**options), train_dataset=data, processing_class=tokenizer
    )
    if kind == "sft":  # the loss is on the sampled text and on nothing else
        learned = [i for i in trainer.train_dataset[0]["labels"] if i != -100]
        assert tokenizer.decode(learned, skip_special_tokens=True).strip() == "0+2=2. #### 2"
    result = trainer.train()
    assert result.global_step == 1 and math.isfinite(result.training_loss)
    assert any((weight.detach() != before[name]).any() for name, weight in trainer.model.named_parameters())
