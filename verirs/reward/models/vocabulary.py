"""The tokenizer of a reward model: texts, ids, places, and what a completion may not spell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError, UserError, need
from verirs.system.files import clean
from verirs.types import Message

SAMPLED_BYTES = 1 << 20


class Vocabulary:
    """A tokenizer, without any code that ships with it.

    Args:
        model: a directory or a hub id.

    Raises:
        MissingExtra: transformers is not installed.
        UserError: the tokenizer cannot be read.
    """

    def __init__(self, model: str) -> None:
        need("transformers", "hf", "a reward model")
        from transformers import AutoTokenizer

        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
        except (OSError, ValueError, KeyError) as error:
            raise UserError(
                f"the tokenizer of {model!r} cannot be read: {first_line(error)}. If it ships as code of its "
                "own, name one that does not with `tokenizer`"
            ) from error
        specials = [t.content for t in self.tokenizer.added_tokens_decoder.values() if t.special]
        specials = sorted({*specials, *self.tokenizer.all_special_tokens}, key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, specials))) if specials else None

    @property
    def chat(self) -> bool:
        """Whether there is a chat template."""
        return bool(self.tokenizer.chat_template)

    @property
    def pair(self) -> bool:
        """Whether two texts are separated by a token."""
        return self.tokenizer.sep_token_id is not None

    def disarm(self, text: str, also: str = "") -> tuple[str, int]:
        """The text with spelt-out special tokens broken by a space, and how many there were. A lone
        surrogate, which no tokenizer takes, is replaced.

        Args:
            also: one more text that the completion may not spell: the tag of its steps.
        """
        text, found = clean(text), 0
        if self._special is not None:
            text, found = self._special.subn(lambda m: m[0][0] + " " + m[0][1:], text)
        if len(also) > 2 and also in text:
            found += text.count(also)
            text = text.replace(also, also[0] + " " + also[1:])
        return text, found

    def ids(self, text: str, *, special: bool = False) -> list[int]:
        """The token ids of a piece of text; ``special``: with what the tokenizer itself puts around one."""
        out: list[int] = self.tokenizer(text, add_special_tokens=special, verbose=False)["input_ids"]
        return out

    def spans(self, text: str, *, special: bool = False) -> tuple[list[int], list[tuple[int, int]]]:
        """The token ids of a text, and which characters each stands for.

        Raises:
            UserError: this tokenizer does not say it.
        """
        try:
            out = self.tokenizer(text, add_special_tokens=special, return_offsets_mapping=True, verbose=False)
        except NotImplementedError as error:
            raise UserError(
                "this tokenizer does not say where its tokens stand, so no step can be found: use a fast one "
                "(tokenizer.json)"
            ) from error
        return list(out["input_ids"]), [(int(a), int(b)) for a, b in out["offset_mapping"]]

    def word(self, word: str) -> int:
        """The token that a word of a recipe means: ``#N`` is the token with the number N.

        Raises:
            ConfigError: it is no single token.
        """
        if re.fullmatch(r"#\d+", word):
            return int(word[1:])
        ids = self.ids(word)
        said = self.tokenizer.decode(ids[-1:]).strip() if ids else ""
        if said != word.strip():
            raise ConfigError(
                f"the tokenizer has no single token for the word {word!r}, which the recipe reads"
            )
        return ids[-1]

    def need_tag(self, tag: str) -> None:
        """Refuse a tag such as ``<extra_0>`` that this tokenizer takes apart.

        Raises:
            ConfigError: naming it.
        """
        if re.fullmatch(r"<[^<>\s]+>", tag) and len(self.ids(tag)) != 1:
            raise ConfigError(
                f"the tokenizer has no token {tag!r}, at which the recipe reads: it is another model's"
            )

    def render(self, messages: Sequence[Message], *, answer_next: bool = False) -> str:
        """Messages through the chat template. Where it refuses a system message, that goes into the user's
        first one.

        Raises:
            jinja2.TemplateError: the template refuses these messages.
        """
        from jinja2 import TemplateError

        chat = [dict(m) for m in messages]
        try:
            return self._render(chat, answer_next)
        except TemplateError:
            merged = merge_system(chat)
            if merged is None:
                raise
        return self._render(merged, answer_next)

    def _render(self, chat: list[dict[str, str]], answer_next: bool) -> str:
        out: str = self.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=answer_next)
        return clean(out)


def merge_system(chat: Sequence[Mapping[str, str]]) -> list[dict[str, str]] | None:
    """The chat with its system text at the head of the user's first message; none where there is no such."""
    system = "\n\n".join(m["content"] for m in chat if m.get("role") == "system")
    rest = [dict(m) for m in chat if m.get("role") != "system"]
    if not system or not rest or rest[0].get("role") != "user":
        return None
    rest[0]["content"] = f"{system}\n\n{rest[0]['content']}"
    return rest


def fingerprint(model: str) -> str:
    """Eight hex digits that change when the files of a model directory change; for a hub id, of its name.

    Of each file the size and the first and last megabyte are read, not all of it: weights differ
    everywhere after a step of training, and a constructor has to stay cheap.
    """
    digest = hashlib.sha256()
    folder = Path(model)
    if not folder.is_dir():
        digest.update(model.encode())
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.suffix not in {".json", ".safetensors", ".bin", ".jinja", ".model"}:
            continue
        size = file.stat().st_size
        digest.update(f"{file.name}:{size}:".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(SAMPLED_BYTES))
            stream.seek(max(0, size - SAMPLED_BYTES))
            digest.update(stream.read(SAMPLED_BYTES))
    return digest.hexdigest()[:8]


def first_line(error: Exception) -> str:
    """The first line of what an exception says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
