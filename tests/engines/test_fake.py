"""The fake engine's dials."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest

from verirs.engines.fake import FakeEngine
from verirs.errors import EngineError, UserError
from verirs.protocols import Request, Sampling
from verirs.types import Completion, Problem


def sample(
    engine: FakeEngine, problem: str = "p", n: int = 200, answer: str | None = "18"
) -> list[Completion]:
    wanted = Request(
        problem=Problem(id=problem, answer=answer),
        messages=({"role": "user", "content": "?"},),
        indices=tuple(range(n)),
        seeds=tuple(i * 7919 for i in range(n)),
        sampling=Sampling(),
    )

    async def go() -> list[Completion]:
        return [c async for c in engine.sample(wanted)]

    return asyncio.run(go())


def test_pass_rate_is_the_share_of_gold_answers() -> None:
    for rate in (0.0, 0.3, 1.0):
        right = sum("boxed{18}" in c.text for c in sample(FakeEngine(pass_rate=rate)))
        assert abs(right / 200 - rate) < 0.1
        assert rate not in {0.0, 1.0} or right == 200 * rate


def test_a_wrong_answer_is_never_the_gold_one() -> None:
    for gold in ("0", "-1", "1/2", "x+1"):
        assert not any(f"boxed{{{gold}}}" in c.text for c in sample(FakeEngine(pass_rate=0), answer=gold))


def test_distinct_limits_the_texts() -> None:
    assert len({c.text for c in sample(FakeEngine(distinct=5))}) == 5
    assert len({c.text for c in sample(FakeEngine())}) > 150


def test_latency_is_waited_and_changes_the_order() -> None:
    started = time.monotonic()
    found = sample(FakeEngine(latency=0.1), n=20)
    assert time.monotonic() - started > 0.1
    assert [c.index for c in found] != list(range(20))
    assert {c.index: c.text for c in found} == {c.index: c.text for c in sample(FakeEngine(), n=20)}


def test_failures_on_demand() -> None:
    engine = FakeEngine(fail_first=2)
    for _ in range(2):
        with pytest.raises(EngineError, match="fail_first"):
            sample(engine)
    assert len(sample(engine)) == 200
    failing = FakeEngine(fail_rate=0.5)
    outcomes = []
    for attempt in range(2):
        for problem in range(40):
            try:
                sample(failing, f"p{problem}", n=1)
                outcomes.append((attempt, False))
            except EngineError:
                outcomes.append((attempt, True))
    assert 8 < sum(failed for _, failed in outcomes[:40]) < 32
    assert [f for _, f in outcomes[:40]] == [f for _, f in outcomes[40:]]
    with pytest.raises(UserError, match=r"pass_rate = 1\.5"):
        FakeEngine(pass_rate=1.5)


def test_texts_are_the_same_in_another_process() -> None:
    program = "from tests.engines.test_fake import *; print(sample(FakeEngine(), n=3)[2].text)"
    run = [sys.executable, "-c", program]
    first = subprocess.run(run, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    assert first == sample(FakeEngine(), n=3)[2].text
