"""The step that trains the policy: one or two of TRL's trainers on a round's rows.

The model directory is written to a place that nobody takes for a model before the loop has looked at it
and renamed it. Under a launcher every process does the step, and the first writes. On the CPU one thread and
float32 are used, so that the same step gives the same weights; on a GPU they may differ in the last bits.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError, UserError, need
from verirs.loop.steps.rows import columns, cut, unlike
from verirs.parts import check_options

FIGURES = "training.json"
"""Beside the model: what to remember of the training."""
GIVEN = ("output_dir", "seed", "data_seed")
"""Options of TRL that the step itself gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainStep:
    """What to train.

    Args:
        model: directory or hub name to start from.
        base: the loop's base model.
        out: an existing folder: ``model`` is made in it, :data:`FIGURES`, and ``adapter`` if one is trained.
        stages: ``sft``, ``dpo``, ``kto``; each goes on where the one before ended.
        data: by stage, the Parquet file with its rows.
        options: by stage, TRL options over :func:`defaults`.
        lora: rank of the adapters, 0 for all weights.
        quantize: ``4bit``: the weights under the adapters are held in 4 bits.
        reference: of ``dpo`` and ``kto``: ``start``, the model that the stage begins with, or ``base``.
        seed: of shuffling and of adapter initialisation.
    """

    model: str
    base: str = ""
    out: str
    stages: Sequence[str]
    data: Mapping[str, str]
    options: Mapping[str, Mapping[str, Any]]
    lora: int
    quantize: str = ""
    reference: str = "start"
    seed: int

    def work(self) -> None:
        """Run all stages; write the model directory and what to remember of the training.

        Raises:
            UserError: the data have no rows, or TRL does not know an option.
            MissingExtra: TRL is not installed.
        """
        stages = train_stages(self)
        if leads():
            (Path(self.out) / FIGURES).write_text(json.dumps({"stages": stages}, indent=1) + "\n")
        together()


def together() -> None:
    """Wait for the other processes, so that none is gone while another still writes or reads."""
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        distributed.barrier()


def leads() -> bool:
    """Whether this process is the one of those that a launcher started which writes files."""
    return int(os.environ.get("RANK", "0")) == 0


def processes() -> int:
    """How many processes a launcher started; 1 without one."""
    return int(os.environ.get("WORLD_SIZE", "1"))


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
    given = {k: [v] if isinstance(v, str) and k in _lists(config) else v for k, v in options.items()}
    values, problems = check_options(config, given, where)
    problems += [
        f"{where}.{key}: belongs to the loop itself, leave it out" for key in GIVEN if key in options
    ]
    return values, problems


def _lists(config: Any) -> set[str]:
    """Options that are lists by default, such as ``loss_type``: one text alone is a list of one."""
    fields = dataclasses.fields(config) if dataclasses.is_dataclass(config) else ()
    made = ((f.name, f.default_factory) for f in fields)
    return {name for name, make in made if make is not dataclasses.MISSING and isinstance(make(), list)}


WANTED_STEPS = 10
"""Batches are made smaller so that a training of few rows has so many steps."""
WARM_UP_FROM = 20
"""Fewer steps have no warm-up: its first step has learning rate 0, and of one or ten that is too many."""
PLAIN_BATCH = 32


