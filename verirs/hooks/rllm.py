"""An evaluator for rLLM: ``load_evaluator("verirs.hooks.rllm:evaluate")``, or that path as a reward function.

It has no way to leave a sample out: an error is a fail's number, and the signal ``verirs_error`` is 1.
"""

from __future__ import annotations

from typing import Any

from verirs.hooks.golds import beside
from verirs.hooks.grader import shared
from verirs.hooks.rows import read


def evaluate(task: Any, episode: Any) -> dict[str, Any]:
    """One episode; gold or tests are in the task's metadata."""
    from rllm.eval.reward_fns._helpers import extract_answer_text

    grader = shared()
    (found,) = grader.grade([read(extract_answer_text(episode), beside(task.metadata))])
    numbers = {name: found.components.get(name, grader.rule.failed) for name in grader.scorers}
    return {
        "reward": grader.number(found),
        "is_correct": found.value is not None and str(found.verdict) == "pass",
        "signals": {"verirs_error": float(found.error), **numbers},
        "metadata": {"verdict": str(found.verdict), "answer": found.answer, "reason": found.reason},
    }
