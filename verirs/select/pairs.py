"""Preference pairs of one group: chosen is verified right, rejected is verified wrong.

``chosen`` comes from the accepted candidates, so that the selector's order, cap and duplicates hold
for pairs too. ``rejected`` comes from the verified fails (:func:`verirs.select.rules.negatives`),
each text once. The two texts always differ. No candidate is in two pairs of a problem, so pairs run
out when either side does.

| pairing | takes first |
|---|---|
| random | any two, shuffled by hash |
| best_worst | the best accepted with the worst fail, by value |
| margin | the greatest difference of values, down to ``margin`` |
| length_matched | the smallest difference of length, in characters |
| hard | the best accepted with the most convincing fail (the highest value) |

``best_worst``, ``margin`` and ``hard`` leave out candidates without a finite value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from verirs.select.rules import negatives, normalise, tie_key
from verirs.types import Candidate, Group, Pair, Rejection, Verdict

if TYPE_CHECKING:
    from verirs.select.rules import Rules

NEED_VALUE = frozenset({"best_worst", "margin", "hard"})

_Matching = list[tuple[Candidate, Candidate]]


def build_pairs(
    rules: Rules, group: Group, accepted: Sequence[Candidate], rejected: Iterable[Rejection]
) -> tuple[Pair, ...]:
    """Up to ``rules.max_pairs`` pairs, the most wanted first.

    An accepted candidate that is not verified (``unverified``) is never ``chosen``.
    """
    right = [c for c in accepted if c.verdict is Verdict.PASS]
    wrong = _distinct(negatives(rejected), taken={normalise(c.completion.text) for c in accepted})
    right.sort(key=lambda c: tie_key(rules.seed, group.problem.id, "chosen", c.completion.index))
    wrong.sort(key=lambda c: tie_key(rules.seed, group.problem.id, "rejected", c.completion.index))
    if rules.pairs in NEED_VALUE:
        right = [c for c in right if rules.value(c) is not None]
        wrong = [c for c in wrong if rules.value(c) is not None]
    both = _ORDER[rules.pairs](rules, right, wrong)
    return tuple(Pair(chosen=a, rejected=b) for a, b in both[: rules.max_pairs])


def _distinct(candidates: Iterable[Candidate], taken: set[str]) -> list[Candidate]:
    """Each text once, and none that was also accepted (a scorer may judge one text in two ways)."""
    out = []
    for candidate in sorted(candidates, key=lambda c: c.completion.index):
        text = normalise(candidate.completion.text)
        if text not in taken:
            taken.add(text)
            out.append(candidate)
    return out


def _value(rules: Rules, candidate: Candidate) -> float:
    value = rules.value(candidate)
    assert value is not None, "candidates without a value are left out before"
    return value


def _random(rules: Rules, right: list[Candidate], wrong: list[Candidate]) -> _Matching:
    return list(zip(right, wrong, strict=False))


def _best_worst(rules: Rules, right: list[Candidate], wrong: list[Candidate]) -> _Matching:
    right = sorted(right, key=lambda c: -_value(rules, c))
    return list(zip(right, sorted(wrong, key=lambda c: _value(rules, c)), strict=False))


def _hard(rules: Rules, right: list[Candidate], wrong: list[Candidate]) -> _Matching:
    right = sorted(right, key=lambda c: -_value(rules, c))
    return list(zip(right, sorted(wrong, key=lambda c: -_value(rules, c)), strict=False))


def _margin(rules: Rules, right: list[Candidate], wrong: list[Candidate]) -> _Matching:
    def cost(a: Candidate, b: Candidate) -> float:
        return _value(rules, b) - _value(rules, a)

    return [(a, b) for a, b in _greedy(right, wrong, cost) if -cost(a, b) >= rules.margin]


def _length_matched(rules: Rules, right: list[Candidate], wrong: list[Candidate]) -> _Matching:
    return _greedy(right, wrong, lambda a, b: abs(len(a.completion.text) - len(b.completion.text)))


def _greedy(
    right: list[Candidate], wrong: list[Candidate], cost: Callable[[Candidate, Candidate], float]
) -> _Matching:
    """Cheapest pair first, each candidate once; equal costs keep the (hashed) order of the inputs."""
    edges = sorted((cost(a, b), i, j) for i, a in enumerate(right) for j, b in enumerate(wrong))
    used_right: set[int] = set()
    used_wrong: set[int] = set()
    out = []
    for _, i, j in edges:
        if i not in used_right and j not in used_wrong:
            used_right.add(i)
            used_wrong.add(j)
            out.append((right[i], wrong[j]))
    return out


_ORDER: dict[str, Callable[[Rules, list[Candidate], list[Candidate]], _Matching]] = {
    "random": _random,
    "best_worst": _best_worst,
    "hard": _hard,
    "margin": _margin,
    "length_matched": _length_matched,
}
