"""The scorer ``reward_model``: one number a completion from a learned reward model; ranks, never judges.

The number is the model's raw logit (no sigmoid), so it may be negative and has no unit; calibration
(:mod:`verirs.reward.numbers.calibrate`) turns it into P(correct). A number that is not finite is an
``error``. It does not say whether a completion is right: a reward model can prefer a near miss, and the
report says so.
"""

from __future__ import annotations

import functools
import hashlib
import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from verirs.errors import ConfigError, nearest
from verirs.parts import ByArguments
from verirs.reward.models.encode import ChatEncoder, Row, fingerprint
from verirs.reward.models.heads import label_index
from verirs.types import Completion, Problem, Score, Verdict

BACKENDS = ("transformers", "vllm", "http")


class RewardBackend(Protocol):
    """Where a reward model runs."""

    def logits(self, rows: Sequence[Row]) -> list[list[list[float]] | str]:
        """For each row its raw logits, or in words why there are none."""
        ...

    def close(self) -> None: ...


class RewardModelScorer(ByArguments):
    """Ranks completions with a sequence-classification model.

    Args:
        model: directory or hub id. With ``http`` its tokenizer, template and label names are read here,
            the weights are the server's.
        backend: ``transformers`` (in this process), ``vllm`` (pooling runner, in this process) or ``http``.
        url: for ``http``, the address with its endpoint: ``.../get_reward`` (OpenRLHF), ``.../classify``,
            ``.../pooling`` or ``.../score`` (vLLM).
        served: for ``http``, the model's name on a server that has several.
        label: which output of a head wider than one is the reward: its name or its index. A head of
            width two needs none: the log-odds of the second against the first.
        batch_size: texts at once; halved by itself when memory runs out.
        max_length: tokens; a longer text loses its middle. 0 is the model's own limit.
        dtype: ``auto`` is bfloat16 on a GPU, float32 elsewhere.
        device: ``auto`` is the GPU where there is one.
        timeout: for ``http``, seconds a request may take.
        api_key_env: for ``http``, the environment variable that holds the server's key, if it wants one.
        options: for ``vllm``, further arguments of ``vllm.LLM``.

    Raises:
        ConfigError: an unknown backend, or ``http`` without a URL.
    """

    name = "reward_model"
    ranks = True

    def __init__(
        self,
        *,
        model: str,
        backend: Literal["transformers", "vllm", "http"] = "transformers",
        url: str = "",
        served: str = "",
        label: str | int = "",
        batch_size: int = 32,
        max_length: int = 0,
        dtype: str = "auto",
        device: str = "auto",
        timeout: float = 120.0,
        api_key_env: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        problems = []
        if backend not in BACKENDS:
            problems.append(f"reward_model: unknown backend {backend!r}{nearest(backend, BACKENDS)}")
        if (backend == "http") != bool(url):
            problems.append("reward_model: a url belongs to backend 'http', and 'http' needs one")
        if batch_size < 1:
            problems.append(f"reward_model: batch_size is {batch_size}; it must be at least 1")
        if problems:
            raise ConfigError(problems)
        self.model, self.backend, self.url, self.served = model, backend, url, served
        self.label, self.batch_size, self.max_length = label, batch_size, max_length
        self.dtype, self.device, self.timeout, self.options = dtype, device, timeout, options
        self.api_key_env = api_key_env
        endpoint = url.rstrip("/").rsplit("/", 1)[-1]
        decides = f"{fingerprint(model)} {endpoint} {served} {label} {max_length} {dtype}"
        self.version = f"1+{hashlib.sha256(decides.encode()).hexdigest()[:8]}"
        self._encoder: ChatEncoder | None = None
        self._backend: RewardBackend | None = None
        self._lock = threading.Lock()

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One ranking a completion, in order. The model is loaded by the first call.

        Raises:
            UserError: the model cannot be read, or is no reward model.
            ConfigError: the label does not fit the head, or the server refuses the address.
            EngineError: the server stays away: the same command goes on.
        """
        started = time.perf_counter()
        encoder, backend = self._load()
        encoded = encoder.encode(items)
        readable = [(i, row) for i, row in enumerate(encoded) if isinstance(row, Row)]
        answers: list[Any] = list(encoded)
        for (i, _), value in zip(readable, backend.logits([row for _, row in readable]), strict=True):
            answers[i] = value
        seconds = (time.perf_counter() - started) / max(1, len(items))
        return [self._score(row, answer, seconds) for row, answer in zip(encoded, answers, strict=True)]

    def _score(self, row: Row | str, answer: list[list[float]] | str, seconds: float) -> Score:
        made = functools.partial(Score, scorer=self.name, version=self.version, seconds=seconds)
        if isinstance(row, str) or isinstance(answer, str):
            return made(verdict=Verdict.ERROR, reason=row if isinstance(row, str) else str(answer))
        logits = answer[0]
        details: dict[str, Any] = {"tokens": row.tokens, "truncated": row.truncated}
        if row.disarmed:
            details["special_tokens"] = row.disarmed
        if len(logits) > 1:
            details["logits"] = [x if math.isfinite(x) else None for x in logits]
        value = self._reward(logits)
        if not math.isfinite(value):
            return made(verdict=Verdict.ERROR, reason=f"the model's number is {value}", details=details)
        cut = f"{row.truncated} of {row.tokens} tokens cut from the middle" if row.truncated else ""
        return made(verdict=Verdict.ABSTAIN, value=value, reason=cut, details=details)

    def _reward(self, logits: Sequence[float]) -> float:
        if len(logits) == 1 and self.label in ("", 0):
            return logits[0]
        if len(logits) == 2 and self.label == "":
            return logits[1] - logits[0]
        assert self._encoder is not None
        return logits[label_index(self.label, len(logits), self._encoder.config.label2id or {})]

    def _load(self) -> tuple[ChatEncoder, RewardBackend]:
        with self._lock:
            if self._encoder is None:
                self._encoder = ChatEncoder(self.model, self.max_length)
            if self._backend is None:
                self._backend = self._start(self._encoder)
            return self._encoder, self._backend

    def _start(self, encoder: ChatEncoder) -> RewardBackend:
        if self.backend == "http":
            from verirs.reward.models.remote import RemoteModel

            return RemoteModel(
                self.url,
                served=self.served,
                batch_size=self.batch_size,
                timeout=self.timeout,
                decode=encoder.tokenizer.decode,
                api_key_env=self.api_key_env,
            )
        if self.backend == "vllm":
            from verirs.reward.models.pooled import PooledModel

            return PooledModel(
                self.model, max_length=encoder.max_length, dtype=self.dtype, options=self.options
            )
        from verirs.reward.models.local import LocalModel

        return LocalModel(self.model, batch_size=self.batch_size, dtype=self.dtype, device=self.device)

    def interrupt(self) -> None:
        """Wait no longer for a server: the run ends early."""
        if callable(interrupt := getattr(self._backend, "interrupt", None)):
            interrupt()

    def close(self) -> None:
        """Give the model or the connections back; the next score loads them again."""
        with self._lock:
            if self._backend is not None:
                self._backend.close()
            self._backend = None
