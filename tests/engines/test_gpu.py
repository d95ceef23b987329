"""The transformers engine and the reward model on a real GPU. Skips, with the reason, where there is none."""

from __future__ import annotations

import asyncio

import pytest

from tests.engines.test_vllm import TEXT, request
from tests.reward.conftest import classifier, items, reference, reward_dir  # noqa: F401 (fixtures)
from verirs.demo.policy import model_path
from verirs.engines.transformers import TransformersEngine
from verirs.protocols import Engine
from verirs.scorers.reward_model import RewardModelScorer
from verirs.testing import EngineSuite
from verirs.testing.engines import collect
from verirs.types import Completion, Problem

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU: torch sees none here")


class TestTransformersOnAGpu(EngineSuite):
    def make(self) -> Engine:
        return TransformersEngine(str(model_path()), batch_size=16, dtype="float32")

    def test_it_is_there(self) -> None:
        async def go() -> str:
            engine = self.make()
            await engine.start()
            device = str(engine._local._backend._device)  # type: ignore[attr-defined]
            await engine.close()
            return device

        assert asyncio.run(go()) == "cuda"


def texts(engine: Engine, many: int, **sampling: object) -> dict[int, Completion]:
    async def go() -> dict[int, Completion]:
        await engine.start()
        found = await collect(engine, request(TEXT, *range(many), **sampling))
        await engine.close()
        return found

    return asyncio.run(go())


def test_a_real_lack_of_memory_halves_the_batch_and_loses_nothing() -> None:
    before = torch.cuda.mem_get_info()[1]
    free = 3 * 2**28  # 768 MiB for a batch that would like several GiB
    torch.cuda.set_per_process_memory_fraction(free / before)
    try:
        engine = TransformersEngine(str(model_path()), batch_size=8192, dtype="float32")
        found = texts(engine, 8192, max_tokens=200)
        assert len(found) == 8192 and engine._local._backend._batch_size < 8192  # type: ignore[attr-defined]
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_greedy_texts_are_the_cpus() -> None:
    here, there = (
        texts(TransformersEngine(str(model_path()), dtype="float32", device=d), 2, temperature=0.0)
        for d in ("cuda", "cpu")
    )
    assert {i: c.text for i, c in here.items()} == {i: c.text for i, c in there.items()}
    assert here[0].logprob == pytest.approx(there[0].logprob, abs=1e-2)


def test_the_reward_models_numbers_are_the_cpus(
    reward_dir: str,  # noqa: F811
    items: list[tuple[Problem, Completion]],  # noqa: F811
    reference: list[float],  # noqa: F811
) -> None:
    scorer = RewardModelScorer(model=reward_dir, dtype="float32", device="cuda")
    assert [s.value for s in scorer.score(items)] == pytest.approx(reference, abs=5e-3)
    scorer.close()
