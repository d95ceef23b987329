"""The openai engine on vLLM's own server, with the embedded policy."""

from __future__ import annotations

import asyncio
import importlib.util
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
from verirs.errors import UserError
from verirs.testing import EngineSuite
from verirs.testing.engines import collect
from verirs.types import Completion, Problem

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.slow,  # the server's processes each import torch and vLLM
    pytest.mark.timeout(600),
    pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="needs vLLM"),
]

APPLES, PENS, ODD = range(3)


class Asked(EngineSuite):
    problems = (
        Problem(prompt="Tom has 15 apples and buys 5 bags with 5 apples each. How many apples does he have?"),
        Problem(prompt="Ann has 5 pens. She gets 40 more and loses 10. How many pens does she have now?"),
        Problem(prompt="a b c?"),
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model_path())]
    options = {
        "host": "127.0.0.1", "port": port, "served-model-name": "policy", "dtype": "float32",
        "max-model-len": 256, "gpu-memory-utilization": 0.1,
    }  # fmt: skip
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    env = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    with Path(log).open("w") as out:
        server = subprocess.Popen(
            [*command, "--enforce-eager"],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 500
        while True:
            assert server.poll() is None and time.monotonic() < until, log.read_text()[-2000:]
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


def test_a_real_server(url: str) -> None:
    async def go() -> None:
        engine = OpenAIEngine("policy", base_url=url, concurrency=32, logprobs=True)
        await engine.start()

        async def ask(problem: int, *indices: int, **sampling: Any) -> dict[int, Completion]:
            return await collect(engine, Asked().request(problem, indices, **sampling))

        both = await asyncio.gather(ask(APPLES, *range(16)), ask(ODD, *range(16)))
        assert len({c.text for c in both[1].values()}) > 8
        for completion in both[0].values():
            assert completion.finish_reason in {"stop", "length"}
            assert completion.tokens and completion.logprob is not None and completion.logprob < 0
        more = await ask(ODD, *range(16, 24))
        assert {c.text for c in more.values()} != {c.text for c in both[1].values()}
        again = await ask(APPLES, *range(16))
        assert {i: c.text for i, c in again.items()} == {i: c.text for i, c in both[0].items()}
        short = await ask(PENS, 0, max_tokens=3)
        assert (short[0].finish_reason, short[0].tokens) == ("length", 3)
        stopped = await ask(PENS, 0, stop=("=",))
        assert "=" not in stopped[0].text and stopped[0].finish_reason == "stop"
        with pytest.raises(UserError, match="256"):
            await ask(PENS, 0, max_tokens=4000)
        await engine.close()
        with pytest.raises(UserError, match=r"no model 'polcy'; did you mean policy\?"):
            await OpenAIEngine("polcy", base_url=url).start()

    asyncio.run(asyncio.wait_for(go(), 90))
