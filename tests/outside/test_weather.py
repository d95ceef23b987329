"""Servers, keys, addresses and environments as people met them outside (faults of our own: tests/engines)."""

# ruff: noqa: E501 - addresses
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engines.weather import PROBLEMS, SAMPLES, Case, Out, edited, fault_of, message, says, usage
from tests.outside.case import Ran
from verirs.engines.openai import engine
from verirs.engines.openai import pool as reaching

Bodies = list[dict[str, Any]]


def all_sampled(ran: Ran, bodies: Bodies) -> bool:
    return len(bodies) == PROBLEMS * SAMPLES


def no_negatives(ran: Ran, bodies: Bodies) -> bool:
    """Nothing unfinished is training data, neither as right nor as wrong."""
    return not any(ran.rows(sink) for sink in ("sft", "dpo", "kto"))


def passes(ran: Ran, bodies: Bodies) -> bool:
    return ran.verdicts["pass"] == PROBLEMS * SAMPLES


def right(**fields: Any):  # type: ignore[no-untyped-def]
    """A right answer to each problem, in a message with these fields; ``{}`` in a text is the answer."""

    def filled(value: Any, answer: str) -> Any:
        if isinstance(value, str):
            return value.replace("{}", f"\\boxed{{{answer}}}")
        if isinstance(value, list):
            return [filled(v, answer) for v in value]
        return {k: filled(v, answer) for k, v in value.items()} if isinstance(value, dict) else value

    def fault(out: Out) -> None:
        asked = out.body["messages"][-1]["content"].split()
        body = out.good()
        body["choices"][0]["message"] = {"role": "assistant", **filled(fields, str(2 * int(asked[2])))}
        out.send(200, body)

    return fault


def thought(reason: str, **fields: Any):  # type: ignore[no-untyped-def]
    return says(
        200,
        {
            "choices": [{"message": {"role": "assistant", **fields}, "finish_reason": reason}],
            "usage": {"completion_tokens": 14},
        },
    )


def error(status: int, sentence: str, **more: Any):  # type: ignore[no-untyped-def]
    return says(status, {"error": {"message": sentence, **more}})


