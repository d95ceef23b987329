"""The head of a reward model: from the body's last hidden states to logits, and from logits to a number.

The weights are read by their names, in float32: bfloat16 rewards tie.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from verirs.errors import ConfigError, UserError, nearest
from verirs.reward.models.vocabulary import Vocabulary
from verirs.reward.recipes.auto import gate_layers
from verirs.reward.recipes.header import Header
from verirs.reward.recipes.recipe import Recipe

Head = Callable[[Any], Any]
"""Hidden states at a row's places (float32, places x hidden) to logits (places x width)."""
TIED = ("model.embed_tokens.weight", "embed_tokens.weight", "transformer.wte.weight")
"""Where the rows of a vocabulary are in a model whose two ends share them."""


def head(recipe: Recipe, found: Header, vocabulary: Vocabulary, device: str) -> Head:
    """The head of a model.

    Raises:
        UserError: its weights lack what the recipe names.
        ConfigError: the recipe's words are no tokens of this model.
    """
    import torch
    from torch.nn.functional import linear

    def layer(name: str) -> tuple[Any, Any]:
        bias = found.tensor(f"{name}.bias").to(device) if f"{name}.bias" in found.files else None
        return found.tensor(f"{name}.weight").to(device), bias

    if recipe.head == "linear":
        weight, bias = layer(recipe.weights)
        return lambda hidden: linear(hidden, weight, bias)
    if recipe.head == "mlp":
        first, second = layer(f"{recipe.weights}.0"), layer(f"{recipe.weights}.2")
        return lambda hidden: linear(torch.relu(linear(hidden, *first)), *second)
    if recipe.head == "words":
        rows = found.tensor(vocabulary_rows(recipe, found), [vocabulary.word(w) for w in recipe.words])
        rows = rows.to(device)
        return lambda hidden: linear(hidden, rows)
    if recipe.head == "gated":
        return _gated(recipe, found, device, layer)
    raise UserError(f"head {recipe.head!r} has no weights of its own")


def vocabulary_rows(recipe: Recipe, found: Header) -> str:
    """The name of the matrix whose rows give the words' logits.

    Raises:
        UserError: there is none.
    """
    tied: tuple[str, ...] = TIED if found.config.get("tie_word_embeddings") else ()
    for name in (f"{recipe.weights}.weight", *tied):
        if name in found.files:
            return name
    raise UserError(f"{found.model!r}: its weights lack {recipe.weights}.weight, whose rows the recipe reads")


def _gated(recipe: Recipe, found: Header, device: str, layer: Callable[[str], tuple[Any, Any]]) -> Head:
    """Several rewards at the last token, mixed by a gate over the prompt's last token (ArmoRM)."""
    import torch
    from torch.nn.functional import linear

    rewards, mix = layer(recipe.weights), found.tensor("reward_transform_matrix").to(device)
    layers = [layer(name) for name in gate_layers(found)]
    temperature = float(found.config.get("gating_temperature", 10))
    scale = found.tensor("gating.logit_scale").to(device) if "gating.logit_scale" in found.files else 1.0

    def gated(hidden: Any) -> Any:
        share = hidden[0]
        for number, (weight, bias) in enumerate(layers):
            share = linear(share, weight, bias)
            share = torch.relu(share) if number + 1 < len(layers) else share
        share = torch.softmax(share / temperature, dim=-1) * scale
        return (share * (linear(hidden[1], *rewards) @ mix)).sum(-1, keepdim=True)[None]

    return gated


def lacking(recipe: Recipe, found: Header) -> list[str]:
    """The weights that the recipe names and the model has not: known without loading any."""
    names = {
        "class": [],
        "linear": [f"{recipe.weights}.weight"],
        "mlp": [f"{recipe.weights}.0.weight", f"{recipe.weights}.2.weight"],
        "gated": [f"{recipe.weights}.weight", "reward_transform_matrix", "gating.layers.0.weight"],
        "words": [],
    }[recipe.head]
    return [name for name in names if name not in found.shapes]


def label_index(label: str | int, width: int, names: Mapping[str, int]) -> int:
    """Which output of a head of ``width`` a label means.

    Raises:
        ConfigError: naming the labels there are.
    """
    text = str(label)
    if text in names and names[text] < width:
        return names[text]
    if text.isdigit() and int(text) < width:
        return int(text)
    known = [name for name, index in sorted(names.items(), key=lambda item: item[1]) if index < width]
    said = f"has no label {text!r}{nearest(text, known)}" if text else "needs a label"
    raise ConfigError(
        f"the reward model's head of width {width} {said}; set `label` to one of: "
        f"{', '.join(known) or f'0 to {width - 1}'}"
    )


def number(recipe: Recipe, logits: Sequence[float], names: Mapping[str, int]) -> float:
    """What the logits of one place become; not a number where one of them is none.

    Raises:
        ConfigError: the label does not fit the head.
    """
    if not all(math.isfinite(x) for x in logits):
        return next(x for x in logits if not math.isfinite(x))
    width = len(logits)
    if width == 1:
        return _sigmoid(logits[0]) if recipe.read != "logit" else logits[0]
    good = 0 if recipe.head == "words" else 1
    if recipe.label or (width > 2 and recipe.head != "words"):
        good = label_index(recipe.label, width, names)
    if recipe.read == "logit":
        return logits[good] if recipe.label or width > 2 else logits[good] - logits[1 - good]
    if recipe.read == "sigmoid":
        return _sigmoid(logits[good])
    top = max(logits)
    weights = [math.exp(x - top) for x in logits]
    share = weights[good] / math.fsum(weights)
    return share if recipe.read == "softmax" else 2 * share - 1


def _sigmoid(x: float) -> float:
    return 0.5 * (1 + math.tanh(x / 2))
