"""Ranking programs by agreement, without a hidden test: dual agreement, and groups of equal behaviour.

Pure functions over what was observed; `verirs.code.observe` runs the programs. Agreement is evidence,
not proof: when most programs share a mistake, it prefers the mistake. So it ranks and flags; it
never passes or fails anything.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


def dual_agreement(passed: Sequence[Sequence[bool]], weights: Sequence[float] | None = None) -> list[float]:
    """CodeT's score of each program (Chen et al. 2022, arXiv:2207.10397).

    Programs that pass exactly the same tests form a consensus set; its score is the square root of its
    number of programs (as in the authors' code; the paper has no root) times the weight of its tests.

    Args:
        passed: shape ``(programs, tests)``.
        weights: of each test, for example how often models wrote it; default 1.

    Returns:
        one score a program; 0 for a program that passes no test.
    """
    sets = Counter(tuple(row) for row in passed)

    def score(row: tuple[bool, ...]) -> float:
        held = math.fsum(w for w, p in zip(weights or [1.0] * len(row), row, strict=True) if p)
        return math.sqrt(sets[row]) * held

    return [score(tuple(row)) for row in passed]


def pick_at_k(scores: Sequence[float], right: Sequence[bool], k: int) -> float:
    """The chance that k picks by score hold a right program, as CodeT counts it.

    Programs of equal score are one class; classes are gone through from the best, one random program
    from each, round and round. Programs with score 0 are left out; when all have it, the picks are
    random ones without replacement (plain pass@k).
    """
    classes: dict[float, list[bool]] = defaultdict(list)
    for score, is_right in zip(scores, right, strict=True):
        classes[score].append(is_right)
    ranked = [classes[s] for s in sorted(classes, reverse=True) if s > 0]
    if not ranked:
        wrong = len(right) - sum(right)
        return 1.0 - math.comb(wrong, k) / math.comb(len(right), k) if k <= len(right) else float(any(right))
    missed = 1.0
    for pick in range(k):
        group = ranked[pick % len(ranked)]
        missed *= 1.0 - sum(group) / len(group)
    return 1.0 - missed


@dataclass(frozen=True, slots=True)
class Clusters:
    """Programs grouped by what they do on the inputs that count.

    Args:
        of: the cluster of each program; 0 is the largest (ties: the one that comes first).
        sizes: programs in each cluster.
        used: the inputs that count: more than half of the programs agree there on a value.
        differs: for each program, the first of these inputs on which it departs from that value.
    """

    of: tuple[int, ...]
    sizes: tuple[int, ...]
    used: tuple[int, ...]
    differs: tuple[int | None, ...]

    def share(self, program: int) -> float:
        """The share of all programs that behave like this one."""
        return self.sizes[self.of[program]] / len(self.of)


def clusters(behaviour: Sequence[Sequence[Hashable]], values: Sequence[Sequence[bool]]) -> Clusters:
    """Group programs by their behaviour.

    An input on which most programs raise, or on which no value has a majority, probably breaks a
    precondition of the problem, and does not count.

    Args:
        behaviour: shape ``(programs, inputs)``; equal entries are equal behaviour.
        values: same shape: whether that behaviour is a returned value.
    """
    majority: dict[int, Hashable] = {}
    for i in range(len(behaviour[0]) if behaviour else 0):
        said = Counter(row[i] for row, ok in zip(behaviour, values, strict=True) if ok[i])
        if said:
            value, count = said.most_common(1)[0]
            if 2 * count > len(behaviour):
                majority[i] = value
    keys = [tuple(row[i] for i in majority) for row in behaviour]
    order = [key for key, _ in Counter(keys).most_common()]
    number = {key: n for n, key in enumerate(order)}
    counts = Counter(keys)
    return Clusters(
        of=tuple(number[key] for key in keys),
        sizes=tuple(counts[key] for key in order),
        used=tuple(majority),
        differs=tuple(next((i for i, v in majority.items() if row[i] != v), None) for row in behaviour),
    )
