"""Rankers of a chosen quality, for runs whose report is looked at."""

from __future__ import annotations

import random
from collections.abc import Sequence

from verirs.types import Completion, Problem, Score, Verdict


class Good:
    """Higher for texts with the gold answer, with noise."""

    ranks = True
    version = "1"
    name = "good"
    tilt = 2.0

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [self._one(p, c) for p, c in items]

    def _one(self, problem: Problem, completion: Completion) -> Score:
        noise = random.Random(f"{self.name} {problem.id} {completion.index}").gauss(0.0, 1.0)
        value = self.tilt * (f"{{{problem.answer}}}" in completion.text) + noise
        return Score(scorer=self.name, version="1", verdict=Verdict.ABSTAIN, value=value)

    def close(self) -> None:
        pass


class Bad(Good):
    """Lower for texts with the gold answer."""

    name = "bad"
    tilt = -2.0
