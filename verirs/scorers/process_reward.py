"""The scorer ``process_reward``: P(good) of each step from a token-level head, made one number; ranks only.

A completion is split into steps at ``separator``; after each step the model reads ``marker`` (by default the
separator again, as TRL's step-wise trainers lay texts out), and the head is read at the marker's last token.
A text that is too long loses whole steps from its middle; how many is in the reason and the details, and the
number is then one over the steps that were read.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from verirs.errors import ConfigError, nearest
from verirs.parts import ByArguments
from verirs.reward.models.encode import ChatEncoder, Row, cut_middle, fingerprint
from verirs.reward.models.heads import label_index
from verirs.reward.models.local import LocalModel
from verirs.types import Completion, Problem, Score, Verdict

AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "last": lambda p: p[-1],
    "min": min,
    "mean": lambda p: math.fsum(p) / len(p),
    "product": math.prod,
}


@dataclass(frozen=True, slots=True)
class _Layout:
    """A text as the model reads it, where each step's head is read, and how many steps were left out."""

    row: Row
    places: list[int]
    left_out: int


class ProcessRewardScorer(ByArguments):
    """Ranks completions by their steps.

    Args:
        model: directory or hub id of a token-classification model.
        separator: what stands between the steps of a completion; empty pieces are no steps.
        marker: what the model reads after each step, for example ``<extra_0>``; empty is the separator.
        aggregate: ``last``, ``min``, ``mean`` or ``product`` of the steps' P(good).
        label: which output of the head means a good step, by name or index; a head of width one is a
            logit of its own, one of width two means its second output.
        batch_size: texts at once; halved by itself when memory runs out.
        max_length: tokens a text may have; 0 is the model's own limit.
        dtype: ``auto`` is bfloat16 on a GPU, float32 elsewhere.
        device: ``auto`` is the GPU where there is one.

    Raises:
        ConfigError: an unknown aggregate, or an empty separator.
    """

    name = "process_reward"
    ranks = True

    def __init__(
        self,
        *,
        model: str,
        separator: str = "\n\n",
        marker: str = "",
        aggregate: Literal["last", "min", "mean", "product"] = "min",
        label: str | int = "",
        batch_size: int = 16,
        max_length: int = 0,
        dtype: str = "auto",
        device: str = "auto",
    ) -> None:
        problems = []
        if aggregate not in AGGREGATES:
            problems.append(
                f"process_reward: unknown aggregate {aggregate!r}{nearest(aggregate, AGGREGATES)}"
            )
        if not separator:
            problems.append("process_reward: separator is empty; name the text between two steps")
        if batch_size < 1:
            problems.append(f"process_reward: batch_size is {batch_size}; it must be at least 1")
        if problems:
            raise ConfigError(problems)
        self.model, self.aggregate, self.label = model, aggregate, label
        self.separator, self.marker = separator, marker or separator
        self.batch_size, self.max_length, self.dtype, self.device = batch_size, max_length, dtype, device
        decides = f"{fingerprint(model)} {separator!r} {marker!r} {aggregate} {label} {max_length} {dtype}"
        self.version = f"1+{hashlib.sha256(decides.encode()).hexdigest()[:8]}"
        self._encoder: ChatEncoder | None = None
        self._model: LocalModel | None = None
        self._lock = threading.Lock()

    def steps(self, text: str) -> list[str]:
        """The steps of a completion, white space around them removed; an empty text is one empty step."""
        return [step for piece in text.split(self.separator) if (step := piece.strip())] or [""]

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One ranking a completion, in order; ``details["steps"]`` holds each step's P(good).

        Raises:
            UserError: the model cannot be read, or has no trained token-level head.
            ConfigError: the label does not fit the head, or the model cannot read the marker.
        """
        from jinja2 import TemplateError

        started = time.perf_counter()
        encoder, model = self._load()
        laid_out: list[_Layout | str] = []
        for problem, completion in items:
            try:
                laid_out.append(self._lay_out(encoder, problem, completion.text))
            except TemplateError as error:
                laid_out.append(f"the chat template refuses this prompt: {error}")
        good = [item for item in laid_out if not isinstance(item, str)]
        answers = iter(model.logits([item.row for item in good], [item.places for item in good]))
        seconds = (time.perf_counter() - started) / max(1, len(items))
        return [
            self._made(seconds, verdict=Verdict.ERROR, reason=item)
            if isinstance(item, str)
            else self._score(item, next(answers), seconds)
            for item in laid_out
        ]

    def _made(self, seconds: float, **fields: Any) -> Score:
        return Score(scorer=self.name, version=self.version, seconds=seconds, **fields)

    def _lay_out(self, encoder: ChatEncoder, problem: Problem, text: str) -> _Layout:
        """Every piece is tokenized by itself, so that the places of the markers are known exactly."""
        marker = encoder.ids(self.marker)
        if not marker:
            raise ConfigError(
                f"process_reward: the model's tokenizer makes no token of marker {self.marker!r}"
            )
        opening = encoder.ids(encoder.opening(problem.prompt))
        pieces, disarmed = [], 0
        for step in self.steps(text):
            safe, spelt = encoder.disarm(step)
            pieces.append([*encoder.ids(safe), *marker])
            disarmed += spelt
        tokens, steps = len(opening) + sum(map(len, pieces)), len(pieces)
        if tokens > encoder.max_length:
            opening = cut_middle(opening, encoder.max_length // 2)
        room = encoder.max_length - len(opening)
        while len(pieces) > 1 and sum(map(len, pieces)) > room:
            del pieces[len(pieces) // 2]
        if len(pieces[0]) > room:
            pieces = [cut_middle(pieces[0], room)]
        ids, places = list(opening), []
        for piece in pieces:
            ids += piece
            places.append(len(ids) - 1)
        row = Row(ids=tuple(ids), tokens=tokens, disarmed=disarmed)
        return _Layout(row, places, steps - len(pieces))

    def _score(self, item: _Layout, answer: list[list[float]] | str, seconds: float) -> Score:
        if isinstance(answer, str):
            return self._made(seconds, verdict=Verdict.ERROR, reason=answer)
        row = item.row
        details: dict[str, Any] = {"tokens": row.tokens, "truncated": row.truncated}
        if row.disarmed:
            details["special_tokens"] = row.disarmed
        if item.left_out:
            details["steps_left_out"] = item.left_out
        steps = [self._good(logits) for logits in answer]
        bad = next((i for i, p in enumerate(steps) if not math.isfinite(p)), None)
        if bad is not None:
            why = f"the model's number for step {bad + 1} is {steps[bad]}"
            return self._made(seconds, verdict=Verdict.ERROR, reason=why, details=details)
        details["steps"] = steps
        why = f"{item.left_out} steps cut from the middle" if item.left_out else ""
        if not why and row.truncated:
            why = f"{row.truncated} of {row.tokens} tokens cut from the middle"
        value = AGGREGATES[self.aggregate](steps)
        return self._made(seconds, verdict=Verdict.ABSTAIN, value=value, reason=why, details=details)

    def _good(self, logits: Sequence[float]) -> float:
        """P(good step): a sigmoid for a head of width one, else a softmax."""
        if not all(math.isfinite(x) for x in logits):
            return math.nan
        if len(logits) == 1:
            return 0.5 * (1 + math.tanh(logits[0] / 2))
        at = 1
        if len(logits) > 2 or self.label != "":
            assert self._encoder is not None
            at = label_index(self.label, len(logits), self._encoder.config.label2id or {})
        top = max(logits)
        weights = [math.exp(x - top) for x in logits]
        return weights[at] / math.fsum(weights)

    def _load(self) -> tuple[ChatEncoder, LocalModel]:
        with self._lock:
            if self._encoder is None:
                self._encoder = ChatEncoder(self.model, self.max_length)
            if self._model is None:
                self._model = LocalModel(
                    self.model,
                    head="token",
                    batch_size=self.batch_size,
                    dtype=self.dtype,
                    device=self.device,
                )
            return self._encoder, self._model

    def close(self) -> None:
        """Let the model go; the next score loads it again."""
        with self._lock:
            if self._model is not None:
                self._model.close()
            self._model = None
