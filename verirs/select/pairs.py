"""Preference pairs of one group: chosen is verified right, rejected is verified wrong.

``chosen`` comes from the accepted candidates, so that the selector's order, cap and duplicates hold
for pairs too. ``rejected`` comes from the verified fails (:func:`verirs.select.marks.negatives`),
each text once. The two texts always differ. No candidate is in two pairs of a problem, so pairs run
out when either side does.

| pairing | takes first |
|---|---|
| random | any two, shuffled by hash |
| best_worst | the best accepted with the worst fail, by value |
| margin | the greatest difference of values, down to ``margin`` |
| length_matched | the smallest difference of length, in characters |
| hard | the best accepted with the most convincing fail (the highest value) |
| closest | the smallest edit distance, in words: a fail that goes wrong late, or in one number |

``best_worst``, ``margin`` and ``hard`` leave out candidates without a finite value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, get_args

from verirs.select.distance import distance
from verirs.select.marks import negatives, normalise, tie_key
from verirs.thoughts import whole
from verirs.types import Candidate, Group, Pair, Rejection, Verdict

Pairing = Literal["none", "random", "best_worst", "margin", "length_matched", "hard", "closest"]
PAIRINGS: tuple[str, ...] = get_args(Pairing)
NEED_VALUE = frozenset({"best_worst", "margin", "hard"})

Value = Callable[[Candidate], float | None]
"""The number that ranks a candidate, or ``None``."""
_Valued = tuple[float, Candidate]
_Matching = list[tuple[Candidate, Candidate]]


def build_pairs(
    group: Group,
    accepted: Sequence[Candidate],
    rejected: Iterable[Rejection],
    *,
    pairing: Pairing,
    value: Value,
    limit: int,
    margin: float,
    seed: int,
) -> tuple[Pair, ...]:
    """The pairs of one group, the most wanted first.

    An accepted candidate that is not verified (``unverified``) is never ``chosen``.

    Args:
        pairing: which candidates come together, see above; ``none`` gives no pair.
        value: the number that ranks.
        limit: at most so many pairs.
        margin: for ``margin``: the smallest difference of values that makes a pair.
        seed: shuffles random pairs and ties.
    """
    if pairing == "none":
        return ()
    right = [c for c in accepted if c.verdict is Verdict.PASS]
    wrong = _distinct(negatives(rejected), taken={normalise(whole(c.completion)) for c in accepted})
    right.sort(key=lambda c: tie_key(seed, group.problem.id, "chosen", c.completion.index))
    wrong.sort(key=lambda c: tie_key(seed, group.problem.id, "rejected", c.completion.index))
    if pairing == "random":
        both = list(zip(right, wrong, strict=False))
    elif pairing == "length_matched":
        both = _greedy(right, wrong, lambda i, j: abs(_length(right[i]) - _length(wrong[j])))
    elif pairing == "closest":
        words = {id(c): whole(c.completion).split() for c in (*right, *wrong)}
        both = _greedy(right, wrong, lambda i, j: distance(words[id(right[i])], words[id(wrong[j])]))
    else:
        both = _by_value(pairing, _valued(right, value), _valued(wrong, value), margin)
    return tuple(Pair(chosen=a, rejected=b) for a, b in both[:limit])


def _distinct(candidates: Iterable[Candidate], taken: set[str]) -> list[Candidate]:
    """Each text once, and none that was also accepted (a scorer may judge one text in two ways)."""
    out = []
    for candidate in sorted(candidates, key=lambda c: c.completion.index):
        text = normalise(whole(candidate.completion))
        if text not in taken:
            taken.add(text)
            out.append(candidate)
    return out


def _valued(candidates: Iterable[Candidate], value: Value) -> list[_Valued]:
    """The candidates that have a number, with it."""
    return [(number, c) for c in candidates if (number := value(c)) is not None]


def _by_value(pairing: Pairing, right: list[_Valued], wrong: list[_Valued], margin: float) -> _Matching:
    if pairing == "margin":
        both = _greedy([c for _, c in right], [c for _, c in wrong], lambda i, j: wrong[j][0] - right[i][0])
        number = {id(c): v for v, c in (*right, *wrong)}
        return [(a, b) for a, b in both if number[id(a)] - number[id(b)] >= margin]
    best_first = sorted(right, key=lambda r: -r[0])
    sign = -1 if pairing == "hard" else 1  # hard: the most convincing fails first
    fails = sorted(wrong, key=lambda w: sign * w[0])
    return [(a, b) for (_, a), (_, b) in zip(best_first, fails, strict=False)]


def _length(candidate: Candidate) -> int:
    return len(whole(candidate.completion))


def _greedy(right: list[Candidate], wrong: list[Candidate], cost: Callable[[int, int], float]) -> _Matching:
    """Cheapest pair first, each candidate once; equal costs keep the (hashed) order of the inputs."""
    edges = sorted((cost(i, j), i, j) for i in range(len(right)) for j in range(len(wrong)))
    used_right: set[int] = set()
    used_wrong: set[int] = set()
    out = []
    for _, i, j in edges:
        if i not in used_right and j not in used_wrong:
            used_right.add(i)
            used_wrong.add(j)
            out.append((right[i], wrong[j]))
    return out
