"""Arithmetic steps inside a solution: writing them (with chosen faults) and finding the wrong ones.

The policy writes ``5*15=75. 75-47=28. #### 28``. :func:`step_faults` reads any text that states steps
that way, so that a right answer reached through a wrong step can be counted. It sees only plain
``whole op whole = whole`` statements; a trace without faults is not thereby a sound argument.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from verirs.demo.policy.problems import WordProblem, apply

SLIPS = (-10, 10, -1, 1, -2, 2)

# Up to 15 digits: more would only be an attack on int(); decimals and thousands commas are not whole.
_STEP = re.compile(
    r"(?<![\d.,])(-?\d{1,15})\s{0,4}([-+*/])\s{0,4}(-?\d{1,15})\s{0,4}=\s{0,4}(-?\d{1,15})(?![.,]?\d)"
)
_OPERATORS = frozenset("+-*/^=")
_CLOSERS = frozenset("+-*/^)=")
_FINAL = re.compile(r"####\s{0,4}(-?\d{1,15})\s*\Z")


@dataclass(frozen=True, slots=True)
class Faults:
    """How often a demonstration goes wrong, as probabilities (per step, per step, per solution)."""

    slip: float = 0.15
    wrong_operation: float = 0.10
    no_final_answer: float = 0.075


@dataclass(frozen=True, slots=True)
class StepFault:
    """A false step: its text and what its left side really is (``None``: not a whole number)."""

    step: str
    correct: int | None


def solution(problem: WordProblem, faults: Faults | None = None, rng: random.Random | None = None) -> str:
    """The steps and ``#### N``. With ``faults`` (and ``rng``) it goes wrong at those rates, and a
    wrong result is carried on, as a model's would be."""
    if (faults is None) != (rng is None):
        raise ValueError("faults and rng go together")
    result, lines = 0, []
    for left, op, right in problem.steps:
        x, y = result if left is None else left, result if right is None else right
        if faults and rng and rng.random() < faults.wrong_operation:
            op = rng.choice([o for o in "+-*" if o != op])
        value = apply(op, x, y)
        # after a slip a division may have a remainder: round down, as a hasty pupil does
        result = (x // y if y else 0) if value is None else value
        if faults and rng and rng.random() < faults.slip:
            result += rng.choice(SLIPS)
        lines.append(f"{x}{op}{y}={result}")
    text = ". ".join(lines) + "."
    if faults and rng and rng.random() < faults.no_final_answer:
        return text
    return f"{text} #### {result}"


def step_faults(text: str) -> list[StepFault]:
    """The false ``a op b = c`` statements of a text, in order. Longer chains (``1+2+3=6``,
    ``2*3=6-1``) are not judged."""
    faults = []
    for match in _STEP.finditer(text):
        before = text[max(0, match.start() - 8) : match.start()].rstrip()[-1:]
        after = text[match.end() : match.end() + 8].lstrip()[:1]
        if before in _CLOSERS or after in _OPERATORS:
            continue
        left, op, right, stated = match.groups()
        correct = apply(op, int(left), int(right))
        if correct != int(stated):
            faults.append(StepFault(match.group(), correct))
    return faults


def final_answer(text: str) -> str | None:
    """The ``N`` of a closing ``#### N``, in canonical form, else ``None``."""
    match = _FINAL.search(text)
    return str(int(match[1])) if match else None
