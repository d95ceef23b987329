"""When a choice among n samples is settled before all of them are drawn.

Exact: what :func:`needed` calls settled, no further samples can change, whatever they say. So stopping
there gives the answer that all n would have given.
"""

from __future__ import annotations

import math
from collections import Counter

from verirs.select import First, Majority, Rules, WeightedMajority
from verirs.select.votes import Vote, vote
from verirs.stats.answers import settled_classes
from verirs.types import Group

_SLACK = 1e-9


def needed(rules: Rules, group: Group, left: int) -> int:
    """At least so many of the ``left`` samples must be drawn before the choice can be settled; 0: it is.

    A vote is settled when the leading class has more votes than any other would have with all that are left.
    The first that passes is settled when one has passed. A choice by value is open to the end.
    """
    if left <= 0:
        return 0
    if isinstance(rules, First):
        # the samples come in their order, so a later one is never the first
        return 0 if any(not rules.ineligible(c) for c in group.candidates) else 1
    if isinstance(rules, Majority):
        return _votes_needed(rules, group, left, vote(group, rules.votes(group), rules.seed))
    if isinstance(rules, WeightedMajority) and rules.weight == "logistic":  # a weight is at most 1
        return _votes_needed(rules, group, left, vote(group, rules.votes(group), rules.seed))
    return left


def _votes_needed(rules: Majority | WeightedMajority, group: Group, left: int, found: Vote) -> int:
    if found.winner is None:
        return left // 2 + 1
    if settled_classes(group.problem, group.candidates):
        ahead = found.sums[found.winner]
        behind = max((s for label, s in found.sums.items() if label != found.winner), default=0.0)
    else:
        ahead, behind = _firm(rules, group, found)
    if ahead <= behind + left + _SLACK:
        return min(left, max(1, math.floor((behind + left - ahead) / 2) + 1))
    winners = (c for c in group.candidates if found.class_of.get(c.completion.index) == found.winner)
    # else the class has won, but the text that stands for it is yet to come
    return 0 if any(not rules.ineligible(c) for c in winners) else left


def _firm(rules: Majority | WeightedMajority, group: Group, found: Vote) -> tuple[float, float]:
    """The votes of the winner's commonest text, which nothing can part, and all other votes."""
    weights, texts = rules.votes(group), Counter[str]()
    for candidate in group.candidates:
        index = candidate.completion.index
        if found.class_of.get(index) == found.winner and index in weights and candidate.answer:
            texts[candidate.answer.strip()] += weights[index]  # type: ignore[assignment]  # weights are floats
    ahead = max(texts.values(), default=0.0)
    return ahead, math.fsum(found.sums.values()) - ahead
