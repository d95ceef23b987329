"""Toy groups: word problems with right and wrong solutions that a small model can tell apart in seconds."""

from __future__ import annotations

import random

from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict


def verdict(right: bool) -> Score:
    return Score(scorer="gold", version="1", verdict=Verdict.PASS if right else Verdict.FAIL)


def ranking(name: str, value: float | None, version: str = "1") -> Score:
    kind = Verdict.ABSTAIN if value is not None else Verdict.ERROR
    return Score(scorer=name, version=version, verdict=kind, value=value)


def sums(count: int, samples: int = 4, seed: int = 0) -> list[Group]:
    """Sums, half of the solutions subtracting instead: wrong, and easy to see."""
    out = []
    numbers = [(a, b) for a in range(20, 100) for b in range(2, 20)]
    for a, b in random.Random(seed).sample(numbers, count):
        candidates = []
        for index in range(samples):
            right = index % 2 == 0
            text = f"{a}+{b}={a + b}. #### {a + b}" if right else f"{a}-{b}={a - b}. #### {a - b}"
            text = "So: " * (index // 2) + text
            done = Completion(index=index, text=text)
            candidates.append(Candidate(completion=done, scores=(verdict(right),)))
        question = f"Ava has {a} apples. Ben gives Ava {b} more. How many apples does Ava have now?"
        out.append(Group(problem=Problem(prompt=question, source="sums"), candidates=tuple(candidates)))
    return out


def ranked(
    problems: int, samples: int, *, seed: int = 0, skill: float = 1.5, rankers: tuple[str, ...] = ("rm",)
) -> list[Group]:
    """Candidates without any model: rankers see the truth through noise of their own."""
    rng = random.Random(seed)
    out = []
    for number in range(problems):
        ease = rng.random()
        candidates = []
        for index in range(samples):
            right = rng.random() < ease
            scores = [verdict(right)]
            scores += [ranking(name, rng.gauss(skill if right else 0.0, 1.0) - 3.0) for name in rankers]
            done = Completion(index=index, text=f"{number}.{index}")
            candidates.append(Candidate(completion=done, scores=tuple(scores)))
        out.append(Group(problem=Problem(id=f"p{number}"), candidates=tuple(candidates)))
    return out