ANSWERS = [
    Case(
        id="thought-cut-off",
        seen="https://github.com/vllm-project/vllm/issues/52640",
        kind="works",
        fault=thought("length", content=None, reasoning="first we add"),
        words="thoughts without an answer",
        check=no_negatives,
    ),
    Case(
        id="thought-never-closed",
        seen="https://github.com/vllm-project/vllm/issues/45736",
        kind="works",
        fault=thought("stop", content=None, reasoning_content="so it is 4"),
        words="thoughts without an answer",
        check=no_negatives,
    ),
    Case(
        id="thought-and-answer",
        seen="https://github.com/castorini/nuggetizer/pull/8",
        kind="works",
        fault=right(content="{}", reasoning_content="I add."),
        check=passes,
    ),
    Case(
        id="parts-with-thinking",
        seen="https://github.com/NousResearch/hermes-agent/pull/4748",
        kind="works",
        fault=right(
            content=[
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "It is {}"},
            ]
        ),
        check=passes,
    ),
    Case(
        id="finish-eos",
        seen="https://github.com/openai/openai-dotnet/pull/267",
        kind="works",
        fault=edited(lambda a: a["choices"][0].update(finish_reason="eos")),
    ),
    Case(
        id="finish-eos-token",
        seen="https://github.com/dstackai/dstack/pull/2229",
        kind="works",
        fault=edited(lambda a: a["choices"][0].update(finish_reason="eos_token")),
    ),
    Case(
        id="finish-empty",
        seen="https://github.com/dstackai/dstack/pull/2229",
        fault=edited(lambda a: a["choices"][0].update(finish_reason="")),
        strikes="one",
        words="given up 2 x",
    ),
    Case(
        id="finish-null-text",
        seen="https://github.com/Ai00-X/ai00_server/issues/90",
        fault=edited(lambda a: a["choices"][0].update(finish_reason="null")),
        strikes="one",
        words="given up 2 x",
    ),
    Case(
        id="finish-null-once",
        seen="https://github.com/openai/openai-openapi/pull/20",
        fault=edited(lambda a: a["choices"][0].update(finish_reason=None)),
        strikes="once",
    ),
    Case(
        id="finish-missing-on-abort",
        seen="https://github.com/InternLM/xtuner/pull/1755",
        fault=edited(lambda a: a["choices"][0].pop("finish_reason") and None),
        strikes="once",
    ),
    Case(
        id="finish-model-length",
        seen="https://docs.mistral.ai/api/",
        kind="works",
        fault=edited(lambda a: a["choices"][0].update(finish_reason="model_length")),
        check=no_negatives,
    ),
    Case(
        id="filtered-with-200",
        seen="https://github.com/BerriAI/litellm/issues/8953",
        kind="refused",
        fault=thought("content_filter", content=None, refusal=None),
        words="a filter of the server took the text",
    ),
    Case(
        id="filtered-with-400",
        seen="https://github.com/stanford-crfm/helm/pull/3327",
        kind="refused",
        fault=error(400, "The response was filtered", code="content_filter", param="prompt"),
        words="The response was filtered",
    ),
    Case(
        id="tool-call",
        seen="https://github.com/vllm-project/vllm/issues/27572",
        kind="refused",
        fault=thought("tool_calls", content=None, tool_calls=[{"function": {"name": "f"}}]),
        words="called a tool",
    ),
    Case(
        id="error-with-200",
        seen="https://github.com/XpressAI/xaibo/pull/36",
        fault=says(200, {"code": "rate_limit_daily", "message": "Error code: 429"}),
        strikes="once",
    ),
    Case(
        id="validation-error-with-200",
        seen="https://github.com/huggingface/text-generation-inference/issues/2749",
        kind="refused",
        fault=says(
            200, {"error": {"code": "422", "message": "inputs tokens + max_new_tokens must be <= 65537"}}
        ),
        words="must be <= 65537",
    ),
    Case(
        id="choices-null",
        seen="https://github.com/langchain-ai/langchain/pull/34515",
        fault=says(200, {"choices": None, "error": "busy"}),
        strikes="once",
    ),
    Case(
        id="choices-none-one",
        seen="https://github.com/UKGovernmentBEIS/inspect_ai/pull/3687",
        fault=says(200, {"object": "x"}),
        strikes="one",
        words="it has no choices",
    ),
    Case(
        id="blank-lines-first",
        seen="https://github.com/router-for-me/CLIProxyAPI/issues/2690",
        kind="works",
        fault=lambda out: out.send(200, b"\n" * 200 + __import__("json").dumps(out.good()).encode()),
    ),
    Case(
        id="no-usage",
        seen="https://github.com/mlcommons/endpoints/issues/133",
        kind="works",
        fault=edited(lambda a: a.pop("usage") and None),
    ),
]
REFUSALS = [
    Case(
        id="max-completion-tokens",
        seen="https://github.com/teilomillet/gollm/issues/33",
        kind="ends",
        code=5,
        fault=error(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ),
        words='set engine.max_tokens_key = "max_completion_tokens"',
    ),
    Case(
        id="context-listed",
        seen="https://github.com/bentoml/OpenLLM/discussions/1243",
        kind="ends",
        code=2,
        models=says(200, {"data": [{"id": "tiny", "max_model_len": 512}]}),
        toml="sampling = {max_tokens = 512}",
        words="context of 512 tokens",
    ),
    Case(
        id="context-listed-otherwise",
        seen="https://raw.githubusercontent.com/maritaca-ai/maritalk-api/main/documentation/api/en/list-models-response.md",
        kind="ends",
        code=2,
        models=says(200, {"data": [{"id": "tiny", "context_length": 400, "top_provider": {}}]}),
        words="context of 400 tokens",
    ),
    Case(
        id="context-not-listed",
        seen="https://github.com/bytedance/UI-TARS-desktop/issues/626",
        kind="ends",
        code=5,
        fault=says(422, {"error": "Input validation error: inputs tokens + max_new_tokens must be <= 500"}),
        words="12 x the server refuses it (status 422",
    ),
    Case(
        id="balance",
        seen="https://github.com/continuedev/continue/issues/9942",
        kind="ends",
        code=4,
        fault=error(402, "Insufficient Balance"),
        words="Insufficient Balance",
    ),
    Case(
        id="logprobs-break-one",
        seen="https://github.com/sgl-project/sglang/issues/5984",
        fault=says(500, b"Internal Server Error"),
        strikes="one",
        options={"logprobs": True},
        words="given up 2 x the server failed 2 times, last with status 500: Internal Server Error",
    ),
    Case(
        id="loading",
        seen="https://github.com/mostlygeek/llama-swap/issues/146",
        fault=error(503, "Loading model", code=503),
        strikes="once",
    ),
    Case(
        id="overloaded",
        seen="https://github.com/cline/cline/issues/440",
        fault=says(503, b"server is overloaded"),
        strikes="once",
    ),
    Case(
        id="retry-after-too-long",
        seen="https://github.com/openai/openai-node/pull/1863",
        fault=says(429, b"{}", {"Retry-After": "600"}),
        strikes="once",
    ),
    Case(
        id="retry-after-ms-broken",
        seen="https://github.com/openclaw/openclaw/pull/111353",
        fault=says(429, b"{}", {"retry-after-ms": "", "Retry-After": "0.01"}),
        strikes="once",
    ),
    Case(
        id="redirect-http-to-https",
        seen="https://github.com/apache/apisix/issues/2257",
        kind="ends",
        code=4,
        models=says(301, b"", {"Location": "https://llm.example/v1/models"}),
        words="redirects to https://llm.example/v1/models",
    ),
    Case(
        id="redirect-of-posts",
        seen="https://github.com/langchain-ai/langserve/pull/304",
        kind="ends",
        code=4,
        fault=says(307, b"", {"Location": "/v1/chat/completions/"}),
        words="redirects to /v1/chat/completions/",
    ),
]
IGNORED = [
    Case(
        id="logprobs-ignored",
        seen="https://github.com/ollama/ollama/issues/16117",
        kind="works",
        fault=edited(lambda a: a["choices"][0].pop("logprobs", None) and None),
        options={"logprobs": True},
        words="sends no log-probabilities",
    ),
    Case(
        id="prompt-cut",
        seen="https://github.com/ralphgrewe/TradingAgents/issues/168",
        kind="works",
        fault=usage(prompt_tokens=40),
        toml='prompt = {system = "' + "Be careful. " * 400 + '"}',
        words="cuts prompts without a word",
    ),
    Case(
        id="does-not-sample",
        seen="https://huggingface.co/docs/transformers/main/en/serving",
        kind="works",
        fault=message(content="56+15=71, so the answer is \\boxed{71}."),
        toml="n = 4",
        words="gives the same text under different seeds",
    ),
    Case(
        id="options-override",
        seen="https://github.com/openai/openai-python#undocumented-request-params",
        kind="ends",
        code=2,
        options={"options": {"temperature": 0.0}},
        words="use sampling.temperature",
    ),
    Case(
        id="options-stream",
        seen="https://github.com/openai/openai-go/issues/227",
        kind="ends",
        code=2,
        options={"options": {"stream": True}},
        words="options.stream",
    ),
]
NAMES = [
    Case(
        id="name-with-prefix",
        seen="https://ai.google.dev/gemini-api/docs/openai",
        kind="works",
        models=says(200, {"data": [{"id": "models/tiny"}]}),
    ),
    Case(
        id="name-with-variant",
        seen="https://openrouter.ai/docs/guides/routing/model-variants",
        kind="works",
        models=says(200, {"data": [{"id": "tiny"}]}),
        options={"model": "tiny:free"},
    ),
    Case(
        id="names-with-a-star",
        seen="https://docs.litellm.ai/docs/wildcard_routing",
        kind="works",
        models=says(200, {"data": [{"id": "openai/*"}]}),
    ),
]
ENVIRONMENTS = [
    Case(
        id="key-with-line-end",
        seen="https://github.com/acheong08/ChatGPT/pull/249",
        kind="works",
        environment={"OPENAI_API_KEY": "sk-1\n"},
    ),
    Case(
        id="key-empty",
        seen="https://github.com/langchain-ai/langchain/issues/21261",
        kind="works",
        environment={"OPENAI_API_KEY": ""},
    ),
    Case(
        id="key-with-bearer",
        seen="https://github.com/rommapp/romm/issues/1259",
        kind="ends",
        code=2,
        environment={"OPENAI_API_KEY": "Bearer sk-1"},
        words="must hold the key alone",
    ),
    Case(
        id="key-not-ascii",
        seen="https://github.com/openai/openai-python/issues/961",
        kind="ends",
        code=2,
        environment={"OPENAI_API_KEY": "sk-“1”"},
        words="copy the key again",
    ),
    Case(
        id="socks-proxy-for-this-machine",
        seen="https://github.com/OpenHands/OpenHands-CLI/issues/632",
        kind="works",
        environment={"ALL_PROXY": "socks5://127.0.0.1:7897"},
    ),
    Case(
        id="socks-proxy",
        seen="https://github.com/Tracer-Cloud/opensre/pull/2476",
        kind="ends",
        code=2,
        environment={"ALL_PROXY": "socks5://127.0.0.1:7897"},
        options={"base_url": "http://llm.invalid/v1"},
        words="pip install aiohttp-socks",
    ),
    Case(
        id="no-proxy-ipv6",
        seen="https://github.com/basicmachines-co/basic-memory/issues/1541",
        kind="works",
        environment={"NO_PROXY": "localhost,[::1]"},
    ),
    Case(
        id="no-proxy-cidr",
        seen="https://github.com/encode/httpx/issues/3221",
        kind="ends",  # it is read as the standard library reads it: a name that matches nothing
        code=4,
        environment={"NO_PROXY": "fe11::/16"},
        options={"base_url": "http://llm.invalid/v1"},
        words="no server at http://llm.invalid/v1",
    ),
    Case(
        id="key-through-a-proxy",
        seen="https://www.python-httpx.org/environment_variables/",
        kind="ends",
        code=2,
        environment={"HTTP_PROXY": "http://10.0.0.1:3128", "OPENAI_API_KEY": "sk-1"},
        options={"base_url": "http://llm.invalid/v1"},
        words="would see the key",
    ),
    Case(
        id="ipv6-without-brackets",
        seen="https://github.com/encode/httpx/issues/2674",
        kind="ends",
        code=2,
        options={"base_url": "http://::1:8000/v1"},
        words="in brackets",
    ),
    Case(
        id="password-in-address",
        seen="https://github.com/etkecc/baibot/issues/9",
        kind="ends",
        code=2,
        options={"base_url": "http://me:hunter2@localhost:8000/v1"},
        words="user name or password",
        check=lambda ran, bodies: "hunter2" not in ran.said and not ran.path.exists(),
    ),
    Case(
        id="key-in-address",
        seen="https://ai.google.dev/gemini-api/docs/api-key",
        kind="ends",
        code=2,
        options={"base_url": "https://llm.invalid/v1?key=AIza77"},
        words="holds a secret (key=...)",
        check=lambda ran, bodies: "AIza77" not in ran.said and not ran.path.exists(),
    ),
    Case(
        id="whole-path",
        seen="https://github.com/etkecc/baibot/issues/9",
        kind="ends",
        code=2,
        options={"base_url": "http://localhost:8000/v1/chat/completions"},
        words="write http://localhost:8000/v1",
    ),
    Case(
        id="unix-socket",
        seen="https://github.com/vllm-project/vllm/pull/18097",
        kind="ends",
        code=2,
        options={"base_url": "unix:///tmp/vllm.sock"},
        words="unix socket",
    ),
    Case(
        id="bad-port",
        seen="https://github.com/encode/httpx/issues/3574",
        kind="ends",
        code=2,
        options={"base_url": "http://localhost:80a0/v1"},
        words="is no address",
    ),
    Case(
        id="https-to-plain-http",
        seen="https://github.com/etkecc/baibot/issues/9",
        kind="ends",
        code=4,
        words="write http:// in base_url",
        options={"base_url": "https"},
    ),
]
CASES = [*ANSWERS, *REFUSALS, *IGNORED, *NAMES, *ENVIRONMENTS]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(reaching, "_FIRST_PROBE", 0.01)
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_people_met(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    assert not fault_of(case, tmp_path)
