"""Every estimator against its definition over all subsets, with ties, negative and missing scores."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stats import brute
from verirs.stats import (
    best_curve,
    expected_best,
    majority_curve,
    pass_at_k,
    pass_curve,
    weighted_majority_curve,
)

RIGHT = st.booleans()
VALUE = st.one_of(st.sampled_from([None, math.nan, math.inf, -2.0, -1.0, 0.0, 1.0]), st.floats(-3, 3))
CLASS = st.sampled_from([None, 0, 1, 2, 3])
Sample = tuple[bool, float | None, int | None]
SAMPLES = st.lists(st.tuples(RIGHT, VALUE, CLASS), min_size=1, max_size=8)


@given(st.lists(RIGHT, min_size=1, max_size=9))
def test_pass_at_k_is_the_share_of_subsets_with_a_right_one(right: list[bool]) -> None:
    np.testing.assert_allclose(pass_curve(len(right), sum(right)), brute.passes(right), atol=1e-12)


@given(SAMPLES)
def test_best_of_k_shares_ties_and_ranks_missing_values_last(samples: list[Sample]) -> None:
    right, values, _ = zip(*samples, strict=True)
    np.testing.assert_allclose(best_curve(right, values), brute.best(right, values), atol=1e-12)


@given(SAMPLES, st.data())
def test_expected_payload_of_the_best(samples: list[Sample], data: st.DataObject) -> None:
    _, values, _ = zip(*samples, strict=True)
    payload = data.draw(st.lists(st.floats(-9, 9), min_size=len(values), max_size=len(values)))
    np.testing.assert_allclose(expected_best(values, payload), brute.best(payload, values), atol=1e-9)


@settings(max_examples=300)
@given(SAMPLES)
def test_majority_is_exact_with_ties_shared_and_mixed_classes(samples: list[Sample]) -> None:
    right, _, classes = zip(*samples, strict=True)
    np.testing.assert_allclose(majority_curve(right, classes), brute.majority(right, classes), atol=1e-12)


WEIGHT = st.sampled_from([None, math.nan, 0.0, 0.1, 0.2, 0.3, 1.0])


@settings(max_examples=30)
@given(st.lists(st.tuples(RIGHT, WEIGHT, CLASS), min_size=1, max_size=6))
def test_weighted_majority_is_exact_at_the_ends_and_near_between(
    samples: list[tuple[bool, float | None, int | None]],
) -> None:
    right, weights, classes = zip(*samples, strict=True)
    curve = weighted_majority_curve(right, classes, weights, draws=2000)
    truth = brute.majority(right, classes, weights)
    assert curve[0] == pytest.approx(truth[0]) and curve[-1] == pytest.approx(truth[-1])
    np.testing.assert_allclose(curve, truth, atol=0.06)  # 5 standard errors at the worst


@given(SAMPLES)
def test_one_sample_is_the_pass_rate_whatever_ranks(samples: list[Sample]) -> None:
    right, values, _ = zip(*samples, strict=True)
    rate = sum(right) / len(right)
    assert best_curve(right, values)[0] == pytest.approx(rate)
    assert majority_curve(right, list(range(len(right))))[0] == pytest.approx(rate)


@given(st.integers(1, 400), st.data())
def test_pass_at_k_is_right_to_the_last_places_for_large_n(n: int, data: st.DataObject) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    exact = 1 - Fraction(math.comb(n - c, k), math.comb(n, k))
    assert pass_at_k(n, c, k) == pytest.approx(float(exact), abs=1e-13)


def test_pass_at_k_of_ten_thousand_samples_does_not_overflow() -> None:
    assert pass_at_k(10_000, 1, 5_000) == pytest.approx(0.5)
    assert np.all(np.diff(pass_curve(10_000, 3)) >= 0)


@pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, -1, 1), (4, 2, 0), (4, 2, 5)])
def test_pass_at_k_refuses_what_is_undefined(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match=f"got n={n}, c={c}, k={k}"):
        pass_at_k(n, c, k)


def test_majority_of_many_samples_agrees_with_draws() -> None:
    rng = np.random.default_rng(1)
    classes = rng.choice(6, size=100, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05]).tolist()
    right = [c == 1 for c in classes]
    drawn = weighted_majority_curve(right, classes, [1.0] * 100, draws=4000)
    np.testing.assert_allclose(majority_curve(right, classes), drawn, atol=0.04)


def test_majority_at_the_exact_limit_is_finite_and_quick() -> None:
    from verirs.stats.estimators import EXACT_LIMIT

    rng = np.random.default_rng(0)
    classes = rng.integers(0, 20, EXACT_LIMIT).tolist()
    curve = majority_curve([c == 0 for c in classes], classes)
    assert np.all(np.isfinite(curve)) and curve.min() >= 0 and curve.max() <= 1


def test_no_votes_is_wrong_and_not_undefined() -> None:
    assert majority_curve([True, True], [None, None]).tolist() == [0.0, 0.0]
    assert weighted_majority_curve([True], [0], [None]).tolist() == [0.0]


def test_negative_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot weigh less than nothing, got -1"):
        weighted_majority_curve([True], [0], [-1.0])


def test_draws_depend_on_the_seed_only() -> None:
    right, classes, weights = [True, False, False, True], [0, 1, 2, 0], [0.1, 0.5, 0.4, 0.3]
    one = weighted_majority_curve(right, classes, weights, draws=20, seed=3)
    assert one.tolist() == weighted_majority_curve(right, classes, weights, draws=20, seed=3).tolist()
    assert one.tolist() != weighted_majority_curve(right, classes, weights, draws=20, seed=4).tolist()
