"""How vLLM, llama.cpp and llama-cpp-python say what all servers say: bodies and streams as they write them.

The shapes are those of vLLM 0.32 (``entrypoints/openai/chat_completion``, ``v1/engine``) and of llama.cpp's
``tools/server`` (``server-task.cpp``, ``server-common.cpp``); the values are ours.
"""

# ruff: noqa: E501 - bodies as servers write them
from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from verirs.engines.openai.parts import is_stream, joined
from verirs.engines.openai.reading import Reply, Withheld, listing, read, refusal_in
from verirs.system.http import Unreadable, parsed, said

LOWEST = -3.4028234663852886e38
"""What llama.cpp writes for the logarithm of 0."""


def vllm(message: dict[str, Any], finish: Any = "stop", logprobs: Any = None, **more: Any) -> dict[str, Any]:
    whole = {"role": "assistant", "content": None, "refusal": None, "annotations": None, "audio": None,
             "function_call": None, "reasoning": None} | message  # fmt: skip
    return {
        "id": "chatcmpl-8f3c", "object": "chat.completion", "created": 1_790_000_000, "model": "tiny",
        "choices": [{"index": 0, "message": whole, "logprobs": logprobs, "finish_reason": finish,
                     "stop_reason": None, "token_ids": None}],
        "service_tier": None, "system_fingerprint": None,
        "usage": {"prompt_tokens": 12, "total_tokens": 17, "completion_tokens": 5, "prompt_tokens_details": None},
        "prompt_logprobs": None, "prompt_token_ids": None, "kv_transfer_params": None,
    } | more  # fmt: skip


def llama(message: dict[str, Any], finish: str = "stop", **more: Any) -> dict[str, Any]:
    logprobs = more.pop("logprobs", None)
    return {
        "choices": [{"finish_reason": finish, "index": 0, "message": {"role": "assistant", "content": None} | message,
                     **({} if logprobs is None else {"logprobs": logprobs})}],
        "created": 1_790_000_000, "model": "gpt-3.5-turbo", "system_fingerprint": "b9554-d403f00ec",
        "object": "chat.completion",
        "usage": {"completion_tokens": 5, "prompt_tokens": 12, "total_tokens": 17},
        "id": "chatcmpl-Q1", "timings": {"prompt_n": 12, "prompt_ms": 3.5, "predicted_n": 5, "cache_n": 0},
    } | more  # fmt: skip


