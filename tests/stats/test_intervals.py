"""Bootstrap intervals: coverage, missing entries, seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from verirs.stats import Interval, bootstrap


def test_the_mean_is_the_mean_and_the_interval_holds_it() -> None:
    (interval,) = bootstrap([0.0, 1.0, 1.0, 0.0, 1.0])
    assert interval.mean == pytest.approx(0.6) and interval.problems == 5
    assert 0.0 <= interval.low < 0.6 < interval.high <= 1.0


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for i in range(300):
        (band,) = bootstrap(rng.random(80) < 0.4, resamples=400, seed=i)
        hits += band.low <= 0.4 <= band.high
    assert 0.90 <= hits / 300 <= 0.985


def test_the_width_is_that_of_the_normal_theory() -> None:
    values = np.random.default_rng(1).normal(size=2_000)
    (band,) = bootstrap(values, resamples=4_000)
    assert band.high - band.low == pytest.approx(2 * 1.96 / math.sqrt(2_000), rel=0.08)


def test_missing_entries_are_left_out_of_their_column_only() -> None:
    table = [[1.0, math.nan], [0.0, 1.0], [1.0, 1.0], [0.0, math.nan]]
    one, two = bootstrap(table)
    assert (one.mean, one.problems) == (0.5, 4)
    assert (two.mean, two.low, two.high, two.problems) == (1.0, 1.0, 1.0, 2)


def test_a_column_of_nothing_is_nan_and_not_zero() -> None:
    empty, full = bootstrap([[math.nan, 1.0]])
    assert math.isnan(empty.mean) and math.isnan(empty.low) and empty.problems == 0
    assert full == Interval(1.0, 1.0, 1.0, 1)
    assert math.isnan(bootstrap(np.empty((0, 1)))[0].mean)


def test_the_seed_and_the_number_of_resamples_matter() -> None:
    values = np.random.default_rng(2).random(50)
    assert bootstrap(values, seed=1) == bootstrap(values, seed=1)
    assert bootstrap(values, seed=1) != bootstrap(values, seed=2)
    assert bootstrap(values, resamples=10) != bootstrap(values, resamples=1000)


def test_blocks_do_not_change_the_result_size(monkeypatch: pytest.MonkeyPatch) -> None:
    from verirs.stats import intervals

    values = np.random.default_rng(2).random(50)
    whole = bootstrap(values, resamples=103)
    monkeypatch.setattr(intervals, "_BLOCK_CELLS", 50 * 7)
    assert bootstrap(values, resamples=103) == whole
