"""What only the vllm engine has: real child processes, the prefix cache, new weights, its refusals."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engines.test_guard import alive, gone
from verirs.demo.policy import model_path
from verirs.engines.vllm import VllmEngine, _advice, _environment
from verirs.errors import EngineError, MissingExtra, NotAModel, RequestError, UserError
from verirs.protocols import Request, Sampling
from verirs.types import Completion, Problem

HAS_VLLM = importlib.util.find_spec("vllm") is not None
TEXT = "Ann has 5 pens. She gets 40 more and loses 10. How many pens does she have now? " * 2


def request(text: str, *indices: int, **sampling: Any) -> Request:
    return Request(
        problem=Problem(id=text[:8], prompt=text),
        messages=({"role": "user", "content": text},),
        indices=indices,
        seeds=tuple((i + 1) * 0x9E3779B97F4A7C15 % 2**64 for i in indices),
        sampling=Sampling(**{"temperature": 1.0, "max_tokens": 40, **sampling}),
    )


def engine(**options: Any) -> VllmEngine:
    # on a GPU, compiling would take most of the time; on the CPU it is off anyway
    chosen = {"enforce_eager": True, **options.pop("options", {})}
    given = {
        "model": str(model_path()),
        "dtype": "float32",
        "max_model_len": 256,
        "options": chosen,
        **options,
    }
    return VllmEngine(**given)


async def collect(made: VllmEngine, wanted: Request) -> dict[int, Completion]:
    return {c.index: c async for c in made.sample(wanted)}


@pytest.mark.skipif(HAS_VLLM, reason="vLLM is installed here")
def test_without_vllm_the_pip_line_is_named() -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'verirs\[vllm\]'"):
        asyncio.run(engine().start())


def test_wrong_options() -> None:
    with pytest.raises(UserError, match="gpu_memory_utilization = 90"):
        VllmEngine("m", gpu_memory_utilization=90)


def test_without_seeds_no_start_repeats_another() -> None:
    plain, unseeded = VllmEngine("m"), VllmEngine("m", seeded=False)
    assert "seed" not in plain._backend.arguments(cpu=False)
    assert len({unseeded._backend.arguments(cpu=False)["seed"] for _ in range(4)}) > 1
    chosen = VllmEngine("m", seeded=False, options={"seed": 7})
    assert chosen._backend.arguments(cpu=False)["seed"] == 7
    assert (
        "no text can be drawn again" in unseeded.reproducible and unseeded.reproducible != plain.reproducible
    )


def test_advice_keeps_the_reason() -> None:
    said = _advice("Free memory on device (2/80 GiB) is less than desired\nmore")
    assert said == (
        "Free memory on device (2/80 GiB) is less than desired "
        "Lower gpu_memory_utilization or max_model_len, or free the GPU."
    )


@pytest.mark.vllm
@pytest.mark.skipif(not HAS_VLLM, reason="needs vLLM")
def test_the_users_environment_is_left_alone() -> None:
    env = {"VLLM_CPU_KVCACHE_SPACE": "7", "VLLM_LOGGING_LEVEL": "DEBUG"}
    _environment(env)
    assert (env["VLLM_CPU_KVCACHE_SPACE"], env["VLLM_LOGGING_LEVEL"]) == ("7", "DEBUG")
    assert env["VLLM_NO_USAGE_STATS"] == "1"


@pytest.mark.vllm
@pytest.mark.skipif(not HAS_VLLM, reason="needs vLLM")
def test_one_engine_after_another(tmp_path: Path) -> None:
    """Prefix cache, top-up, refusals, new weights; then all of it given back and started again."""

    async def go() -> None:
        made = engine()
        await made.start()
        backend = made._backend
        first = await collect(made, request(TEXT, *range(16)))
        length = len(made._local.tokenizer.encode(request(TEXT, 0).messages))
        block = backend._vllm.vllm_config.cache_config.block_size
        whole_blocks = length // block * block
        assert backend.prompt_tokens == 16 * length
        # the prompt's whole blocks are computed by one of the sixteen, even as all start at once
        assert whole_blocks >= block and backend.cached_tokens == 15 * whole_blocks
        more = await collect(made, request(TEXT, *range(16, 32)))
        assert backend.cached_tokens == (15 + 16) * whole_blocks
        assert len({c.seed for c in (first | more).values()}) == 32

        with pytest.raises(RequestError, match=r"prompt has \d+ tokens, the model's context is 256"):
            await collect(made, request("7 " * 400, 0))

        shutil.copytree(model_path(), tmp_path / "new")
        _scale(tmp_path / "new" / "model.safetensors")
        running = asyncio.create_task(collect(made, request("a b c?", *range(200))))
        await asyncio.sleep(0.05)
        with pytest.raises(EngineError, match=r"\d+ samples are running; it cannot take the weights"):
            await made.resume(str(tmp_path / "new"))
        await running
        before = made.identity()
        await made.rest()
        await made.rest()
        assert await made.resume(str(tmp_path / "new"))
        assert made.identity() != before
        other = await collect(made, request(TEXT, *range(16)))
        assert {i: c.text for i, c in other.items()} != {i: c.text for i, c in first.items()}
        with pytest.raises(NotAModel, match="has no directory 'nwe'; did you mean new"):
            await made.resume(str(tmp_path / "nwe"))
        await made.close()

        again = engine()
        await again.start()
        second = await collect(again, request(TEXT, *range(16)))
        assert {i: c.text for i, c in second.items()} == {i: c.text for i, c in first.items()}
        await again.close()

        with pytest.raises(EngineError, match="vLLM cannot start"):
            await engine(options={"no_such_option": 1}).start()
        with pytest.raises(NotAModel, match="has no directory 'modle'; did you mean model"):
            await engine(model=str(model_path().with_name("modle"))).start()

    asyncio.run(go())


@pytest.mark.vllm
@pytest.mark.skipif(not HAS_VLLM, reason="needs vLLM")
def test_samples_without_seeds_differ_after_each_start() -> None:
    async def texts() -> dict[int, str]:
        made = engine(seeded=False)
        await made.start()
        found = await collect(made, request(TEXT, *range(16)))
        await made.close()
        assert {c.seed for c in found.values()} == {None}
        return {i: c.text for i, c in found.items()}

    first, second = asyncio.run(texts()), asyncio.run(texts())
    assert len(set(first.values())) > 1 and first != second


def _scale(weights: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = {name: tensor.clone() for name, tensor in load_file(weights).items()}
    tensors["model.norm.weight"] *= 0.5
    save_file(tensors, weights, metadata={"format": "pt"})


@pytest.mark.vllm
@pytest.mark.skipif(not HAS_VLLM, reason="needs vLLM")
def test_no_gpu_for_a_gpu_build(monkeypatch: pytest.MonkeyPatch) -> None:
    from vllm import platforms
    from vllm.platforms.interface import UnspecifiedPlatform

    monkeypatch.setattr(platforms, "_current_platform", UnspecifiedPlatform())
    with pytest.raises(EngineError, match="sees no GPU on this machine"):
        asyncio.run(engine().start())


PROGRAM = """
import asyncio, signal
from tests.engines.test_vllm import collect, engine, request
from verirs.engines.guard import descendants

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job is started without

async def main():
    made = engine()
    await made.start()
    await collect(made, request("a b c?", 0, 1))
    print(*descendants(), flush=True)
    while True:
        await collect(made, request("a b c?", *range(64)))

asyncio.run(main())
"""


@pytest.mark.vllm
@pytest.mark.slow  # starts vLLM in its own processes
@pytest.mark.timeout(600)
@pytest.mark.skipif(not HAS_VLLM, reason="needs vLLM")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_process_of_vllm_outlives_a_signal(number: signal.Signals) -> None:
    env = {**os.environ, "VLLM_ENABLE_V1_MULTIPROCESSING": "1"}
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, env=env)
    assert parent.stdout is not None
    try:
        # The guard covers the start-up too; here the engine is at work when the signal comes.
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(alive(children)) >= 2  # the engine's core and the guard at least
        time.sleep(0.5)
        parent.send_signal(number)
        parent.wait(120)
        assert gone(children, 120)
    finally:
        parent.kill()
        parent.wait(120)
