"""Labels by majority for problems without gold, and how often such labels are wrong where there is a gold.

The error is measured on the problems of the same set that have a gold answer, by the same rule: problems
without gold may be harder, so it is an estimate, and rather too low than too high.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from verirs.curation.facts import wilson
from verirs.records import PseudoLabels
from verirs.types import Candidate, Group, Problem, Selection, Verdict

GOLD, MAJORITY = "gold", "majority"


@runtime_checkable
class Electing(Protocol):
    """A selector that gives a problem the answer that most of its samples gave."""

    unverified: bool

    def elected(self, group: Group) -> Sequence[Candidate]:
        """The samples with that answer; none where the vote is not clear enough."""
        ...


def has_gold(problem: Problem) -> bool:
    """Whether something other than its samples says what is right."""
    return problem.answer is not None or bool(problem.tests)


def answer_source(selection: Selection, selector: object) -> str:
    """Where a problem's answer comes from: ``gold``, ``majority``, or nowhere."""
    if has_gold(selection.group.problem):
        return GOLD
    return MAJORITY if selection.accepted and isinstance(selector, Electing) else ""


def labelled(problem: Problem, facts: Mapping[str, Any]) -> str | None:
    """The answer that a problem counts with."""
    return facts.get("majority_answer") if facts.get("answer_source") == MAJORITY else problem.answer


class Labels:
    """Counts labels by majority, and measures them where a gold is known.

    Args:
        selector: of the export; one that elects no answer counts nothing.
    """

    def __init__(self, selector: object):
        self._selector = selector if isinstance(selector, Electing) and selector.unverified else None
        self._labelled = self._rows = self._checked = self._wrong = 0

    def add(self, selection: Selection) -> None:
        """Look at a problem."""
        if self._selector is None:
            return
        group = selection.group
        if not has_gold(group.problem):
            self._labelled += bool(selection.accepted)
            self._rows += len(selection.accepted)
            return
        verdicts = {c.verdict for c in self._selector.elected(group)}
        if verdicts & {Verdict.PASS, Verdict.FAIL}:
            self._checked += 1
            self._wrong += Verdict.PASS not in verdicts

    def join(self, later: Labels) -> None:
        """Count what another counted of later problems."""
        self._labelled += later._labelled
        self._rows += later._rows
        self._checked += later._checked
        self._wrong += later._wrong

    def summary(self) -> PseudoLabels | None:
        """``None`` where no answer was made a label."""
        if not self._labelled:
            return None
        low, high = wilson(self._wrong, self._checked)
        return PseudoLabels(
            problems=self._labelled,
            rows=self._rows,
            checked=self._checked,
            wrong=self._wrong,
            error=self._wrong / self._checked if self._checked else None,
            low=low,
            high=high,
        )
