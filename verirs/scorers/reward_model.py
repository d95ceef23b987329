"""The scorer ``reward_model``: one number a completion from a learned reward model; ranks, never judges.

The number is the model's raw logit (no sigmoid), so it may be negative and has no unit; calibration
(:mod:`verirs.reward.numbers.calibrate`) turns it into P(correct). A number that is not finite is an
``error``. It does not say whether a completion is right: a reward model can prefer a near miss, and the
report says so.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from verirs.reward.models.encode import Row
from verirs.reward.models.reader import read_text
from verirs.scorers.of_rewards import RewardScorer
from verirs.thoughts import CUT_OFF
from verirs.types import Completion, Problem, Score, Verdict


class RewardModelScorer(RewardScorer):
    """Ranks completions with a reward model that gives one number a text."""

    name = "reward_model"

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One ranking a completion, in order. The model is loaded by the first call.

        Raises:
            UserError: the model cannot be read, or is no reward model.
            ConfigError: the label does not fit the head, or the server refuses the address.
            EngineError: the server stays away: the same command goes on.
        """
        started = time.perf_counter()
        encoder, backend = self.reader.look().encoder, self.reader.backend()
        texts = [(p, read_text(c, self.settings.thought)) for p, c in items]
        rows = iter(encoder.encode([(p, Completion(text=t)) for p, t in texts if t is not None]))
        encoded = [next(rows) if t is not None else CUT_OFF for _, t in texts]
        answers: list[Any] = list(encoded)
        readable = [(i, row) for i, row in enumerate(encoded) if isinstance(row, Row)]
        for (i, _), value in zip(readable, backend.logits([row for _, row in readable]), strict=True):
            answers[i] = value
        seconds = (time.perf_counter() - started) / max(1, len(items))
        return [self._score(row, answer, seconds) for row, answer in zip(encoded, answers, strict=True)]

    def _score(self, row: Row | str, answer: list[list[float]] | str, seconds: float) -> Score:
        made = functools.partial(Score, scorer=self.name, version=self.version, seconds=seconds)
        if isinstance(row, str) or isinstance(answer, str):
            return made(verdict=Verdict.ERROR, reason=row if isinstance(row, str) else str(answer))
        logits = answer[0]
        details: dict[str, Any] = {
            "tokens": row.tokens,
            "truncated": row.truncated,
            "reading": self.settings.reading,
        }
        if row.disarmed:
            details["special_tokens"] = row.disarmed
        if len(logits) > 1:
            details["logits"] = [x if math.isfinite(x) else None for x in logits]
        value = self.reader.number(logits)
        if not math.isfinite(value):
            return made(verdict=Verdict.ERROR, reason=f"the model's number is {value}", details=details)
        cut = f"{row.truncated} of {row.tokens} tokens cut from the middle" if row.truncated else ""
        return made(verdict=Verdict.ABSTAIN, value=value, reason=cut, details=details)

    def again(self, score: Score) -> Score | None:
        """An earlier number, where nothing that it depends on has changed."""
        same = score.value is not None and score.details.get("reading") == self.settings.reading
        return replace(score, version=self.version) if same else None
