"""Payloads that public trainers and clients sent to reward functions and servers; values of our own.

Beside each stands the address where that form was told, asked or mended.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.answering.test_chat import post as chat
from tests.answering.test_chat import server
from tests.hooks.test_outside import HUB, NO, YES, by_slime, by_trl, by_verl
from tests.hooks.test_serve import post
from verirs import grade
from verirs.hooks import Grader, Rule

ASSISTANT = {"role": "assistant"}


def gym(*output: Any, **more: Any) -> tuple[float, bool]:
    found = post("/verify", {"response": {"output": list(output), **more}, "answer": "12"}).json()
    return found["reward"], "_ng_failure_class" in found


def thought(text: str) -> dict[str, Any]:
    return {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": text}]}


def spoken(text: str, **more: Any) -> dict[str, Any]:
    return {"content": [{"type": "output_text", "text": text}], **more}


def rm(**body: Any) -> Any:
    return post("/rm", body, grader=Grader("math", rule=Rule(breaker=1.0))).json()


def events(**more: Any) -> list[Any]:
    found = chat(server(), stream=True, **more)
    assert found.text.rstrip().endswith("[DONE]")
    return [json.loads(line[6:]) for line in found.text.split("\n\n") if line.startswith("data: {")]


CASES: list[tuple[str, str, Callable[[], Any], Any]] = [
    # ---- what a model thought is not what it said
    (
        "a message without a type",
        "PrimeIntellect-ai/verifiers/pull/2212",
        lambda: gym(thought(NO), {**ASSISTANT, "content": YES}),
        (1.0, False),
    ),
    (
        "only thought",
        "NVIDIA-NeMo/Gym/pull/2279",
        lambda: gym(thought(YES), status="incomplete"),
        (0.0, False),
    ),
    (
        "thought, and a message without a role",
        "PrimeIntellect-ai/verifiers/pull/2212",
        lambda: [gym(thought(a), spoken(b, type="message")) for a, b in ((YES, NO), (NO, YES))],
        [(0.0, False), (1.0, False)],
    ),
    (
        "a summary of a thought",
        "vllm-project/vllm/issues/52640",
        lambda: gym({"type": "reasoning", "summary": [{"type": "summary_text", "text": YES}]}),
        (0.0, False),
    ),
    (
        "a call of a tool stands last",
        "NVIDIA-NeMo/Gym/pull/571",
        lambda: gym({**ASSISTANT, **spoken(NO)}, {"type": "function_call", "name": "f", "arguments": YES}),
        (0.0, False),
    ),
    (
        "what a tool said",
        "NVIDIA-NeMo/Gym/pull/571",
        lambda: gym({"type": "function_call_output", "output": YES, "content": YES}),
        (0.0, False),
    ),
    (
        "parts that are thoughts",
        "huggingface/trl/pull/4567",
        lambda: by_trl([{**ASSISTANT, "content": [{"type": "thinking", "text": YES}]}], answer="12"),
        0.0,
    ),
    (
        "a part that is marked as a thought",
        "huggingface/trl/pull/4567",
        lambda: by_trl(
            [{**ASSISTANT, "content": [{"text": YES, "thought": True}, {"text": NO}]}], answer="12"
        ),
        0.0,
    ),
    (
        "the same by grade",
        "huggingface/trl/pull/4567",
        lambda: str(
            grade(
                "math",
                answer="12",
                text=[
                    {
                        **ASSISTANT,
                        "content": [{"type": "reasoning", "text": YES}, {"type": "text", "text": NO}],
                    }
                ],
            ).verdict
        ),
        "fail",
    ),
    (
        "parts that are objects",
        "openai/openai-python/issues/2472",
        lambda: by_trl(
            [SimpleNamespace(type="reasoning", text=YES), SimpleNamespace(type="text", text=NO)], answer="12"
        ),
        0.0,
    ),
    # ---- golds
    (
        "targets in an array of a table",
        "verl-project/verl/pull/266",
        lambda: [by_verl({"target": np.array(["dozen", "12"], dtype=object)}, t) for t in (YES, NO)],
        [1.0, 0.0],
    ),
    (
        "a target that is nothing, another column",
        "verl-project/verl/pull/266",
        lambda: by_verl({"target": None}, YES, {"gold": "12"}),
        1.0,
    ),
    (
        "a label that is a table",
        "THUDM/slime/pull/90",
        lambda: by_slime(label={"ground_truth": "12"})[0],
        1.0,
    ),
    (
        "a label that is a number",
        "THUDM/slime/pull/88",
        lambda: [rm(response=YES, label=n) for n in (12, 12.0)],
        [1.0, 1.0],
    ),
    ("a label that is null", "OpenRLHF/OpenRLHF/issues/690", lambda: rm(response=YES, label=None), 0.0),
    ("a response that is null", "THUDM/slime/issues/200", lambda: rm(response=None, label="12"), 0.0),
    (
        "a reward_spec as JSON",
        "NovaSky-AI/SkyRL/pull/160",
        lambda: by_trl(YES, reward_spec='{"method": "rule", "ground_truth": "12"}'),
        1.0,
    ),
    (
        "a reward_model as JSON",
        "verl-project/verl/pull/2954",
        lambda: by_trl(YES, reward_model='{"style": "rule", "ground_truth": "12"}'),
        1.0,
    ),
    (
        "a NUL in a text",
        "opendataloader-project/opendataloader-pdf/pull/207",
        lambda: rm(response="\0" + YES, label="12"),
        1.0,
    ),
    # ---- chat completions
    (
        "nulls for what is not asked",
        "vllm-project/vllm/issues/19862",
        lambda: (
            chat(
                server(),
                max_tokens=None,
                temperature=None,
                stop=None,
                seed=None,
                n=None,
                tools=None,
                response_format=None,
                stream_options=None,
                logit_bias=None,
            ).status_code
        ),
        200,
    ),
    (
        "an error of a stream is a status",
        "llm-d/llm-d-inference-sim/issues/596",
        lambda: chat(server(), stream=True, max_tokens=0).status_code,
        400,
    ),
    (
        "every event has a choice",
        "ROCm/ATOM/pull/1711",
        lambda: {len(e["choices"]) for e in events(stream_options={"include_usage": True})},
        {1},
    ),
    (
        "max_completion_tokens",
        "vibrantlabsai/ragas/pull/2413",
        lambda: chat(server(), max_completion_tokens=5).status_code,
        200,
    ),
    (
        "both limits",
        "vibrantlabsai/ragas/pull/2413",
        lambda: chat(server(), max_completion_tokens=5, max_tokens=5).status_code,
        200,
    ),
]


@pytest.mark.parametrize(
    ("about", "address", "call", "wanted"), CASES, ids=[c[0].replace(" ", "-") for c in CASES]
)
def test_payloads_of_others(about: str, address: str, call: Callable[[], Any], wanted: Any) -> None:
    assert call() == wanted, f"{about}: {HUB}{address}"
