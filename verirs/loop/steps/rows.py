"""What a trainer makes of a round's rows: whether they were cut, and begin as the model was asked.

TRL cuts what is longer than ``max_length`` and says so in a progress bar; a row that lost its end teaches
that a text does not end. Where a chat template writes a whole conversation otherwise than the prompt that
asks for its last turn, the trained text is not the sampled one. Both are counted here and told by the loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LOOKED_AT = 256
"""Rows whose beginning is looked at: a template does the same with all."""
ANSWERS = {"sft": ("completion",), "dpo": ("chosen", "rejected"), "kto": ("completion",)}


def columns(stage: str, there: Sequence[str]) -> list[str]:
    """The columns that a stage reads, of those that a file has."""
    wanted = ["prompt", *ANSWERS[stage], *(["label"] if stage == "kto" else [])]
    # what the prompts were rendered with, or the template would write another prompt than was sampled
    return wanted + [name for name in ("chat_template_kwargs",) if name in there]


def cut(stage: str, rows: Sequence[Mapping[str, Any]], tokenizer: Any, max_length: int | None) -> int:
    """How many rows have a text of more than ``max_length`` tokens."""
    if max_length is None:
        return 0
    return sum(any(len(ids(row, name, tokenizer)) > max_length for name in ANSWERS[stage]) for row in rows)


def unlike(rows: Sequence[Mapping[str, Any]], made: Any, tokenizer: Any) -> int:
    """How many of the first rows do not begin with the tokens that the model was asked with.

    Args:
        made: the trainer's own data set of these rows, in their order; another number of rows is not
            looked at.
    """
    name = next((n for n in ("prompt_ids", "input_ids") if n in made.column_names), "")
    if not name or len(made) != len(rows):
        return 0
    first = range(min(LOOKED_AT, len(rows)))
    asked = [ids(rows[i], "", tokenizer) for i in first]
    return sum(made[i][name][: len(asked[i])] != asked[i] for i in first)


def ids(row: Mapping[str, Any], answer: str, tokenizer: Any) -> list[int]:
    """The tokens of a row's prompt as a model is asked with it, or of the prompt with an answer."""
    prompt = row["prompt"]
    if isinstance(prompt, str):
        return list(tokenizer(prompt + (row[answer] if answer else ""))["input_ids"])
    out = tokenizer.apply_chat_template(
        [*prompt, *(row[answer] if answer else ())],
        add_generation_prompt=not answer,
        tokenize=True,
        return_dict=True,
        **(row.get("chat_template_kwargs") or {}),
    )
    return list(out["input_ids"])
