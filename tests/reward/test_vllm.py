"""The same reward model in vLLM, in this process and behind its server, gives transformers' numbers."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from verirs.scorers.reward_model import RewardModelScorer
from verirs.types import Completion, Problem

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]
Items = list[tuple[Problem, Completion]]

CPU_SETTINGS = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
}
PYTHON = os.environ.get("VERIRS_VLLM_PYTHON", sys.executable)
"""The Python that has vLLM, where that is another environment than the one the tests run in."""


def test_pooling_runner_gives_the_same_numbers(
    reward_dir: str, items: Items, reference: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("vllm") is None:
        pytest.skip("vLLM is not installed in this environment")
    for key, value in {**CPU_SETTINGS, "VLLM_ENABLE_V1_MULTIPROCESSING": "0"}.items():
        monkeypatch.setenv(key, value)
    options = {"gpu_memory_utilization": 0.15, "enforce_eager": True}
    scorer = RewardModelScorer(model=reward_dir, backend="vllm", dtype="float32", options=options)
    scores = scorer.score(items)
    assert [s.value for s in scores] == pytest.approx(reference, abs=1e-3)
    assert scorer.score([]) == []
    scorer.close()


@pytest.fixture(scope="module")
def server(reward_dir: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    found = subprocess.run([PYTHON, "-c", "import importlib.util as u; exit(u.find_spec('vllm') is None)"])
    if found.returncode:
        pytest.skip("no vLLM: set VERIRS_VLLM_PYTHON to the Python of an environment that has it")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--model", reward_dir, "--port", str(port)]
    command += ["--host", "127.0.0.1", "--runner", "pooling", "--dtype", "float32", "--enforce-eager"]
    command += ["--gpu-memory-utilization", "0.15", "--served-model-name", "rm"]
    with log.open("w") as stream:
        process = subprocess.Popen(
            command,
            env={**os.environ, **CPU_SETTINGS},
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process, log)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 400) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url + "/health", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    pytest.fail(f"the vLLM server did not start:\n{log.read_text()[-3000:]}")


@pytest.mark.slow  # starting the server takes 20 s and more
@pytest.mark.parametrize("endpoint", ["classify", "pooling", "score"])
def test_server_gives_the_same_numbers(
    server: str, reward_dir: str, items: Items, reference: list[float], endpoint: str
) -> None:
    scorer = RewardModelScorer(
        model=reward_dir, backend="http", url=f"{server}/{endpoint}", served="rm", batch_size=7
    )
    scores = scorer.score(items)
    assert [s.reason for s in scores] == [""] * len(items)
    assert [s.value for s in scores] == pytest.approx(reference, abs=1e-3)
    scorer.close()
