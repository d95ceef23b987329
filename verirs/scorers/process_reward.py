"""The scorer ``process_reward``: P(good) of each step from a process reward model, made one number; ranks.

The model's recipe says how a completion is split into steps, what the model reads after each, and where and
how its head is read. A completion that is longer than the model reads is read in windows, so that every step
has its number. ``details["steps"]`` keeps all of them; the number is a view of them (``aggregate``), so
another one costs no model.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from verirs.errors import nearest
from verirs.parts import like_its_base
from verirs.reward.models.encode import Row
from verirs.reward.models.reader import read_text
from verirs.scorers.of_rewards import RewardScorer
from verirs.thoughts import CUT_OFF
from verirs.types import Completion, Problem, Score, Verdict

AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "last": lambda p: p[-1],
    "min": min,
    "mean": lambda p: math.fsum(p) / len(p),
    "product": math.prod,
}


@like_its_base
class ProcessRewardScorer(RewardScorer):
    """Ranks completions by their steps.

    Args:
        aggregate: ``last``, ``min``, ``mean`` or ``product`` of the steps' P(good).
        url: for ``http``, the address of vLLM's ``.../pooling``; several share the work.
        server: for ``http``, which kind it is; only vLLM gives numbers inside a text.
        label: which output of the head means a good step, by name or index; by default as the recipe says.
        max_length: tokens a text may have; a longer one is read in windows. 0 is the model's own limit.
        settings: those of ``reward_model``.

    Raises:
        ConfigError: everything that is wrong with these.
    """

    name = "process_reward"
    by_steps = True

    def __init__(
        self,
        *,
        aggregate: Literal["last", "min", "mean", "product"] = "min",
        server: Literal["auto", "vllm"] = "auto",
        **settings: Any,
    ) -> None:
        self.aggregate = aggregate
        super().__init__(server=server, **settings)
        self.version += f"+{aggregate}"

    def faults(self) -> list[str]:
        if self.aggregate in AGGREGATES:
            return []
        return [f"process_reward: unknown aggregate {self.aggregate!r}{nearest(self.aggregate, AGGREGATES)}"]

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One ranking a completion, in order; ``details["steps"]`` holds each step's P(good).

        Raises:
            UserError: the model cannot be read, or has no trained head.
            ConfigError: the label does not fit the head, or the recipe does not fit the model.
            EngineError: a server stays away: the same command goes on.
        """
        started = time.perf_counter()
        encoder, backend = self.reader.look().encoder, self.reader.backend()
        laid: list[list[Row] | str] = []
        for problem, completion in items:
            text = read_text(completion, self.settings.thought)
            laid.append(encoder.windows(problem, text) if text is not None else CUT_OFF)
        answers = iter(backend.logits([row for rows in laid if not isinstance(rows, str) for row in rows]))
        seconds = (time.perf_counter() - started) / max(1, len(items))
        return [
            self._made(seconds, verdict=Verdict.ERROR, reason=rows)
            if isinstance(rows, str)
            else self._score(rows, [next(answers) for _ in rows], seconds)
            for rows in laid
        ]

    def _made(self, seconds: float, **fields: Any) -> Score:
        return Score(scorer=self.name, version=self.version, seconds=seconds, **fields)

    def _score(
        self, rows: Sequence[Row], answers: Sequence[list[list[float]] | str], seconds: float
    ) -> Score:
        vectors: list[list[float]] = []
        for answer in answers:
            if isinstance(answer, str):
                return self._made(seconds, verdict=Verdict.ERROR, reason=answer)
            vectors += answer
        details: dict[str, Any] = {"tokens": rows[0].tokens, "reading": self.settings.reading}
        if rows[0].disarmed:
            details["special_tokens"] = rows[0].disarmed
        if len(rows) > 1:
            details["windows"] = len(rows)
        steps = [self.reader.number(logits) for logits in vectors]
        bad = next((i for i, p in enumerate(steps) if not math.isfinite(p)), None)
        if bad is not None:
            why = f"the model's number for step {bad + 1} is {steps[bad]}"
            return self._made(seconds, verdict=Verdict.ERROR, reason=why, details=details)
        details["steps"] = steps
        why = f"read in {len(rows)} windows" if len(rows) > 1 else ""
        value = AGGREGATES[self.aggregate](steps)
        return self._made(seconds, verdict=Verdict.ABSTAIN, value=value, reason=why, details=details)

    def again(self, score: Score) -> Score | None:
        """The number anew from an earlier score's steps, where nothing that they depend on has changed."""
        steps = score.details.get("steps")
        if score.value is None or not steps or score.details.get("reading") != self.settings.reading:
            return None
        return replace(score, version=self.version, value=AGGREGATES[self.aggregate](list(steps)))
