"""The fit recovers what made the points, and the warnings come when, and only when, they should."""

from __future__ import annotations

import math

import numpy as np
import pytest

from verirs.stats.kl import best_of_n_bound
from verirs.stats.overoptimization import fit, warnings

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


def test_a_score_that_selects_worse_than_chance_is_called_so() -> None:
    (first, *_) = warnings([0.58, 0.5, 0.45, 0.34], KL[:4], noise=0.05)
    assert first.startswith("best-of-4 is right in 34.0%, below one sample alone (58.0%)")
    assert "worse than chance" in first


def test_over_optimisation_names_the_best_k_and_the_turn_over() -> None:
    said = warnings((0.4 + D * (0.3 - 0.12 * D)).tolist(), KL, noise=0.01)
    best = int(np.argmax(D * (0.3 - 0.12 * D))) + 1
    assert said[0].startswith(f"over-optimised beyond k = {best}: ")
    assert f"turns over at d = 1.25, within the measured {math.sqrt(KL[-1]):.2f}" in said[1]


def test_a_score_that_helps_or_falls_within_the_noise_is_not_warned_about() -> None:
    assert warnings((0.4 + 0.1 * D).tolist(), KL) == []
    assert warnings([0.5, 0.52, 0.51], KL[:3], noise=0.05) == []
    assert warnings([0.5, 0.48], KL[:2], noise=0.05) == [] != warnings([0.5, 0.48], KL[:2], noise=0.01)
    assert warnings([0.5], [0.0]) == [] and warnings([], []) == []
