"""How far selection moves the distribution of texts from the policy's: KL divergence, in nats.

For one problem, KL(selected || policy). Selection here looks only at a number (or a verdict) of each
text, so within one value the selected texts are distributed as the policy's are, and the divergence
of texts equals that of values. That makes the binary case exact.

Does not see differences that the number does not see, and says nothing about a model *trained* on
the selected texts.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from verirs.stats.arrays import Floats, Values, ranks


def binary_kl(q: float, p: float) -> float:
    """KL of a coin with chance ``q`` from one with chance ``p``: q ln(q/p) + (1-q) ln((1-q)/(1-p))."""
    return _term(q, p) + _term(1.0 - q, 1.0 - p)


def _term(a: float, b: float) -> float:
    if a <= 0.0:
        return 0.0
    return math.inf if b <= 0.0 else a * math.log(a / b)


def verifier_kl(p: float, n: int) -> float:
    """KL of "one that passes, of n samples; any one if none passes", at pass rate ``p``. Exact.

    The selected text passes with chance q = 1 - (1-p)^n.
    """
    if not 0.0 < p < 1.0:
        return 0.0
    none = math.exp(n * math.log1p(-p))  # (1-p)^n
    q = -math.expm1(n * math.log1p(-p))
    return _term(q, p) + _term(none, 1.0 - p)


def pass_only_kl(p: float) -> float:
    """KL of keeping only what passes: -ln p. Exact; infinite where nothing ever passes."""
    return -math.log(p) if p > 0.0 else math.inf


def best_of_n_bound(n: int) -> float:
    """ln n - (n-1)/n: an upper bound on the KL of best-of-n, for any ranker.

    Given as an equality by Stiennon et al. 2020 (arXiv:2009.01325); Beirami et al. 2024
    (arXiv:2401.01879) show that it is a bound, reached only where no two texts tie.
    """
    return math.log(n) - (n - 1) / n


def ranker_kl(values: Values) -> Floats:
    """An estimate of the KL of best-of-k for k = 1 .. n, from the n values of one problem's samples.

    Values seen more than once are taken for real ties of that probability: a tie that fills the
    distribution function from a to b is selected with chance b^k - a^k, and adds
    (b^k - a^k) ln((b^k - a^k) / (b - a)). A value seen once is taken for a point of a continuous
    distribution and adds the integral of k u^(k-1) ln(k u^(k-1)) from a to b. Without ties the sum is
    :func:`best_of_n_bound`; with two values it is :func:`verifier_kl`.

    An estimate: ties that the pool did not happen to show twice are missed, so it errs towards the
    bound; the pool's shares stand for the policy's. Missing values count as one tie below all others.
    """
    numbers = ranks(values)
    n = len(numbers)
    k = np.arange(1.0, n + 1)
    total = np.zeros(n)
    below = 0
    for value, count in sorted(Counter(numbers.tolist()).items()):
        a, b = below / n, (below + count) / n
        below += count
        if count == 1 and value != -math.inf:
            total += _continuous(b, k) - _continuous(a, k)
        else:
            chosen = b**k - a**k
            # deep in the tail the chance underflows to 0, and 0 ln 0 is 0
            total += chosen * np.log(np.maximum(chosen, np.finfo(float).tiny) / (b - a))
    return total


def _continuous(u: float, k: Floats) -> Floats:
    """The antiderivative of k u^(k-1) ln(k u^(k-1)), zero at u = 0."""
    if u <= 0.0:
        return np.zeros_like(k)
    out: Floats = u**k * (np.log(k) + (k - 1) * math.log(u) - (k - 1) / k)
    return out
