"""Exact expectations over the size-k subsets of a problem's samples: pass@k, best-of-k, maj@k.

Each function takes one problem (or, for counts, many) and returns the whole curve: entry ``k - 1``
is the value at k, for k = 1 .. n. "Expected" is always over subsets drawn without replacement, so
that at k = n nothing is random but shared ties.

What counts as a sample: a candidate that was *verified*, right or wrong. Leave ``error`` and
``abstain`` out before (they are no failures), and show how many were left out.

Does not guarantee anything about k > n: no such subset exists, and no curve goes there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from verirs.stats.arrays import Flags, Floats, Values, ranks


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that k of n samples, c of them right, hold a right one: 1 - C(n-c, k) / C(n, k).

    The unbiased estimator of Chen et al. 2021 (arXiv:2107.03374), as a product of ratios so that no
    large number appears.

    Raises:
        ValueError: not 0 <= c <= n or not 1 <= k <= n.
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass@k needs 0 <= c <= n and 1 <= k <= n, got n={n}, c={c}, k={k}")
    return float(1.0 - misses(n, c)[k - 1])


def misses(n: int, c: int) -> Floats:
    """C(n-c, k) / C(n, k) for k = 1 .. n: the chance that k samples hold none of c special ones."""
    drawn = np.arange(n, dtype=np.float64)
    return np.asarray(np.cumprod(np.maximum(n - c - drawn, 0.0) / (n - drawn)), dtype=np.float64)


def pass_curve(n: int, c: int) -> Floats:
    """pass@k for k = 1 .. n; shape ``(n,)``."""
    return 1.0 - misses(n, c)


def best_curve(right: Flags, values: Values) -> Floats:
    """Best-of-k for k = 1 .. n: the chance that the highest-valued of k samples is right.

    Ties share, missing values rank last: see :func:`expected_best`. So best-of-1 is the pass rate.
    """
    return expected_best(values, right)


def expected_best(values: Values, payload: Flags | Values) -> Floats:
    """The expected ``payload`` of the highest-valued of k samples, for k = 1 .. n.

    With the values themselves as ``payload`` it is the expected proxy score, with lengths the
    expected length. Ties share: of several samples with the highest value, each is taken with the
    same chance. A missing or non-finite value ranks below every number. Let ``a`` samples rank
    above a tie of ``m``: the tie holds the highest of k with probability
    [C(n-a, k) - C(n-a-m, k)] / C(n, k), and then gives the mean payload of its members.
    """
    n = len(values)
    tied: dict[float, list[float]] = {}
    for rank, load in zip(ranks(values).tolist(), payload, strict=True):
        tied.setdefault(rank, []).append(load)
    curve = np.zeros(n)
    above = 0
    none_above = np.ones(n)
    for rank in sorted(tied, reverse=True):
        loads = tied[rank]
        above += len(loads)
        none_up_to = misses(n, above)
        curve += (none_above - none_up_to) * (math.fsum(loads) / len(loads))
        none_above = none_up_to
    return curve


EXACT_LIMIT = 400
"""Above this many samples a problem, the exact majority costs seconds; draws are used instead."""


def majority_curve(right: Flags, classes: Sequence[int | None]) -> Floats:
    """maj@k for k = 1 .. n, exact: the chance that the answer class with most votes is right.

    Ties between classes share. ``None`` casts no vote; a subset without any vote is wrong. A class
    is right by the share of right ones among its members (1 or 0 whenever equal answers are judged
    equally).

    For each number of votes t of the winning class j, the subsets are counted by a generating
    function: t votes of j, times, for every other class i, sum over s < t of C(m_i, s) x^s plus
    C(m_i, t) x^t y, where y counts the classes tied with j. Everything is a sum of positive terms,
    so floating point loses nothing that matters.
    """
    parts: dict[int, list[int]] = {}
    for label, ok in zip(classes, right, strict=True):
        if label is not None:
            own = parts.setdefault(label, [0, 0])
            own[0] += 1
            own[1] += bool(ok)
    return _majority(len(right), tuple(sorted((size, good) for size, good in parts.values()))).copy()


@functools.lru_cache(maxsize=4096)
def _majority(n: int, parts: tuple[tuple[int, int], ...]) -> Floats:
    """The curve from what it depends on: each class's size and its number of right ones.

    Cached, because most problems of a run share a few compositions (all right, all but one, ...).
    """
    curve = np.zeros(n)
    subsets = np.array([float(math.comb(n, k)) for k in range(1, n + 1)])
    silent = n - sum(m for m, _ in parts)
    for i, (size, good) in enumerate(parts):
        if not good:
            continue
        # classes of one size are alike: the work depends on the sizes only
        others = [m for j, (m, _) in enumerate(parts) if j != i]
        for votes in range(1, size + 1):
            ways: Floats = _ways(others, silent, votes, n) * float(math.comb(size, votes))
            # ways[d]: choices of d more samples such that nobody has more than `votes`, ties shared
            curve[votes - 1 :] += good / size * ways[: n - votes + 1]
    out: Floats = curve / subsets
    return out


def _ways(others: Sequence[int], silent: int, votes: int, n: int) -> Floats:
    """Sum over tie counts e of 1/(e+1) times the ways to draw d samples, by d = 0 .. n."""
    small = sum(m for m in others if m < votes) + silent
    big = [m for m in others if m >= votes]
    # rows: number of tied classes so far; columns: samples drawn
    table = np.zeros((len(big) + 1, n + 1))
    table[0, : small + 1] = [float(math.comb(small, d)) for d in range(small + 1)]
    for done, m in enumerate(big):
        grown = np.zeros_like(table)
        for s in range(votes):
            grown[: done + 1, s:] += float(math.comb(m, s)) * table[: done + 1, : n + 1 - s]
        grown[1 : done + 2, votes:] += float(math.comb(m, votes)) * table[: done + 1, : n + 1 - votes]
        table = grown
    shares: Floats = 1.0 / np.arange(1.0, len(big) + 2)
    out: Floats = shares @ table
    return out
