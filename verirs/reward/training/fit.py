"""Fits a sequence head on labelled texts: TRL's reward trainer for pairs, transformers' for single texts.

Trains on token ids made by the encoder that the scorer uses, so what was learned is what is asked later.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from verirs.errors import UserError, need
from verirs.reward.models.encode import Encoder, Row
from verirs.reward.models.vocabulary import Vocabulary
from verirs.reward.recipes.shipped import SHIPPED
from verirs.reward.training.examples import Labelled, pairs, singles
from verirs.types import Completion, Problem

Loss = Literal["pairwise", "classification"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a reward model is fitted.

    Args:
        backbone: directory or hub id of a language model or encoder.
        loss: ``pairwise`` (Bradley-Terry: right above wrong of the same problem) or ``classification``
            (P(correct) of each text alone).
        epochs: passes over the examples.
        batch_size: texts in one step; a pair is two.
        learning_rate: its peak; a tenth of the steps warm up, then it falls as a cosine.
        max_length: tokens a text may have; longer ones lose their middle.
        per_problem: most pairs, or texts, taken of one problem.
        layers: keep only the backbone's first so many layers; 0 keeps all.
        lora: rank of low-rank adapters trained in place of the weights, merged in at the end; 0 is off.
        device: ``auto`` is the GPU where there is one.
        seed: of sampling and of the new head.
    """

    backbone: str
    loss: Loss = "pairwise"
    epochs: float = 1.0
    batch_size: int = 32
    learning_rate: float = 5e-5
    max_length: int = 1024
    per_problem: int = 8
    layers: int = 0
    lora: int = 0
    device: str = "auto"
    seed: int = 0


def need_libraries() -> None:
    """
    Raises:
        MissingExtra: torch, transformers, TRL or datasets is not installed.
    """
    for module in ("torch", "transformers", "trl", "datasets"):
        need(module, "train", "training a reward model")


def fit(recipe: Recipe, labelled: Sequence[Labelled], out: Path) -> dict[str, Any]:
    """Fit a model and write it, with its tokenizer, to ``out``.

    Returns:
        Numbers about the fit: examples, steps, final loss, texts cut.

    Raises:
        MissingExtra: torch, transformers, TRL or datasets is not installed.
        UserError: there is nothing to learn from.
    """
    need_libraries()
    from transformers import set_seed

    encoder = _encoder(recipe)
    set_seed(recipe.seed)
    model = _model(recipe, encoder)
    if recipe.loss == "pairwise":
        found = pairs(labelled, per_problem=recipe.per_problem, seed=recipe.seed)
        texts = [(p, c) for p, right, wrong in found for c in (right, wrong)]
        rows = _rows(encoder, texts)
        examples: list[dict[str, Any]] = [
            {"chosen": rows[i], "rejected": rows[i + 1]}
            for i in range(0, len(rows), 2)
            if rows[i] is not None and rows[i + 1] is not None
        ]
        nothing = "no problem has both a right and a wrong candidate"
    else:
        alone = singles(labelled, per_problem=recipe.per_problem, seed=recipe.seed)
        rows = _rows(encoder, [(p, c) for p, c, _ in alone])
        examples = [
            {"text": row, "labels": float(label)}
            for row, (_, _, label) in zip(rows, alone, strict=True)
            if row is not None
        ]
        nothing = "no candidate has a verifier's label"
        if len({e["labels"] for e in examples}) < 2:
            examples = []
            nothing = "the labelled candidates are all right or all wrong"
    if not examples:
        raise UserError(f"nothing to train a reward model on ({recipe.loss} loss): {nothing}")
    with tempfile.TemporaryDirectory() as scratch:
        trained, log = _train(recipe, model, encoder, examples, scratch)
    if recipe.lora:
        trained = trained.merge_and_unload()
    trained.config.use_cache = True
    trained.save_pretrained(out)
    encoder.vocabulary.tokenizer.save_pretrained(out)
    cut = sum(row.truncated > 0 for row in rows if row is not None)
    return {**log, "examples": len(examples), "texts": len(rows), "texts_cut": cut}


def _encoder(recipe: Recipe) -> Encoder:
    """The layout by which the scorer reads such a model."""
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(recipe.backbone).to_dict()
    except (OSError, ValueError) as error:
        raise UserError(f"backbone {recipe.backbone!r} cannot be read: {error}") from error
    vocabulary = Vocabulary(recipe.backbone)
    name = "class_head" if vocabulary.chat else "encoder" if vocabulary.pair else "class_head_text"
    return Encoder(vocabulary, SHIPPED[name], config, recipe.max_length)


def _rows(encoder: Encoder, texts: Sequence[tuple[Problem, Completion]]) -> list[Row | None]:
    return [row if isinstance(row, Row) else None for row in encoder.encode(texts)]


