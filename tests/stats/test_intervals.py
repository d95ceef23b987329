"""Bootstrap intervals: coverage, missing entries, seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from verirs.stats import bootstrap
from verirs.stats.intervals import difference, ratio
from verirs.stats.words import compared, finding


def test_the_mean_is_the_mean_and_the_interval_holds_it() -> None:
    (interval,) = bootstrap([0.0, 1.0, 1.0, 0.0, 1.0])
    assert interval.mean == pytest.approx(0.6) and interval.problems == 5
    assert 0.0 <= interval.low < 0.6 < interval.high <= 1.0


@pytest.mark.parametrize(("truth", "size"), [(0.4, 80), (0.95, 20), (0.99, 100), (0.02, 50)])
def test_intervals_cover_the_truth_about_as_often_as_they_say(truth: float, size: int) -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for i in range(300):
        (band,) = bootstrap(rng.random(size) < truth, resamples=400, seed=i)
        hits += band.low <= truth <= band.high
    assert 0.90 <= hits / 300 <= 0.99


def test_the_width_is_that_of_the_normal_theory() -> None:
    values = np.random.default_rng(1).normal(size=2_000)
    (band,) = bootstrap(values, bounds=None, resamples=4_000)
    assert band.high - band.low == pytest.approx(2 * 1.96 / math.sqrt(2_000), rel=0.08)


def test_missing_entries_are_left_out_of_their_column_only() -> None:
    table = [[1.0, math.nan], [0.0, 1.0], [1.0, 1.0], [0.0, math.nan]]
    one, two = bootstrap(table)
    assert (one.mean, one.problems) == (0.5, 4)
    assert (two.mean, two.high, two.problems) == (1.0, 1.0, 2) and 0.2 < two.low < 0.9


def test_a_column_of_nothing_is_nan_and_not_zero() -> None:
    empty, full = bootstrap([[math.nan, 1.0]])
    assert math.isnan(empty.mean) and math.isnan(empty.low) and empty.problems == 0
    assert (full.mean, full.high, full.problems) == (1.0, 1.0, 1) and full.low < 0.9
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
    (one,), (other,) = whole, bootstrap(values, resamples=103)
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_no_interval_of_a_sample_is_certain() -> None:
    for value in (0.0, 1.0):
        (band,) = bootstrap(np.full(20, value))
        assert band.mean == value and 0.05 < band.high - band.low < 0.3


def test_a_difference_is_paired_by_problem() -> None:
    """Problems differ widely; the second scorer is right in 10 of 100 more. Two intervals overlap far."""
    rng = np.random.default_rng(3)
    before = (rng.random(100) < 0.5).astype(float)
    after = before.copy()
    after[np.flatnonzero(before == 0)[:10]] = 1.0
    one, two = bootstrap(np.stack([before, after], axis=1))
    assert one.high > two.low
    change = difference(after, before)
    assert change.mean == pytest.approx(0.1) and finding(change) == "above"
    assert compared(change).startswith("above: +10.0 points (+")


def test_equal_needs_enough_problems_and_says_its_margin() -> None:
    few, many = difference(np.zeros(20), np.zeros(20)), difference(np.zeros(2000), np.zeros(2000))
    assert finding(few) == "not shown" and finding(many) == "equal"
    assert "no difference of 2 points or more" in compared(many)
    assert "no difference shown" in compared(few)


def test_a_problem_without_one_of_the_two_is_left_out() -> None:
    assert difference([1.0, math.nan, 1.0], [0.0, 0.0, math.nan]).problems == 1


def test_a_ratio_weighs_problems_by_their_whole() -> None:
    found = ratio([1.0, 90.0, 0.0], [10.0, 90.0, 0.0])
    assert found.mean == pytest.approx(0.91) and found.problems == 2 and found.low < 0.91 < found.high
    assert math.isnan(ratio([0.0], [0.0]).mean)
