"""When a choice among n samples is settled before all of them are drawn.

Exact: what :func:`needed` calls settled, no further samples can change, whatever they say. So stopping
there gives the answer that all n would have given.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from verirs.select import First, Majority, Rules, WeightedMajority
from verirs.select.votes import Vote, vote
from verirs.stats.answers import answer_bonds
from verirs.types import Group

_SLACK = 1e-9


def needed(rules: Rules, group: Group, left: int) -> int:
    """At least so many of the ``left`` samples must be drawn before the choice can be settled; 0: it is.

    A vote is settled when the leading class has more votes than any other would have with all that are left,
    and as many of all votes as ``share`` and ``least`` ask for. The first that passes is settled when one has
    passed. A choice by value is open to the end, and so is one by a rule of somebody else's, and one where a
    text's length counts among all.
    """
    if left <= 0:
        return 0
    if type(rules) not in (First, Majority, WeightedMajority) or rules.unusual_length:
        return left
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
    weights = rules.votes(group)
    together, linked = answer_bonds(group.problem, group.candidates)
    winners: Counter[int | None] = Counter()
    places = range(len(group.candidates))
    index = [c.completion.index for c in group.candidates]
    weight = [weights.get(index[i], 0.0) if index[i] in found.class_of else 0.0 for i in places]
    for i in places:
        if found.class_of.get(index[i]) == found.winner:
            winners[together[i]] += weight[i]  # type: ignore[assignment]  # weights are floats
    # what stays together in the winning class, and the most that any class without it can have
    core = max(winners, key=lambda label: (winners[label], -(label or 0)))
    others: dict[int, list[float]] = defaultdict(list)
    for i in places:
        label = linked[i]
        if label is not None and together[i] != core:
            others[label].append(weight[i])
    ahead = math.fsum(weight[i] for i in places if together[i] == core)
    behind = max(map(math.fsum, others.values()), default=0.0)
    if ahead <= behind + left + _SLACK:
        return min(left, max(1, math.floor((behind + left - ahead) / 2) + 1))
    if isinstance(rules, Majority):  # who wins too little of all votes has won nothing
        if found.voters < rules.least:
            return min(left, rules.least - found.voters)
        if ahead < rules.share * (math.fsum(found.sums.values()) + left):
            return 1
    # else the class has won, but the text that stands for it may be yet to come, or be parted from it, or an
    # earlier one may still join it
    bond = next(linked[i] for i in places if together[i] == core)
    eligible = [i for i in places if linked[i] == bond and not rules.ineligible(group.candidates[i])]
    return 0 if eligible and together[min(eligible, key=lambda i: index[i])] == core else 1
