"""Every estimator by its definition: over all subsets of size k. Slow, obvious, independent."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence


def mean(values: Iterable[float]) -> float:
    values = list(values)
    return math.fsum(values) / len(values)


def curve(n: int, of_subset: Callable[[tuple[int, ...]], float]) -> list[float]:
    return [mean(map(of_subset, itertools.combinations(range(n), k))) for k in range(1, n + 1)]


def passes(right: Sequence[int]) -> list[float]:
    return curve(len(right), lambda subset: float(any(right[i] for i in subset)))


def best(payload: Sequence[float], values: Sequence[float | None]) -> list[float]:
    def one(subset: tuple[int, ...]) -> float:
        rank = {i: -math.inf if (v := values[i]) is None or not math.isfinite(v) else v for i in subset}
        top = max(rank.values())
        return mean(payload[i] for i in subset if rank[i] == top)

    return curve(len(payload), one)


def majority(
    right: Sequence[int], classes: Sequence[int | None], weights: Sequence[float | None] | None = None
) -> list[float]:
    """A class is right by the share of right ones among all its members."""

    def share(label: int) -> float:
        return mean(r for r, c in zip(right, classes, strict=True) if c == label)

    def one(subset: tuple[int, ...]) -> float:
        votes: Counter[int] = Counter()
        for i in subset:
            label = classes[i]
            weight = 1.0 if weights is None else weights[i]
            if label is not None and weight is not None and math.isfinite(weight):
                votes[label] += weight  # type: ignore[assignment]
        if not votes or max(votes.values()) <= 0:
            return 0.0
        top = max(votes.values())
        return mean(share(label) for label, v in votes.items() if math.isclose(v, top))

    return curve(len(right), one)
