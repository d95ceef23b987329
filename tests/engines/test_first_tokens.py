"""A judge's one word on an engine that holds the model: P(yes) of both words, as a server gives it."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from verirs.engines.vllm import VllmEngine
from verirs.engines.worker import Job
from verirs.protocols import Choosing


class Steps:
    """vLLM's engine as far as it is asked here: each step ends one request."""

    model_config = SimpleNamespace(max_model_len=64)

    def __init__(self) -> None:
        self.waiting: list[tuple[str, Any]] = []

    def add_request(self, key: str, prompt: Any, params: Any) -> None:
        self.waiting.append((key, prompt["prompt_token_ids"]))

    def step(self) -> list[Any]:
        key, prompt = self.waiting.pop()  # the last first: answers come in any order
        numbers = {prompt[0]: SimpleNamespace(logprob=-0.5), 7: SimpleNamespace(logprob=-1.0)}
        return [SimpleNamespace(request_id=key, outputs=[SimpleNamespace(logprobs=[numbers])])]


def test_vllm_answers_several_questions_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    fake: Any = ModuleType("vllm")
    fake.SamplingParams = lambda **more: SimpleNamespace(**more)
    params: Any = ModuleType("vllm.sampling_params")
    params.RequestOutputKind = SimpleNamespace(FINAL_ONLY=2)
    monkeypatch.setitem(sys.modules, "vllm", fake)
    monkeypatch.setitem(sys.modules, "vllm.sampling_params", params)
    backend = VllmEngine("anything")._backend
    backend._vllm = Steps()
    delivered: list[Any] = []
    monkeypatch.setattr(backend, "_deliver", delivered.append)
    backend._vllm.add_request("other", {"prompt_token_ids": [9]}, None)
    backend._running["other"] = object.__new__(Job)
    found = backend.first([(1, 2), (3,), (4, 5, 6)])
    assert [numbers[0] for numbers in found] == [(1, -0.5), (3, -0.5), (4, -0.5)]
    assert backend.context == 64 and len(delivered) <= 1


def test_every_engine_that_holds_a_model_says_how_probable_words_are() -> None:
    from verirs.engines.transformers import TransformersEngine

    assert isinstance(TransformersEngine("anything"), Choosing) and isinstance(
        VllmEngine("anything"), Choosing
    )
