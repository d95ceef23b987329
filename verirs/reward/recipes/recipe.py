"""A recipe: how the text of a reward model is laid out, what its head is, and where the head is read.

Each recipe is data; :mod:`verirs.reward.recipes.shipped` has those of the known families, and a config can
change any field of one. No recipe runs code that ships with a model: the weights are read by their names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints

from verirs.errors import ConfigError, nearest

Form = Literal["chat", "pair", "text", "turns"]
Bos = Literal["auto", "always", "never"]
HeadKind = Literal["class", "linear", "mlp", "gated", "words"]
Place = Literal["last", "tag", "before"]
Reading = Literal["logit", "sigmoid", "softmax", "difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a reward model is read.

    Args:
        name: by which a config asks for it.
        about: the families that it is for.
        form: ``chat``, the tokenizer's chat template; ``pair``, question and solution as a text pair
            (encoders); ``text``, a plain text; ``turns``, the chat template with each step as a user's turn
            and the tag as the answer to it.
        opening: of ``text``, what stands before the solution; ``{question}`` is filled in. Of ``turns``, the
            user's first turn; ``{question}`` and ``{step}``.
        closing: of ``text``, what stands after the solution; ``{eos}`` is the end-of-text token.
        bos: of ``text``, the first token: as the tokenizer does it (``auto``), ``always`` or ``never``.
        system: a system message for problems that have none.
        after: what follows the rendered chat; ``{generation}`` is the template's opening of the next answer.
        separator: between the steps of a solution; empty: the solution is one piece, with one number.
        keep_empty: empty pieces count as steps too.
        tag: what the model reads after each step.
        joiner: what stands between a tag and the next step.
        pieces: every step is made into tokens by itself, so that no token spans two.
        head: ``class`` runs transformers' own class; ``linear`` and ``mlp`` (linear, ReLU, linear) read the
            weights under ``weights``; ``gated`` mixes several rewards by a gate over the prompt; ``words``
            reads the language model's logits of ``words``.
        weights: where the head's weights are, for example ``score`` or ``v_head.summary``.
        words: of ``words``, the words whose logits are read; the first is the good one.
        gate: of ``gated``, the text at whose last start the gate reads the prompt.
        at: the head is read at the text's last token, at each tag's last, or at the token before each tag.
        read: what the logits become: the number itself (of two classes, the log-odds of the second), its
            sigmoid, the softmax of the good class, or P(good) - P(bad). Good is ``label``.
        label: which of several outputs is the reward, or means a good step; by default that of a head of
            width one, the second of two, the first of ``words``.
        per_token: a server gives a vector for every token, or every step (vLLM's ``token_classify``).
    """

    name: str
    about: str = ""
    form: Form = "chat"
    opening: str = "{question}"
    closing: str = ""
    bos: Bos = "auto"
    system: str = ""
    after: str = ""
    separator: str = ""
    keep_empty: bool = False
    tag: str = ""
    joiner: str = ""
    pieces: bool = False
    head: HeadKind = "linear"
    weights: str = "score"
    words: tuple[str, ...] = ()
    gate: str = ""
    at: Place = "last"
    read: Reading = "logit"
    label: str = ""
    per_token: bool = False

    @property
    def by_steps(self) -> bool:
        """Whether it gives a number for each step."""
        return self.at != "last"

    def told(self) -> str:
        """The recipe in one line: what differs from the defaults."""
        fields = [f for f in dataclasses.fields(self) if f.name not in ("name", "about")]
        kept = [(f.name, getattr(self, f.name)) for f in fields]
        shown = ", ".join(f"{k} = {v!r}" for (k, v), f in zip(kept, fields, strict=True) if v != f.default)
        return f"{self.name} ({shown or 'chat template, linear head `score`'})"


def changed(recipe: Recipe, changes: Mapping[str, Any], where: str) -> Recipe:
    """A recipe with some fields replaced.

    Raises:
        ConfigError: an unknown field, or a value that it cannot have.
    """
    hints = get_type_hints(Recipe)
    values: dict[str, Any] = {}
    problems: list[str] = []
    known = [f.name for f in dataclasses.fields(Recipe) if f.name not in ("name", "about")]
    for key, value in changes.items():
        if key not in known:
            problems.append(
                f"{where}.override: unknown field {key!r}{nearest(key, known)}; there are {', '.join(known)}"
            )
            continue
        choices = get_args(hints[key])
        wanted: Any = tuple if key == "words" else hints[key]
        if key == "words" and isinstance(value, (list, tuple)) and all(isinstance(w, str) for w in value):
            values[key] = tuple(value)
        elif choices and key != "words":
            if value in choices:
                values[key] = value
            else:
                problems.append(f"{where}.override.{key} is {value!r}; it is one of {', '.join(choices)}")
        elif isinstance(value, wanted):
            values[key] = value
        else:
            problems.append(f"{where}.override.{key} is {value!r}; it is {_kind(wanted)}")
    made = dataclasses.replace(recipe, **values)
    problems += [f"{where}: {fault}" for fault in faults(made)] if not problems else []
    if problems:
        raise ConfigError(problems)
    return made


def _kind(wanted: Any) -> str:
    return {str: "a text", bool: "true or false", tuple: "a list of texts"}[wanted]


def faults(recipe: Recipe) -> list[str]:
    """What does not fit together in a recipe."""
    found = []
    if recipe.by_steps and not (recipe.separator and recipe.tag):
        found.append("a recipe that reads at tags needs a separator and a tag")
    if not recipe.by_steps and recipe.form == "turns":
        found.append("form 'turns' gives a number a step: set at = 'before'")
    if recipe.by_steps and recipe.form == "pair":
        found.append("a text pair has no steps: set form")
    if recipe.by_steps and not recipe.per_token:
        found.append("a recipe that reads at tags is per_token")
    if recipe.head == "words" and not recipe.words:
        found.append("head 'words' needs the words whose logits are read")
    if recipe.head == "gated" and not recipe.gate:
        found.append("head 'gated' needs the text at which its gate is read (gate)")
    if recipe.pieces and recipe.form != "text":
        found.append("pieces goes with form 'text'")
    if recipe.form == "text" and "{question}" not in recipe.opening:
        found.append("opening lacks {question}")
    if recipe.form == "turns" and not ("{question}" in recipe.opening and "{step}" in recipe.opening):
        found.append("opening lacks {question} or {step}")
    return found
