"""The fit recovers what made the points, and the warnings come when, and only when, they should."""

from __future__ import annotations

import numpy as np
import pytest

from verirs.stats.arrays import Floats
from verirs.stats.estimators import best_curve
from verirs.stats.kl import best_of_n_bound
from verirs.stats.overoptimization import fit, reassurance, turn, warning

KL = [best_of_n_bound(k) for k in range(1, 65)]
D = np.sqrt(KL)


def test_the_fit_recovers_alpha_and_beta() -> None:
    found = fit(KL, 0.4 + D * (0.3 - 0.12 * D))
    assert found.alpha == pytest.approx(0.3) and found.beta == pytest.approx(0.12)
    assert found.residual == pytest.approx(0.0, abs=1e-9)
    assert found.turn_over == pytest.approx(1.25) and found.gain(1.25) == pytest.approx(0.1875)


def test_a_line_that_only_rises_or_only_falls_does_not_turn_over() -> None:
    assert fit(KL, 0.4 + 0.1 * D + 0.01 * D**2).turn_over is None
    assert fit(KL, 0.4 - 0.1 * D).turn_over is None


def test_too_little_to_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="three points or more, the first of them the policy"):
        fit(KL[:2], [0.1, 0.2])
    with pytest.raises(ValueError, match="KL 0"):
        fit(KL[1:5], [0.1, 0.2, 0.3, 0.4])


def outcomes(means: list[float], problems: int = 400, spread: float = 0.2, seed: int = 0) -> Floats:
    """Shares of right favourites of each problem at k = 1 .. n, with these means over problems."""
    rng = np.random.default_rng(seed)
    easy = rng.normal(0.0, spread, size=(problems, 1))
    noise = rng.normal(0.0, 0.05, size=(problems, len(means)))
    return np.clip(np.array(means) + easy + noise, 0.0, 1.0)


def test_a_score_that_selects_worse_than_one_sample_is_called_so() -> None:
    found = turn(outcomes([0.58, 0.5, 0.45, 0.34]), [1, 2, 4])
    assert found is not None and found.last == 4
    said = warning(found)
    assert said.startswith("best-of-4 is right in 3") and "less often than one sample alone: -2" in said
    assert "Do not select by this score" in said


def test_over_optimisation_names_a_better_k_with_its_figures() -> None:
    found = turn(outcomes([0.4, 0.45, 0.5, 0.55, 0.55, 0.5, 0.48, 0.46]), [1, 2, 4, 8])
    assert found is not None and (found.k, found.last) == (4, 8) and found.change.high < 0
    assert warning(found).startswith("over-optimised beyond k = 4: best-of-4 is right in 5")


def test_a_score_that_helps_or_falls_within_the_noise_is_not_warned_about() -> None:
    helps = turn(outcomes([0.4, 0.5, 0.55, 0.6]), [1, 2, 4])
    assert helps is not None and warning(helps) == ""
    noisy = turn(outcomes([0.5, 0.52, 0.52, 0.515], problems=30), [1, 2, 4])
    assert noisy is not None and warning(noisy) == ""
    assert reassurance(noisy).startswith("Over-optimisation up to k = 4 is not shown: best-of-4 against")
    assert turn(np.ones((5, 1)), [1]) is None


def test_looking_at_every_k_raises_no_more_false_alarms_than_promised() -> None:
    """A score that says nothing: every k is as good as any, and the best of them stands above the last."""
    alarms = 0
    for seed in range(100):
        right = np.random.default_rng(seed).random((60, 32)) < 0.5
        values = np.random.default_rng(1000 + seed).random((60, 32))
        rows = np.array([best_curve(r.astype(int), v) for r, v in zip(right, values, strict=True)])
        found = turn(rows, [1, 2, 4, 8, 16, 32], seed=seed)
        alarms += found is not None and warning(found) != ""
    assert alarms <= 7  # 2.5 % is promised for either sentence: about 2 to 5 of 100 together
