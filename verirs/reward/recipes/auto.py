"""``recipe = "auto"``: the recipe that a model's config, the names of its weights and its tokenizer say.

Where they do not say it, the model is refused with what it is and what could be named instead. A guess
would give numbers that look like rewards.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from verirs.errors import ConfigError, UserError, nearest
from verirs.reward.recipes.header import Header
from verirs.reward.recipes.recipe import Recipe
from verirs.reward.recipes.shipped import KNOWN_BY_NAME, SHIPPED

BODIES = ("model.", "transformer.", "gpt_neox.", "backbone.", "base_model.", "lm_head.", "embed_out.")
"""How the names of a language model's own weights begin."""
CLASSIFIERS = ("classifier.", "classification_head.", "logits_proj.", "pre_classifier.")
"""How the heads of transformers' own classes begin, beside `score`."""
TWO_LAYERS = ("Qwen2ForRewardModel", "Qwen2ForProcessRewardModel", "INFORMForSequenceClassification")
"""Classes whose `score` is two linear layers with a ReLU between them."""
SERVED = {
    "Qwen2ForRewardModel": "qwen_math_rm",
    "Qwen2ForProcessRewardModel": "qwen_math_prm",
    "Qwen2ForPrmModel": "skywork_o1_prm",
    "InternLM2ForRewardModel": "internlm_reward",
}
"""Classes that say it all."""


def by_name(name: str) -> Recipe:
    """A shipped recipe.

    Raises:
        ConfigError: there is none of this name.
    """
    if name not in SHIPPED:
        raise ConfigError(
            f"unknown recipe {name!r}{nearest(name, SHIPPED)}; there are auto, {', '.join(SHIPPED)}"
        )
    return SHIPPED[name]


def choose(found: Header, *, chat: bool, pair: bool, tokens: Collection[str]) -> Recipe:
    """The recipe of a model.

    Args:
        found: what its files say.
        chat: its tokenizer has a chat template.
        pair: its tokenizer separates two texts.
        tokens: the tokenizer's vocabulary.

    Raises:
        UserError: why it cannot be read, and what to do.
    """
    refuse_unreadable(found)
    recipe = (
        _two_layers(found, tokens)
        or _gated(found)
        or _value(found, chat)
        or _by_token(found, tokens)
        or _class(found, chat, pair)
        or _known(found)
    )
    if recipe is None:
        raise UserError(refusal(found))
    return recipe


def choose_served(found: Header, *, chat: bool, pair: bool, tokens: Collection[str]) -> Recipe:
    """The recipe of a model whose weights are a server's: where they are not here too, its class says it.

    Raises:
        UserError: it does not; what to name.
    """
    if found.shapes:
        return choose(found, chat=chat, pair=pair, tokens=tokens)
    recipe = SERVED.get(found.architecture)
    if recipe is not None:
        return SHIPPED[recipe]
    if found.architecture.endswith("ForSequenceClassification"):
        return SHIPPED["encoder"] if pair and not chat else _chat_or_text(SHIPPED["class_head"], chat)
    raise UserError(
        f"{found.model!r} ({found.architecture or 'no class named'}) has no weights here that would say how "
        f"it is read: name its recipe ({', '.join(SHIPPED)})"
    )


def refuse_unreadable(found: Header) -> None:
    """Refuse what holds no model.

    Raises:
        UserError: it is an adapter, or has no weights whose names can be read.
    """
    if found.adapter:
        raise UserError(
            f"{found.model!r} is an adapter without its base model: merge it into the base "
            "(PEFT: merge_and_unload) and name the merged model"
        )
    if not found.shapes:
        raise UserError(f"{found.model!r} has no weights that can be read (safetensors or pytorch_model.bin)")


def _two_layers(found: Header, tokens: Collection[str]) -> Recipe | None:
    """Linear, ReLU, linear, where the authors' class is known to be that."""
    known = {"score": found.architecture in TWO_LAYERS, "v_head.summary": True}
    for prefix, sure in known.items():
        last = found.shapes.get(f"{prefix}.2.weight")
        deeper = f"{prefix}.4.weight" in found.shapes
        if last is None or f"{prefix}.0.weight" not in found.shapes or deeper or not sure:
            continue
        if found.architecture == "Qwen2ForProcessRewardModel":
            return SHIPPED["qwen_math_prm"] if last[0] == 2 and "<extra_0>" in tokens else None
        if found.architecture == "Qwen2ForRewardModel" and any("math" in name for name in _names(found)):
            return SHIPPED["qwen_math_rm"]
        return replace(SHIPPED["two_layer_head"], weights=prefix)
    return None


def _gated(found: Header) -> Recipe | None:
    shapes = found.shapes
    mix, rewards = shapes.get("reward_transform_matrix"), shapes.get("regression_layer.weight")
    layers = gate_layers(found)
    # a gate with other layers (batch norms), or a reward that is several quantiles, is another model
    plain = len([k for k in shapes if k.startswith("gating.layers.")]) == 2 * len(layers)
    if not (mix and rewards and layers and plain) or mix != (rewards[0], rewards[0]):
        return None
    return SHIPPED["armorm"] if shapes[f"{layers[-1]}.weight"][0] == rewards[0] else None


