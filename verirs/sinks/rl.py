"""Sets for reinforcement learning: one row a problem, with its gold, its difficulty and where it comes from.

The columns are those that verl reads; TRL and Unsloth take the same file, the other trainers a variant
(``export.for``). ``verirs_problem`` holds all that a verdict depends on, so the reward of
:mod:`verirs.hooks` is the verdict of the run. Difficulty is measured on the run's own samples: with four of
them a true rate of one half looks like none or all in an eighth of the cases, so read the interval.

A problem without a gold answer and without tests has no row: nothing could give its reward.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from verirs.curation import COLUMNS, facts_of, row_of
from verirs.curation.pseudo import labelled
from verirs.sinks.columns import conversation
from verirs.sinks.training import TrainingSink
from verirs.types import Candidate, Problem, Selection, Verdict, to_json


class RlSink(TrainingSink):
    """One row a problem that a verifier can judge, whether any sample passed or not."""

    name = "rl"
    of_problems = True
    gold: ClassVar = ("reward_model", "extra_info", "solution", "verirs_problem", "gold", "majority_answer")
    kinds: ClassVar = {
        "data_source": "text",
        "prompt": "messages",
        "ability": "text",
        "reward_model": {"style": "text", "ground_truth": "text"},
        "extra_info": {"split": "text", "index": "text", "question": "text", "verirs_problem": "text"},
        "solution": "text",
        "verirs_problem": "text",
        "problem_id": "text",
        **COLUMNS,
        "model_difficulty": [{"model": "text", "verified": "int", "passes": "int"}],
    }

    def rows(self, selection: Selection) -> Iterator[dict[str, Any]]:
        problem = selection.group.problem
        if problem.answer is None and (answer := labelled(problem, selection.facts)) is not None:
            problem = replace(problem, answer=answer)  # by majority, as the column answer_source says
        gold = problem.answer if problem.answer is not None else _tests(problem)
        if not gold or not gold.strip():
            return
        facts = selection.facts or facts_of(
            selection.group, model_of=self.about.model_of, first=self.about.first
        )
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
            **row_of(facts),
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
