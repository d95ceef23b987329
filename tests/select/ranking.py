"""A ranker for tests: sure of all that is long."""

from __future__ import annotations

from verirs.types import Completion, Problem


def sure(problem: Problem, completion: Completion) -> float:
    return 0.95 if len(completion.text) > 3 else 0.1
