"""The openai engine against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest

from tests.engines.server import ChatServer
from verirs.engines.openai import OpenAIEngine, engine
from verirs.engines.openai import pool as reaching
from verirs.errors import EngineError, GivenUp, RequestError, UserError
from verirs.protocols import Request, Sampling
from verirs.types import Completion, Problem

KEY = "sk-very-secret-0123456789"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    server = ChatServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(reaching, "_FIRST_PROBE", 0.01)


def request(*indices: int, text: str = "1+1?", **sampling: Any) -> Request:
    return Request(
        problem=Problem(id="p", prompt=text),
        messages=({"role": "user", "content": text},),
        indices=indices,
        seeds=tuple(2**64 - 1 - i for i in indices),
        sampling=Sampling(**sampling),
    )


def sample(engine: OpenAIEngine, wanted: Request) -> list[Completion]:
    async def go() -> list[Completion]:
        await engine.start()
        try:
            return [c async for c in engine.sample(wanted)]
        finally:
            await engine.close()

    return asyncio.run(asyncio.wait_for(go(), 30))


@pytest.mark.parametrize("trouble", [408, 409, 429, 500, 502, 503, "garbage", "drop"])
def test_passing_trouble_is_tried_again(server: ChatServer, trouble: Any) -> None:
    server.script.extend([trouble, trouble])
    found = sample(OpenAIEngine("tiny", server.url, timeout=10), request(0, 1, 2))
    assert sorted(c.index for c in found) == [0, 1, 2]
    assert len(server.bodies) == 5


@pytest.mark.parametrize(
    ("said", "told"), [({"prompt_tokens": 9}, 9), ({"prompt_tokens": 0}, None), ({}, None)]
)
def test_the_tokens_of_a_prompt_are_those_that_the_server_read(
    server: ChatServer, said: dict[str, int], told: int | None
) -> None:
    made, wanted = OpenAIEngine("tiny", server.url, timeout=10), request(0)
    assert made.prompt_tokens(wanted) is None
    reply = {"choices": [{"message": {"content": "2"}, "finish_reason": "stop"}], "usage": said}
    server.script.append(reply)
    assert [c.text for c in sample(made, wanted)] == ["2"]
    assert made.prompt_tokens(wanted) == told


def test_a_connection_that_the_server_closed_costs_no_attempt() -> None:
    server = ChatServer(kept=1)
    try:
        wanted = request(*range(12))
        found = sample(OpenAIEngine("tiny", server.url, timeout=10, retries=0, concurrency=2), wanted)
        assert sorted(c.index for c in found) == list(range(12))
        assert len(server.bodies) == 12
    finally:
        server.close()


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(server: ChatServer) -> None:
    server.script.append((429, {"Retry-After": "0.6"}))
    started = time.monotonic()
    sample(OpenAIEngine("tiny", server.url), request(0))
    assert 0.6 <= time.monotonic() - started < 60
    then = int(time.time()) + 2
    server.script.append((503, {"Retry-After": formatdate(then, usegmt=True)}))
    sample(OpenAIEngine("tiny", server.url), request(0))
    assert then - 0.1 <= time.time() < then + 60


def test_trouble_that_stays_costs_its_sample_alone(server: ChatServer) -> None:
    server.script.extend([500] * 3)
    found: list[Completion] = []

    async def go() -> None:
        engine = OpenAIEngine("tiny", server.url, retries=2, concurrency=1)
        await engine.start()
        async for completion in engine.sample(request(0, 1, 2)):
            found.append(completion)

    with pytest.raises(
        GivenUp, match=r"'p': the server failed 3 times, last with status 500: told to say 500"
    ):
        asyncio.run(go())
    assert len(found) == 2


def test_a_wait_beyond_the_deadline_is_not_obeyed(server: ChatServer) -> None:
    server.script.append((429, {"Retry-After": "3600"}))
    started = time.monotonic()
    assert sample(OpenAIEngine("tiny", server.url, deadline=60), request(0))
    assert time.monotonic() - started < 120
    server.script.extend([429] * 1000)
    with pytest.raises(GivenUp, match="status 429"):
        sample(OpenAIEngine("tiny", server.url, deadline=1), request(0))


def test_a_hanging_answer_ends_at_the_deadline(server: ChatServer) -> None:
    async def go() -> None:
        engine = OpenAIEngine("tiny", server.url, timeout=0.3, deadline=1.0)
        await engine.start()
        server.script.extend(["hang"] * 9)
        try:
            _ = [c async for c in engine.sample(request(0))]
        finally:
            await engine.close()

    started = time.monotonic()
    with pytest.raises(GivenUp, match=r"last with no answer (within 0\.3 s|in time)"):
        asyncio.run(go())
    assert time.monotonic() - started < 60


def test_a_server_that_hangs_from_the_start(server: ChatServer) -> None:
    server.script.append("hang")
    with pytest.raises(EngineError, match="does not answer"):
        sample(OpenAIEngine("tiny", server.url, timeout=0.3), request(0))


def test_a_server_that_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(EngineError, match=rf"no server at http://127.0.0.1:{port}/v1 .* Start it"):
        sample(OpenAIEngine("tiny", f"http://127.0.0.1:{port}/v1"), request(0))


def test_an_unknown_model_gets_the_nearest(server: ChatServer) -> None:
    with pytest.raises(UserError, match=r"no model 'tinny'; did you mean tiny\?"):
        sample(OpenAIEngine("tinny", server.url), request(0))


def test_a_wrong_path_is_named(server: ChatServer) -> None:
    server.script.append(404)
    with pytest.raises(UserError, match="does base_url end in /v1"):
        sample(OpenAIEngine("tiny", server.url), request(0))


def test_a_request_the_server_refuses_is_not_tried_again(server: ChatServer) -> None:
    with pytest.raises(RequestError, match=r"'p'.*status 400: this model's maximum context"):
        sample(OpenAIEngine("tiny", server.url), request(0, text="x" * 20_000))
    assert len(server.bodies) == 1


def test_the_key_is_sent_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = ChatServer(key=KEY)
    try:
        with pytest.raises(UserError, match="TEST_KEY is not set"):
            sample(OpenAIEngine("tiny", server.url, api_key_env="TEST_KEY"), request(0))
        monkeypatch.setenv("TEST_KEY", KEY)
        engine = OpenAIEngine("tiny", server.url, api_key_env="TEST_KEY")
        assert len(sample(engine, request(0))) == 1
        assert KEY not in f"{engine.identity()} {vars(engine)}"
        monkeypatch.setenv("TEST_KEY", KEY[::-1])
        with pytest.raises(UserError, match="TEST_KEY is set but refused") as caught:
            sample(OpenAIEngine("tiny", server.url, api_key_env="TEST_KEY"), request(0))
        assert KEY[::-1] not in str(caught.value) and "***" in str(caught.value)
    finally:
        server.close()
    assert KEY not in caplog.text and KEY[::-1] not in caplog.text


def test_used_up_quota_is_not_waited_for(server: ChatServer) -> None:
    server.script.append((429, {}, "insufficient_quota: you exceeded your plan"))
    with pytest.raises(EngineError, match="quota is used up"):
        sample(OpenAIEngine("tiny", server.url), request(0))
    assert len(server.bodies) == 1


def test_the_body_carries_the_sampling_and_the_options(server: ChatServer) -> None:
    engine = OpenAIEngine(
        "tiny", server.url, max_tokens_key="max_tokens", options={"top_k": 5}, logprobs=True
    )
    (found,) = sample(engine, request(3, temperature=0.7, top_p=0.9, max_tokens=40, stop=("END",)))
    (body,) = server.bodies
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.7, 0.9, 40)
    assert (body["stop"], body["top_k"], body["n"]) == (["END"], 5, 1)
    assert 0 <= body["seed"] < 2**63
    assert found.seed == 2**64 - 4
    assert found.logprob is not None and found.logprob < -0.5 and found.logprob % 0.5 == 0


def test_first_tokens_are_asked_for_once_with_their_probabilities(server: ChatServer) -> None:
    """The form of OpenAI's API reference, which vLLM, SGLang and llama.cpp answer in too."""

    async def ask(text: str) -> Mapping[str, float]:
        engine = OpenAIEngine("tiny", server.url)
        await engine.start()
        try:
            asked = replace(request(0), messages=({"role": "user", "content": text},))
            return await engine.first_tokens(asked)
        finally:
            await engine.close()

    found = asyncio.run(ask("right?"))
    assert found == {" Yes": -1.551, "No": -0.693, "Maybe": -1.6}
    (body,) = server.bodies
    assert body["logprobs"] is True and body["top_logprobs"] == 20 and body["max_tokens"] == 1
    with pytest.raises(RequestError, match="top_logprobs"):
        asyncio.run(ask("keep them"))


def test_a_null_content_is_an_empty_text(server: ChatServer) -> None:
    server.script.append("null")
    (found,) = sample(OpenAIEngine("tiny", server.url), request(0))
    assert found.text == ""


def test_no_more_at_once_than_concurrency() -> None:
    server = ChatServer(delay=0.05)
    try:
        sample(OpenAIEngine("tiny", server.url, concurrency=3), request(*range(12)))
        assert server.most_at_once == 3
    finally:
        server.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base_url": "localhost:8000/v1"}, "does not start with http"),
        ({"concurrency": 0}, "concurrency = 0"),
        ({"timeout": -1.0}, "timeout = -1.0"),
    ],
)
def test_wrong_options(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        OpenAIEngine("m", **options)
