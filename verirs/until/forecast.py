"""What the rest of a run will probably cost and bring, from its first rounds.

The pass rates of the problems are taken for draws from one mixture over a few values, fitted to the first
rounds by maximum likelihood (Laird 1978, by expectation and maximisation). For each problem that goes on, the
rule itself says what follows each number of passes, so the expected number of samples is a sum, not a
simulation. A forecast steers
nothing: it is said, and forgotten.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from verirs.stats.arrays import Floats
from verirs.until.paths import LARGEST
from verirs.until.rule import Rule

RATES = np.array([0, 0.003, 0.01, 0.02, 0.035, *np.linspace(0.05, 0.95, 19), 0.965, 0.98, 0.99, 0.997, 1.0])
"""The values of the mixture."""
STEPS = 200


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected numbers, over all problems that go on.

    Args:
        problems: how many go on.
        samples: that they will take yet.
        accepted: traces that these will bring.
    """

    problems: int
    samples: float
    accepted: float

    @property
    def per_thousand(self) -> float:
        """Accepted traces a thousand samples."""
        return 1000 * self.accepted / self.samples if self.samples else 0.0


At = tuple[int, int, int]
"""A decision point: samples, passes, passes wanted."""


def forecast(
    rule: Rule, going: Mapping[At, int], first: Mapping[int, int], most: int, unbegun: int = 0
) -> Forecast | None:
    """What is to be expected; ``None`` where the rule looks at more than counts, or the cap is very high.

    Args:
        going: the decision points that problems stand at whose next round is not drawn, with their number.
        first: problems by the passes of their first round, those that stopped there too.
        most: traces of a problem that a selector accepts; 0 is any number.
        unbegun: problems without a whole first round.
    """
    if not rule.of_counts or rule.n > LARGEST or not first:
        return None
    prior = mixture(rule.start, first)
    ahead = _Ahead(rule, most)
    samples = accepted = 0.0
    for (m, c, goal), problems in going.items():
        chances = prior * RATES**c * (1 - RATES) ** (m - c)
        if not chances.sum():
            continue
        chances = chances / chances.sum()
        drawn, kept = ahead.of(m, c, goal)
        samples += problems * float(chances @ drawn)
        accepted += problems * (float(chances @ kept) - ahead.kept(c, goal))
    for c in range(rule.start + 1) if unbegun else ():
        drawn, kept = ahead.of(rule.start, c, rule.goal(rule.start - c))
        chances = prior * binomials(rule.start)[c]
        samples += unbegun * float(chances @ (drawn + rule.start))
        accepted += unbegun * float(chances @ kept)
    return Forecast(sum(going.values()) + unbegun, samples, accepted)


def mixture(n: int, counts: Mapping[int, int]) -> Floats:
    """The weights of :data:`RATES` under which ``counts`` (problems by passes of ``n``) are most likely."""
    passes = np.array(sorted(counts))
    weight = np.array([counts[c] for c in sorted(counts)], dtype=np.float64)
    likely = RATES ** passes[:, None] * (1 - RATES) ** (n - passes)[:, None]
    share = np.full(len(RATES), 1 / len(RATES))
    for _ in range(STEPS):
        joint = likely * share
        share = weight @ (joint / joint.sum(axis=1, keepdims=True)) / weight.sum()
    return np.asarray(share, dtype=np.float64)


@functools.lru_cache(maxsize=64)
def binomials(n: int) -> Floats:
    """The chances of 0 .. n passes of n samples (rows), at each of :data:`RATES` (columns)."""
    passes = np.arange(n + 1)
    ways = np.array([math.lgamma(n + 1) - math.lgamma(c + 1) - math.lgamma(n - c + 1) for c in passes])
    inner = RATES[1:-1]
    chances = np.zeros((n + 1, len(RATES)))
    chances[0, 0] = chances[n, -1] = 1.0  # at the rates 0 and 1
    chances[:, 1:-1] = np.exp(
        ways[:, None] + passes[:, None] * np.log(inner) + (n - passes)[:, None] * np.log1p(-inner)
    )
    return chances


class _Ahead:
    """Expected further samples and final traces from a decision point on, at each of :data:`RATES`."""

    def __init__(self, rule: Rule, most: int):
        self.rule, self.most = rule, most
        self._known: dict[At, tuple[Floats, Floats]] = {}

    def kept(self, c: int, goal: int) -> int:
        """Traces that are accepted of ``c`` passes."""
        caps = [self.most or c, goal if self.rule.quota == "difficulty" else c]
        return min(c, *caps)

    def of(self, m: int, c: int, goal: int) -> tuple[Floats, Floats]:
        if (m, c, goal) in self._known:
            return self._known[m, c, goal]
        to, why = self.rule.step(m, c, m - c, goal)
        size = to - m
        samples, kept = np.full(len(RATES), float(size)), np.full(len(RATES), float(self.kept(c, goal)))
        if not why:
            chances = binomials(size)
            on = [d for d in range(size + 1) if not self.rule.step(to, c + d, to - c - d, goal)[1]]
            ends = np.array([float(self.kept(c + d, goal)) for d in range(size + 1)])
            ends[on] = 0.0
            kept = ends @ chances
            for d in on:
                then, final = self.of(to, c + d, goal)
                samples += chances[d] * then
                kept += chances[d] * final
        self._known[m, c, goal] = samples, kept
        return samples, kept
