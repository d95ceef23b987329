"""Unbiased estimates where a rule of counts decided how many samples there are: path counting.

Let the rule stop at n samples, c of them right. All verdict sequences that lead there are equally likely,
whatever the pass rate. Of each first round with c0 right samples, count how many of them begin with it: the
mean of the first round's own estimate (Chen et al. 2021) under these weights is unbiased, and varies less
than the first round alone (Rao 1945, Blackwell 1947). At k = 1 .. first it gives pass@k; for a rule that
stops at the j-th pass it is the (j-1)/(n-1) of inverse sampling (Haldane 1945). ``c/n`` itself is not
unbiased there, nor is Chen's formula.

It needs a rule that looks at counts alone. Everything is exact: whole numbers, one division at the end.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from verirs.stats.arrays import Floats
from verirs.stats.estimators import pass_curve
from verirs.until.rule import Rule

LARGEST = 2048
"""Above this cap the table would cost seconds: the first round alone is used, which is always right."""

Weights = list[int]
"""By the number of right samples in the first round: so many sequences."""


class Paths:
    """The table of one rule, made when first asked for.

    Args:
        rule: of counts alone (:attr:`Rule.of_counts`).
    """

    def __init__(self, rule: Rule):
        self.rule = rule
        self._known: dict[tuple[int, int], Floats | None] = {}
        self._ways: dict[int, list[tuple[int, int, int, Weights]]] | None = None
        first = rule.start
        self._curves = np.array([pass_curve(first, c) for c in range(first + 1)])

    def estimate(self, n: int, c: int) -> Floats | None:
        """pass@1 .. pass@first of a problem that stopped at ``n`` samples with ``c`` passes, all others
        fails.

        ``None`` where the rule never stops there.
        """
        if (n, c) not in self._known:
            ways = self.ways(n, c)
            total = sum(ways)
            self._known[n, c] = (
                np.asarray([w / total for w in ways] @ self._curves, dtype=np.float64) if total else None
            )
        return self._known[n, c]

    def ways(self, n: int, c: int) -> Weights:
        """How many sequences stop at ``(n, c)``, by the right samples in their first round."""
        first = self.rule.start
        found = [0] * (first + 1)
        if not 0 <= c <= n:
            return found
        if n == first:
            if self._stops(n, c, self.rule.goal(first - c)):
                found[c] = math.comb(first, c)
            return found
        for m, right, goal, weights in self._live().get(n, ()):
            more = c - right
            if 0 <= more <= n - m and self._stops(n, c, goal):
                times = math.comb(n - m, more)
                found = [w + v * times for w, v in zip(found, weights, strict=True)]
        return found

    def _stops(self, m: int, c: int, goal: int) -> bool:
        return bool(self.rule.step(m, c, m - c, goal)[1])

    def _live(self) -> dict[int, list[tuple[int, int, int, Weights]]]:
        """The decision points at which the rule goes on, by where it goes: (m, passes, goal, sequences)."""
        if self._ways is None:
            rule, first = self.rule, self.rule.start
            at: dict[int, dict[tuple[int, int], Weights]] = defaultdict(dict)
            for c in range(first + 1):
                weights = [0] * (first + 1)
                weights[c] = math.comb(first, c)
                at[first][c, rule.goal(first - c)] = weights
            self._ways = defaultdict(list)
            while at:
                m = min(at)
                for (c, goal), weights in at.pop(m).items():
                    to, why = rule.step(m, c, m - c, goal)
                    if why:
                        continue
                    self._ways[to].append((m, c, goal, weights))
                    # enough passes and nothing else wanted: it stops there
                    most = to - m if rule.sees_fails else min(to - m, goal - 1 - c)
                    for more in range(most + 1):
                        if self._stops(to, c + more, goal):
                            continue
                        times = math.comb(to - m, more)
                        there = at[to].setdefault((c + more, goal), [0] * (first + 1))
                        for c0, ways in enumerate(weights):
                            there[c0] += ways * times
        return self._ways
