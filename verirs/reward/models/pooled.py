"""Runs a reward model on vLLM's pooling runner in this process: raw logits, as transformers gives them.

vLLM's own ``score`` and ``classify`` calls put the logits through a sigmoid or softmax, which flattens
confident rewards into ties; this asks for the numbers before it. Texts travel as token ids, so the
tokenization is the one of the other backends.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from verirs.errors import UserError, need
from verirs.reward.models.encode import Row
from verirs.reward.models.local import Logits


class PooledModel:
    """A sequence-classification model in vLLM.

    Args:
        model: directory or hub id of an architecture vLLM can pool.
        max_length: the longest text in tokens.
        dtype: ``auto`` is bfloat16 on a GPU and float32 elsewhere, as in the transformers backend.
        options: further arguments of ``vllm.LLM``, for example ``{"gpu_memory_utilization": 0.3}`` where
            the policy lives on the same GPU.
    """

    def __init__(
        self, model: str, *, max_length: int, dtype: str = "auto", options: Mapping[str, Any] | None = None
    ) -> None:
        need("vllm", "vllm", "the vllm backend of a reward model")
        import torch
        from vllm import LLM

        if dtype == "auto":
            dtype = "bfloat16" if torch.cuda.is_available() else "float32"
        settings = {"enable_prefix_caching": False, **(options or {})}
        self._llm = LLM(model, runner="pooling", dtype=dtype, max_model_len=max_length, **settings)
        if "classify" not in self._llm.supported_tasks:
            raise UserError(
                f"{model!r} has no sequence head vLLM can use (its tasks: "
                f"{', '.join(self._llm.supported_tasks)}); use backend 'transformers'"
            )
        self._lock = threading.Lock()

    def logits(self, rows: Sequence[Row]) -> list[Logits | str]:
        """Raw logits of each row, in order."""
        from vllm import PoolingParams

        if not rows:
            return []
        if any(any(row.types or ()) for row in rows):
            raise UserError(
                "this encoder reads segment ids, which the vllm backend cannot pass on; use backend "
                "'transformers' or vLLM's server through its /score endpoint"
            )
        prompts = [{"prompt_token_ids": list(row.ids)} for row in rows]
        with self._lock:
            outputs = self._llm.encode(
                prompts,
                PoolingParams(use_activation=False),
                pooling_task="classify",
                use_tqdm=False,
            )
        return [[[float(x) for x in out.outputs.data.flatten().tolist()]] for out in outputs]

    def close(self) -> None:
        """Stop the engine and its processes."""
        self._llm.llm_engine.engine_core.shutdown()
