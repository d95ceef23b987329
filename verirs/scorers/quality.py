"""The ``quality`` scorer: texts of a form that nobody wants are ``unwanted``; a good form proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from verirs.curation.quality import RULES, Limits, faults
from verirs.errors import ConfigError
from verirs.parts import ByArguments
from verirs.types import Completion, Problem, Score, Verdict

Name = Literal["thought", "boxes", "scripts", "repetition", "tokens", "calculation", "after", "length"]


class QualityScorer(ByArguments):
    """Looks at the form of a text, thought included, by the rules of docs/quality.md. What breaks one is
    ``unwanted``: never accepted, never a negative, in no estimate.

    Args:
        leave_out: rules that are not looked at.
        repeats: a sentence or line so many times in a row is a repetition.
        dense: a text that is so many times smaller when compressed says little in many words.
        foreign: the largest share of letters in scripts that the problem does not use.
        after: at most so many characters after the marked answer.
        shortest: fewer characters are too few; 0 is no bound.
        longest: more characters are too many; 0 is no bound.
    """

    name = "quality"
    version = "1"
    gives_value = False
    of_form = True

    def __init__(
        self,
        leave_out: Sequence[Name] = (),
        repeats: int = 4,
        dense: float = 8.0,
        foreign: float = 0.01,
        after: int = 400,
        shortest: int = 0,
        longest: int = 0,
    ):
        wrong = []
        if repeats < 2:
            wrong.append(f"repeats: write 2 or more, got {repeats}: once is no repetition")
        if longest and longest < shortest:
            wrong.append(f"longest: {longest} is less than shortest ({shortest}), so every text is unwanted")
        if len(set(leave_out)) == len(RULES):
            wrong.append("leave_out: all rules are left out; leave out the scorer")
        if wrong:
            raise ConfigError(f"scorer.quality.{line}" for line in wrong)
        self.rules = [name for name in RULES if name not in leave_out]
        self.limits = Limits(
            repeats=repeats, dense=dense, foreign=foreign, after=after, least=shortest, most=longest
        )

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [self._one(problem, completion) for problem, completion in items]

    def _one(self, problem: Problem, completion: Completion) -> Score:
        found = faults(problem, completion, self.limits, self.rules)
        return Score(
            scorer=self.name,
            version=self.version,
            verdict=Verdict.UNWANTED if found else Verdict.ABSTAIN,
            reason="; ".join(f"{name}: {fault}" for name, fault in found.items()),
            details={"rules": list(found)} if found else {},
        )

    def close(self) -> None:
        """Nothing to give back."""
