"""What cross-fitting does to a ranker: its AUROC, and that of the blend of it alone, over all and within.

    python -m benchmarks.stats.crossfit [--repetitions 40]

The blend orders the candidates of a problem as the ranker does, so its AUROC should be the ranker's. Beside
it the AUROC over all pairs, those across folds too, which turns a useless ranker round.
"""

from __future__ import annotations

import argparse

import numpy as np

from verirs.reward.numbers.blend import fit_blend, folds_of
from verirs.reward.numbers.report import report
from verirs.reward.numbers.table import Table
from verirs.stats.ranking import auroc

SAMPLES = 8


def drawn(problems: int, skill: float, seed: int) -> Table:
    """Problems of all chances; a number is the verdict times ``skill``, and noise."""
    rng = np.random.default_rng(seed)
    label = (rng.random((problems, SAMPLES)) < rng.random(problems)[:, None]).astype(float).ravel()
    rows = len(label)
    return Table(
        rankers=("rm",),
        versions=(("1",),),
        problems=tuple(f"{seed} {i}" for i in range(problems)),
        problem=np.repeat(np.arange(problems), SAMPLES),
        index=np.tile(np.arange(SAMPLES), problems),
        label=label,
        values=rng.normal(skill * label, 1.0)[:, None],
        answers=np.full(rows, -1),
        truncated=(0,),
        errors=(0,),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=40)
    options = parser.parse_args()
    print("skill problems | over all: ranker, blend, blend over all pairs | within: ranker, blend")
    for skill in (0.0, 0.3, 1.5):
        for problems in (20, 100):
            rows = []
            for seed in range(options.repetitions):
                table = drawn(problems, skill, seed)
                blend = fit_blend(table)
                found = report(table, blend)
                fold = folds_of(table, len(blend.bias))
                odds = blend.log_odds(blend.chances(table.values, fold), fold)
                pairs = auroc(table.label.astype(int).tolist(), odds.tolist())
                one, both = found["rm"], found["blend"]
                rows.append([one.auroc, both.auroc, pairs, one.auroc_within, both.auroc_within])
            print(skill, problems, *np.round(np.mean(np.array(rows, dtype=float), axis=0), 3))


if __name__ == "__main__":
    main()
