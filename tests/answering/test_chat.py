"""OpenAI's chat completions: the wire format as the official client (3.57) reads it, limits, errors."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest

pytest.importorskip("uvicorn")

import uvicorn

from tests.answering.engines import Written
from verirs.answering import Answerer
from verirs.hooks import Grader
from verirs.serve.app import Server
from verirs.serve.gate import Limits
from verirs.types import Completion

ASKED = {"model": "verirs", "messages": [{"role": "user", "content": "How many?"}]}
TEXTS = ["It is \\boxed{1}.", "So  it\nis \\boxed{2}.", "\\boxed{2}"]


def server(texts: Sequence[str | Completion | None] | None = None, **options: Any) -> Server:
    limits = options.pop("limits", None)
    answerer = Answerer({"n": 3}, engine=Written(texts or TEXTS, **options))
    return Server(Grader("math"), "", limits, answerer)


def asked(made: Server, calls: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    """What ``calls`` gives with a client of the server in this process, its engine started."""

    async def go() -> Any:
        await made.chat.start()
        transport = httpx.ASGITransport(app=made.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await calls(client)

    return asyncio.run(go())


def post(made: Server, **more: Any) -> httpx.Response:
    async def call(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/chat/completions", json={**ASKED, **more})

    found: httpx.Response = asked(made, call)
    return found


def test_a_reply_is_a_chat_completion_with_a_side_field() -> None:
    found = post(server(), best_of=3, max_completion_tokens=9, temperature=0.5).json()
    assert found["id"].startswith("chatcmpl-") and found["object"] == "chat.completion"
    (choice,) = found["choices"]
    assert choice["message"]["content"] == TEXTS[1] and choice["finish_reason"] == "stop"
    side = found["verirs"]
    assert (side["answer"], side["drawn"], side["n"], side["tokens"]) == ("2", 3, 3, 8)
    assert side["votes"][0] == {"answer": "2", "candidates": 2, "weight": 2.0}
    assert side["kl_bound"] == pytest.approx(0.431946, abs=1e-6)


def test_the_winner_is_streamed_in_pieces() -> None:
    found = post(server(), stream=True)
    assert found.headers["content-type"].startswith("text/event-stream")
    *events, last, end = found.text.split("\n\n")
    assert (last, end) == ("data: [DONE]", "")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"} and len({c["id"] for c in chunks}) == 1
    deltas = [c["choices"][0]["delta"] for c in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""} and deltas[-1] == {}
    assert "".join(d.get("content", "") for d in deltas) == TEXTS[1] and len(chunks) == 6
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None] * 5 + ["stop"]
    assert chunks[-1]["verirs"]["answer"] == "2"


@pytest.mark.parametrize(
    ("more", "status", "param"),
    [
        ({"model": "gpt"}, 404, "model"),
        ({"n": 2}, 400, "n"),
        ({"tools": [{"type": "function"}]}, 400, "tools"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format"),
        ({"logprobs": True}, 400, "logprobs"),
        ({"frequency_penalty": 1}, 400, "frequency_penalty"),
        ({"thinking": True}, 400, "thinking"),
        ({"best_of": 0}, 400, "best_of"),
        ({"best_of": 257}, 400, "best_of"),
        ({"best_of": True}, 400, "best_of"),
        ({"temperature": "hot"}, 400, "temperature"),
        ({"temperature": -1}, 400, "temperature"),
        ({"top_p": 1.5}, 400, "top_p"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"stop": [1]}, 400, "stop"),
        ({"stream": "yes"}, 400, "stream"),
        ({"messages": []}, 400, "messages"),
        ({"messages": "hi"}, 400, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, 400, "messages[0].role"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, 400, "messages[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, 400, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "messages[0].content"),
        ({"messages": [*ASKED["messages"], {"role": "assistant", "content": "It"}]}, 400, "messages"),
        ({"tests": [{"in": 1}]}, 400, None),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_what_cannot_be_honoured_is_refused_in_openais_form(more: Any, status: int, param: Any) -> None:
    found = post(server(), **more)
    assert found.status_code == status
    error = found.json()["error"]
    assert error["type"] == "invalid_request_error" and error["param"] == param and error["message"]


def test_parts_of_text_and_the_developer_are_taken() -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "How "}, {"type": "text", "text": "many?"}]},
    ]
    made = server()
    assert post(made, messages=messages, stop="\n\n", user="me", seed=4).status_code == 200
    assert made.chat.answerer is not None and isinstance(made.chat.answerer.engine, Written)
    (request, *_) = made.chat.answerer.engine.requests
    assert [dict(m) for m in request.messages] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How many?"},
    ]
    assert request.sampling.stop == ("\n\n",)


def test_an_engine_that_refuses_and_one_that_is_missing() -> None:
    refused = post(server([None, None, None]))
    assert refused.status_code == 400 and "some were refused" in refused.json()["error"]["message"]
    none = post(Server(Grader("math")))
    assert none.status_code == 404 and none.json()["error"]["code"] == "no_engine"


def test_models_and_the_token() -> None:
    made = server()

    async def calls(client: httpx.AsyncClient) -> Any:
        listed = (await client.get("/v1/models")).json()
        return listed, [(await client.get(f"/v1/models/{m}")).status_code for m in ("written-1", "gpt")]

    listed, codes = asked(made, calls)
    assert [m["id"] for m in listed["data"]] == ["verirs", "written-1"] and codes == [200, 404]
    guarded = Server(Grader("math"), "secret", None, made.chat.answerer)

    async def three(client: httpx.AsyncClient) -> list[int]:
        header = {"Authorization": "Bearer secret"}
        replies = [
            await client.post("/v1/chat/completions", json=ASKED),
            await client.post("/v1/chat/completions", json=ASKED, headers=header),
            await client.post("/k/secret/v1/chat/completions", json=ASKED),
        ]
        assert replies[0].json()["error"]["code"] == "invalid_api_key"
        return [r.status_code for r in replies]

    assert asked(guarded, three) == [401, 200, 200]


def test_too_many_at_once_and_too_long_are_told() -> None:
    made = server(wait=True, limits=Limits(answers=1, answer_seconds=0.5))

    async def two(client: httpx.AsyncClient) -> Any:
        calls = [client.post("/v1/chat/completions", json=ASKED) for _ in range(2)]
        return await asyncio.gather(*calls)

    late, refused = sorted(asked(made, two), key=lambda r: -r.status_code)
    assert (late.status_code, refused.status_code) == (504, 429)
    assert refused.json()["error"]["code"] == "rate_limit_exceeded" and refused.headers["retry-after"] == "1"


@contextlib.contextmanager
def listening(made: Server) -> Iterator[str]:
    """The server's address, while it listens in a thread."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    process = uvicorn.Server(uvicorn.Config(made.app(), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=process.run)
    thread.start()
    try:
        end = time.monotonic() + 120
        while time.monotonic() < end and not process.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.should_exit = True
        thread.join(120)


