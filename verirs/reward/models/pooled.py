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
    """A reward model in vLLM.

    Args:
        model: directory or hub id of an architecture vLLM can pool.
        per_token: the head is read at places inside the text.
        max_length: the longest text in tokens.
        dtype: ``auto`` is bfloat16 on a GPU and float32 elsewhere, as in the transformers backend.
        options: further arguments of ``vllm.LLM``, for example ``{"gpu_memory_utilization": 0.3}`` where
            the policy lives on the same GPU.
    """

    def __init__(
        self,
        model: str,
        *,
        per_token: bool = False,
        max_length: int,
        dtype: str = "auto",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        need("vllm", "vllm", "the vllm backend of a reward model")
        import torch
        from vllm import LLM

        if dtype == "auto":
            dtype = "bfloat16" if torch.cuda.is_available() else "float32"
        self.task = "token_classify" if per_token else "classify"
        settings = {"enable_prefix_caching": False, **(options or {})}
        self._llm = LLM(model, runner="pooling", dtype=dtype, max_model_len=max_length, **settings)
        if self.task not in self._llm.supported_tasks:
            raise UserError(
                f"{model!r} has no head that vLLM can use for {self.task} (its tasks: "
                f"{', '.join(self._llm.supported_tasks)}); use backend 'transformers'"
            )
        self._lock = threading.Lock()

    def logits(self, rows: Sequence[Row]) -> list[Logits | str]:
        """Raw logits of each row at its places, in order."""
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
                pooling_task=self.task,
                use_tqdm=False,
            )
        data = [out.outputs.data for out in outputs]
        if self.task == "classify":
            return [[[float(x) for x in vector.flatten().tolist()]] for vector in data]
        return [self._at(vectors.tolist(), row) for vectors, row in zip(data, rows, strict=True)]

    @staticmethod
    def _at(vectors: list[Any], row: Row) -> Logits | str:
        full = [v if isinstance(v, list) else [v] for v in vectors]
        if len(full) == len(row.ids):
            return [full[place] for place in row.read]
        if len(full) == len(row.read):
            return full
        return f"vLLM gave {len(full)} vectors for {len(row.ids)} tokens and {len(row.read)} places"

    def close(self) -> None:
        """Stop the engine and its processes."""
        self._llm.llm_engine.engine_core.shutdown()
