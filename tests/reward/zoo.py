"""Tiny models with random weights and the files of public reward models: class, weights, tokenizer."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHATML = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "{% endif %}{% for m in messages %}<|im_start|>{{m['role']}}\n{{m['content']}}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA3 = (
    "{{bos_token}}{% for m in messages %}<|start_header_id|>{{m['role']}}<|end_header_id|>\n\n"
    "{{m['content']|trim}}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
GEMMA = (
    "{{bos_token}}{% if messages[0]['role']=='system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for m in messages %}<start_of_turn>{{'model' if m['role']=='assistant' else m['role']}}\n"
    "{{m['content']|trim}}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
SPECIAL = {
    "chatml": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    "extra": ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<extra_0>"],
    "llama3": ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|pad|>"],
    "gemma": ["<bos>", "<eos>", "<pad>", "<start_of_turn>", "<end_of_turn>"],
    "plain": ["<s>", "</s>", "<unk>"],
    "bert": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
}
NAMED: dict[str, dict[str, str]] = {
    "chatml": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "chat_template": CHATML},
    "extra": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "chat_template": CHATML},
    "llama3": {
        "bos_token": "<|begin_of_text|>",
        "eos_token": "<|eot_id|>",
        "pad_token": "<|pad|>",
        "chat_template": LLAMA3,
    },
    "gemma": {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "chat_template": GEMMA},
    "plain": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
    "bert": {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"},
}
WORDS = [
    "Ava has 12 apples. Ben gives Ava 5 more. How many apples does Ava have now? Step 1: 12+5=17. The answer "
    "is \\boxed{17}. + - \n\n \n \u043a\u0438 yes no Yes No user assistant system model"
] * 30


@functools.cache
def tokenizer(kind: str) -> Any:
    """A byte-level tokenizer with the special tokens of a family."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=SPECIAL[kind], initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(WORDS, trainer)
    if first := NAMED[kind].get("bos_token"):
        made.post_processor = processors.TemplateProcessing(
            single=f"{first} $A", special_tokens=[(first, made.token_to_id(first))]
        )
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=4096, **NAMED[kind])


SIZE = {  # larger ones are for the benchmark
    "hidden_size": int(os.environ.get("ZOO_HIDDEN", "32")),
    "intermediate_size": 2 * int(os.environ.get("ZOO_HIDDEN", "32")),
    "num_hidden_layers": int(os.environ.get("ZOO_LAYERS", "2")),
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
}


def save(
    folder: Path,
    family: str,
    kind: str,
    *,
    class_name: str = "",
    shapes: dict[str, tuple[int, ...]] | None = None,
    drop: str = "score.",
    config: dict[str, Any] | None = None,
    **fields: Any,
) -> str:
    """A model of a family, for example ``Qwen2ForCausalLM``, with its weights renamed.

    Args:
        kind: of tokenizer.
        class_name: what the config names; by default the family.
        shapes: weights to add, random.
        drop: weights whose names begin so are left out where some are added.
        config: further keys of ``config.json``.
        fields: of the model's config.
    """
    import torch
    import transformers
    from safetensors.torch import load_file, save_file

    words = tokenizer(kind)
    prefix = family.partition("For")[0]
    own = {"vocab_size": len(words), **SIZE, "tie_word_embeddings": False}
    own |= {k: words.convert_tokens_to_ids(v) for k, v in ids(kind).items()} | fields
    torch.manual_seed(1)
    model = getattr(transformers, family)(getattr(transformers, f"{prefix}Config")(**own))
    for name, weight in model.named_parameters():
        torch.nn.init.ones_(weight) if "norm" in name else torch.nn.init.normal_(weight, std=0.15)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    path = folder / "config.json"
    said = json.loads(path.read_text()) | {"architectures": [class_name or family]} | (config or {})
    path.write_text(json.dumps(said))
    if shapes is not None:
        table = {k: v for k, v in load_file(folder / "model.safetensors").items() if not k.startswith(drop)}
        source = torch.Generator().manual_seed(4)
        table |= {k: torch.randn(*s, generator=source) * 0.3 for k, s in shapes.items()}
        save_file(table, folder / "model.safetensors", metadata={"format": "pt"})
    return str(folder)


def ids(kind: str) -> dict[str, str]:
    named = {"bos_token_id": "bos_token", "eos_token_id": "eos_token", "pad_token_id": "pad_token"}
    return {key: NAMED[kind][token] for key, token in named.items() if token in NAMED[kind]}