def test_a_client_that_goes_away_ends_the_work() -> None:
    made = server(wait=True)
    assert made.chat.answerer is not None and isinstance(made.chat.answerer.engine, Written)
    engine = made.chat.answerer.engine
    with listening(made) as url:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/v1/chat/completions", json=ASKED, timeout=httpx.Timeout(60, read=1))
        end = time.monotonic() + 120
        while not (engine.cancelled.is_set() and made.chat.in_flight == 0) and time.monotonic() < end:
            time.sleep(0.02)
    assert engine.cancelled.is_set() and made.chat.in_flight == 0


def test_openais_own_client_reads_it() -> None:
    openai = pytest.importorskip("openai")
    with listening(server()) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        messages = ASKED["messages"]
        whole = client.chat.completions.create(model="verirs", messages=messages, extra_body={"best_of": 3})
        assert whole.choices[0].message.content == TEXTS[1] and whole.verirs["answer"] == "2"
        chunks = list(client.chat.completions.create(model="verirs", messages=messages, stream=True))
        assert "".join(c.choices[0].delta.content or "" for c in chunks) == TEXTS[1]
        assert chunks[-1].verirs["drawn"] == 3
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            client.chat.completions.create(model="gpt", messages=messages)


def slow(made: Server, seconds: float) -> Server:
    """The server, its engine so slow."""
    assert made.chat.answerer is not None and isinstance(made.chat.answerer.engine, Written)
    made.chat.answerer.engine.seconds = seconds
    return made


