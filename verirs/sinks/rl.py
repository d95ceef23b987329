"""Sets for reinforcement learning: one row a problem, with its gold, its difficulty and where it comes from.

The columns are those that verl reads; TRL and Unsloth take the same file, the other trainers a variant
(``export.for``). ``verirs_problem`` holds all that a verdict depends on, so the reward of
:mod:`verirs.hooks` is the verdict of the run. Difficulty is measured on the run's own samples: with four of
them a true rate of one half looks like none or all in an eighth of the cases, so read the interval.

A problem without a gold answer and without tests has no row: nothing could give its reward.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, ClassVar

from verirs.sinks.columns import conversation
from verirs.sinks.training import TrainingSink
from verirs.types import Candidate, Problem, Selection, Verdict, to_json

_Z = 1.959963984540054


class RlSink(TrainingSink):
    """One row a problem that a verifier can judge, whether any sample passed or not."""

    name = "rl"
    of_problems = True
    gold: ClassVar = ("reward_model", "extra_info", "solution", "verirs_problem")
    """Columns that hold the problem's own answer, none of them as a text of a model."""
    kinds: ClassVar = {
        "data_source": "text",
        "prompt": "messages",
        "ability": "text",
        "reward_model": {"style": "text", "ground_truth": "text"},
        "extra_info": {"split": "text", "index": "text", "question": "text", "verirs_problem": "text"},
        "solution": "text",
        "verirs_problem": "text",
        "problem_id": "text",
        "samples": "int",
        "verified": "int",
        "passes": "int",
        "pass_rate": "float",
        "pass_rate_low": "float",
        "pass_rate_high": "float",
        "model_difficulty": [{"model": "text", "verified": "int", "passes": "int"}],
    }

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        problem = selection.group.problem
        gold = problem.answer if problem.answer is not None else _tests(problem)
        if not gold or not gold.strip():
            return
        counts = _counts(self._compared(selection.group.candidates))
        low, high = wilson(counts["passes"], counts["verified"])
        asked = problem_text(problem)
        yield {
            "data_source": problem.source or "unknown",
            "prompt": conversation(problem.prompt),
            "ability": "code" if problem.tests else "math",
            "reward_model": {"style": "rule", "ground_truth": gold},
            "extra_info": {
                "split": problem.split,
                "index": problem.id,
                "question": problem.prompt[-1]["content"] if problem.prompt else "",
                "verirs_problem": asked,
            },
            "solution": gold,
            "verirs_problem": asked,
            "problem_id": problem.id,
            "samples": len(selection.group.candidates),
            **counts,
            "pass_rate": counts["passes"] / counts["verified"] if counts["verified"] else None,
            "pass_rate_low": low,
            "pass_rate_high": high,
            "model_difficulty": self._by_model(selection.group.candidates),
            **self.beside(),
        }

    def _compared(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """The samples that every problem has: where a problem is sampled until enough are right, the share of
        right ones among all is no estimate of its rate."""
        first = self.about.first
        return candidates if first is None else tuple(c for c in candidates if c.completion.index < first)

    def _by_model(self, candidates: tuple[Candidate, ...]) -> list[dict[str, Any]]:
        models: dict[str, list[Candidate]] = {}
        for candidate in self._compared(candidates):
            models.setdefault(self.about.model_of(candidate.completion.index), []).append(candidate)
        return [{"model": name, **_counts(own)} for name, own in sorted(models.items())]


def _counts(candidates: tuple[Candidate, ...] | list[Candidate]) -> dict[str, int]:
    verdicts = [c.verdict for c in candidates]
    passes = verdicts.count(Verdict.PASS)
    return {"verified": passes + verdicts.count(Verdict.FAIL), "passes": passes}


def _tests(problem: Problem) -> str:
    return json.dumps(to_json(problem.tests), ensure_ascii=False) if problem.tests else ""


def problem_text(problem: Problem) -> str:
    """All that a verdict depends on, as JSON: what :func:`verirs.hooks.rows.read` reads first."""
    asked = {
        "prompt": problem.prompt,
        "answer": problem.answer,
        "tests": problem.tests,
        "entry_point": problem.entry_point,
        "meta": problem.meta,
    }
    return json.dumps(
        {key: to_json(value) for key, value in asked.items() if value}, ensure_ascii=False, sort_keys=True
    )


def wilson(passes: int, verified: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a share (Wilson 1927, JASA 22); ``None`` of no samples."""
    if not verified:
        return None, None
    share, z2 = passes / verified, _Z * _Z
    middle = (share + z2 / (2 * verified)) / (1 + z2 / verified)
    half = _Z * math.sqrt(share * (1 - share) / verified + z2 / (4 * verified**2)) / (1 + z2 / verified)
    return (0.0 if passes == 0 else middle - half), (1.0 if passes == verified else middle + half)