def gate_layers(found: Header) -> list[str]:
    """The linear layers of a gate, in order, by name."""
    numbers = sorted(
        int(m[1]) for key in found.shapes if (m := re.fullmatch(r"gating\.layers\.(\d+)\.weight", key))
    )
    return [f"gating.layers.{n}" for n in numbers]


def _value(found: Header, chat: bool) -> Recipe | None:
    shapes, architecture = found.shapes, found.architecture
    if "v_head.summary.weight" in shapes:
        if re.search("prm|process", architecture, re.IGNORECASE):
            return SHIPPED["skywork_o1_prm"]
        return _chat_only(SHIPPED["value_head"], chat)
    if shapes.get("regression_head.weight", (0,))[0] == 1:
        if "Eurus" in architecture:
            return SHIPPED["eurus_rm"]
        return _chat_only(replace(SHIPPED["value_head"], weights="regression_head"), chat)
    if "v_head.weight" in shapes and "reward_token_id" in found.config:
        return SHIPPED["internlm_reward"]
    for name in (found.config.get("value_head_prefix"), "value_head", "v_head"):
        if isinstance(name, str) and name != "score" and f"{name}.weight" in shapes:
            return _chat_only(replace(SHIPPED["openrlhf"], weights=name), chat)
    return None


def _by_token(found: Header, tokens: Collection[str]) -> Recipe | None:
    if not found.architecture.endswith("ForTokenClassification"):
        return None
    head = next((n for n in ("score", "classifier") if f"{n}.weight" in found.shapes), None)
    if head is None:
        return None
    return replace(SHIPPED["marker_prm" if "<extra_0>" in tokens else "trl_prm"], weights=head)


def _class(found: Header, chat: bool, pair: bool) -> Recipe | None:
    beside = [key for key in head_of(found) if not key.startswith("score.")]
    if found.shapes.get("score.weight", ())[1:] and not ("auto_map" in found.config and beside):
        return _chat_or_text(SHIPPED["class_head"], chat)
    own = any(key.startswith(CLASSIFIERS) for key in found.shapes)
    if own and "auto_map" not in found.config and found.architecture.endswith("ForSequenceClassification"):
        other = replace(_chat_or_text(SHIPPED["class_head"], chat), head="class")
        return SHIPPED["encoder"] if pair and not chat else other
    return None


def _chat_or_text(recipe: Recipe, chat: bool) -> Recipe:
    """The recipe for a tokenizer with a chat template, or for one without."""
    text = SHIPPED["class_head_text"]
    return recipe if chat else text


def _chat_only(recipe: Recipe, chat: bool) -> Recipe:
    """The recipe, where the tokenizer has a chat template; how texts were laid out without one is in no file.

    Raises:
        UserError: it has none.
    """
    if not chat:
        raise UserError(
            f"its head is known ({recipe.weights}), but its tokenizer has no chat template, and nothing says "
            f"how its texts are laid out: set recipe = {recipe.name!r} and override = {{form = 'text', "
            f"weights = {recipe.weights!r}, opening = '... {{question}} ...'}}"
        )
    return recipe


def _known(found: Header) -> Recipe | None:
    """The recipe of a language model without a head, by its published name."""
    for own in _names(found):
        for parts, recipe in KNOWN_BY_NAME:
            if found.architecture.endswith("ForCausalLM") and all(part in own for part in parts):
                return SHIPPED[recipe]
    return None


def _names(found: Header) -> list[str]:
    """How the model is called: the last two parts of its folder or id, and of what it was made from."""
    names = (found.model.replace("\\", "/").rstrip("/"), str(found.config.get("_name_or_path", "")))
    return ["/".join(name.lower().split("/")[-2:]) for name in names]


def head_of(found: Header) -> list[str]:
    """The names of the weights that are not the language model's own."""
    return sorted(key for key in found.shapes if not key.startswith(BODIES))


def refusal(found: Header) -> str:
    """Why no recipe is known, in words that are true of this model."""
    head = head_of(found)
    is_class = found.architecture.endswith(("ForSequenceClassification", "ForTokenClassification"))
    if not head and is_class:
        return (
            f"{found.model!r} is a {found.architecture} whose weights hold no head: its numbers would be "
            "random. Name a trained one, or train one: verirs rm train"
        )
    if not head:
        return (
            f"{found.model!r} is a language model ({found.architecture or 'no class named'}) without a "
            "reward head. If it is a step model that answers in words, name its recipe: math_shepherd or "
            "rlhflow_prm; if its reward is a logit, nemotron_logit; if it judges in sentences, use the "
            "scorer judge or verifier"
        )
    shown = ", ".join(head[:4]) + (f" and {len(head) - 4} more" if len(head) > 4 else "")
    own = " Its own code is not run." if "auto_map" in found.config else ""
    return (
        f"{found.model!r} ({found.architecture or 'no class named'}) has a head that no recipe is known for "
        f"({shown}).{own} If you know how it is read, name a recipe and change its fields (override); or "
        "serve it and use backend = 'http'"
    )
