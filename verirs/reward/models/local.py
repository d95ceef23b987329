"""Runs a reward model in this process with transformers: batches of like lengths, halved when memory is out.

Does not spread one model over several GPUs, and does not run code that ships with a model
(``trust_remote_code``): serve such models with vLLM and use the HTTP backend.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Sequence
from typing import Any, Literal

from verirs.errors import UserError, need
from verirs.reward.models.encode import Row

Logits = list[list[float]]
"""Positions x width of the head; one position for a sequence head."""


class LocalModel:
    """A sequence- or token-classification model on one device.

    Args:
        model: directory or hub id.
        head: ``sequence`` reads one vector a text, ``token`` one a position.
        batch_size: texts in one forward pass; fewer for long texts once memory has run out.
        dtype: ``auto`` is bfloat16 on a GPU and float32 elsewhere; the head itself always runs in float32,
            since bfloat16 rewards tie.
        device: ``auto`` is the GPU where there is one.

    Raises:
        UserError: the model cannot be read or has no trained head.
    """

    def __init__(
        self,
        model: str,
        *,
        head: Literal["sequence", "token"] = "sequence",
        batch_size: int = 32,
        dtype: str = "auto",
        device: str = "auto",
    ) -> None:
        need("torch", "hf", "a reward model")
        need("transformers", "hf", "a reward model")
        import torch

        self.head, self.batch_size = head, batch_size
        self.device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        if dtype == "auto":
            dtype = "bfloat16" if self.device.startswith("cuda") else "float32"
        self.model = _load(model, head, dtype).to(self.device).eval()
        self._cells: int | None = None  # tokens (padding included) that fit in memory, once known
        self._lock = threading.Lock()

    def logits(
        self, rows: Sequence[Row], positions: Sequence[Sequence[int]] | None = None
    ) -> list[Logits | str]:
        """Raw logits of each row, in order; a text in its place says why there are none.

        Args:
            rows: what to read.
            positions: for a token head, the positions to read of each row.
        """
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i].ids))
        out: list[Logits | str] = [""] * len(rows)
        start = 0
        with self._lock:
            while start < len(order):
                longest = len(rows[order[start]].ids)
                picked = order[start : start + self._fit(longest)]
                where = None if positions is None else [positions[i] for i in picked]
                values = self._attempt([rows[i] for i in picked], where)
                if values is None and len(picked) > 1:
                    self._cells = len(picked) * longest // 2
                    continue
                if values is None:
                    values = [f"out of memory on this one text of {longest} tokens"]
                for i, value in zip(picked, values, strict=True):
                    out[i] = value
                start += len(picked)
        return out

    def _fit(self, longest: int) -> int:
        if self._cells is None:
            return self.batch_size
        return max(1, min(self.batch_size, self._cells // longest))

    def _attempt(
        self, rows: Sequence[Row], positions: Sequence[Sequence[int]] | None
    ) -> list[Logits | str] | None:
        """One forward pass, or ``None`` where memory ran out."""
        import torch

        try:
            return self._forward(rows, positions)
        except (RuntimeError, MemoryError) as error:  # torch.OutOfMemoryError is a RuntimeError
            if not _out_of_memory(error):
                raise
        # Only here, with the exception and the tensors its frames hold gone, can memory be given back.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None

    def _forward(self, rows: Sequence[Row], positions: Sequence[Sequence[int]] | None) -> list[Logits | str]:
        import torch

        config = self.model.config.get_text_config()
        pad = config.pad_token_id
        if pad is None and self.head == "sequence" and len(rows) > 1:
            # The head is found as the last token that is not the padding, so any id will do that no
            # text of this batch has.
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
        own, config.pad_token_id = config.pad_token_id, pad
        try:
            with torch.inference_mode():
                logits = self.model(**{k: v.to(self.device) for k, v in feed.items()}).logits.float()
        finally:
            config.pad_token_id = own
        if positions is None:
            return [[vector] for vector in logits.cpu().tolist()]
        return [logits[i, list(where)].cpu().tolist() for i, where in enumerate(positions)]

    def close(self) -> None:
        """Let the weights go."""
        import torch

        with self._lock:
            self.model = None
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()


def _load(model: str, head: str, dtype: str) -> Any:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

    auto = AutoModelForSequenceClassification if head == "sequence" else AutoModelForTokenClassification
    try:
        loaded, info = auto.from_pretrained(model, dtype=dtype, output_loading_info=True)
    except (OSError, ValueError) as error:
        raise UserError(f"reward model {model!r} cannot be loaded: {error}") from error
    if missing := sorted(info["missing_keys"]):
        raise UserError(
            f"{model!r} is no trained reward model: its weights lack {', '.join(missing[:3])}, which would "
            f"be random numbers. Name a model with a trained {head} head, or train one: verirs rm train"
        )
    loaded.config.use_cache = False
    if dtype != "float32":
        for name in ("score", "classifier"):
            module = getattr(loaded, name, None)
            if module is not None:
                module.float()
                module.register_forward_pre_hook(
                    lambda _, inputs: tuple(x.float() if torch.is_tensor(x) else x for x in inputs)
                )
    return loaded


def _out_of_memory(error: BaseException) -> bool:
    import torch

    words = str(error)
    return (
        isinstance(error, (torch.OutOfMemoryError, MemoryError))
        or "CUDA out of memory" in words
        or "can't allocate memory" in words  # what the CPU allocator raises
    )
