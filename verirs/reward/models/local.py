"""Runs a reward model in this process with transformers: batches of like lengths, halved when memory is out.

The body is transformers' own class, the head is read from the weights by name
(:mod:`verirs.reward.models.heads`).
Does not spread one model over several GPUs, and does not run code that ships with a model
(``trust_remote_code``).
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from verirs.errors import UserError, need
from verirs.reward.models.encode import Row
from verirs.reward.models.heads import Head, head
from verirs.reward.models.vocabulary import Vocabulary, first_line
from verirs.reward.recipes.header import Header
from verirs.reward.recipes.recipe import Recipe
from verirs.system import memory

Logits = list[list[float]]
"""Places x width of the head; one place where a text has one number."""


class LocalModel:
    """A reward model on one device.

    Args:
        found: what the model's files say.
        recipe: how it is read.
        vocabulary: its tokenizer.
        batch_size: most texts in one forward pass.
        batch_tokens: most tokens in one, padding included; fewer once memory has run out. A longer text
            goes alone.
        dtype: ``auto`` is bfloat16 on a GPU and float32 elsewhere; the head itself always runs in float32,
            since bfloat16 rewards tie.
        device: ``auto`` is the GPU where there is one.

    Raises:
        UserError: the model cannot be read or has no trained head.
    """

    def __init__(
        self,
        found: Header,
        recipe: Recipe,
        vocabulary: Vocabulary,
        *,
        batch_size: int = 64,
        batch_tokens: int = 16384,
        dtype: str = "auto",
        device: str = "auto",
    ) -> None:
        need("torch", "hf", "a reward model")
        need("transformers", "hf", "a reward model")
        import torch

        self.batch_size, self._tokens = batch_size, batch_tokens
        self.device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        if self.device == "cpu":
            memory.keep_blocks()
        if dtype == "auto":
            dtype = "bfloat16" if self.device.startswith("cuda") else "float32"
        self.head: Head | None = None
        if recipe.head == "class":
            self.model = _load_class(found.model, recipe, dtype).to(self.device).eval()
        else:
            self.head = head(recipe, found, vocabulary, self.device)
            self.model = _load_body(found.model, dtype).to(self.device).eval()
        self._lock = threading.Lock()

    def logits(self, rows: Sequence[Row]) -> list[Logits | str]:
        """Raw logits of each row at its places, in order; a text in its place says why there are none."""
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i].ids))
        out: list[Logits | str] = [""] * len(rows)
        start = 0
        with self._lock:
            while start < len(order):
                longest = len(rows[order[start]].ids)
                picked = order[start : start + max(1, min(self.batch_size, self._tokens // longest))]
                values = self._attempt([rows[i] for i in picked])
                if values is None and len(picked) > 1:
                    self._tokens = len(picked) * longest // 2
                    continue
                if values is None:
                    values = [f"out of memory on this one text of {longest} tokens"]
                for i, value in zip(picked, values, strict=True):
                    out[i] = value
                start += len(picked)
        return out

    def _attempt(self, rows: Sequence[Row]) -> list[Logits | str] | None:
        """One forward pass, or ``None`` where memory ran out."""
        import torch

        try:
            return self._forward(rows)
        except (RuntimeError, MemoryError) as error:  # torch.OutOfMemoryError is a RuntimeError
            if not _out_of_memory(error):
                raise
        # Only here, with the exception and the tensors its frames hold gone, can memory be given back.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None

    def _forward(self, rows: Sequence[Row]) -> list[Logits | str]:
        import torch

        config = self.model.config.get_text_config()
        pad = config.pad_token_id
        if pad is None and self.head is None:
            # transformers finds its own head as the last token that is not the padding, so any id will do
            # that no text of this batch has.
            used = {token for row in rows for token in row.ids}
            pad = next(i for i in range(len(used) + 1) if i not in used)
        width = max(len(row.ids) for row in rows)
        feed: dict[str, Any] = {
            "input_ids": torch.tensor([[*r.ids, *[pad or 0] * (width - len(r.ids))] for r in rows]),
            "attention_mask": torch.tensor([[1] * len(r.ids) + [0] * (width - len(r.ids)) for r in rows]),
        }
        if rows[0].types is not None:
            feed["token_type_ids"] = torch.tensor(
                [[*(r.types or ()), *[0] * (width - len(r.ids))] for r in rows]
            )
        feed = {k: v.to(self.device) for k, v in feed.items()}
        with torch.inference_mode():
            if self.head is None:
                own, config.pad_token_id = config.pad_token_id, pad
                try:
                    return [[vector] for vector in self.model(**feed).logits.float().cpu().tolist()]
                finally:
                    config.pad_token_id = own
            hidden = self.model(**feed).last_hidden_state
            return [self.head(hidden[i, list(row.read)].float()).cpu().tolist() for i, row in enumerate(rows)]

    def close(self) -> None:
        """Let the weights go."""
        import torch

        with self._lock:
            self.model = self.head = None
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()


def _load_body(model: str, dtype: str) -> Any:
    """The model without its head, every weight of it from the files.

    Raises:
        UserError: it cannot be read, or some of its weights are missing.
    """
    from transformers import AutoModel

    try:
        with _quietly():  # it warns of the head's weights, which are read by name
            loaded, info = AutoModel.from_pretrained(
                model, dtype=dtype, output_loading_info=True, trust_remote_code=False
            )
    except (OSError, ValueError) as error:
        raise UserError(f"reward model {model!r} cannot be loaded: {first_line(error)}") from error
    if missing := sorted(info["missing_keys"]):
        raise UserError(
            f"reward model {model!r} cannot be loaded: its weights lack {', '.join(missing[:3])}, which "
            "would be random numbers"
        )
    loaded.config.use_cache = False
    return loaded


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    from transformers.utils import logging

    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()


def _load_class(model: str, recipe: Recipe, dtype: str) -> Any:
    from transformers import AutoModelForSequenceClassification

    try:
        with _quietly():
            loaded, info = AutoModelForSequenceClassification.from_pretrained(
                model, dtype=dtype, output_loading_info=True, trust_remote_code=False
            )
    except (OSError, ValueError) as error:
        raise UserError(f"reward model {model!r} cannot be loaded: {first_line(error)}") from error
    if missing := sorted(info["missing_keys"]):
        raise UserError(
            f"reward model {model!r} cannot be loaded by recipe {recipe.name!r}: its weights lack "
            f"{', '.join(missing[:3])}, which would be random numbers"
        )
    loaded.config.use_cache = False
    if dtype != "float32":
        for name in ("score", "classifier"):
            module = getattr(loaded, name, None)
            if module is not None:
                module.float()
                module.register_forward_pre_hook(_in_float)
    return loaded


def _in_float(_: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    import torch

    return tuple(x.float() if torch.is_tensor(x) else x for x in inputs)


def _out_of_memory(error: BaseException) -> bool:
    import torch

    words = str(error)
    return (
        isinstance(error, (torch.OutOfMemoryError, MemoryError))
        or "CUDA out of memory" in words
        or "can't allocate memory" in words  # what the CPU allocator raises
    )
