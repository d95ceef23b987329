"""Calibration measures on cases whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from verirs.stats.calibration import brier, expected_calibration_error, expected_error, reliability


def test_bins_hold_counts_means_and_shares() -> None:
    bins = reliability([1, 0, 1, 1], [0.10, 0.14, 0.9, 1.0])
    assert [(b.low, b.high, b.count) for b in bins] == [(0.1, 0.2, 2), (0.9, 1.0, 2)]
    assert bins[0].mean_chance == pytest.approx(0.12) and bins[0].pass_rate == 0.5
    assert bins[1].mean_chance == pytest.approx(0.95) and bins[1].pass_rate == 1.0


def test_the_error_weighs_bins_by_their_counts() -> None:
    right, chances = [1, 0, 0, 0], [0.9, 0.1, 0.1, 0.1]
    assert expected_calibration_error(right, chances) == pytest.approx(0.1)
    # one bin sees only the means: 0.3 said, 0.25 true
    assert expected_calibration_error(right, chances, bins=1) == pytest.approx(0.05)


def test_honest_chances_have_almost_no_error_and_sharpened_ones_do() -> None:
    rng = np.random.default_rng(0)
    chances = rng.random(20_000)
    right = (rng.random(20_000) < chances).astype(int)
    assert expected_calibration_error(right, chances) < 0.02
    assert expected_calibration_error(right, (chances > 0.5).astype(float)) > 0.2
    assert brier(right, chances) == pytest.approx(1 / 6, abs=0.01)


def test_a_raw_reward_is_refused() -> None:
    for bad in (-0.1, 1.7, math.nan):
        with pytest.raises(ValueError, match=r"a probability lies in 0 \.\. 1"):
            reliability([1], [bad])
    with pytest.raises(ValueError, match="2 probabilities for 1 outcomes"):
        brier([1], [0.1, 0.2])


def test_the_error_to_expect_of_a_selection_without_gold() -> None:
    assert expected_error([0.9, 0.7]) == pytest.approx(0.2)


def test_nothing_is_nan_and_not_perfect() -> None:
    assert all(math.isnan(x) for x in (expected_calibration_error([], []), brier([], []), expected_error([])))
