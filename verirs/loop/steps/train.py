"""The step that trains the policy: one or two of TRL's trainers on a round's rows.

The model directory is written to ``out``, which nobody takes for a model before the loop has looked at it
and renamed it. On the CPU one thread and float32 are used, so that the same step gives the same weights; on
a GPU they may differ in the last bits.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError, UserError, need
from verirs.parts import check_options

FIGURES = "training.json"
"""Beside the weights: what to remember of the training."""
GIVEN = ("output_dir", "seed", "data_seed")
"""Options of TRL that the step itself gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainStep:
    """What to train.

    Args:
        model: directory or hub name to start from.
        out: the directory to write.
        stages: ``sft``, ``dpo``, ``kto``; each goes on where the one before ended.
        data: by stage, the Parquet file with its rows.
        options: by stage, TRL options over :func:`defaults`.
        lora: rank of the adapters, 0 for all weights.
        seed: of shuffling and of adapter initialisation.
    """

    model: str
    out: str
    stages: Sequence[str]
    data: Mapping[str, str]
    options: Mapping[str, Mapping[str, Any]]
    lora: int
    seed: int

    def work(self) -> None:
        """Run all stages; write the model directory and what to remember of the training.

        Raises:
            UserError: the data have no rows, or TRL does not know an option.
            MissingExtra: TRL is not installed.
        """
        stages = train_stages(self)
        (Path(self.out) / FIGURES).write_text(json.dumps({"stages": stages}, indent=1) + "\n")


def need_trainer() -> None:
    """
    Raises:
        MissingExtra: a package that the step imports is not installed.
    """
    for module in ("torch", "transformers", "trl", "peft", "datasets"):
        need(module, "train", "training between rounds")


def trl_class(stage: str, kind: str) -> Any:
    """TRL's ``Config`` or ``Trainer`` of a stage. Imports torch."""
    import trl

    return getattr(trl, f"{stage.upper()}{kind}")


def check_trl_options(
    config: Any, options: Mapping[str, Any], where: str
) -> tuple[dict[str, Any], list[str]]:
    """A stage's options as TRL's configuration class takes them, and what is wrong with them."""
    values, problems = check_options(config, options, where)
    problems += [
        f"{where}.{key}: belongs to the loop itself, leave it out" for key in GIVEN if key in options
    ]
    return values, problems


def defaults(stage: str, gpu: bool) -> dict[str, Any]:
    """Our options for TRL. Batches of 32 and few epochs suit the few thousand rows of a round."""
    rates = {"sft": 1e-5, "dpo": 1e-6, "kto": 1e-6}
    return {
        "learning_rate": rates[stage],
        "num_train_epochs": 3 if stage == "sft" else 1,
        "per_device_train_batch_size": 32 if not gpu else 8,
        "gradient_accumulation_steps": 1 if not gpu else 4,
        "warmup_steps": 0.05,
        "lr_scheduler_type": "linear",
        "max_length": 2048,
        "bf16": gpu,
        "use_cpu": not gpu,
        "dataloader_pin_memory": gpu,
        "logging_steps": 10,
        "report_to": [],
        "save_strategy": "no",
        "disable_tqdm": True,
    }


def train_stages(step: TrainStep) -> list[dict[str, Any]]:
    """Train, and write the model directory; the figures of each stage."""
    need_trainer()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

    gpu = torch.cuda.is_available()
    if not gpu:
        torch.set_num_threads(1)
    set_seed(step.seed)
    tokenizer = AutoTokenizer.from_pretrained(step.model)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    stored = AutoModelForCausalLM.from_pretrained(step.model, dtype="auto")
    kept = stored.dtype  # the dtype that the engines will load again
    # all weights: float32 masters, or small updates round away; adapters: the base stays as stored
    model = stored if step.lora and gpu else stored.float()
    figures = []
    for stage in step.stages:
        model, log = run_stage(step, stage, model, tokenizer, gpu)
        figures.append(log)
    out = Path(step.out)
    model.config.use_cache = True
    model.to(kept).save_pretrained(out)
    tokenizer.save_pretrained(out)
    for file in out.glob("*.safetensors"):
        file.chmod(0o644)  # safetensors leaves it to its owner alone
    return figures


def run_stage(
    step: TrainStep, stage: str, model: Any, tokenizer: Any, gpu: bool
) -> tuple[Any, dict[str, Any]]:
    """Train one stage; returns the whole model (adapters merged) and the stage's figures."""
    from datasets import Dataset
    from transformers import TrainerCallback

    config_class = trl_class(stage, "Config")
    given = step.options.get(stage, {})
    chosen, problems = check_trl_options(config_class, given, f"train.{stage}")
    if problems:
        raise ConfigError(problems)
    options = {**defaults(stage, gpu), **chosen}
    if "gradient_checkpointing" not in chosen:
        # its name since transformers 5.23; TRL switches it on where nobody says anything
        renamed = hasattr(config_class, "activation_checkpointing")
        options.setdefault("activation_checkpointing" if renamed else "gradient_checkpointing", gpu)
    rows = Dataset.from_parquet(step.data[stage])
    if not len(rows):
        raise UserError(f"{step.data[stage]} has no rows: nothing to train {stage} on")
    columns = {
        "sft": ("prompt", "completion"),
        "dpo": ("prompt", "chosen", "rejected"),
        "kto": ("prompt", "completion", "label"),
    }[stage]
    rows = rows.select_columns(list(columns))
    if tokenizer.chat_template is None:
        rows = rows.map(plain)

    class Lines(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if logs and "loss" in logs:
                print(
                    f"{stage} step {state.global_step}/{state.max_steps}  loss {float(logs['loss']):.4f}",
                    flush=True,
                )

    begun = time.monotonic()
    trainer = trl_class(stage, "Trainer")(
        model=model,
        args=config_class(output_dir=f"{step.out}.trainer", seed=step.seed, data_seed=step.seed, **options),
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=adapters(step.lora) if step.lora else None,
        callbacks=[Lines()],
    )
    print(f"{stage}: {len(rows)} rows", flush=True)
    result = trainer.train()
    losses = [float(x["loss"]) for x in trainer.state.log_history if "loss" in x]
    log = {
        "stage": stage,
        "rows": len(rows),
        "options": given,
        "steps": result.global_step,
        "loss": round(float(result.training_loss), 6),
        "first_loss": round(losses[0], 6) if losses else None,
        "last_loss": round(losses[-1], 6) if losses else None,
        "seconds": round(time.monotonic() - begun, 2),
    }
    trained = trainer.model
    if step.lora:
        trained = trained.merge_and_unload()
    return trained, log


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for a model without a chat template, its messages joined as the engines join them."""
    return {
        key: "\n\n".join(m["content"] for m in value) if isinstance(value, list) else value
        for key, value in row.items()
    }


def adapters(rank: int) -> Any:
    from peft import LoraConfig

    return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