def token(text: str, number: float | None, *others: tuple[str, float]) -> dict[str, Any]:
    top = [{"token": t, "logprob": n, "bytes": list(t.encode())} for t, n in others]
    return {"token": text, "logprob": number, "bytes": list(text.encode()), "top_logprobs": top}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A body, and what must be read in it; ``again``: it is tried again; ``withheld``: it is for good."""

    id: str
    body: dict[str, Any]
    reads: dict[str, Any] = field(default_factory=dict)
    again: str = ""
    withheld: str = ""


BODIES = [
    Case(id="vllm", body=vllm({"content": "It is 4."}), reads={"text": "It is 4.", "finish_reason": "stop",
         "tokens": 5, "prompt_tokens": 12, "logprob": None, "model": "tiny"}),
    Case(id="vllm-cut", body=vllm({"content": "It"}, "length"), reads={"finish_reason": "length"}),
    Case(id="vllm-repeats-itself", body=vllm({"content": "so so so"}, "repetition"), reads={"finish_reason": "length"}),
    Case(id="vllm-aborted", body=vllm({"content": "It"}, "abort"), again="finish_reason 'abort'"),
    Case(id="vllm-failed", body=vllm({"content": "It"}, "error"), again="finish_reason 'error'"),
    Case(id="vllm-thought", body=vllm({"content": "4", "reasoning": "2+2"}), reads={"text": "4", "reasoning": "2+2"}),
    Case(id="vllm-thought-alone", body=vllm({"reasoning": "2+2"}), reads={"text": "", "finish_reason": "length"}),
    Case(id="vllm-usage-null", body=vllm({"content": "4"}, usage=None), reads={"tokens": None, "prompt_tokens": None}),
    Case(id="vllm-tokens-null", body=vllm({"content": "4"}, usage={"completion_tokens": None}), reads={"tokens": None}),
    Case(id="vllm-logprobs", body=vllm({"content": "4"}, logprobs={"content": [token("4", -0.5), token("", -0.25)]}),
         reads={"logprob": -0.75}),
    Case(id="vllm-logprob-unknown", reads={"logprob": None},
         body=vllm({"content": "4"}, logprobs={"content": [token("4", -0.5), token("", -9999.0)]})),
    Case(id="vllm-logprobs-empty", body=vllm({"content": ""}, logprobs={"content": []}), reads={"logprob": None}),
    Case(id="vllm-first-tokens", reads={"first": {"yes": -0.1, "no": -9999.0}},
         body=vllm({"content": "yes"}, logprobs={"content": [token("yes", -0.1, ("yes", -0.1), ("no", -9999.0))]})),
    Case(id="vllm-tool", body=vllm({"tool_calls": [{"id": "1", "type": "function"}]}, "tool_calls"), withheld="tool"),
    Case(id="llama", body=llama({"content": "It is 4."}), reads={"text": "It is 4.", "finish_reason": "stop",
         "tokens": 5, "prompt_tokens": 12, "logprob": None}),
    Case(id="llama-cut", body=llama({"content": "It"}, "length"), reads={"finish_reason": "length"}),
    Case(id="llama-empty", body=llama({}), reads={"text": "", "finish_reason": "stop"}),
    Case(id="llama-thought", body=llama({"content": "4", "reasoning_content": "2+2"}), reads={"reasoning": "2+2"}),
    Case(id="llama-thought-cut", body=llama({"content": "", "reasoning_content": "2+2"}, "length"),
         reads={"text": "", "finish_reason": "length"}),
    Case(id="llama-logprobs", body=llama({"content": "4"}, logprobs={"content": [token("4", -0.5)]}),
         reads={"logprob": -0.5}),
    Case(id="llama-logprob-of-zero", reads={"logprob": None},
         body=llama({"content": "4"}, logprobs={"content": [token("4", -0.5), token("", LOWEST)]})),
    Case(id="llama-probabilities", reads={"logprob": None},
         body=llama({"content": "4"}, logprobs={"content": [{"id": 3, "token": "4", "prob": 0.9, "top_probs": []}]})),
    Case(id="llama-python", reads={"text": " 4", "logprob": None, "tokens": 5},
         body=llama({"content": " 4"}, logprobs={"tokens": [" 4"], "token_logprobs": [-0.5], "top_logprobs": []})),
    Case(id="llama-python-function", body=llama({"function_call": {"name": "f"}}, "function_call"), withheld="tool"),
]  # fmt: skip


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.id)
def test_a_body(case: Case) -> None:
    body = parsed(json.dumps(case.body).encode())
    if case.again or case.withheld:
        with pytest.raises(Unreadable if case.again else Withheld, match=case.again or case.withheld):
            read(body)
        return
    reply = read(body)
    assert {key: getattr(reply, key) for key in case.reads} == case.reads


def events(*pieces: Any, end: str = "data: [DONE]\n\n") -> bytes:
    told = (piece if isinstance(piece, str) else f"data: {json.dumps(piece)}\n\n" for piece in pieces)
    return ("".join(told) + end).encode()


def piece(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish, **more}],
    }  # fmt: skip


USAGE = {
    "choices": [],
    "model": "tiny",
    "usage": {"prompt_tokens": 12, "total_tokens": 14, "completion_tokens": 2},
}
STREAMS = {
    "vllm": (events(piece({"role": "assistant", "content": ""}), piece({"content": "It "}), piece({"content": "4"}),
             piece({"content": ""}, "stop", stop_reason=None), USAGE),
             Reply(text="It 4", reasoning="", finish_reason="stop", tokens=2, logprob=None, prompt_tokens=12,
                   model="tiny", choices=1)),
    "vllm-logprobs": (events(piece({"role": "assistant", "content": ""}),
                      piece({"content": "4"}, logprobs={"content": [token("4", -0.5)]}),
                      piece({"content": ""}, "stop", logprobs={"content": [token("", -0.25)]}), USAGE),
                      Reply(text="4", reasoning="", finish_reason="stop", tokens=2, logprob=-0.75, prompt_tokens=12,
                            model="tiny", choices=1)),
    "vllm-thought": (events(piece({"role": "assistant", "content": ""}), piece({"reasoning": "2"}),
                     piece({"reasoning": "+2"}), piece({"content": "4"}), piece({"content": ""}, "length")),
                     Reply(text="4", reasoning="2+2", finish_reason="length", tokens=None, logprob=None,
                           prompt_tokens=None, model="tiny", choices=1)),
    "llama": (events(piece({"role": "assistant", "content": None}), piece({"reasoning_content": "2+2"}),
              piece({"content": "It "}), piece({"content": "4"}), piece({}, "stop"),
              USAGE | {"timings": {"prompt_n": 12}}),
              Reply(text="It 4", reasoning="2+2", finish_reason="stop", tokens=2, logprob=None, prompt_tokens=12,
                    model="tiny", choices=1)),
    "llama-progress": (events(": \n\n", piece({"role": "assistant", "content": None}), piece({"content": "4"}),
                       piece({}, "stop", ) | {"usage": {"completion_tokens": 1}}, end=""),
                       Reply(text="4", reasoning="", finish_reason="stop", tokens=1, logprob=None, prompt_tokens=None,
                             model="tiny", choices=1)),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream(name: str) -> None:
    data, reply = STREAMS[name]
    assert is_stream(data)
    assert read(joined(data)) == reply


ERROR = {"message": "the engine has died", "type": "InternalServerError", "param": None, "code": 500}
BROKEN = {
    "vllm-dies": events(piece({"content": "It "}), {"error": ERROR}),
    "llama-fails": events(
        piece({"content": "It "}),
        {"error": {"code": 500, "message": "Compute error.", "type": "server_error"}},
        end="",
    ),
    "cut-off": events(piece({"content": "It "}), end=""),
    "cut-off-in-an-event": events(piece({"content": "It "}), end='data: {"choi'),
    "no-end-but-done": events(piece({"content": "It "})),
    "done-alone": events(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_stream_that_breaks_off_is_no_text(name: str) -> None:
    with pytest.raises(Unreadable):
        read(joined(BROKEN[name]))


REFUSALS = {
    "vllm-too-long": (400, "maximum context length is 512", {"error": {"message": "This model's maximum context length "
                      "is 512 tokens.", "type": "BadRequestError", "param": None, "code": 400}}),
    "vllm-before-0.10": (400, "temperature must be", {"object": "error", "message": "temperature must be non-negative",
                         "type": "BadRequestError", "param": None, "code": 400}),
    "vllm-no-model": (404, "does not exist", {"error": {"message": "The model `x` does not exist.",
                      "type": "NotFoundError", "param": "model", "code": 404}}),
    "vllm-died": (500, "EngineCore encountered an issue", {"error": {"message": "EngineCore encountered an issue.",
                  "type": "InternalServerError", "param": None, "code": 500}}),
    "llama-too-long": (400, "exceeds the available context size", {"error": {"code": 400, "message": "request (9412 "
                       "tokens) exceeds the available context size (8192 tokens)", "type": "exceed_context_size_error",
                       "n_prompt_tokens": 9412, "n_ctx": 8192}}),
    "llama-loads": (503, "Loading model", {"error": {"message": "Loading model", "type": "unavailable_error",
                    "code": 503}}),
    "llama-python-too-long": (500, "Requested tokens", {"error": {"message": "Requested tokens (600) exceed context "
                              "window of 512", "type": "invalid_request_error", "param": "messages",
                              "code": "context_length_exceeded"}}),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_known_whatever_its_status(name: str) -> None:
    """Streams begin with status 200 before they can fail; so do some gateways."""
    code, words, body = REFUSALS[name]
    assert words in said(json.dumps(body).encode())
    assert refusal_in(body) == code
    assert refusal_in(joined(events(body))) == code


def test_models_while_llama_loads_and_after() -> None:
    loading = {"object": "list", "data": [{"id": "/models/tiny.gguf", "object": "model", "meta": None}]}
    assert listing(loading) == {"/models/tiny.gguf": None}
    loading["data"][0]["meta"] = {"n_vocab": 49152, "n_ctx_train": 8192, "n_ctx": 2048}  # type: ignore[index]
    assert listing(loading) == {"/models/tiny.gguf": 2048}
    assert listing({"object": "list", "data": [{"id": "policy", "max_model_len": 512, "root": "x"}]}) == {
        "policy": 512
    }
