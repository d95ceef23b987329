"""How each trainer loads the files that ``export.for`` wrote: the exact flags, for the dataset card.

Paths are relative to the folder of the card. Written for the versions that docs/formats.md names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

DATASET_INFO = "llama-factory/dataset_info.json"

_JSONL = '```python\nload_dataset("json", data_files={{"train": "{train}"}}, split="train")\n```'
LOADS: Mapping[str, Mapping[str, str]] = {
    "trl": {
        kind: _JSONL + note
        for kind, note in {
            "sft": "\ninto `SFTTrainer(train_dataset=...)`: the loss is on the completion.",
            "dpo": "\ninto `DPOTrainer`.",
            "kto": "\ninto `KTOTrainer`.",
            "rl": "\ninto `GRPOTrainer(reward_funcs=verirs.hooks.trl.reward, ...)`.",
        }.items()
    },
    "verl": {
        "sft": "`data.train_files={train} data.messages_key=messages`",
        "rl": "`data.train_files={train} data.prompt_key=prompt "
        "reward.custom_reward_function.path=pkg://verirs.hooks.verl`",
    },
    "openrlhf": {
        "sft": "`--data.dataset {train} --data.input_key messages --data.apply_chat_template`",
        "dpo": "`--data.dataset {train} --data.chosen_key chosen --data.rejected_key rejected "
        "--data.apply_chat_template` (no `--data.prompt_key`: both are whole conversations)",
        "rl": "`--data.prompt_dataset {train} --data.input_key input --data.label_key label "
        '--data.apply_chat_template --reward.remote_url "$(verirs hooks openrlhf --path)"`',
    },
    "llama-factory": {
        kind: f"`dataset_dir: llama-factory`, `dataset: verirs_{kind}`, `stage: {stage}`"
        for kind, stage in {"sft": "sft", "dpo": "dpo", "kto": "kto"}.items()
    },
    "axolotl": {
        "sft": "`datasets: [{{path: {train}, ds_type: json, type: chat_template, "
        "field_messages: messages}}]`",
        "dpo": "`rl: dpo`, `datasets: [{{path: {train}, ds_type: json, type: chat_template.default, "
        "field_messages: messages}}]`",
    },
    "ms-swift": {
        "sft": "`swift sft --dataset {train}`",
        "dpo": "`swift rlhf --rlhf_type dpo --dataset {train}`",
        "kto": "`swift rlhf --rlhf_type kto --dataset {train}`",
        "rl": '`swift rlhf --rlhf_type grpo --dataset {train} --external_plugins "$(verirs hooks ms-swift '
        '--path)" --reward_funcs verirs`',
    },
    "nemo-rl": {
        "sft": "`data.train: {{dataset_name: openai_format, data_path: {train}, chat_key: messages}}`",
        "dpo": "`data.train: {{dataset_name: PreferenceDataset, data_path: {train}}}`",
        "rl": "`data.train: {{dataset_name: ResponseDataset, data_path: {train}, input_key: input, "
        "output_key: output}}`",
    },
    "mlx": {"sft": "`mlx_lm.lora --train --data {folder} --mask-prompt`"},
    "torchtune": {
        "sft": "`dataset: {{_component_: torchtune.datasets.chat_dataset, source: json, data_files: {train}, "
        "conversation_column: messages, conversation_style: openai}}`",
        "dpo": "`dataset: {{_component_: torchtune.datasets.preference_dataset, source: json, data_files: "
        "{train}}}`",
    },
    "unsloth": {
        "sft": _JSONL
        + "\nthen `tokenizer.apply_chat_template(row['messages'], tokenize=False)` as the text.",
        "dpo": _JSONL + "\ninto TRL's `DPOTrainer`.",
        "kto": _JSONL + "\ninto TRL's `KTOTrainer`.",
        "rl": _JSONL + "\ninto TRL's `GRPOTrainer(reward_funcs=verirs.hooks.trl.reward, ...)`.",
    },
    "openai": {
        "sft": "upload {train} for a fine-tuning job (Together and Fireworks take it too)",
        "dpo": "upload {train} for a job with `method: {{type: dpo}}`",
    },
}
"""By trainer and kind of rows. ``{{train}}`` is the file, ``{{folder}}`` where it lies."""

_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


def loading(written: Iterable[str], thinking: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Rows of a table: file, how it is loaded, how a thought is written in it.

    Args:
        written: files that hold rows, by their path below the card.
        thinking: by trainer and kind (``axolotl/dpo``), where there are thoughts at all.
    """
    rows = []
    for path in written:
        trainer, kind, name = path.split("/")
        if not name.startswith("train."):
            continue
        told = LOADS[trainer][kind].format(train=path, folder=f"{trainer}/{kind}")
        rows.append((f"`{path}`", told, thinking.get(f"{trainer}/{kind}", "")))
    return rows


def dataset_info(written: Iterable[str]) -> str:
    """``dataset_info.json`` of LLaMA-Factory, for its files that hold rows."""
    made: dict[str, Any] = {}
    for path in sorted(written):
        trainer, kind, name = path.split("/")
        if trainer != "llama-factory":
            continue
        more = {"dpo": {"chosen": "chosen", "rejected": "rejected"}, "kto": {"kto_tag": "label"}}
        suffix = "" if name.startswith("train.") else "_valid"
        made[f"verirs_{kind}{suffix}"] = {
            "file_name": f"{kind}/{name}",
            "formatting": "sharegpt",
            **({"ranking": True} if kind == "dpo" else {}),
            "columns": {"messages": "messages", **more.get(kind, {})},
            "tags": _TAGS,
        }
    return json.dumps(made, indent=2) + "\n"
