"""Recorded samples of real models, judged by their recorded labels, give the recorded figures in a
summary."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from tests.shared_data import rows, shared
from verirs.records import RunSummary
from verirs.stats import Tally
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict


def reference(name: str) -> Any:
    return json.loads(shared("data/reference.json").read_text())[name]


def tally(name: str, answer: str = "pred") -> RunSummary:
    """The summary of a recorded file whose labels stand for a verifier, rewards for a ranker."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for row in rows(f"data/candidates/{name}.jsonl.gz"):
        verdict = Verdict.PASS if row["label"] else Verdict.FAIL
        scores = [Score(scorer="label", version="1", verdict=verdict, answer=row.get(answer) or None)]
        if row["reward"] is not None:
            scores.append(Score(scorer="reward", version="1", verdict=Verdict.ABSTAIN, value=row["reward"]))
        completion = Completion(index=row["sample_index"], text=row["text"])
        groups[row["problem_id"]].append(Candidate(completion=completion, scores=tuple(scores)))
    counted = Tally()
    for problem, candidates in groups.items():
        counted.add(Group(problem=Problem(id=problem, prompt="?"), candidates=tuple(candidates)))
    return counted.summary(resamples=200)


def mean(summary: RunSummary, name: str, k: int) -> float:
    data = summary.curves
    return 100 * float(data.estimates[name].mean[data.k.index(k)])


def test_qwen_math_with_its_reward_model() -> None:
    want, got = reference("math100_qwen_rm8"), tally("math100_qwen_rm8")
    for k in (1, 2, 4, 8):
        assert mean(got, "pass@k", k) == pytest.approx(want[f"pass@{k}"], abs=0.006)
        assert mean(got, "best@k", k) == pytest.approx(want[f"bon@{k}"], abs=0.006)
    assert mean(got, "best@k", 8) == pytest.approx(94.0, abs=0.006)
    assert mean(got, "maj@k", 8) == pytest.approx(92.5, abs=0.006)


def test_game_of_24_with_one_hundred_samples() -> None:
    want, got = reference("game24_io"), tally("game24_gpt4_io_n100", answer="")
    for k in (1, 2, 5, 10, 20, 50, 100):
        assert mean(got, "pass@k", k) == pytest.approx(want[f"pass@{k}"], abs=0.006)
    assert "maj@k" not in got.estimates  # no answers were extracted
