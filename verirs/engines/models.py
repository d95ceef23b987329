"""Finding a model on this machine or on the hub, naming its exact content, and its chat tokenizer.

Shared by the engines that load weights. Digests sample large weight files (see :func:`digest`): they
tell versions of a model apart, they are no defence against a file forged to collide.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import EngineError, NotAModel, UserError, nearest, need
from verirs.system.hub import look
from verirs.thoughts import CHANNEL_TOKENS, TAGS, open_in, opened_by
from verirs.types import Message

_WHOLE = 64 << 20
_SAMPLE, _SAMPLES = 64 << 10, 256


_SMALL = 50_000_000


def is_small(model: Any) -> bool:
    """Whether a torch model has so few parameters (50 million) that on a CPU one thread is the fastest.

    With more threads most of the time goes into their waiting for each other: ten times the CPU time for
    the embedded policy of a million.
    """
    size: int = sum(weight.numel() for weight in model.parameters())
    return size < _SMALL


@dataclass(frozen=True, slots=True)
class Located:
    """Where a model is: a local directory with its content's digest, or a hub name with its commit."""

    name: str
    revision: str | None
    digest: str | None

    def identity(self) -> dict[str, Any]:
        """Without the local path: the same files elsewhere are the same model."""
        if self.digest:
            return {"model": Path(self.name).name, "content": self.digest}
        return {"model": self.name, "revision": self.revision}


def locate(model: str, revision: str | None = None) -> Located:
    """Resolve a model name: an existing directory, else a name on the Hugging Face hub.

    Raises:
        EngineError: no such directory (nearest names are given), not a model directory, or a hub
            name that is neither cached nor reachable.
        MissingExtra: a hub name, and no package to ask the hub.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            gguf = next(path.glob("*.gguf"), None)
            hint = f" {gguf.name} is a GGUF file: convert it to a model directory first." if gguf else ""
            raise NotAModel(f"model {model!r}: the directory has no config.json, so it holds no model.{hint}")
        return Located(str(path.resolve()), None, digest(path))
    if path.exists():
        raise NotAModel(
            f"model {model!r} is a file; give the directory that holds config.json and the weights"
        )
    if "/" in model and (model[0] in "./~" or model.count("/") > 1 or path.parent.is_dir()):
        raise NotAModel(f"model {model!r}: {_missing(path)}")
    return Located(model, revision or _hub_commit(model, path), None)


def _missing(path: Path) -> str:
    """Which part of a path is not there, and what is there instead."""
    parent = path.parent
    while not parent.is_dir():
        path, parent = parent, parent.parent
    names = sorted(entry.name for entry in parent.iterdir() if entry.is_dir())
    hint = nearest(path.name, names) or (f"; there are: {', '.join(names[:8])}" if names else "")
    return f"{parent if parent != Path() else 'this directory'} has no directory {path.name!r}{hint}"


def _hub_commit(model: str, path: Path) -> str | None:
    """The commit a hub name stands for now: asked from the hub, or from the local cache when offline."""
    need("huggingface_hub", "hf", f"the model {model!r}, a name on the hub,")
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    look()
    try:
        config = Path(hf_hub_download(model, "config.json"))
    except GatedRepoError as error:
        raise NotAModel(
            f"model {model!r} is gated: accept its licence on the hub, then log in with `hf auth login`"
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise NotAModel(
            f"model {model!r}: the hub has no such model, and {_missing(path)}. "
            "Check the name (owner/name), or log in with `hf auth login` if it is private."
        ) from error
    except LocalEntryNotFoundError as error:
        raise EngineError(
            f"model {model!r}: the hub cannot be reached, its cache here does not hold the model, and "
            f"{_missing(path)}. Download it where there is a network (`hf download`), copy it here and "
            "give the directory."
        ) from error
    except EntryNotFoundError as error:
        raise NotAModel(
            f"model {model!r} has no config.json on the hub: a GGUF or adapter repository? Give one with "
            "transformers weights."
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise EngineError(f"model {model!r}: the hub answered with an error: {error}") from error
    return config.parent.name


def digest(path: Path) -> str:
    """A digest of a model directory's content: config, tokenizer, template and weights.

    Files up to 64 MiB are read whole; of larger ones the size, both ends and 256 evenly spaced pieces
    of 64 KiB, which any retraining or merging changes. 16 hex digits of SHA-256.
    """
    total = hashlib.sha256()
    for file in sorted(path.iterdir()):
        if (
            file.suffix not in {".json", ".jinja", ".model", ".txt", ".safetensors", ".bin"}
            or not file.is_file()
        ):
            continue
        size = file.stat().st_size
        total.update(f"{file.name}:{size}\n".encode())
        with file.open("rb") as data:
            if size <= _WHOLE:
                total.update(data.read())
                continue
            for piece in range(_SAMPLES):
                data.seek((size - _SAMPLE) * piece // (_SAMPLES - 1))
                total.update(data.read(_SAMPLE))
    return total.hexdigest()[:16]


_SHAPES = ("config.json", "generation_config.json", "tokenizer*", "special_tokens_map.json",
           "added_tokens.json", "vocab*", "merges.txt", "chat_template*", "*.model")  # fmt: skip
_BOOKKEEPING = {"_name_or_path", "transformers_version", "is_local", "local_files_only"}


def same_but_weights(one: Located, other: Located) -> bool:
    """Whether two model directories differ in their weights alone, so that a running model could take
    the other's: the same config, tokenizer and chat template. Never so for names on the hub."""

    def shape(located: Located) -> dict[str, Any]:
        found = {file for pattern in _SHAPES for file in Path(located.name).glob(pattern)}
        return {file.name: _content(file) for file in found}

    return bool(one.digest and other.digest) and shape(one) == shape(other)