def _model(recipe: Recipe, encoder: Encoder) -> Any:
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config = AutoConfig.from_pretrained(recipe.backbone, num_labels=1)
    text = config.get_text_config()
    if recipe.layers > text.num_hidden_layers:
        raise UserError(
            f"layers is {recipe.layers}, but {recipe.backbone!r} has {text.num_hidden_layers} of them"
        )
    if recipe.layers:
        text.num_hidden_layers = recipe.layers
        if getattr(text, "layer_types", None):
            text.layer_types = text.layer_types[: recipe.layers]
    if text.pad_token_id is None:
        pad = encoder.vocabulary.tokenizer.pad_token_id
        text.pad_token_id = encoder.vocabulary.tokenizer.eos_token_id if pad is None else pad
        encoder.pad_id = text.pad_token_id
    try:
        model = AutoModelForSequenceClassification.from_pretrained(
            recipe.backbone, config=config, dtype=torch.float32
        )
    except (OSError, ValueError) as error:
        raise UserError(f"backbone {recipe.backbone!r} cannot be loaded: {error}") from error
    if not recipe.lora:
        return model
    need("peft", "train", "low-rank adapters")
    from peft import LoraConfig, TaskType, get_peft_model

    settings = LoraConfig(
        task_type=TaskType.SEQ_CLS, r=recipe.lora, lora_alpha=2 * recipe.lora, target_modules="all-linear"
    )
    return get_peft_model(model, settings)


def _train(
    recipe: Recipe, model: Any, encoder: Encoder, examples: list[dict[str, Any]], scratch: str
) -> tuple[Any, dict[str, Any]]:
    import torch
    from datasets import Dataset
    from torch.nn.functional import binary_cross_entropy_with_logits
    from transformers import Trainer, TrainingArguments
    from trl import RewardConfig, RewardTrainer

    pairwise = recipe.loss == "pairwise"
    cuda = torch.cuda.is_available() and recipe.device in ("auto", "cuda")
    per_step = max(1, recipe.batch_size // 2) if pairwise else recipe.batch_size
    checkpointing = "gradient_checkpointing"  # its name before transformers 5.2x
    if hasattr(TrainingArguments, "activation_checkpointing"):
        checkpointing = "activation_checkpointing"
    settings: dict[str, Any] = {
        "output_dir": scratch,
        "per_device_train_batch_size": per_step,
        "num_train_epochs": recipe.epochs,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0.1,
        "train_sampling_strategy": "group_by_length",
        "length_column_name": "length",
        "remove_unused_columns": False,
        "dataloader_pin_memory": cuda,
        "use_cpu": not cuda,
        "bf16": cuda,
        checkpointing: recipe.lora > 0,
        "logging_strategy": "steps",
        "logging_steps": 10,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "seed": recipe.seed,
    }
    rows = {
        "length": [max(len(v.ids) for v in e.values() if isinstance(v, Row)) for e in examples],
        **{name: _column([e[name] for e in examples]) for name in examples[0]},
    }
    data = Dataset.from_dict(rows if not pairwise else _as_trl(rows))
    pad = encoder.vocabulary.tokenizer.pad_token_id
    collate = Collator(pad if pad is not None else encoder.vocabulary.tokenizer.eos_token_id)
    if encoder.vocabulary.tokenizer.pad_token is None:
        encoder.vocabulary.tokenizer.pad_token = encoder.vocabulary.tokenizer.eos_token
    if pairwise:
        trainer = RewardTrainer(
            model=model,
            args=RewardConfig(**settings, max_length=None),
            train_dataset=data,
            processing_class=encoder.vocabulary.tokenizer,
            data_collator=collate,
        )
    else:
        trainer = Trainer(
            model=model,
            args=TrainingArguments(**settings),
            train_dataset=data,
            data_collator=collate,
            compute_loss_func=lambda outputs, labels, **_: binary_cross_entropy_with_logits(
                outputs.logits.squeeze(-1).float(), labels
            ),
        )
    done = trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return trainer.accelerator.unwrap_model(trainer.model), {
        "steps": done.global_step,
        "mean_loss": done.training_loss,
        "last_losses": losses[-3:],
    }


def _column(values: list[Any]) -> list[Any]:
    return [{"ids": v.ids, "types": v.types} if isinstance(v, Row) else v for v in values]


def _as_trl(rows: Mapping[str, Any]) -> dict[str, Any]:
    """TRL leaves a data set alone that has these two columns."""
    return {
        "length": rows["length"],
        "chosen_ids": rows["chosen"],
        "rejected_ids": rows["rejected"],
    }


class Collator:
    """Pads rows to the longest of a batch; of pairs, first all the chosen, then all the rejected."""

    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id

    def __call__(self, batch: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        import torch

        names = ("chosen_ids", "rejected_ids") if "chosen_ids" in batch[0] else ("text",)
        rows = [example[name] for name in names for example in batch]
        width = max(len(row["ids"]) for row in rows)
        out = {
            "input_ids": _padded([row["ids"] for row in rows], width, self.pad_id),
            "attention_mask": _padded([[1] * len(row["ids"]) for row in rows], width, 0),
        }
        if rows[0]["types"] is not None:
            out["token_type_ids"] = _padded([row["types"] for row in rows], width, 0)
        if "labels" in batch[0]:
            out["labels"] = torch.tensor([example["labels"] for example in batch])
        return out


def _padded(rows: Sequence[Sequence[int]], width: int, fill: int) -> Any:
    import torch

    return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows])
