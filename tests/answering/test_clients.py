"""What clients of chat endpoints were publicly reported to send and to need; the address is the report's.

Own words and values. ``wanted`` is what docs/hooks.md and OpenAI's own description of the field say.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytest.importorskip("uvicorn")

from tests.answering.engines import Written
from tests.answering.test_chat import ASKED, asked, post, server
from verirs.hooks import Grader
from verirs.serve.app import Server
from verirs.types import Completion

USER = {"role": "user", "content": "How many?"}
FRONT = {"Origin": "https://chat.example"}
HERE = {"Origin": "http://localhost:3000"}
PATH, MODELS = "/v1/chat/completions", "/v1/models"
JSON = "application/json; charset=utf-8"
NOTHING: dict[str, Any] = {"annotations": [], "audio": None, "tool_calls": None, "function_call": None}


def parts(*texts: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in texts]


def status(**more: Any) -> int:
    return post(server(), **more).status_code


def param(**more: Any) -> tuple[int, Any]:
    """Status and the field that an error names."""
    found = post(server(), **more)
    return found.status_code, found.json().get("error", {}).get("param")


def seen(**more: Any) -> Any:
    """The request that the engine got; the status where it got none."""
    made = server()
    found = post(made, **more)
    assert made.chat.answerer is not None and isinstance(made.chat.answerer.engine, Written)
    requests = made.chat.answerer.engine.requests
    return requests[0] if requests else found.status_code


def call(method: str, path: str, token: str = "", **more: Any) -> httpx.Response:
    made = Server(Grader("math"), token, None, server().chat.answerer)

    async def one(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, path, **more)

    found: httpx.Response = asked(made, one)
    return found


def chunks(**more: Any) -> list[Any]:
    """The events of a stream, ``[DONE]`` as it is."""
    events = post(server(), stream=True, **more).text.split("\n\n")
    return [e if e == "data: [DONE]" else json.loads(e.removeprefix("data: ")) for e in events if e]


def allowed(found: httpx.Response) -> tuple[bool, str | None]:
    """Whether a browser goes on after its question, and for which page."""
    return found.is_success, found.headers.get("access-control-allow-origin")


def preflight(token: str, page: dict[str, str], path: str = PATH) -> httpx.Response:
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return call("OPTIONS", path, token, headers={**page, **asks})


CASES: list[tuple[str, str, Callable[[], Any], Any]] = [
    # ---- fields that ask for nothing
    (
        "a choice of tools without tools",
        "dtzp555-max/ocp/pull/322",
        lambda: status(tool_choice="auto"),
        200,
    ),
    (
        "a tool is demanded and there is none",
        "ai-dynamo/dynamo/pull/14223",
        lambda: param(tool_choice="required"),
        (400, "tool_choice"),
    ),
    (
        "a named tool is demanded",
        "ggml-org/llama.cpp/pull/28806",
        lambda: param(tool_choice={"type": "function", "function": {"name": "clock"}}),
        (400, "tool_choice"),
    ),
    (
        "no tools one after the other",
        "langchain-ai/langchain/issues/25357",
        lambda: status(parallel_tool_calls=False, tools=[]),
        200,
    ),
    (
        "tools of the old kind, none of them",
        "lofcz/LLMTornado/issues/18",
        lambda: status(functions=[], function_call="auto"),
        200,
    ),
    (
        "a function of the old kind",
        "lofcz/LLMTornado/issues/18",
        lambda: param(functions=[{"name": "clock"}]),
        (400, "functions"),
    ),
    (
        "no log-probabilities, and none of other tokens",
        "NVIDIA/garak/issues/748",
        lambda: status(logprobs=False, top_logprobs=0, n=1, frequency_penalty=0.0, presence_penalty=0.0),
        200,
    ),
    (
        "a bias of no token",
        "vllm-project/vllm/pull/1045",
        lambda: (status(logit_bias={}), status(logit_bias=None)),
        (200, 200),
    ),
    (
        "a bias of a token",
        "lmstudio-ai/lmstudio-python/issues/87",
        lambda: param(logit_bias={"1678": -100}),
        (400, "logit_bias"),
    ),
    (
        "fields of a service's bookkeeping",
        "pydantic/pydantic-ai/issues/2499",
        lambda: status(service_tier="flex", store=False, metadata={"a": "b"}, prompt_cache_key="k"),
        200,
    ),
    (
        "a format that is text",
        "danny-avila/LibreChat/pull/8127",
        lambda: (status(response_format={"type": "text"}), param(response_format={"type": "json_schema"})),
        (200, (400, "response_format")),
    ),
    (
        "fields of another server's sampler",
        "open-webui/open-webui/issues/14520",
        lambda: [param(**{name: 1})[1] for name in ("num_keep", "num_ctx", "top_k", "min_p")],
        ["num_keep", "num_ctx", "top_k", "min_p"],
    ),
    (
        "an effort of thinking that changes nothing here",
        "coroot/coroot/issues/698",
        lambda: param(reasoning_effort="low"),
        (400, "reasoning_effort"),
    ),
    # ---- limits and stops
    (
        "stops: none, and more than OpenAI's four",
        "continuedev/continue/issues/2461",
        lambda: [seen(stop=s).sampling.stop for s in ([], list("abcdefghi"))],
        [(), tuple("abcdefghi")],
    ),
    (
        "a stop that is one text",
        "raullenchai/Rapid-MLX/issues/2358",
        lambda: seen(stop="STOP").sampling.stop,
        ("STOP",),
    ),
    (
        "no limit, told by null",
        "getumbrel/llama-gpt/issues/113",
        lambda: seen(max_tokens=None, max_completion_tokens=None).sampling.max_tokens,
        512,
    ),
    (
        "no limit, told by a number that is none",
        "cline/cline/pull/2411",
        lambda: [param(max_tokens=n) for n in (-1, 0)],
        [(400, "max_tokens")] * 2,
    ),
    (
        "both limits, of one size",
        "yaroslavyaroslav/OpenAI-sublime-text/issues/146",
        lambda: seen(max_tokens=77, max_completion_tokens=77).sampling.max_tokens,
        77,
    ),
    (
        "both limits, of two sizes",
        "langchain-ai/langgraph/issues/5943",
        lambda: param(max_tokens=77, max_completion_tokens=99),
        (400, "max_tokens"),
    ),
    (
        "a whole number with a point",
        "BerriAI/litellm/issues/1854",
        lambda: seen(max_tokens=77.0, seed=5.0).sampling.max_tokens,
        77,
    ),
    (
        "a nucleus of nothing names its field",
        "huggingface/text-generation-inference/pull/2231",
        lambda: param(top_p=0),
        (400, "top_p"),
    ),
    (
        "the coldest temperature is no missing one",
        "SamSaffron/term-llm/pull/278",
        lambda: seen(temperature=0).sampling.temperature,
        0,
    ),
    (
        "a temperature that is no number",
        "ggml-org/llama.cpp/issues/9842",
        lambda: [
            call("POST", PATH, content=json.dumps({**ASKED, "temperature": t})).status_code
            for t in (float("nan"), float("inf"), 1e15)
        ],
        [400, 400, 400],
    ),
    (
        "a seed of any size, and one below nothing",
        "vllm-project/vllm/pull/4531",
        lambda: [status(seed=s) for s in (-1, 0, 2**31, 2**70)],
        [200, 200, 200, 200],
    ),
    # ---- messages
    (
        "an empty turn of the assistant in the history",
        "vllm-project/vllm/issues/21089",
        lambda: status(messages=[USER, {"role": "assistant", "content": ""}, USER]),
        200,
    ),
    (
        "our own reply, sent back with all its fields",
        "github/copilot-sdk/issues/2061",
        lambda: status(messages=[USER, {**post(server()).json()["choices"][0]["message"], **NOTHING}, USER]),
        200,
    ),
    (
        "what the assistant refused, in parts",
        "openai/openai-agents-js/pull/1524",
        lambda: [
            m["content"]
            for m in seen(
                messages=[
                    USER,
                    {"role": "assistant", "content": [{"type": "refusal", "refusal": "I will not."}]},
                    USER,
                ]
            ).messages
        ],
        ["How many?", "I will not.", "How many?"],
    ),
    (
        "what the assistant refused, in a field of its own",
        "BerriAI/litellm/pull/39723",
        lambda: [
            m["content"]
            for m in seen(
                messages=[USER, {"role": "assistant", "content": None, "refusal": "I will not."}, USER]
            ).messages
        ],
        ["How many?", "I will not.", "How many?"],
    ),
    (
        "a call of a tool beside a text is not dropped",
        "zai-org/GLM-4/issues/474",
        lambda: param(
            messages=[USER, {"role": "assistant", "content": "I look.", "tool_calls": [{"id": "1"}]}, USER]
        ),
        (400, "messages[1].tool_calls"),
    ),
    (
        "an empty turn of the assistant at the end",
        "abdulmominsakib/localmind/pull/11",
        lambda: param(messages=[USER, {"role": "assistant", "content": ""}]),
        (400, "messages"),
    ),
    (
        "instructions alone",
        "xorbitsai/inference/issues/1317",
        lambda: param(messages=[{"role": "system", "content": "Count."}]),
        (400, "messages"),
    ),
    (
        "instructions twice, and in the middle",
        "langchain-ai/langchain/issues/29323",
        lambda: [
            m["role"]
            for m in seen(
                messages=[
                    {"role": "system", "content": "A"},
                    {"role": "developer", "content": "B"},
                    USER,
                    {"role": "system", "content": "C"},
                    USER,
                ]
            ).messages
        ],
        ["system", "system", "user", "system", "user"],
    ),
    (
        "marks of another service on parts and messages",
        "vllm-project/vllm/pull/10463",
        lambda: seen(
            messages=[
                {
                    "role": "user",
                    "id": 7,
                    "opts": {},
                    "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}],
                }
            ]
        ).messages[0]["content"],
        "Hi",
    ),
    (
        "two parts of text stay two words",
        "Blaizzy/mlx-vlm/pull/1137",
        lambda: seen(messages=[{"role": "user", "content": parts("a\n", "b")}]).messages[0]["content"],
        "a\nb",
    ),
    (
        "instructions in parts",
        "sgl-project/sglang/issues/37845",
        lambda: seen(messages=[{"role": "system", "content": parts("Be ", "kind.")}, USER]).messages[0][
            "content"
        ],
        "Be kind.",
    ),
    (
        "no model is named",
        "spring-projects/spring-ai/issues/4961",
        lambda: param(model=None),
        (400, "model"),
    ),
    # ---- replies
    (
        "the tokens of all that was drawn",
        "langchain-ai/langchain/issues/472",
        lambda: post(server(read=7)).json()["usage"],
        {"prompt_tokens": 7, "completion_tokens": 8, "total_tokens": 15},
    ),
    (
        "no usage is made up where the engine counts nothing",
        "seangalliher/ProbOS/issues/1078",
        lambda: "usage" in post(server()).json(),
        False,
    ),
    (
        "a stream ends with the tokens where that is asked for",
        "sgl-project/sglang/issues/954",
        lambda: [
            (c["choices"], c["usage"]["total_tokens"])
            for c in streamed(read=7, stream_options={"include_usage": True})[-2:-1]
        ],
        [([], 15)],
    ),
    (
        "and has no chunk without a choice where it is not",
        "Arthur-Ficial/apfel/issues/100",
        lambda: [c for c in streamed(read=7)[:-1] if not c["choices"] or c.get("usage")],
        [],
    ),
    (
        "each chunk has all that strict readers ask for",
        "vercel/ai/pull/4031",
        lambda: {
            (c["choices"][0]["index"], c["object"], type(c["created"]).__name__, "tool_calls" in str(c))
            for c in chunks()[:-1]
        },
        {(0, "chat.completion.chunk", "int", False)},
    ),
    (
        "an engine's own word for an end is none that strict readers know",
        "pydantic/pydantic-ai/issues/7816",
        lambda: post(server([Completion(index=i, text="2", finish_reason="abort") for i in range(3)])).json()[
            "choices"
        ][0]["finish_reason"],
        "stop",
    ),
    (
        "a model's entry has all that strict readers ask for",
        "aallam/openai-kotlin/pull/332",
        lambda: sorted(call("GET", "/v1/models/").json()["data"][0]),
        ["created", "id", "object", "owned_by"],
    ),
    (
        "one model, by its name and by a name with a slash",
        "pollinations/pollinations/pull/13839",
        lambda: [call("GET", f"/v1/models/{m}").status_code for m in ("verirs", "verirs/", "a/b", "a%2Fb")],
        [200, 200, 404, 404],
    ),
    # ---- errors, in the one form that clients read
    (
        "a method that is not taken",
        "openai/openai-python/issues/413",
        lambda: (lambda r: (r.status_code, type(r.json()["error"]).__name__))(call("GET", PATH)),
        (405, "dict"),
    ),
    (
        "a body that is no JSON, a list, a text",
        "BerriAI/litellm/issues/4970",
        lambda: [
            (lambda r: (r.status_code, r.json()["error"]["type"]))(call("POST", PATH, content=c))
            for c in (b"{", b"[]", b'"hi"', b"")
        ],
        [(400, "invalid_request_error")] * 4,
    ),
    (
        "a compressed body",
        "Wei-Shaw/sub2api/pull/1990",
        lambda: (lambda r: (r.status_code, r.json()["error"]["type"]))(
            call("POST", PATH, content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
        ),
        (415, "invalid_request_error"),
    ),
    (
        "a body without its kind",
        "meta-models/meta-oss-cookbook/pull/3",
        lambda: call("POST", PATH + "/", content=json.dumps(ASKED)).status_code,
        200,
    ),
    (
        "a body whose kind names its letters",
        "openai/openai-openapi/issues/194",
        lambda: call("POST", PATH, content=json.dumps(ASKED), headers={"Content-Type": JSON}).status_code,
        200,
    ),
    (
        "two slashes in the path are told",
        "BerriAI/litellm/issues/8350",
        lambda: PATH in call("POST", "/v1//chat/completions", json=ASKED).json()["error"]["message"],
        True,
    ),
    (
        "what took too long is not asked for again at once",
        "open-webui/open-webui/pull/25296",
        lambda: late().headers.get("x-should-retry"),
        "false",
    ),
    # ---- pages in a browser
    (
        "a page that has the token may ask",
        "open-webui/open-webui/issues/20604",
        lambda: allowed(preflight("secret", FRONT)),
        (True, FRONT["Origin"]),
    ),
    (
        "and reads the reply",
        "open-webui/open-webui/issues/20604",
        lambda: allowed(
            call("POST", PATH, "secret", json=ASKED, headers={**FRONT, "Authorization": "Bearer secret"})
        ),
        (True, FRONT["Origin"]),
    ),
    (
        "and what is wrong with its token",
        "Niek/chatgpt-web/issues/330",
        lambda: allowed(call("GET", "/v1/models", "secret", headers=FRONT)),
        (False, FRONT["Origin"]),
    ),
    (
        "a page of another site may not where there is no token",
        "linshenkx/prompt-optimizer/issues/65",
        lambda: [allowed(preflight("", FRONT)), allowed(call("GET", "/v1/models", headers=FRONT))],
        [(False, None)] * 2,
    ),
    (
        "a page of this machine may",
        "micz/ThunderAI/issues/541",
        lambda: [
            allowed(preflight("", HERE, MODELS)),
            allowed(call("GET", MODELS, headers=HERE)),
        ],
        [(True, HERE["Origin"])] * 2,
    ),
    (
        "no page reads the other paths",
        "open-webui/open-webui/issues/16412",
        lambda: [
            call("GET", path, "secret", headers=FRONT).headers.get("access-control-allow-origin")
            for path in ("/health", "/metrics")
        ],
        [None, None],
    ),
    (
        "a look at the models without their text",
        "dhyansraj/mcp-mesh/issues/262",
        lambda: call("HEAD", "/v1/models").status_code,
        200,
    ),
]


def streamed(read: int, **more: Any) -> list[Any]:
    events = post(server(read=read), stream=True, **more).text.split("\n\n")
    return [e if e == "data: [DONE]" else json.loads(e.removeprefix("data: ")) for e in events if e]


def late() -> httpx.Response:
    from verirs.serve.gate import Limits

    return post(server(wait=True, limits=Limits(answer_seconds=0.2)))


@pytest.mark.parametrize(
    ("about", "address", "run", "wanted"), CASES, ids=[c[0].replace(" ", "-") for c in CASES]
)
def test_a_client_gets_what_it_needs(about: str, address: str, run: Callable[[], Any], wanted: Any) -> None:
    assert address.count("/") == 3
    assert run() == wanted
