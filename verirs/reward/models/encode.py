"""What a reward model reads: a problem and a completion as the token ids of the model's own chat template.

Three styles, chosen by the tokenizer: its chat template; a text pair, for encoders (``[CLS] question
[SEP] solution [SEP]``); else question, blank line, solution and the end-of-text token.

A text longer than ``max_length`` loses its middle: the question at the front and the end, where decoder
heads read, both stay. Special tokens that a completion spells out (``<|im_end|>``) are broken up, so that
it cannot end its own turn and praise itself; this does not make a model immune to flattery in plain words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import UserError, need
from verirs.system.files import clean
from verirs.types import Completion, Message, Problem

SAMPLED_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text as a model reads it.

    Args:
        ids: token ids, special tokens included, at most ``max_length``.
        types: segment ids of a text pair, for models that have them.
        tokens: number of tokens before any were cut.
        disarmed: special tokens found spelt out in the completion, and broken up.
        before: what stands before the completion, as text.
        after: the completion and what closes it, as text.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...] | None = None
    tokens: int
    disarmed: int = 0
    before: str = ""
    after: str = ""

    @property
    def truncated(self) -> int:
        """Number of tokens cut from the middle."""
        return max(0, self.tokens - len(self.ids))


class ChatEncoder:
    """Turns problems and completions into rows, with the tokenizer and template of ``model``.

    Args:
        model: a directory or a hub id; only the tokenizer and the config are read.
        max_length: tokens a text may have; 0 is the model's own limit.

    Raises:
        MissingExtra: transformers is not installed.
        UserError: the tokenizer or config cannot be read.
    """

    def __init__(self, model: str, max_length: int = 0) -> None:
        need("transformers", "hf", "a reward model")
        from transformers import AutoConfig, AutoTokenizer

        try:
            self.config: Any = AutoConfig.from_pretrained(model)
            self.tokenizer: Any = AutoTokenizer.from_pretrained(model)
        except (OSError, ValueError) as error:
            raise UserError(f"reward model {model!r} cannot be read: {_first_line(error)}") from error
        text_config = self.config.get_text_config()
        limits = (getattr(text_config, "max_position_embeddings", None), self.tokenizer.model_max_length)
        own = min((int(n) for n in limits if n), default=1 << 30)
        self.max_length = min(max_length or own, own)
        self.pad_id: int | None = text_config.pad_token_id
        self.style = self._style()
        specials = [t.content for t in self.tokenizer.added_tokens_decoder.values() if t.special]
        specials = sorted({*specials, *self.tokenizer.all_special_tokens}, key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, specials))) if specials else None

    def _style(self) -> str:
        if self.tokenizer.chat_template:
            return "chat"
        return "pair" if self.tokenizer.sep_token_id is not None else "plain"

    def disarm(self, text: str) -> tuple[str, int]:
        """The text with spelt-out special tokens broken by a space, and how many there were. A lone
        surrogate, which no tokenizer takes, is replaced."""
        text = clean(text)
        if self._special is None:
            return text, 0
        return self._special.subn(lambda found: found[0][0] + " " + found[0][1:], text)

    def opening(self, messages: Sequence[Message]) -> str:
        """The prompt as text, up to where the completion starts.

        Raises:
            jinja2.TemplateError: the template refuses these messages.
        """
        if self.style == "chat":
            chat = [dict(m) for m in messages]
            rendered: str = self.tokenizer.apply_chat_template(
                chat, tokenize=False, add_generation_prompt=True
            )
            return clean(rendered)
        return clean("\n\n".join(m["content"] for m in messages))

    def ids(self, text: str) -> list[int]:
        """The token ids of a piece of text, nothing added to it."""
        out: list[int] = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return out

    def _texts(self, messages: Sequence[Message], opening: str, completion: str) -> tuple[str, str]:
        if self.style == "pair":
            return opening, completion
        if self.style == "plain":
            return opening + "\n\n", completion + (self.tokenizer.eos_token or "")
        chat = [*(dict(m) for m in messages), {"role": "assistant", "content": completion}]
        whole = clean(self.tokenizer.apply_chat_template(chat, tokenize=False))
        at = len(opening) if whole.startswith(opening) else 0
        return whole[:at], whole[at:]

    def encode(self, items: Sequence[tuple[Problem, Completion]]) -> list[Row | str]:
        """One row an item, in order; a text in its place says why an item has no row."""
        from jinja2 import TemplateError

        texts: list[tuple[str, str, int] | str] = []
        openings: dict[str, str] = {}
        for problem, completion in items:
            safe, disarmed = self.disarm(completion.text)
            try:
                if problem.id not in openings:
                    openings[problem.id] = self.opening(problem.prompt)
                texts.append((*self._texts(problem.prompt, openings[problem.id], safe), disarmed))
            except TemplateError as error:
                texts.append(f"the chat template refuses this prompt: {_first_line(error)}")
        good = [t for t in texts if not isinstance(t, str)]
        rows = iter(self._tokenize(good))
        return [t if isinstance(t, str) else next(rows) for t in texts]

    def _tokenize(self, texts: Sequence[tuple[str, str, int]]) -> list[Row]:
        if not texts:
            return []
        if self.style == "pair":
            out = self.tokenizer([t[0] for t in texts], [t[1] for t in texts], verbose=False)
        else:
            out = self.tokenizer([t[0] + t[1] for t in texts], add_special_tokens=False, verbose=False)
        types = out["token_type_ids"] if "token_type_ids" in out else [None] * len(texts)
        return [
            self._row(ids, type_ids, before, after, disarmed)
            for ids, type_ids, (before, after, disarmed) in zip(out["input_ids"], types, texts, strict=True)
        ]

    def _row(self, ids: list[int], types: list[int] | None, before: str, after: str, disarmed: int) -> Row:
        # A sequence head reads the last token that is not the padding token. Where a model pads with
        # its end-of-text token, that is the token before the end: cut here, so that every backend,
        # those that read plainly the last token too, reads the same one.
        while len(ids) > 1 and self.pad_id is not None and ids[-1] == self.pad_id:
            ids = ids[:-1]
        types = types[: len(ids)] if types is not None else None
        return Row(
            ids=tuple(cut_middle(ids, self.max_length)),
            types=tuple(cut_middle(types, self.max_length)) if types is not None else None,
            tokens=len(ids),
            disarmed=disarmed,
            before=before,
            after=after,
        )


def cut_middle(ids: list[int], limit: int) -> list[int]:
    """At most ``limit`` ids: the first and the last half of them."""
    if len(ids) <= limit:
        return ids
    head = limit // 2
    return ids[:head] + ids[len(ids) - (limit - head) :]


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


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
