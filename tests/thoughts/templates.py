"""Small tokenizers with chat templates of three kinds: one that thinks in tags and keeps them (Qwen3), one
whose generation prompt opens the thought and which drops written thoughts (DeepSeek-R1), channels (gpt-oss).

Written for these tests: what the templates do is what those models' do, in a few lines.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

QWEN = """
{%- for m in messages %}
{{- '<|im_start|>' + m.role + '\n' }}
{%- if m.role == 'assistant' %}
{%- set thought = m.reasoning_content if m.reasoning_content is string else '' %}
{%- set said = m.content %}
{%- if not thought and '</think>' in said %}
{%- set thought = said.split('</think>')[0].split('<think>')[-1] %}
{%- set said = said.split('</think>')[-1] %}
{%- endif %}
{{- '<think>\n' + thought.strip('\n') + '\n</think>\n\n' + said.lstrip('\n') }}
{%- else %}{{- m.content }}{%- endif %}
{{- '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}
{%- endif %}"""
R1 = """
{{- '<s>' }}{%- for m in messages %}
{%- if m.role == 'user' %}{{- '<|User|>' + m.content }}
{%- elif m.role == 'system' %}{{- m.content }}
{%- else %}{{- '<|Assistant|>' + m.content.split('</think>')[-1] + '</s>' }}{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|Assistant|><think>\n' }}{%- endif %}"""
OSS = """
{%- for m in messages %}
{%- if m.role == 'assistant' %}
{%- if m.thinking %}
{{- '<|start|>assistant<|channel|>analysis<|message|>' + m.thinking + '<|end|>' }}
{%- endif %}
{{- '<|start|>assistant<|channel|>final<|message|>' + m.content }}
{{- '<|return|>' if loop.last else '<|end|>' }}
{%- else %}{{- '<|start|>' + m.role + '<|message|>' + m.content + '<|end|>' }}{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start|>assistant' }}{%- endif %}"""
KINDS: dict[str, tuple[str, list[str], list[str], str]] = {
    "qwen3": (QWEN, ["<|im_start|>", "<|im_end|>"], ["<think>", "</think>"], "<|im_end|>"),
    "r1": (R1, ["<s>", "</s>", "<|User|>", "<|Assistant|>"], ["<think>", "</think>"], "</s>"),
    "gpt-oss": (
        OSS,
        ["<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>", "<|call|>"],
        [],
        "<|return|>",
    ),
}
"""Template, special tokens, added tokens that are not special, and what ends a text."""


@cache
def tokenizer(kind: str) -> Any:
    """One token a byte, and the kind's own."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    template, special, plain, end = KINDS[kind]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(letters)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special])
    raw.add_tokens([AddedToken(t, special=False, normalized=False) for t in plain])
    made = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token=end, pad_token=end)
    made.chat_template = template
    return made


def saved(kind: str, folder: Path) -> Path:
    """The tokenizer as a model directory without a model."""
    tokenizer(kind).save_pretrained(folder)
    return folder
