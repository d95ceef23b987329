"""Cross-fitted numbers do not turn a ranker round; and a page has one figure for one thing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.reward.test_report import group
from tests.reward.toys import ranked
from verirs.reward.numbers.blend import fit_blend
from verirs.reward.numbers.report import report
from verirs.reward.numbers.table import read
from verirs.stats import Tally
from verirs.stats.ranking import auroc_interval
from verirs.types import UNRANKED, Group, Verdict


def both(skill: float, seed: int) -> tuple[float, float]:
    """AUROC over all of a ranker, and of the blend of it alone, which orders as it does."""
    table = read(ranked(24, 6, skill=skill, seed=seed))
    found = report(table, fit_blend(table))
    alone, blend = found["rm"].auroc, found["blend"].auroc
    assert alone is not None and blend is not None
    return alone, blend


@pytest.mark.parametrize(("skill", "off"), [(0.0, 0.03), (1.5, 0.03)])
def test_a_blend_of_one_ranker_is_as_good_as_the_ranker(skill: float, off: float) -> None:
    """Pairs across folds made a useless one 0.41 and a weak one 0.48 in place of 0.50 and 0.58."""
    found = np.array([both(skill, 100 + seed) for seed in range(25)])
    alone, blend = found.mean(axis=0)
    assert blend == pytest.approx(alone, abs=off)


def test_pairs_are_of_one_part_only() -> None:
    right, values = [1, 0, 1, 0], [1.0, 0.0, 11.0, 10.0]
    assert auroc_interval(right, values, [0, 1, 2, 3]).mean == 0.75
    assert auroc_interval(right, values, [0, 1, 2, 3], [0, 0, 1, 1]).mean == 1.0
    assert auroc_interval([1, 0], [1.0, 0.0], [0, 1], [0, 1]).problems == 0


def test_a_ranker_worse_than_chance_is_not_turned_round_by_its_blend() -> None:
    blend = fit_blend(ranked(60, 6, skill=-2.0))
    assert all(fit.to_json()["slope"] == 0.0 for (fit,) in blend.calibrations)
    two = fit_blend(ranked(60, 6, skill=1.5, rankers=("a", "b")))
    assert all(w >= 0 for fold in two.weights for w in fold)


def broken(pool: Group) -> Group:
    """The ranker's errors marked as a run marks them: the gates' verdict stands."""
    marked = [
        replace(
            c,
            scores=tuple(
                replace(s, details={UNRANKED: True}) if s.verdict is Verdict.ERROR else s for s in c.scores
            ),
        )
        for c in pool.candidates
    ]
    return replace(pool, candidates=tuple(marked))


@pytest.mark.parametrize("missing", [0, 1, 3])
def test_the_page_has_one_figure_for_one_way_of_choosing(missing: int) -> None:
    """The run's own estimates at the largest k, and what the ranker's part says of all samples."""
    rng = np.random.default_rng(missing)
    pools = []
    for number in range(40):
        right = rng.random(8) < rng.random()
        values = rng.normal(right, 1.0).tolist()
        pools.append(group(number, *zip(right.tolist(), values, strict=True)))
    for number in range(missing):  # a right one without a number, and one where the ranker broke
        pools[number] = broken(group(number, (True, None), *[(False, float(k)) for k in range(7)]))
    summary = Tally().extend(pools).summary()
    found = report(pools)["rm"]
    for name, curve in (
        ("best", "best@k"),
        ("majority", "maj@k"),
        ("weighted_majority", "weighted_maj@k"),
        ("pass@n", "pass@k"),
    ):
        assert found.all_samples[name].mean == pytest.approx(summary.estimates[curve].at[8].mean, abs=1e-6)
    over = summary.curves.overoptimization
    assert over is not None and over.turn == found.turn
    assert found.without_number == missing
    assert any("rank last and do not vote" in s for s in found.words) == bool(missing)
