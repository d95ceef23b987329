"""Draws belong to their seed and follow the distribution."""

from __future__ import annotations

import numpy as np
import pytest

from verirs.engines.draw import nucleus, pick, uniforms

torch = pytest.importorskip("torch")


def test_a_number_depends_on_its_seed_and_step_alone() -> None:
    many = uniforms([5, 2**64 - 1, 5, 0], 40)
    assert (many[0] == many[2]).all()
    assert (uniforms([0], 7)[0] == many[3, :7]).all()
    assert many.min() >= 0 and many.max() < 1
    assert len(np.unique(many[[0, 1, 3]])) == 120


def test_numbers_are_uniform_within_and_across_neighbouring_seeds() -> None:
    grid = uniforms(range(300), 300)
    for numbers in (grid.ravel(), grid[:, 0], grid[0]):
        counts = np.histogram(numbers, bins=10, range=(0, 1))[0]
        expected = len(numbers) / 10
        assert ((counts - expected) ** 2 / expected).sum() < 33.7  # chi-square, 9 degrees, p = 1e-4
    assert abs(np.corrcoef(grid[:-1].ravel(), grid[1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(grid[:, :-1].ravel(), grid[:, 1:].ravel())[0, 1]) < 0.02


def test_numbers_are_the_same_everywhere() -> None:
    """Recorded once: a change would redraw every sample of every run."""
    assert uniforms([0, 12345], 2).tolist() == [
        [0.6524484863740322, 0.7012121095215252],
        [0.01582909387275222, 0.5009454062367029],
    ]


@pytest.mark.parametrize("size", [2, 255, 256, 257, 1000])
def test_tokens_follow_the_weights(size: int) -> None:
    weights = torch.rand(size, generator=torch.Generator().manual_seed(size)) ** 4
    weights[size // 2] = 0
    rows = 20_000
    uniform = torch.from_numpy(uniforms(range(rows), 1)[:, 0])
    drawn = pick(weights.expand(rows, -1), uniform)[:, 0]
    counts = torch.bincount(drawn, minlength=size).double()
    assert counts[size // 2] == 0
    expected = weights.double() / weights.double().sum() * rows
    big = expected > 20
    statistic = (((counts - expected) ** 2 / expected)[big]).sum()
    freedom = int(big.sum())
    assert statistic < freedom + 5 * (2 * freedom) ** 0.5 + 10


def test_the_ends_of_the_range_draw_tokens_of_positive_weight() -> None:
    weights = torch.zeros(3, 600)
    weights[:, 3], weights[:, 300], weights[:, 511] = 1e-30, 1.0, 1e-30
    ends = torch.tensor([0.0, 0.5, 1 - 2**-53], dtype=torch.float64)
    assert pick(weights, ends)[:, 0].tolist() in ([3, 300, 511], [3, 300, 300])


def test_many_small_weights_are_not_lost() -> None:
    """One running sum in float32 would drop them: half of the mass is in 200,000 tokens of 2.5e-6."""
    weights = torch.full((1, 200_001), 2.5e-6)
    weights[0, 0] = 0.5
    points = torch.linspace(0, 0.99, 100, dtype=torch.float64)
    drawn = pick(weights.expand(100, -1), points)[:, 0]
    assert abs(int((drawn == 0).sum()) - 50) <= 1
    assert abs(float(drawn[75]) / 200_000 - 0.5) < 0.01


def test_nucleus_keeps_the_smallest_set_of_that_mass() -> None:
    probs = torch.tensor([[0.1, 0.5, 0.15, 0.25], [0.97, 0.01, 0.01, 0.01]])
    assert nucleus(probs, 0.7).gt(0).tolist() == [[False, True, False, True], [True, False, False, False]]
    assert nucleus(probs, 0.76).gt(0).tolist()[0] == [False, True, True, True]
    assert nucleus(probs, 1e-9).gt(0).sum(-1).tolist() == [1, 1]
