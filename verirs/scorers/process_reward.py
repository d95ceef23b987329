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

from verirs.errors import ConfigError, nearest
from verirs.parts import ByArguments
from verirs.reward.models.encode import Row
from verirs.reward.models.reader import Reader, Settings, read_text
from verirs.thoughts import CUT_OFF
from verirs.types import Completion, Problem, Score, Verdict

AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "last": lambda p: p[-1],
    "min": min,
    "mean": lambda p: math.fsum(p) / len(p),
    "product": math.prod,
}


class ProcessRewardScorer(ByArguments):
    """Ranks completions by their steps.

    Args:
        model: directory or hub id. With ``http`` its tokenizer and template are read here, the weights are
            the server's.
        recipe: how it is read; ``auto`` is what its files say (docs/reward_models.md lists the recipes).
        override: fields of the recipe to change, as in ``{separator = "\\n"}``.
        aggregate: ``last``, ``min``, ``mean`` or ``product`` of the steps' P(good).
        backend: ``transformers`` (in this process), ``vllm`` (pooling runner, in this process) or ``http``.
        url: for ``http``, the address of vLLM's ``.../pooling``; several share the work.
        server: for ``http``, which kind it is; only vLLM gives numbers inside a text.
        served: for ``http``, the model's name on a server that has several.
        tokenizer: directory or hub id of the tokenizer, where it is not the model's own.
        label: which output of the head means a good step, by name or index; by default as the recipe says.
        thought: ``drop``: only what follows a model's thought is read; ``keep``: both, as they were sampled.
        batch_size: most texts at once.
        batch_tokens: most tokens at once, padding included; halved by itself when memory runs out.
        max_length: tokens a text may have; a longer one is read in windows. 0 is the model's own limit.
        dtype: ``auto`` is bfloat16 on a GPU, float32 elsewhere.
        device: ``auto`` is the GPU where there is one.
        timeout: for ``http``, seconds a request may take.
        api_key_env: for ``http``, the environment variable that holds the server's key, if it wants one.
        late: rank when all is sampled and the engine has given its memory back, so that one GPU serves both.
        options: for ``vllm``, further arguments of ``vllm.LLM``.

    Raises:
        ConfigError: everything that is wrong with these.
    """

    name = "process_reward"
    ranks = True

    def __init__(
        self,
        *,
        model: str,
        recipe: str = "auto",
        override: Mapping[str, Any] | None = None,
        aggregate: Literal["last", "min", "mean", "product"] = "min",
        backend: Literal["transformers", "vllm", "http"] = "transformers",
        url: str | Sequence[str] = "",
        server: Literal["auto", "vllm"] = "auto",
        served: str = "",
        tokenizer: str = "",
        label: str | int = "",
        thought: Literal["drop", "keep"] = "drop",
        batch_size: int = 64,
        batch_tokens: int = 16384,
        max_length: int = 0,
        dtype: str = "auto",
        device: str = "auto",
        timeout: float = 120.0,
        api_key_env: str = "",
        late: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        settings = Settings(
            scorer=self.name,
            model=model,
            recipe=recipe,
            override=override,
            backend=backend,
            url=url,
            server=server,
            served=served,
            tokenizer=tokenizer,
            label=label,
            thought=thought,
            batch_size=batch_size,
            batch_tokens=batch_tokens,
            max_length=max_length,
            dtype=dtype,
            device=device,
            timeout=timeout,
            api_key_env=api_key_env,
            options=options,
        )
        problems = settings.faults()
        if aggregate not in AGGREGATES:
            problems.append(
                f"process_reward: unknown aggregate {aggregate!r}{nearest(aggregate, AGGREGATES)}"
            )
        if problems:
            raise ConfigError(problems)
        self.settings, self.aggregate, self.late = settings, aggregate, late
        self.reader = Reader(settings, by_steps=True)
        self.version = f"2+{settings.reading[:8]}+{aggregate}"
        self.shows, self.prove = self.reader.shows, self.reader.prove
        self.interrupt, self.close = self.reader.interrupt, self.reader.close

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