def defaults(
    stage: str, gpu: bool, rows: int = 10_000, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Our options for TRL, beside those that are given. What depends on the number of steps fits the rows.

    A batch holds 32 rows over all processes, and fewer where that would leave less than ten steps.
    """
    given = given or {}
    rates = {"sft": 1e-5, "dpo": 1e-6, "kto": 1e-6}
    out: dict[str, Any] = {
        "learning_rate": rates[stage],
        "num_train_epochs": 3 if stage == "sft" else 1,
        "lr_scheduler_type": "linear",
        # no text loses its end; packing needs a length
        "max_length": 2048 if given.get("packing") else None,
        "bf16": gpu,
        "use_cpu": not gpu,
        "dataloader_pin_memory": gpu,
        "report_to": [],
        "save_strategy": "no",
        "disable_tqdm": True,
    }
    if stage == "dpo":
        # without it the chosen texts grow less likely too (arXiv:2404.19733); 0.2 as in arXiv:2407.21783
        out |= {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, 0.2]}
        if "loss_type" in given:
            del out["loss_type"], out["loss_weights"]
    if not gpu and processes() > 1:
        out["ddp_backend"] = "gloo"
    epochs = float(given.get("num_train_epochs", out["num_train_epochs"]))
    sizes = ("per_device_train_batch_size", "gradient_accumulation_steps")
    out |= dict(zip(sizes, _batch(stage, gpu, rows * epochs), strict=True))
    if any(name in given for name in sizes):  # what is given stands, and the other does not follow from it
        out |= dict(zip(sizes, (8, 4) if gpu else (PLAIN_BATCH, 1), strict=True))
    both = {**out, **given}
    batch = int(both[sizes[0]]) * int(both[sizes[1]]) * processes()
    steps = int(given.get("max_steps", 0))
    steps = steps if steps > 0 else max(1, math.ceil(math.ceil(rows / batch) * epochs))
    out["warmup_steps"] = int(0.05 * steps) if steps >= WARM_UP_FROM else 0
    out["logging_steps"] = max(1, steps // 50)
    return out


def _batch(stage: str, gpu: bool, seen: float) -> tuple[int, int]:
    """Rows a process takes at once, and how often before a step.

    Args:
        seen: rows that the whole training sees.
    """
    least = 4 if stage == "kto" else 1  # KTO compares the rows of a batch
    batch = PLAIN_BATCH
    while batch > least * processes() and seen / batch < WANTED_STEPS:
        batch //= 2
    own = max(least, batch // processes())
    at_once = min(own, 8 if gpu else PLAIN_BATCH)
    return at_once, max(1, own // at_once)


def train_stages(step: TrainStep) -> list[dict[str, Any]]:
    """Train, and write the model directory; the figures of each stage."""
    need_trainer()
    import torch
    from transformers import AutoTokenizer, set_seed

    gpu = torch.cuda.is_available()
    if not gpu:
        torch.set_num_threads(1)
    set_seed(step.seed)
    tokenizer = AutoTokenizer.from_pretrained(step.model)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    kept = load(step.model, "auto").dtype  # the dtype that the engines will load again
    # all weights: float32 masters, or small updates round away; adapters: the base stays as stored
    if step.quantize:
        need_quantizer()
        model = load(step.model, "auto" if gpu else torch.float32, quantization_config=four_bits(gpu))
    else:
        model = load(step.model, "auto" if step.lora and gpu else torch.float32)
    figures = []
    for stage in step.stages:
        model, log = run_stage(step, stage, model, tokenizer, gpu)
        figures.append(log)
    if leads():
        out = Path(step.out) / "model"
        model.config.use_cache = True
        model.to(kept).save_pretrained(out)
        carry_over(step.model, out)
        for file in out.glob("*.safetensors"):
            file.chmod(0o644)  # safetensors leaves it to its owner alone
    return figures


NOT_WEIGHTS = (".json", ".jinja", ".txt", ".model", ".py", ".tiktoken")


def carry_over(start: str, out: Path) -> None:
    """Put the files beside the weights of the model that was started from into the trained one's directory.

    A training changes weights and nothing else. The trainers change more: they give the tokenizer a padding
    token, and the generation config the tokenizer's one end of text in place of the model's several.
    """
    folder = Path(start)
    if not folder.is_dir():
        from huggingface_hub import hf_hub_download

        folder = Path(hf_hub_download(start, "config.json")).parent

    def beside(path: Path) -> list[Path]:
        files = (f for f in path.iterdir() if f.is_file() and f.suffix in NOT_WEIGHTS)
        return [f for f in files if not f.name.endswith((".index.json", "training.json"))]

    for file in beside(out):
        file.unlink()
    for file in beside(folder):
        shutil.copyfile(file, out / file.name)


def load(model: str, dtype: Any, **more: Any) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(model, dtype=dtype, **more)


def need_quantizer() -> None:
    """
    Raises:
        MissingExtra: bitsandbytes is not installed.
    """
    need("bitsandbytes", "qlora", 'train.quantize = "4bit"')


def four_bits(gpu: bool) -> Any:
    """How QLoRA holds the weights under the adapters (arXiv:2305.14314): NF4, its scales quantized too."""
    import torch
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if gpu else torch.float32,
    )


def run_stage(
    step: TrainStep, stage: str, model: Any, tokenizer: Any, gpu: bool
) -> tuple[Any, dict[str, Any]]:
    """Train one stage; returns the whole model (adapters merged) and the stage's figures."""
    import pyarrow.parquet as pq
    from datasets import Dataset
    from datasets.table import InMemoryTable
    from transformers import PrinterCallback, TrainerCallback

    config_class = trl_class(stage, "Config")
    given = step.options.get(stage, {})
    chosen, problems = check_trl_options(config_class, given, f"train.{stage}")
    if problems:
        raise ConfigError(problems)
    read = columns(stage, pq.read_schema(step.data[stage]).names)
    rows = Dataset(InMemoryTable(pq.read_table(step.data[stage], columns=read)))
    if not len(rows):
        raise UserError(f"{step.data[stage]} has no rows: nothing to train {stage} on")
    if tokenizer.chat_template is None:
        rows = rows.map(plain)
    options = {**defaults(stage, gpu, len(rows), chosen), **chosen}
    if "gradient_checkpointing" not in chosen:
        # its name since transformers 5.23; TRL switches it on where nobody says anything
        renamed = hasattr(config_class, "activation_checkpointing")
        options.setdefault("activation_checkpointing" if renamed else "gradient_checkpointing", gpu)

    class Lines(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if logs and "loss" in logs and state.is_world_process_zero:
                print(
                    f"{stage} step {state.global_step}/{state.max_steps}  loss {float(logs['loss']):.4f}",
                    flush=True,
                )

    begun = time.monotonic()
    args = config_class(
        output_dir=str(Path(step.out) / "trainer"), seed=step.seed, data_seed=step.seed, **options
    )
    trainer = trl_class(stage, "Trainer")(
        model=model,
        args=args,
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=adapters(step.lora) if step.lora else None,
        callbacks=[Lines()],
        **reference(step, stage, model),
    )
    trainer.remove_callback(PrinterCallback)  # our own line says the same
    seen = {
        "max_length": args.max_length,
        "cut": cut(stage, rows, tokenizer, args.max_length),
        "unlike": unlike(rows, trainer.train_dataset, tokenizer),
    }
    if leads():
        print(f"{stage}: {len(rows)} rows", flush=True)
    result = trainer.train()
    curve = [
        [x["step"], round(float(x["loss"]), 6), x.get("learning_rate")]
        for x in trainer.state.log_history
        if "loss" in x
    ]
    batch = args.per_device_train_batch_size * args.gradient_accumulation_steps * processes()
    log = {
        "stage": stage,
        "rows": len(rows),
        "options": given,
        "lora": step.lora,
        "processes": processes(),
        "sharded": sharded(trainer),
        "asked_to_shard": any(os.environ.get(name, "").lower() == "true" for name in ASKS_TO_SHARD),
        **seen,
        "batch": batch,
        "learning_rate": args.learning_rate,
        "steps": result.global_step,
        "loss": round(float(result.training_loss), 6),
        "first_loss": curve[0][1] if curve else None,
        "last_loss": curve[-1][1] if curve else None,
        "curve": curve,
        "seconds": round(time.monotonic() - begun, 2),
    }
    return whole(step, stage, trainer), log


def reference(step: TrainStep, stage: str, model: Any) -> dict[str, Any]:
    """What ``dpo`` and ``kto`` hold the policy to, as their trainers' argument.

    TRL would load the model whose name the policy has: after another stage that is not the policy as this one
    begins. With adapters the model without them is it.
    """
    if stage == "sft":
        return {}
    if step.reference == "base":
        return {"ref_model": load(step.base, model.dtype)}
    return {} if step.lora else {"ref_model": copy.deepcopy(model)}


ASKS_TO_SHARD = ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED")
"""How accelerate's launcher tells its processes."""


def sharded(trainer: Any) -> str:
    """How a trainer spreads the weights over its processes; empty where each holds them all."""
    return "fsdp" if trainer.is_fsdp_enabled else "zero" if trainer.is_deepspeed_enabled else ""


def whole(step: TrainStep, stage: str, trainer: Any) -> Any:
    """The trained model with all its weights; adapters are merged in float32 and stored too.

    A stage's adapter belongs on the model that the stage began with: the second's on the first's result.
    """
    import torch

    place, adapter = Path(step.out), Path(step.out) / "adapter" / stage
    if sharded(trainer):
        if trainer.is_fsdp_enabled:
            trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
        gathered = adapter if step.lora else place / f"gathered-{stage}"
        trainer.save_model(str(gathered))
        trainer.accelerator.wait_for_everyone()
        if not step.lora:
            return load(str(gathered), torch.float32)
        return merged(step, stage)
    if not step.lora:
        return trainer.model
    if leads():
        trainer.model.save_pretrained(adapter)
    if step.quantize:
        trainer.accelerator.wait_for_everyone()
        return merged(step, stage)  # not into the weights in 4 bits, which have lost what they lost
    # in bfloat16 a merge would round, and round again each time that the next round starts from its result
    return trainer.model.to("cpu").float().merge_and_unload()


def merged(step: TrainStep, stage: str) -> Any:
    """The stored model, in float32, with the adapters of all stages up to this one merged, one by one."""
    import torch
    from peft import PeftModel

    model = load(step.model, torch.float32)
    for each in step.stages[: step.stages.index(stage) + 1]:
        adapter = str(Path(step.out) / "adapter" / each)
        model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    return model


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for a model without a chat template, its messages joined as the engines join them."""
    return {
        key: "\n\n".join(m["content"] for m in value) if isinstance(value, list) else value
        for key, value in row.items()
    }


def adapters(rank: int) -> Any:
    from peft import LoraConfig

    return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
