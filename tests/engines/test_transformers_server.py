"""The openai engine on `transformers serve`, a real server that ignores much of what it is asked for: what it
leaves out is mended or said once, and nothing of it is silent (vLLM's server: test_vllm_server.py)."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from verirs.demo.policy import model_path
from verirs.engines.openai import OpenAIEngine
from verirs.errors import EngineError, UserError
from verirs.testing import EngineSuite
from verirs.testing.engines import collect
from verirs.types import Completion, Problem

LACKING = [
    name
    for name in ("transformers", "torch", "accelerate", "fastapi", "uvicorn", "openai")
    if importlib.util.find_spec(name) is None
]
pytestmark = [
    pytest.mark.slow,  # a process that imports torch and loads a model
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        bool(LACKING), reason=f"needs {', '.join(LACKING)}: pip install 'transformers[serving]'"
    ),
]
SAMPLES = '{"do_sample": true}'


class Asked(EngineSuite):
    problems = (
        Problem(
            prompt="Tom has 15 apples and buys 5 bags with 5 apples each. He eats 3 apples and gives 4 to "
            "Ann. How many apples does he have?"
        ),
        Problem(prompt="Tell me a long story about a dog."),
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [str(Path(sys.executable).with_name("transformers")), "serve", "--device", "cpu"]
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 500
        while True:
            if server.poll() is not None or time.monotonic() > until:
                pytest.skip(f"transformers serve does not start here: {log.read_text()[-1000:]}")
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def asked(url: str, caplog: pytest.LogCaptureFixture, *requests: dict[str, Any], **options: Any):  # type: ignore[no-untyped-def]
    """The completions of each request by index, and what the engine said of the server."""

    async def go() -> list[dict[int, Completion]]:
        engine = OpenAIEngine(str(model_path()), base_url=url, concurrency=2, **options)
        await engine.start()
        try:
            return [
                await collect(engine, Asked().request(r.pop("problem", 0), tuple(range(r.pop("n", 1))), **r))
                for r in requests
            ]
        finally:
            await engine.close()

    with caplog.at_level(logging.WARNING, logger="verirs"):
        found = asyncio.run(asyncio.wait_for(go(), 400))
    return found, [r.getMessage() for r in caplog.records]


def test_what_it_ignores_is_mended_or_said_once(url: str, caplog: pytest.LogCaptureFixture) -> None:
    wanted = {"temperature": 1.0, "max_tokens": 24}
    found, said = asked(
        url,
        caplog,
        {"problem": 0, "n": 5, **wanted},
        {"problem": 1, "n": 5, **wanted},
        {"stop": ("=",), **wanted},
        {"max_tokens": 3},
        logprobs=True,
    )
    for samples in found[:2]:
        assert len({c.text for c in samples.values()}) == 1, "it does not sample by itself"
    assert sum("gives the same text under different seeds" in line for line in said) == 1, said
    assert "=" not in found[2][0].text and found[2][0].finish_reason == "stop"
    assert sum("leaves stop texts" in line for line in said) == 1, said
    assert all(c.logprob is None for samples in found for c in samples.values())
    assert sum("sends no log-probabilities" in line for line in said) == 1, said
    assert found[3][0].finish_reason == "length" and found[3][0].tokens == 3


def test_it_samples_where_it_is_told_how(url: str, caplog: pytest.LogCaptureFixture) -> None:
    request = {"problem": 1, "n": 8, "temperature": 1.5, "max_tokens": 24}
    (samples,), said = asked(url, caplog, request, options={"generation_config": SAMPLES})
    assert len({c.text for c in samples.values()}) > 1
    assert not any("same text" in line for line in said)


def test_a_model_that_it_cannot_load_ends_the_run_in_words(url: str) -> None:
    async def go() -> None:
        engine = OpenAIEngine("no/such-model", base_url=url, retries=1, deadline=20)
        await engine.start()
        try:
            await collect(engine, Asked().request(0, (0,)))
        finally:
            await engine.close()

    with pytest.raises((UserError, EngineError), match="such-model"):
        asyncio.run(asyncio.wait_for(go(), 400))
