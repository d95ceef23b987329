"""Ranking measures against their definitions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stats.brute import mean
from verirs.stats import best_curve
from verirs.stats.ranking import auroc, auroc_within, reciprocal_rank, top

VALUE = st.one_of(st.sampled_from([None, math.nan, -2.0, -1.0, 0.0, 1.0]), st.floats(-3, 3))
SAMPLES = st.lists(st.tuples(st.booleans(), VALUE), min_size=1, max_size=9)


def key(value: float | None) -> float:
    return -math.inf if value is None or math.isnan(value) else value


@given(SAMPLES)
def test_auroc_is_the_share_of_won_pairs(samples: list[tuple[bool, float | None]]) -> None:
    pairs = [(key(a), key(b)) for ra, a in samples for rb, b in samples if ra and not rb]
    got = auroc(*zip(*samples, strict=True))
    if not pairs:
        assert math.isnan(got)
    else:
        assert got == pytest.approx(mean((a > b) + 0.5 * (a == b) for a, b in pairs))


def test_a_scorer_that_only_knows_easy_problems_is_exposed_within_them() -> None:
    easy = ([1, 1, 1, 0], [5.0, 5.0, 5.0, 5.0])
    hard = ([1, 0, 0, 0], [-5.0, -5.0, -5.0, -5.0])
    right, values = easy[0] + hard[0], easy[1] + hard[1]
    assert auroc(right, values) == pytest.approx(0.75)
    assert auroc_within([easy, hard]) == 0.5
    assert math.isnan(auroc_within([([1, 1], [0.0, 1.0])]))


@given(SAMPLES)
def test_the_shared_top_is_best_of_n(samples: list[tuple[bool, float | None]]) -> None:
    right, values = zip(*samples, strict=True)
    found = top(right, values)
    assert found.strict <= found.shared <= found.lenient
    assert found.shared == pytest.approx(best_curve(right, values)[-1])


def test_ties_at_the_top() -> None:
    found = top([1, 0, 1, 0], [2.0, 2.0, 1.0, None])
    assert (found.strict, found.shared, found.lenient) == (0.0, 0.5, 1.0)


@pytest.mark.parametrize(
    ("right", "values", "want"),
    [
        ([1, 0, 0], [3.0, 2.0, 1.0], 1.0),
        ([1, 0, 0], [3.0, 3.0, 1.0], 0.5),
        ([1, 0, 1], [-1.0, 0.0, -2.0], 0.5),
        ([1, 0, 0], [None, -9.0, -9.0], 1 / 3),
        ([0, 0], [1.0, 2.0], 0.0),
    ],
)
def test_reciprocal_rank_counts_every_wrong_one_that_is_not_below(
    right: list[int], values: list[float | None], want: float
) -> None:
    assert reciprocal_rank(right, values) == pytest.approx(want)
