"""How far a second opinion can be trusted: what it said of answers that were decided before it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from verirs.types import Group, Verdict

Z = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What it said.

    Args:
        scorer: its key.
        wrong: answers that were failed before it, and of which it could be asked.
        passed: those of them that it passes.
        right: answers that were passed before it.
        denied: those of them that it does not pass.
        unread: answers of which no opinion could be had or read.
        accepted: answers that it passed on its word alone.
        waiting: answers of which it says yes, and is not trusted.
    """

    scorer: str
    wrong: int
    passed: int
    right: int
    denied: int
    unread: int
    accepted: int
    waiting: int

    @property
    def false_pass(self) -> tuple[float, float, float]:
        """The share of wrong answers that it passes, and its 95 % interval."""
        return proportion(self.passed, self.wrong)

    def words(self) -> list[str]:
        """A sentence for each thing that is known."""
        told = []
        if self.wrong:
            share, low, high = (100 * x for x in self.false_pass)
            told.append(
                f"{self.scorer} passes {self.passed} of {self.wrong} answers that were failed before it: "
                f"{share:.1f} % ({low:.1f} to {high:.1f})"
            )
        else:
            told.append(
                f"of no answer that was failed before it is {self.scorer}'s opinion known, and so nothing "
                "of what it passes wrongly: raise its audit, or see why it was not read"
            )
        if self.right:
            told.append(f"{self.scorer} does not pass {self.denied} of {self.right} answers passed before it")
        if self.unread:
            told.append(f"{self.unread} replies of {self.scorer} could not be had or read (details.unread)")
        if self.accepted:
            told.append(f"{self.scorer} passed {self.accepted} answers on its word alone; their rows say so")
        if self.waiting:
            told.append(
                f"{self.scorer} says yes to {self.waiting} more answers: they count with trust = true"
            )
        return told


def proportion(count: int, of: int) -> tuple[float, float, float]:
    """A share and its 95 % interval (Wilson 1927)."""
    if not of:
        return math.nan, 0.0, 1.0
    share, z2 = count / of, Z * Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return share, max(0.0, middle - half) if count else 0.0, min(1.0, middle + half) if count < of else 1.0


def heard(groups: Iterable[Group], scorer: str) -> Trust:
    """What a second opinion said in some groups, by its key."""
    counts: Counter[str] = Counter()
    for group in groups:
        for candidate in group.candidates:
            for score in candidate.scores:
                if score.scorer == scorer:
                    _count(counts, score.details.get("audit"), score.details.get("said"), score.verdict)
    return Trust(scorer=scorer, **{name: counts[name] for name in Trust.__slots__ if name != "scorer"})


def _count(counts: Counter[str], audit: object, said: object, verdict: Verdict) -> None:
    if not isinstance(said, (list, tuple)):
        return
    yes = bool(said) and all(word == "yes" for word in said)
    if not said or None in said:
        counts["unread"] += 1
    elif audit is None:
        counts["accepted"] += verdict is Verdict.PASS
        counts["waiting"] += yes and verdict is Verdict.ABSTAIN
    elif audit == Verdict.FAIL:
        counts["wrong"] += 1
        counts["passed"] += yes
    elif audit == Verdict.PASS:
        counts["right"] += 1
        counts["denied"] += not yes