Shapes = dict[str, tuple[int, ...]]
H = SIZE["hidden_size"]
OWN_CODE = {"auto_map": {"AutoModel": "modeling_own.OwnModel"}}
TWO: Shapes = {"score.0.weight": (H, H), "score.0.bias": (H,), "score.2.bias": (1,), "score.2.weight": (1, H)}
TWO_CLASSES: Shapes = {**TWO, "score.2.weight": (2, H), "score.2.bias": (2,)}
SUMMARY: Shapes = {"v_head.summary.weight": (1, H), "v_head.summary.bias": (1,)}
GATE = [(16, H), (16, 16), (5, 16)]
GATED: Shapes = {
    "regression_layer.weight": (5, H),
    "reward_transform_matrix": (5, 5),
    "gating.logit_scale": (1,),
    **{f"gating.layers.{n}.weight": shape for n, shape in enumerate(GATE)},
    **{f"gating.layers.{n}.bias": shape[:1] for n, shape in enumerate(GATE)},
}
SEQ = "ForSequenceClassification"

Make = Callable[[Path], str]
ZOO: dict[str, tuple[str, Make]] = {
    "skywork-reward-v2-llama": ("class_head", lambda d: save(d, "Llama" + SEQ, "llama3", num_labels=1)),
    "skywork-reward-v2-qwen3": (
        "class_head",
        lambda d: save(d, "Qwen3" + SEQ, "chatml", num_labels=1, head_dim=H // 4),
    ),
    "skywork-reward-gemma-2": (
        "class_head",
        lambda d: save(d, "Gemma2" + SEQ, "gemma", num_labels=1, head_dim=H // 4),
    ),
    "acemath-rm": ("class_head", lambda d: save(d, "Qwen2" + SEQ, "chatml", num_labels=1)),
    "rm-mistral-plain": ("class_head_text", lambda d: save(d, "Mistral" + SEQ, "plain", num_labels=1)),
    "qwen2.5-math-rm-72b": (
        "qwen_math_rm",
        lambda d: save(
            d, "Qwen2" + SEQ, "chatml", class_name="Qwen2ForRewardModel", shapes=TWO, config=OWN_CODE
        ),
    ),
    "inf-orm": (
        "two_layer_head",
        lambda d: save(d, "Llama" + SEQ, "llama3", class_name="INFORMForSequenceClassification", shapes=TWO),
    ),
    "grm": (
        "two_layer_head",
        lambda d: save(
            d,
            "LlamaForCausalLM",
            "llama3",
            shapes={
                "v_head.summary.0.weight": (16, H),
                "v_head.summary.0.bias": (16,),
                "v_head.summary.2.weight": (1, 16),
                "v_head.summary.2.bias": (1,),
            },
        ),
    ),
    "qwen2.5-math-prm-7b": (
        "qwen_math_prm",
        lambda d: save(
            d,
            "Qwen2" + SEQ,
            "extra",
            class_name="Qwen2ForProcessRewardModel",
            shapes=TWO_CLASSES,
            config=OWN_CODE,
        ),
    ),
    "skywork-o1-open-prm": (
        "skywork_o1_prm",
        lambda d: save(d, "Qwen2ForCausalLM", "plain", class_name="Qwen2ForPrmModel", shapes=SUMMARY),
    ),
    "math-shepherd-mistral-7b-prm": ("math_shepherd", lambda d: save(d, "MistralForCausalLM", "plain")),
    "Llama3.1-8B-PRM-Deepseek-Data": ("rlhflow_prm", lambda d: save(d, "LlamaForCausalLM", "llama3")),
    "trl-prm": ("trl_prm", lambda d: save(d, "Qwen2ForTokenClassification", "plain", num_labels=2)),
    "marker-prm": ("marker_prm", lambda d: save(d, "Qwen2ForTokenClassification", "extra", num_labels=2)),
    "acecoderm-7b": (
        "value_head",
        lambda d: save(
            d, "Qwen2ForCausalLM", "chatml", class_name="Qwen2ForCausalRM", shapes=SUMMARY, config=OWN_CODE
        ),
    ),
    "openrlhf-value-head": (
        "openrlhf",
        lambda d: save(
            d,
            "Llama" + SEQ,
            "llama3",
            shapes={"value_head.weight": (1, H)},
            config={"value_head_prefix": "value_head"},
        ),
    ),
    "eurus-rm-7b": (
        "eurus_rm",
        lambda d: save(
            d,
            "Mistral" + SEQ,
            "plain",
            class_name="EurusRewardModel",
            shapes={"regression_head.weight": (1, H)},
            config=OWN_CODE,
        ),
    ),
    "armorm-llama3-8b": (
        "armorm",
        lambda d: save(
            d,
            "Llama" + SEQ,
            "llama3",
            class_name="LlamaForRewardModelWithGating",
            shapes=GATED,
            config=OWN_CODE | {"gating_temperature": 10},
        ),
    ),
    "Llama-3.1-Nemotron-70B-Reward-HF": (
        "nemotron_logit",
        lambda d: save(d, "LlamaForCausalLM", "llama3"),
    ),
}
"""By a name like the public one: the recipe that ``auto`` must find, and how to make it."""


def make(name: str, parent: Path) -> str:
    return ZOO[name][1](parent / name)