def test_a_stream_says_that_it_is_alive_while_candidates_are_drawn() -> None:
    # https://github.com/BerriAI/litellm/issues/34819: proxies close what says nothing for a minute
    made = slow(server(limits=Limits(silence=0.1)), 0.5)
    found = post(made, stream=True)
    assert found.status_code == 200
    comments = [e for e in found.text.split("\n\n") if e.startswith(":")]
    events = [e for e in found.text.split("\n\n") if e.startswith("data: {")]
    assert 2 <= len(comments) <= 30 and found.text.startswith(":") and found.text.endswith("[DONE]\n\n")
    assert "".join(json.loads(e[6:])["choices"][0]["delta"].get("content", "") for e in events) == TEXTS[1]
    assert made.chat.in_flight == 0


def test_what_goes_wrong_in_a_stream_that_has_begun_is_told_in_an_event() -> None:
    limits = Limits(silence=0.05, answer_seconds=0.3)
    late = post(server(wait=True, limits=limits), stream=True)
    assert late.status_code == 200
    *_, last, end = late.text.split("\n\n")
    assert json.loads(last[6:])["error"]["code"] == "timeout" and end == ""
    # before it has begun, by the status
    assert post(server([None, None, None], limits=limits), stream=True).status_code == 400


def test_openais_own_client_waits_through_comments_and_raises_what_an_event_tells() -> None:
    openai = pytest.importorskip("openai")
    with listening(slow(server(limits=Limits(silence=0.05)), 0.4)) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        chunks = list(client.chat.completions.create(model="verirs", messages=ASKED["messages"], stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == TEXTS[1]
    with listening(server(wait=True, limits=Limits(silence=0.05, answer_seconds=0.3))) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.APIError, match="not answered within"):
            list(client.chat.completions.create(model="verirs", messages=ASKED["messages"], stream=True))


def test_a_client_that_goes_away_while_a_stream_waits_ends_the_work() -> None:
    made = server(wait=True, limits=Limits(silence=0.05))
    assert made.chat.answerer is not None and isinstance(made.chat.answerer.engine, Written)
    engine = made.chat.answerer.engine
    with listening(made) as url:
        with httpx.stream("POST", f"{url}/v1/chat/completions", json={**ASKED, "stream": True}) as reply:
            assert next(reply.iter_raw()).startswith(b": ")
        end = time.monotonic() + 120
        while not (engine.cancelled.is_set() and made.chat.in_flight == 0) and time.monotonic() < end:
            time.sleep(0.02)
    assert engine.cancelled.is_set() and made.chat.in_flight == 0


@pytest.mark.parametrize(
    "text", ["word " * 100_000, "x" * 100_000, "\n" * 5_000 + "x", "é\u2028 🎉" * 9_999, ""]
)
def test_a_long_text_is_streamed_in_few_pieces(text: str) -> None:
    found = post(server([text] * 3), stream=True)
    events = [json.loads(e[6:]) for e in found.text.split("\n\n") if e.startswith("data: {")]
    said = [e["choices"][0]["delta"].get("content", "") for e in events]
    assert "".join(said) == text and len(events) <= 1030
    assert len(found.content) < 2 * len(json.dumps(text)) + 400_000


def test_a_stream_that_waits_when_the_server_ends_says_so() -> None:
    made = server(wait=True, limits=Limits(silence=0.02))
    sent: list[Any] = []

    async def go() -> None:
        await made.chat.start()
        body = json.dumps({**ASKED, "stream": True}).encode()
        asked_for = iter([{"type": "http.request", "body": body}])

        async def receive() -> Any:
            if (message := next(asked_for, None)) is not None:
                return message
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}
        request = asyncio.create_task(made.app()(scope, receive, send))
        while len(sent) < 3:
            await asyncio.sleep(0.01)
        request.cancel()  # as uvicorn does when its time to drain is over
        await asyncio.wait_for(request, 60)

    asyncio.run(go())
    *_, last, end = sent
    assert json.loads(last["body"][6:])["error"]["message"] == "the server ends; ask again"
    assert not end.get("more_body") and made.chat.in_flight == 0
