"""The selectors: each is an order over the eligible candidates of one problem.

Shared options (cap, duplicates, truncation, pairs) are in :class:`verirs.select.rules.Rules`.
All are deterministic: the same group gives the same selection on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from verirs.errors import ConfigError, UserError, nearest
from verirs.select.marks import (
    NEAR_DUPLICATE,
    NO_VALUE,
    NO_VOTE,
    OUTVOTED,
    TOO_FEW_VOTES,
    TOO_LOW,
    tie_key,
)
from verirs.select.rules import Choice, Rules
from verirs.select.votes import vote
from verirs.stats.links import logistic
from verirs.thoughts import whole
from verirs.types import Candidate, Group, Rejection

Weight = Literal["logistic", "value"]
WEIGHTS: tuple[str, ...] = get_args(Weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class First(Rules):
    """The first ``k`` passing, by sample index: an unbiased draw from the passing samples."""

    name: ClassVar[str] = "first"

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        return Choice(sorted(eligible, key=lambda c: c.completion.index))


@dataclass(frozen=True, slots=True, kw_only=True)
class Random(Rules):
    """Any ``k`` passing, by hash: the matched control of a selection that ranks, at the same size."""

    name: ClassVar[str] = "random"

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        return Choice(sorted(eligible, key=lambda c: _tie(self, group, c)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortest(Rules):
    """The shortest ``k`` passing, by characters (ties by hash)."""

    name: ClassVar[str] = "shortest"

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        return Choice(sorted(eligible, key=lambda c: (len(whole(c.completion)), _tie(self, group, c))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Best(Rules):
    """The ``k`` highest by value among the passing; a candidate without a finite value is left out."""

    name: ClassVar[str] = "best"
    needs_value: ClassVar[bool] = True

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        return _by_value(self, group, eligible, floor=-math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Rules):
    """Those with a value of at least ``threshold``, highest first.

    With ``unverified`` and a calibrated probability as the value this selects on problems without
    a gold answer; the expected share of wrong ones is then one minus the mean accepted value.

    Args:
        threshold: the least value that is accepted.
    """

    name: ClassVar[str] = "threshold"
    needs_value: ClassVar[bool] = True
    threshold: float = 0.5

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        return _by_value(self, group, eligible, floor=self.threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Majority(Rules):
    """Members of the answer class with the most votes, by sample index.

    Everyone with an answer votes, verified wrong ones too (a vote does not know the gold); a class
    that wins and is verified wrong yields nothing. Votes of truncated candidates count. Ties
    between classes go by hash.

    Args:
        share: accept nothing of a problem whose winning class has less than this share of the votes.
        least: nor where fewer than so many voted.
    """

    name: ClassVar[str] = "majority"
    share: float = 0.0
    least: int = 0

    def __post_init__(self) -> None:
        Rules.__post_init__(self)
        if not 0 <= self.share <= 1:
            raise ConfigError(f"select.share: a share lies between 0 and 1, not {self.share}")

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        return _elected(self, group, eligible, self.votes(group), share=self.share, least=self.least)

    def elected(self, group: Group) -> Sequence[Candidate]:
        """The members of the winning class, whatever their verdict; none where the vote is not clear."""
        found = vote(group, self.votes(group), self.seed)
        if found.winner is None or found.share < self.share or found.voters < self.least:
            return []
        return [c for c in group.candidates if found.class_of.get(c.completion.index) == found.winner]

    def votes(self, group: Group) -> dict[int, float]:
        """The weight of each candidate's vote, by sample index."""
        return {c.completion.index: 1.0 for c in group.candidates}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedMajority(Rules):
    """Members of the answer class with the greatest vote, each weighted by its candidate's value.

    Args:
        weight: ``logistic`` weighs with 1/(1+exp(-value)): right for the raw numbers of reward
            models, which may be negative. ``value`` takes the number as it is, right for calibrated
            probabilities; a negative number is then an error. Candidates without a value do not vote.
    """

    name: ClassVar[str] = "weighted_majority"
    needs_value: ClassVar[bool] = True
    weight: Weight = "logistic"

    def __post_init__(self) -> None:
        Rules.__post_init__(self)
        if self.weight not in WEIGHTS:
            hint = nearest(self.weight, WEIGHTS)
            raise ConfigError(f"select.weight: unknown weight {self.weight!r}{hint} (known: logistic, value)")

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        return _elected(self, group, eligible, self.votes(group))

    def votes(self, group: Group) -> dict[int, float]:
        """The weight of each candidate's vote, by sample index."""
        votes = {}
        for candidate in group.candidates:
            value = self.value(candidate)
            if value is not None:
                votes[candidate.completion.index] = self._vote(value, group.problem.id)
        return votes

    def _vote(self, value: float, problem_id: str) -> float:
        if self.weight == "logistic":
            return logistic(value)
        if value < 0:
            raise UserError(
                f"problem {problem_id}: weighted_majority met the negative value {value:g}; "
                "use weight = 'logistic', or a calibrated score"
            )
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverse(Rules):
    """Passing samples in order of index, near-duplicates of an already taken one left out.

    Args:
        similarity: two texts are near-duplicates when the Jaccard similarity of their sets of
            three-word shingles reaches this; 1.0 leaves out only equal sets.
    """

    name: ClassVar[str] = "diverse"
    similarity: float = 0.7

    def choose(self, group: Group, eligible: Sequence[Candidate]) -> Choice:
        taken: list[tuple[Candidate, frozenset[str]]] = []
        rest: list[Candidate] = []
        near: list[Rejection] = []
        for candidate in sorted(eligible, key=lambda c: c.completion.index):
            if self.k and len(taken) >= self.k:
                rest.append(candidate)
                continue
            grams = shingles(whole(candidate.completion))
            if any(jaccard(grams, other) >= self.similarity for _, other in taken):
                near.append(Rejection(candidate=candidate, reason=NEAR_DUPLICATE))
            else:
                taken.append((candidate, grams))
        return Choice([*(c for c, _ in taken), *rest], near)


