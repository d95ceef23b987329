"""KL formulas against simulation of the very selection they describe."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verirs.stats.kl import best_of_n_bound, binary_kl, pass_only_kl, ranker_kl, verifier_kl

POLICY = np.array([0.35, 0.25, 0.2, 0.15, 0.05])
"""Chances of five texts."""
TRIALS = 400_000


def simulated(n: int, values: np.ndarray) -> float:
    """KL(best-of-n || policy) over the texts, from many draws; of tied texts the first drawn is taken."""
    rng = np.random.default_rng(n)
    drawn = rng.choice(len(POLICY), size=(TRIALS, n), p=POLICY)
    winner = drawn[np.arange(TRIALS), values[drawn].argmax(axis=1)]
    share = np.bincount(winner, minlength=len(POLICY)) / TRIALS
    kept = share > 0
    return float(np.sum(share[kept] * np.log(share[kept] / POLICY[kept])))


@pytest.mark.parametrize("n", [1, 2, 4, 16])
def test_selecting_by_a_verifier(n: int) -> None:
    passes = np.array([0, 1, 0, 1, 0])
    rate = float(POLICY @ passes)
    assert verifier_kl(rate, n) == pytest.approx(simulated(n, passes), abs=0.004)


def test_keeping_only_what_passes() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.choice(5, size=TRIALS, p=POLICY)
    kept = np.bincount(drawn[np.isin(drawn, [1, 3])], minlength=5)[[1, 3]]
    share = kept / kept.sum()
    assert pass_only_kl(0.4) == pytest.approx(
        float(np.sum(share * np.log(share / POLICY[[1, 3]]))), abs=0.004
    )


@pytest.mark.parametrize("n", [1, 2, 4, 8])
@pytest.mark.parametrize("values", [[0, 1, 2, 3, 4], [-1.5, 2.0, -1.5, 0.0, 2.0], [1, 1, 1, 1, 1]])
def test_selecting_by_a_ranker_with_ties(n: int, values: list[float]) -> None:
    numbers = np.array(values, dtype=float)
    pool = np.repeat(numbers, np.round(POLICY * 20).astype(int)).tolist()
    # two values of each text at least, so that each is known to be a tie
    estimate = ranker_kl(pool + pool)[n - 1]
    assert estimate == pytest.approx(simulated(n, numbers), abs=0.006)
    assert estimate <= best_of_n_bound(n) + 1e-12


@pytest.mark.parametrize("n", [2, 5, 30])
def test_a_ranker_without_ties_reaches_the_bound(n: int) -> None:
    curve = ranker_kl(np.random.default_rng(0).normal(size=n))
    np.testing.assert_allclose(curve, [best_of_n_bound(k) for k in range(1, n + 1)], atol=1e-9)


@given(st.integers(2, 30), st.data())
def test_two_values_are_a_verifier(n: int, data: st.DataObject) -> None:
    c = data.draw(st.integers(2, max(2, n - 2)))
    if n - c < 2:
        return
    curve = ranker_kl([1.0] * c + [0.0] * (n - c))
    np.testing.assert_allclose(curve, [verifier_kl(c / n, k) for k in range(1, n + 1)], atol=1e-9)


@given(st.lists(st.sampled_from([None, math.nan, 0.0, 1.0, 2.0, 3.5]), min_size=1, max_size=12))
def test_the_estimate_lies_between_zero_and_the_bound(values: list[float | None]) -> None:
    curve = ranker_kl(values)
    assert abs(curve[0]) < 1e-9
    for k, estimate in enumerate(curve, start=1):
        assert -1e-9 <= estimate <= best_of_n_bound(k) + 1e-9


@given(st.floats(0.001, 0.999), st.integers(1, 200))
def test_the_verifiers_formula_is_the_binary_divergence_and_bounded(p: float, n: int) -> None:
    q = 1 - (1 - p) ** n
    if q < 1 - 1e-9:
        assert verifier_kl(p, n) == pytest.approx(binary_kl(q, p), rel=1e-6, abs=1e-12)
    assert verifier_kl(p, n) <= min(best_of_n_bound(n), pass_only_kl(p)) + 1e-12


def test_the_ends() -> None:
    assert verifier_kl(0.0, 8) == verifier_kl(1.0, 8) == 0.0
    assert pass_only_kl(0.0) == math.inf and pass_only_kl(1.0) == 0.0
    assert binary_kl(0.5, 0.0) == math.inf and binary_kl(0.0, 0.0) == 0.0
    assert best_of_n_bound(1) == 0.0
    assert verifier_kl(1e-12, 10**6) > 0.0
