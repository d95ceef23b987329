"""What looks wrong with a source's problems, and does not stop a run: one line each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from verirs.types import Problem

FEW, MANY = 5, 50
"""Fewer distinct golds than ``FEW`` over more than ``MANY`` problems look like a column of something else."""
LONG = 200
"""A gold of more characters is a solution rather than an answer."""


def doubts(problems: Sequence[Problem], where: Callable[[str], str]) -> list[str]:
    """Warnings on the golds and tests.

    Args:
        where: where the problem of an id stands.
    """
    golds = [p.answer for p in problems if p.answer is not None]
    found = []
    if (bare := sum(p.answer is None and not p.tests for p in problems)) and bare < len(problems):
        found.append(f"{bare:,} of {len(problems):,} problems have neither a gold answer nor tests")
    kinds = Counter(golds)
    if len(golds) > MANY and len(kinds) < FEW and not any(_has_digit(g) for g in kinds):
        shown = ", ".join(f"{_short(g)} ({n:,})" for g, n in kinds.most_common())
        found.append(
            f"{len(golds):,} problems have only {len(kinds)} different gold answers, none of them a number: "
            f"{shown}. Is source.answer the right column?"
        )
    if (long := sum(len(g) > LONG for g in golds)) * 2 > len(golds):
        found.append(
            f"{long:,} of {len(golds):,} gold answers have more than {LONG} characters: whole solutions? The "
            f"final answer needs a column of its own (for rows as in GSM8K: source.name = 'gsm8k')"
        )
    return found + _disagreeing(problems, where)


def greedy(temperature: float, n: int, engine: str) -> list[str]:
    """A warning where all samples of a problem would be one text."""
    if temperature > 0 or n < 2 or engine == "replay":
        return []
    return [
        f"sampling.temperature = 0 is greedy: the {n} samples of a problem are one text. n = 1 says the same"
    ]


def _disagreeing(problems: Sequence[Problem], where: Callable[[str], str]) -> list[str]:
    """Questions that stand there several times, under ids of their own, with different golds."""
    asked: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.answer is not None:
            asked["\0".join(m["content"] for m in problem.prompt)].append(problem)
    several = [group for group in asked.values() if len({p.answer for p in group}) > 1]
    if not several:
        return []
    places = " and ".join(where(p.id) or repr(p.id) for p in several[0][:2])
    plural = "questions stand" if len(several) > 1 else "question stands"
    return [
        f"{len(several):,} {plural} there more than once with different gold answers, for example at {places}"
    ]


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)


def _short(text: str) -> str:
    return repr(text if len(text) <= 30 else f"{text[:29]}…")
