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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from verirs.errors import ConfigError
from verirs.parts import ByArguments
from verirs.reward.models.encode import Row
from verirs.reward.models.reader import Reader, Settings, read_text
from verirs.thoughts import CUT_OFF
from verirs.types import Completion, Problem, Score, Verdict


class RewardModelScorer(ByArguments):
    """Ranks completions with a reward model that gives one number a text.

    Args:
        model: directory or hub id. With ``http`` its tokenizer, template and label names are read here,
            the weights are the server's.
        recipe: how it is read; ``auto`` is what its files say (docs/reward_models.md lists the recipes).
        override: fields of the recipe to change, as in ``{system = "..."}``.
        backend: ``transformers`` (in this process), ``vllm`` (pooling runner, in this process) or ``http``.
        url: for ``http``, the address with its endpoint: ``.../classify``, ``.../pooling`` or ``.../score``
            (vLLM), ``.../classify`` (SGLang) or ``.../get_reward`` (OpenRLHF); several share the work.
        server: for ``http``, which kind it is: ``vllm``, ``sglang``, ``openrlhf``; ``auto`` asks one text in
            each way that the address may mean.
        served: for ``http``, the model's name on a server that has several.
        tokenizer: directory or hub id of the tokenizer, where it is not the model's own.
        label: which output of a head wider than one is the reward: its name or its index. A head of
            width two needs none: the log-odds of the second against the first.
        thought: ``drop``: only what follows a model's thought is read; ``keep``: both, as they were sampled.
        batch_size: most texts at once.
        batch_tokens: most tokens at once, padding included; halved by itself when memory runs out.
        max_length: tokens; a longer text loses its middle. 0 is the model's own limit.
        dtype: ``auto`` is bfloat16 on a GPU, float32 elsewhere.
        device: ``auto`` is the GPU where there is one.
        timeout: for ``http``, seconds a request may take.
        api_key_env: for ``http``, the environment variable that holds the server's key, if it wants one.
        late: rank when all is sampled and the engine has given its memory back, so that one GPU serves both.
        options: for ``vllm``, further arguments of ``vllm.LLM``.

    Raises:
        ConfigError: everything that is wrong with these.
    """

    name = "reward_model"
    ranks = True

    def __init__(
        self,
        *,
        model: str,
        recipe: str = "auto",
        override: Mapping[str, Any] | None = None,
        backend: Literal["transformers", "vllm", "http"] = "transformers",
        url: str | Sequence[str] = "",
        server: Literal["auto", "vllm", "sglang", "openrlhf"] = "auto",
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
        if problems := settings.faults():
            raise ConfigError(problems)
        self.settings, self.late = settings, late
        self.reader = Reader(settings, by_steps=False)
        self.version = f"2+{settings.reading[:8]}"
        self.shows, self.prove = self.reader.shows, self.reader.prove
        self.interrupt, self.close = self.reader.interrupt, self.reader.close

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
