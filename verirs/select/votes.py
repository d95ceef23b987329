"""The vote of a problem's candidates over the classes of equal answers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from verirs.select.marks import tie_key
from verirs.stats.answers import answer_classes
from verirs.types import Group, Verdict


@dataclass(frozen=True, slots=True)
class Vote:
    """What was voted.

    Args:
        class_of: the answer class of each candidate that may vote, by sample index; ``None`` without an
            answer.
        sums: each class's votes.
        winner: the class with the most; ``None`` where nobody voted.
    """

    class_of: Mapping[int, int | None]
    sums: Mapping[int, float]
    winner: int | None

    @property
    def share(self) -> float:
        """Of all votes, what the winner has; 0 where nobody voted."""
        total = math.fsum(self.sums.values())
        return self.sums[self.winner] / total if self.winner is not None and total > 0 else 0.0

    @property
    def voters(self) -> int:
        """How many have an answer."""
        return sum(label is not None for label in self.class_of.values())


def vote(group: Group, votes: Mapping[int, float], seed: int) -> Vote:
    """Count the votes of a group.

    ``error`` candidates do not vote: what they answered was never read. Nor do unwanted ones.
    Ties between classes go by a hash.

    Args:
        votes: the weight of each voter, by sample index.
        seed: of the hash.
    """
    voters = [c for c in group.candidates if c.verdict not in (Verdict.ERROR, Verdict.UNWANTED)]
    class_of = dict(
        zip((c.completion.index for c in voters), answer_classes(group.problem, voters), strict=True)
    )
    weights: dict[int, list[float]] = defaultdict(list)
    for index, label in class_of.items():
        if label is not None and index in votes:
            weights[label].append(votes[index])
    if not weights:
        return Vote(class_of, {}, None)
    # fsum, so that the order of the samples cannot decide a tie of sums
    sums = {label: math.fsum(w) for label, w in weights.items()}
    top = max(sums.values())
    # the hash is of the class's smallest sample index, which does not depend on the order of the samples
    first_index = {
        label: min(i for i, other in class_of.items() if other == label)
        for label, s in sums.items()
        if s == top
    }
    winner = min(first_index, key=lambda label: tie_key(seed, group.problem.id, first_index[label]))
    return Vote(class_of, sums, winner)
