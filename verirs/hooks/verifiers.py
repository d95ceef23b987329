"""A reward for verifiers and prime-rl.

verifiers 0.4 and later: a function by name of its parameters; an exception marks the trace as not scored,
which is their way to leave a sample out. verifiers 0.3: a function of a ``Rubric``, which turns every
exception into 0.

    [...taskset.task.rewards.verirs]
    fn = "verirs.hooks.verifiers:reward"

    vf.Rubric(funcs=[verirs.hooks.verifiers.rubric_reward])      # 0.3
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verirs.errors import VerirsError
from verirs.hooks.golds import beside, with_gold
from verirs.hooks.grader import shared
from verirs.hooks.rows import read


async def reward(task: Any, trace: Any) -> float:
    """One trace.

    Raises:
        VerirsError: it could not be judged.
    """
    grader = shared()
    (found,) = await grader.agrade([read(_said(trace), _columns(task))])
    (value,) = grader.numbers([found], masks=True)
    if value is None:
        raise VerirsError(f"no reward: {found.reason or found.verdict}")
    return value


async def rubric_reward(completion: Any, answer: Any = None, info: Any = None) -> float:
    """One rollout; one that could not be judged counts as a fail, because a Rubric knows nothing else."""
    grader = shared()
    (found,) = await grader.agrade([read(completion, with_gold(beside(info), "answer", answer))])
    return grader.number(found)


def _said(trace: Any) -> Any:
    for name in ("last_reply", "completion", "response", "messages", "text", "output"):
        if isinstance(trace, Mapping) and name in trace:
            return trace[name]
        if (value := getattr(trace, name, None)) is not None:
            return value
    return trace


def _columns(task: Any) -> dict[str, Any]:
    """The columns of a task's data, and those that its ``info`` has beside them."""
    data = task if isinstance(task, Mapping) else getattr(task, "data", task)
    if isinstance(data, Mapping):
        columns = dict(data)
    elif callable(dump := getattr(data, "model_dump", None)):
        columns = dict(dump())
    else:
        columns = dict(vars(data))
    return {**beside(columns.get("info")), **{k: v for k, v in columns.items() if v is not None}}
