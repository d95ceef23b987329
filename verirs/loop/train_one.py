"""One training step of a loop, in a process of its own: ``python -m verirs.loop.train_one JOB``.

JOB is a JSON file (see :class:`Job`). The model directory is written to ``job.out``, which nobody
takes for a model before the parent has looked at it and renamed it. On the CPU one thread and
float32 are used, so that the same job gives the same weights; on a GPU they may differ in the last
bits.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import UserError, VerirsError, need


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
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
    stages: tuple[str, ...]
    data: Mapping[str, str]
    options: Mapping[str, Mapping[str, Any]]
    lora: int
    seed: int


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
        "gradient_checkpointing": gpu,
        "bf16": gpu,
        "use_cpu": not gpu,
        "dataloader_pin_memory": gpu,
        "logging_steps": 10,
        "report_to": [],
        "save_strategy": "no",
        "disable_tqdm": True,
    }


def train(job: Job) -> dict[str, Any]:
    """Run all stages and write the model directory; returns what to remember of the training.

    Raises:
        UserError: the data have no rows, or TRL does not know an option.
    """
    need("trl", "train", "training between rounds")
    need("peft", "train", "training between rounds")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

    gpu = torch.cuda.is_available()
    if not gpu:
        torch.set_num_threads(1)
    set_seed(job.seed)
    tokenizer = AutoTokenizer.from_pretrained(job.model)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    stored = AutoModelForCausalLM.from_pretrained(job.model, dtype="auto")
    kept = stored.dtype  # the dtype that the engines will load again
    # all weights: float32 masters, or small updates round away; adapters: the base stays as stored
    model = stored if job.lora and gpu else stored.float()
    remembered = []
    for stage in job.stages:
        model, log = run_stage(job, stage, model, tokenizer, gpu)
        remembered.append(log)
    out = Path(job.out)
    model.config.use_cache = True
    model.to(kept).save_pretrained(out)
    tokenizer.save_pretrained(out)
    for file in out.glob("*.safetensors"):
        file.chmod(0o644)  # safetensors leaves it to its owner alone
    return {"stages": remembered}


def run_stage(job: Job, stage: str, model: Any, tokenizer: Any, gpu: bool) -> tuple[Any, dict[str, Any]]:
    """Train one stage; returns the whole model (adapters merged) and the stage's figures."""
    import dataclasses

    import trl
    from datasets import Dataset
    from transformers import TrainerCallback

    classes = {
        "sft": (trl.SFTConfig, trl.SFTTrainer),
        "dpo": (trl.DPOConfig, trl.DPOTrainer),
        "kto": (trl.KTOConfig, trl.KTOTrainer),
    }
    config_class, trainer_class = classes[stage]
    options = {**defaults(stage, gpu), **job.options.get(stage, {})}
    known = {f.name for f in dataclasses.fields(config_class)}
    if unknown := sorted(options.keys() - known):
        raise UserError(f"train.{stage}: TRL's {config_class.__name__} has no option {', '.join(unknown)}")
    rows = Dataset.from_parquet(job.data[stage])
    if not len(rows):
        raise UserError(f"{job.data[stage]} has no rows: nothing to train {stage} on")
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
    trainer = trainer_class(
        model=model,
        args=config_class(output_dir=f"{job.out}.trainer", seed=job.seed, data_seed=job.seed, **options),
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=adapters(job.lora) if job.lora else None,
        callbacks=[Lines()],
    )
    print(f"{stage}: {len(rows)} rows", flush=True)
    result = trainer.train()
    losses = [float(x["loss"]) for x in trainer.state.log_history if "loss" in x]
    log = {
        "stage": stage,
        "rows": len(rows),
        "options": job.options.get(stage, {}),
        "steps": result.global_step,
        "loss": round(float(result.training_loss), 6),
        "first_loss": round(losses[0], 6) if losses else None,
        "last_loss": round(losses[-1], 6) if losses else None,
        "seconds": round(time.monotonic() - begun, 2),
    }
    trained = trainer.model
    if job.lora:
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


def read_job(path: Path) -> Job:
    raw = json.loads(path.read_text())
    return Job(**{**raw, "stages": tuple(raw["stages"])})


def main(path: str) -> int:
    job = read_job(Path(path))
    try:
        remembered = train(job)
    except VerirsError as e:
        print(str(e), flush=True)
        return e.exit_code
    (Path(job.out) / "training.json").write_text(json.dumps(remembered, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
