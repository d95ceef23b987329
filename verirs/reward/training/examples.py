"""Verifier-labelled candidates as training examples: split by problem, never across, and paired within one.

Only ``pass`` and ``fail`` are labels. Two problems with the same prompt are one problem, whatever their ids
say, so that a question never stands on both sides of the split.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from verirs.reward.labels import LABELS, share
from verirs.types import Candidate, Completion, Group, Problem


@dataclass(frozen=True, slots=True)
class Labelled:
    """One problem's labelled candidates.

    Args:
        problem: the first of the problems with this prompt.
        candidates: all that a verifier called right or wrong, repeats included: what a vote would see.
        right: distinct texts that verifiers always called right, to learn from.
        wrong: distinct texts that verifiers always called wrong, to learn from.
    """

    problem: Problem
    candidates: tuple[Candidate, ...] = ()
    right: tuple[Completion, ...] = ()
    wrong: tuple[Completion, ...] = ()


@dataclass(slots=True)
class Examples:
    """What a reward model is trained and judged on.

    Args:
        train: problems to learn from.
        held_out: problems kept back; no prompt of theirs is in ``train``.
        unlabelled: candidates left out because no verifier said pass or fail.
        repeated: candidates not learned from because their problem has the same text already.
        conflicting: texts not learned from because verifiers said both pass and fail of them.
        sources: number of candidates by the problems' source.
    """

    train: list[Labelled] = field(default_factory=list)
    held_out: list[Labelled] = field(default_factory=list)
    unlabelled: int = 0
    repeated: int = 0
    conflicting: int = 0
    sources: dict[str, int] = field(default_factory=dict)


def prompt_key(problem: Problem) -> str:
    """The same for all problems with the same prompt."""
    return repr([(m["role"], m["content"]) for m in problem.prompt])


def collect(groups: Iterable[Group], *, held_out: float = 0.2, seed: int = 0) -> Examples:
    """Distinct labelled texts by problem; a share of about ``held_out`` of the problems is kept back.

    Which side a problem falls on depends on its prompt and the seed only, so it stays there when a run grows.
    """
    out = Examples()
    problems: dict[str, Problem] = {}
    candidates: dict[str, list[Candidate]] = {}
    texts: dict[str, dict[str, tuple[Completion, set[int]]]] = {}
    for group in groups:
        key = prompt_key(group.problem)
        problems.setdefault(key, group.problem)
        seen = texts.setdefault(key, {})
        for candidate in group.candidates:
            label = LABELS.get(candidate.verdict)
            if label is None:
                out.unlabelled += 1
                continue
            if candidate.completion.text in seen:
                out.repeated += 1
            candidates.setdefault(key, []).append(candidate)
            seen.setdefault(candidate.completion.text, (candidate.completion, set()))[1].add(label)
            source = group.problem.source or "unnamed"
            out.sources[source] = out.sources.get(source, 0) + 1
    for key, seen in texts.items():
        out.conflicting += sum(len(labels) > 1 for _, labels in seen.values())
        sides = [tuple(c for c, labels in seen.values() if labels == {label}) for label in (1, 0)]
        if seen:
            side = out.held_out if share(f"{seed} {key}") < held_out else out.train
            side.append(Labelled(problems[key], tuple(candidates[key]), *sides))
    return out


def pairs(
    labelled: Iterable[Labelled], *, per_problem: int = 8, seed: int = 0
) -> list[tuple[Problem, Completion, Completion]]:
    """Up to ``per_problem`` (right, wrong) pairs of each problem with both; the scarcer side is reused."""
    out = []
    for item in labelled:
        rng = random.Random(f"{seed} {prompt_key(item.problem)}")
        right, wrong = list(item.right), list(item.wrong)
        rng.shuffle(right)
        rng.shuffle(wrong)
        if right and wrong:
            count = min(per_problem, max(len(right), len(wrong)))
            out += [(item.problem, right[i % len(right)], wrong[i % len(wrong)]) for i in range(count)]
    return out


def singles(
    labelled: Iterable[Labelled], *, per_problem: int = 8, seed: int = 0
) -> list[tuple[Problem, Completion, int]]:
    """Up to ``per_problem`` labelled texts of each problem, at most half of them right and half wrong."""
    out = []
    for item in labelled:
        rng = random.Random(f"{seed} {prompt_key(item.problem)}")
        for label, side in ((1, item.right), (0, item.wrong)):
            count = min(len(side), max(1, per_problem // 2))
            out += [(item.problem, completion, label) for completion in rng.sample(list(side), count)]
    return out
