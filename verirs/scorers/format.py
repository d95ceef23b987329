"""The ``format`` scorer: what is not of the form asked for is ``unwanted``; a good form proves nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verirs.parts import ByArguments
from verirs.thoughts import whole
from verirs.types import Completion, Problem, Score, Verdict


class FormatScorer(ByArguments):
    """Checks form only: what breaks a rule is ``unwanted`` (never accepted, never a negative, in no
    estimate), and of the rest it abstains. A thought is looked at too, in
    ``<think>`` tags.

    Args:
        contains: texts that must all occur, for example ``"\\\\boxed{"``.
        forbids: texts none of which may occur.
        max_tokens: longest allowed completion, in the engine's token count (0: any).
        single: texts that may occur once at most, for example ``"####"``.
    """

    name = "format"
    version = "2"
    gives_value = False
    of_form = True

    def __init__(
        self,
        contains: Sequence[str] = (),
        forbids: Sequence[str] = (),
        single: Sequence[str] = (),
        max_tokens: int = 0,
    ):
        self.contains, self.forbids, self.single = tuple(contains), tuple(forbids), tuple(single)
        self.max_tokens = max_tokens

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [self._one(completion) for _, completion in items]

    def _one(self, c: Completion) -> Score:
        text = whole(c)
        faults = [f"lacks {t!r}" for t in self.contains if t not in text]
        faults += [f"contains {t!r}" for t in self.forbids if t in text]
        faults += [f"{t!r} more than once" for t in self.single if len(re.findall(re.escape(t), text)) > 1]
        if self.max_tokens and c.tokens is not None and c.tokens > self.max_tokens:
            faults.append(f"{c.tokens} tokens, more than {self.max_tokens}")
        return Score(
            scorer=self.name,
            version=self.version,
            verdict=Verdict.UNWANTED if faults else Verdict.ABSTAIN,
            reason="; ".join(faults),
            details={"rules": ["format"]} if faults else {},
        )

    def close(self) -> None:
        """Nothing to give back."""
