"""prime-rl's own GRPO over traces that verifiers' own scoring gave our reward.

verifiers is the released package; of prime-rl, which publishes none, the files around the call
(:mod:`tests.contracts.test_sources`).
"""

from __future__ import annotations

import asyncio
import importlib
import types
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.test_sources import TEXTS, grader, taken

__all__ = ["grader"]


def test_prime_rls_grpo_trains_on_what_verifiers_scored_and_leaves_out_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vf = pytest.importorskip("verifiers.v1")
    if not hasattr(vf, "Episode"):
        pytest.skip("this verifiers is older than prime-rl's")
    folder = "src/prime_rl/orchestrator"
    files = [f"{folder}/__init__.py", *(f"{folder}/algo/{name}.py" for name in ("base", "grpo", "routing"))]
    taken("PrimeIntellect-ai/prime-rl", files, tmp_path, monkeypatch, "src")
    grpo = importlib.import_module("prime_rl.orchestrator.algo.grpo")
    plugged = {"rewards": {"verirs": {"fn": "verirs.hooks.verifiers:reward"}}}
    agent = {"id": "a", "name": "a", "config": {}, "harness": {"id": "none"}, "trainable": True}

    async def scored(case: Any) -> Any:
        """Scored by verifiers; its rollout turns what scoring raises into an error of the trace."""
        data = vf.WireTaskData(prompt="?", answer=case.columns["answer"])
        task = vf.Task(data, vf.TaskConfig(**plugged))
        message = {"role": "assistant", "content": case.completion}
        node = {"message": message, "sampled": True, "token_ids": [1, 2], "mask": [False, True]}
        trace = vf.WireTrace(task={"data": data, "type": "t", "key": task.key}, agent=agent, nodes=[node])
        try:
            await task.score(trace)
            trace.ok = True
        except vf.TaskError as error:
            trace.record_error(error)
        return trace

    async def group() -> list[Any]:
        traces = [await scored(case) for case in TEXTS]
        algorithm = grpo.GRPOAlgorithm(types.SimpleNamespace(length_penalty=None), None)
        await algorithm.finalize_group([types.SimpleNamespace(traces=[trace]) for trace in traces])
        return traces

    traces = asyncio.run(group())
    assert [None if t.has_error else t.reward for t in traces] == [c.reward for c in TEXTS]
    known = [c.reward for c in TEXTS if c.reward is not None]
    mean = sum(known) / len(known)
    wanted = [None if c.reward is None else pytest.approx([c.reward - mean], abs=1e-6) for c in TEXTS]
    assert [t.nodes[0].advantages for t in traces] == wanted