def shingles(text: str, width: int = 3) -> frozenset[str]:
    """The set of runs of ``width`` words (case folded); a shorter text is one shingle."""
    words = text.casefold().split()
    if len(words) <= width:
        return frozenset([" ".join(words)])
    return frozenset(" ".join(words[i : i + width]) for i in range(len(words) - width + 1))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """|a ∩ b| / |a ∪ b|; both are non-empty."""
    common = len(a & b)
    return common / (len(a) + len(b) - common)


def _tie(rules: Rules, group: Group, candidate: Candidate) -> bytes:
    return tie_key(rules.seed, group.problem.id, candidate.completion.index)


def _by_value(rules: Rules, group: Group, eligible: Sequence[Candidate], *, floor: float) -> Choice:
    ranked: list[tuple[float, bytes, Candidate]] = []
    left_out: list[Rejection] = []
    for candidate in eligible:
        value = rules.value(candidate)
        if value is None:
            left_out.append(Rejection(candidate=candidate, reason=NO_VALUE))
        elif value < floor:
            left_out.append(Rejection(candidate=candidate, reason=TOO_LOW))
        else:
            ranked.append((-value, _tie(rules, group, candidate), candidate))
    return Choice([c for _, _, c in sorted(ranked, key=lambda r: r[:2])], left_out)


def _elected(
    rules: Rules,
    group: Group,
    eligible: Sequence[Candidate],
    votes: Mapping[int, float],
    *,
    share: float = 0.0,
    least: int = 0,
) -> Choice:
    """The eligible members of the class with the greatest sum of ``votes`` (by sample index).

    Args:
        share: of all votes that it must have.
        least: voters that there must be.
    """
    found = vote(group, votes, rules.seed)
    if found.winner is not None and (found.share < share or found.voters < least):
        return Choice([], [Rejection(candidate=c, reason=TOO_FEW_VOTES) for c in eligible])
    if found.winner is None:
        return Choice([], [Rejection(candidate=c, reason=NO_VOTE) for c in eligible])
    ordered = [c for c in eligible if found.class_of.get(c.completion.index) == found.winner]
    outvoted = [c for c in eligible if found.class_of.get(c.completion.index) != found.winner]
    return Choice(
        sorted(ordered, key=lambda c: c.completion.index),
        [Rejection(candidate=c, reason=OUTVOTED) for c in outvoted],
    )
