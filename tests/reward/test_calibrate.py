"""Calibration: the fits, that no fit sees the problem it judges, and what happens without labels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reward.toys import ranked
from verirs.errors import ConfigError
from verirs.reward.numbers.blend import folds_of
from verirs.reward.numbers.calibrate import (
    Isotonic,
    Platt,
    applied,
    cross_fit,
    fit_isotonic,
    fit_platt,
    fold_of,
    from_json,
)
from verirs.reward.numbers.table import read
from verirs.stats.links import expit, logit


def drawn(n: int, slope: float, intercept: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.normal(-40.0, 6.0, n)
    return values, (rng.random(n) < expit(slope * values + intercept)).astype(float)


def test_platt_finds_the_sigmoid_the_labels_came_from() -> None:
    fit = fit_platt(*drawn(40_000, 0.3, 12.5))
    assert fit.slope == pytest.approx(0.3, rel=0.05) and fit.intercept == pytest.approx(12.5, rel=0.05)


def test_platt_maximises_its_own_likelihood() -> None:
    """Against a plain gradient descent on Platt's smoothed cross-entropy."""
    values, labels = drawn(60, 0.2, 8.0, seed=3)
    fit = fit_platt(values, labels)
    n1, n0 = labels.sum(), (1 - labels).sum()
    target = np.where(labels > 0.5, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

    def loss(slope: float, intercept: float) -> float:
        z = slope * values + intercept
        return float(np.mean(np.logaddexp(0, z) - target * z))

    best = loss(fit.slope, fit.intercept)
    for d_slope in (-1e-2, 0, 1e-2):
        for d_mid in (-0.5, 0, 0.5):  # moved about the middle of the values, where the two are not entangled
            moved = loss(fit.slope + d_slope, fit.intercept - d_slope * values.mean() + d_mid)
            assert best <= moved + 1e-9


def test_platt_stays_finite_where_values_separate_or_do_not_vary() -> None:
    fit = fit_platt(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0.0, 0, 1, 1]))
    assert 0 < fit.slope < 100 and math.isfinite(fit.intercept)
    flat = fit_platt(np.full(4, 7.0), np.array([0.0, 1, 1, 1]))
    assert flat.slope == 0.0 and 0.5 < flat(np.array([7.0]))[0] < 0.9
    worse = fit_platt(np.array([3.0, 2, 1, 0] * 9), np.array([0.0, 0, 1, 1] * 9))
    assert worse.slope == 0.0 and worse(np.array([0.0, 3.0])).tolist() == pytest.approx([0.5, 0.5])


def test_isotonic_is_the_pool_adjacent_violators_fit() -> None:
    fit = fit_isotonic(np.array([1.0, 2, 3, 4, 5, 6]), np.array([0.0, 1, 0, 1, 1, 1]))
    edge = 1 / 8
    assert fit(np.array([1.0, 2, 3, 4, 9])) == pytest.approx([edge, 0.5, 0.5, 1 - edge, 1 - edge])
    assert np.isnan(fit(np.array([np.nan]))[0])
    assert fit(np.array([-100.0]))[0] == edge, "beyond the ends it is constant"


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), st.booleans()), min_size=2, max_size=40
    )
)
def test_chances_are_probabilities_monotone_and_survive_json(pairs: list[tuple[float, bool]]) -> None:
    values, labels = np.array([v for v, _ in pairs]), np.array([float(r) for _, r in pairs])
    grid = np.linspace(-2e6, 2e6, 101)
    for fit in (fit_platt(values, labels), fit_isotonic(values, labels)):
        chances = fit(grid)
        assert ((chances >= 0) & (chances <= 1)).all()
        steps = np.diff(chances)
        assert (steps >= -1e-12).all() or (steps <= 1e-12).all()
        assert (from_json(fit.to_json())(grid) == chances).all()


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_no_fit_saw_the_problem_it_judges(method: str) -> None:
    """Turning all labels of one fold around changes the chances of every fold but that one."""
    table = read(ranked(60, 8))
    values, labels, fold = table.column("rm"), table.label, folds_of(table, 5)
    before = applied(cross_fit(values, labels, fold, method=method), values, fold)
    for k in range(5):
        turned = np.where(fold == k, 1 - labels, labels)
        after = applied(cross_fit(values, turned, fold, method=method), values, fold)
        assert (after[fold == k] == before[fold == k]).all()
        assert (after[fold != k] != before[fold != k]).mean() > 0.5


def test_folds_depend_on_the_problem_alone_and_are_even() -> None:
    counts = np.bincount([fold_of(f"p{i}") for i in range(5000)], minlength=5)
    assert counts.min() > 850 and len(counts) == 5
    assert fold_of("p1") == fold_of("p1")
    table = read(ranked(30, 4))
    fold = folds_of(table, 5)
    assert all(len(set(fold[table.problem == p])) == 1 for p in range(30))


def test_missing_numbers_and_labels_are_left_out_not_guessed() -> None:
    values, labels = drawn(400, 0.3, 12.0)
    fold = np.arange(400) % 5
    plain = cross_fit(values, labels, fold)
    more = np.concatenate([values, [np.nan, 5.0, np.nan]])
    unlabelled = np.concatenate([labels, [1.0, np.nan, np.nan]])
    folds = np.concatenate([fold, [0, 1, 2]])
    assert cross_fit(more, unlabelled, folds) == plain
    chances = applied(plain, more, folds)
    assert np.isnan(chances[[400, 402]]).all() and not np.isnan(chances[401])


def test_words_when_it_cannot_be_fitted() -> None:
    values, fold = np.arange(10.0), np.arange(10) % 5
    with pytest.raises(ConfigError, match="rank = 'all'"):
        cross_fit(values, np.ones(10), fold)
    with pytest.raises(ConfigError, match="did you mean platt"):
        cross_fit(values, (fold % 2).astype(np.float64), fold, method="plat")


def test_logit_and_expit_are_each_others_inverse() -> None:
    p = np.array([1e-9, 0.2, 0.5, 0.999])
    assert expit(logit(p)) == pytest.approx(p, rel=1e-6)
    assert expit(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]
    assert Platt(1.0, 0.0)(np.array([0.0]))[0] == 0.5
    assert Isotonic((0.0,), (0.25,))(np.array([3.0]))[0] == 0.25