def _content(file: Path) -> Any:
    """Of a JSON object, what is not about where it came from; of anything else, its bytes."""
    data = file.read_bytes()
    if file.suffix == ".json":
        try:
            value = json.loads(data)
        except ValueError:
            return data
        if isinstance(value, dict):
            return {k: v for k, v in value.items() if k not in _BOOKKEEPING}
    return data


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's tokens, and the tag of a thought that it opened (empty: none)."""

    ids: tuple[int, ...]
    opened: str


class ChatTokenizer:
    """A model's tokenizer and chat template.

    A model without a chat template (a base model) gets the contents of the messages, joined by blank
    lines, with the tokenizer's own start-of-text token; the few-shot turns then have to carry the form.
    """

    def __init__(self, located: Located):
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from transformers import AutoTokenizer

        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(located.name, revision=located.revision)
        except (OSError, ValueError) as error:
            raise EngineError(f"model {located.name!r}: its tokenizer cannot be loaded: {error}") from error
        self._templated = bool(self.tokenizer.chat_template)
        self._marks = self._thought_tokens()

    def render(self, messages: Sequence[Message], given: Mapping[str, Any] | None = None) -> str:
        """The prompt text. A last message of the assistant's is continued instead of answered.

        Args:
            given: what the template gets beside the messages.

        Raises:
            UserError: the template does not read one of them, so it would change nothing.
        """
        self._refuse_unread(given or {})
        if not self._templated:
            return "\n\n".join(m["content"] for m in messages)
        prefilled = messages[-1]["role"] == "assistant"
        return str(
            self.tokenizer.apply_chat_template(
                [dict(m) for m in messages],
                tokenize=False,
                add_generation_prompt=not prefilled,
                continue_final_message=prefilled,
                **(given or {}),
            )
        )

    def _refuse_unread(self, given: Mapping[str, Any]) -> None:
        template = self.tokenizer.chat_template
        text = " ".join(template.values()) if isinstance(template, dict) else template or ""
        for name in given:
            if not re.search(rf"\b{re.escape(name)}\b", text):
                known = [n for n in ("enable_thinking", "thinking", "thinking_budget", "reasoning_effort")
                         if re.search(rf"\b{n}\b", text)]  # fmt: skip
                hint = nearest(name, known) or (f"; it reads {', '.join(known)}" if known else "")
                raise UserError(
                    f"sampling.chat_template_kwargs: the model's chat template does not read {name!r}{hint}"
                )

    def prompt(self, messages: Sequence[Message], given: Mapping[str, Any] | None = None) -> Prompt:
        """The prompt as the model reads it. Raises as :meth:`render`."""
        text = self.render(messages, given)
        # not verbose: a prompt that is too long is refused by the engine, in its own words
        encoded = self.tokenizer(text, add_special_tokens=not self._templated, verbose=False)
        opened = opened_by(text)
        if not opened and messages[-1]["role"] == "assistant":
            opened = open_in(messages[-1]["content"])
        return Prompt(tuple(encoded["input_ids"]), opened)

    def encode(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """The prompt's tokens."""
        return self.prompt(messages).ids

    def marks(self, ids: Sequence[int]) -> bool:
        """Whether special tokens among these part a thought from its answer."""
        return bool(self._marks) and not self._marks.keys().isdisjoint(ids)

    def decode(self, ids: Sequence[int]) -> str:
        """The text without special tokens, but for those that part a thought from its answer."""
        ids = list(ids)
        if not self.marks(ids):
            return str(self.tokenizer.decode(ids, skip_special_tokens=True))
        text, run = [], []
        for token in ids:
            if token not in self._marks:
                run.append(token)
                continue
            text += [self.tokenizer.decode(run, skip_special_tokens=True), self._marks[token]]
            run = []
        return "".join([*text, self.tokenizer.decode(run, skip_special_tokens=True)])

    def _thought_tokens(self) -> dict[int, str]:
        """The special tokens of this tokenizer that thoughts are marked by; most have none of them."""
        special = set(self.tokenizer.all_special_tokens) | {
            str(added) for added in self.tokenizer.added_tokens_decoder.values() if added.special
        }
        names = {tag for pair in TAGS for tag in pair}
        if "<|channel|>" in special:  # gpt-oss; other models end their turns by some of these
            names.update(CHANNEL_TOKENS)
        return {int(self.tokenizer.convert_tokens_to_ids(name)): name for name in names & special}
