"""How good are the rankers, and their blend? Numbers from the verifiers' labels, and what they mean in words.

Only candidates count that a verifier called right or wrong *and* that have the ranker's number. Where rankers
saw only what the verifiers accepted, nothing can be said, and the report says that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from verirs.records import Calibration, Difficulty, Estimate, Interval, RankerSummary
from verirs.reward import BLEND
from verirs.reward.numbers.blend import Blend, folds_of
from verirs.reward.numbers.calibrate import FOLDS, applied, cross_fit
from verirs.reward.numbers.table import Floats, Table, by_problem, read
from verirs.reward.numbers.words import sentences
from verirs.stats.calibration import brier, expected_calibration_error, reliability
from verirs.stats.curves import Rows, doubling, estimate, saw_the_wrong
from verirs.stats.draws import weighted_majority_curve
from verirs.stats.estimators import best_curve, majority_curve, pass_curve
from verirs.stats.intervals import bootstrap, difference, ratio
from verirs.stats.links import expit, vote_weights
from verirs.stats.overoptimization import turn
from verirs.stats.ranking import auroc_interval, auroc_within, reciprocal_rank, top, won_pairs
from verirs.types import Group

BANDS = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0))
"""Problem difficulty: the share of its candidates that are right."""


def report(
    groups: Iterable[Group] | Table, blend: Blend | None = None, *, method: str = "platt"
) -> dict[str, RankerSummary]:
    """Each ranker judged by name, and last the blend.

    Args:
        groups: verifier-labelled candidates with recorded rankers' numbers.
        blend: judged with the same numbers, cross-fitted.
        method: how the single rankers are calibrated for this report.

    Raises:
        ConfigError: no candidate has a ranker's number.
    """
    table = groups if isinstance(groups, Table) else read(groups)
    out = {}
    for column, name in enumerate(table.rankers):
        values = table.column(name)
        found = replace(
            judged(table, values, cross_fitted(table, values, method)),
            versions=table.versions[column],
            truncated=table.truncated[column],
            errors=table.errors[column],
            method=method,
        )
        out[name] = replace(found, words=tuple(sentences(name, found)))
    if blend is not None:
        fold = folds_of(table, len(blend.bias))
        own = np.stack([table.column(n) for n in blend.rankers], axis=1)
        odds = blend.log_odds(blend.chances(own, fold), fold)
        found = replace(
            judged(table, odds, expit(odds), fold),
            versions=(blend.version,),
            method=blend.method,
            weights={n: tuple(w[r] for w in blend.weights) for r, n in enumerate(blend.rankers)},
        )
        out[BLEND] = replace(found, words=tuple(sentences(BLEND, found)))
    return out


def cross_fitted(table: Table, values: Floats, method: str = "platt", folds: int = FOLDS) -> Floats | None:
    """P(correct) of each value by calibrations that never saw its problem; ``None`` without both labels."""
    fold = folds_of(table, folds)
    usable = table.labelled & ~np.isnan(values)
    for k in range(folds):
        there = table.label[usable & (fold != k)]
        if not (len(there) and 0 < there.sum() < len(there)):
            return None
    return applied(cross_fit(values, table.label, fold, method=method, folds=folds), values, fold)


def judged(
    table: Table, values: Floats, chances: Floats | None, fold: NDArray[np.int64] | None = None
) -> RankerSummary:
    """Everything that follows from one column of numbers.

    What ranks right above wrong is asked of the labelled candidates with a number. What is chosen is asked
    of all labelled ones, as in a run's own estimates: one without a number ranks last and does not vote. Only
    where the ranker did not see the wrong ones are those without a number left out.

    Args:
        values: what ranks, shape ``(rows,)``.
        chances: the same as P(correct), cross-fitted, or ``None``.
        fold: of each row, where the values are themselves cross-fitted.
    """
    rows = table.labelled & ~np.isnan(values)
    groups = list(by_problem(table, rows))
    label = table.label
    mixed = [g for g in groups if 0 < label[g].sum() < len(g)]
    right, numbers = _ints(label[rows]), _floats(values[rows])
    part = None if fold is None else fold[rows].tolist()
    over_all = auroc_interval(right, numbers, table.problem[rows].tolist(), part)
    seen = saw_the_wrong(label[table.labelled], values[table.labelled])
    whole = list(by_problem(table, table.labelled)) if seen else groups
    tops = [top(_ints(label[g]), _floats(values[g])) for g in whole]
    chosen = choices(table, values, whole)
    equal = same_size([g for g in whole if not np.isnan(values[g]).all()])
    size = min(map(len, equal), default=0)
    best = np.array([best_curve(_ints(label[g]), _floats(values[g]))[:size] for g in equal])
    return RankerSummary(
        candidates=len(values),
        with_number=int((~np.isnan(values)).sum()),
        without_number=int((table.labelled & np.isnan(values)).sum()),
        labelled=int(rows.sum()),
        right=int(label[rows].sum()),
        problems=len(groups),
        problems_with_both=len(mixed),
        auroc=_number(over_all.mean),
        auroc_interval=_interval(over_all),
        auroc_within=_number(_within(label, values, groups)),
        auroc_within_interval=_interval(ratio(*_pairs(label, values, groups))),
        top_strict=_mean([t.strict for t in tops]),
        top_lenient=_mean([t.lenient for t in tops]),
        mrr=_mean([reciprocal_rank(_ints(label[g]), _floats(values[g])) for g in whole]),
        ties_within=_number(_tied(label, values, mixed)),
        calibration=None if chances is None else calibrated(label[rows], chances[rows]),
        estimates=estimates(table, values, equal),
        all_samples=all_samples(chosen),
        differences=differences(chosen),
        turn=turn(best, doubling(size)),
        problems_equal=len(equal),
        by_difficulty=by_difficulty(label, values, chances, whole),
    )


def calibrated(label: Floats, chances: Floats) -> Calibration:
    """Expected calibration error, Brier score and reliability bins of cross-fitted chances."""
    right, p = _ints(label), _floats(chances)
    return Calibration(
        ece=_number(expected_calibration_error(right, p)),
        brier=_number(brier(right, p)),
        mean_chance=_number(float(chances.mean())),
        pass_rate=_number(float(label.mean())),
        bins=reliability(right, p),
    )


def estimates(table: Table, values: Floats, groups: list[NDArray[np.int64]]) -> dict[str, Estimate]:
    """pass@k and best-of-k at k = 1, 2, 4, ... with intervals over problems."""
    if not groups:
        return {}
    ks = doubling(min(map(len, groups)))
    label = table.label
    made = {
        "pass@k": Rows("exact", [pass_curve(len(g), int(label[g].sum())) for g in groups]),
        "best@k": Rows(
            "exact, ties shared", [best_curve(_ints(label[g]), _floats(values[g])) for g in groups]
        ),
    }
    return {name: estimate(rows, ks) for name, rows in made.items()}


def same_size(groups: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """The problems whose number of candidates nine in ten reach, cut to it: the same problems at every k."""
    if not groups:
        return []
    sizes = sorted(map(len, groups), reverse=True)
    size = sizes[math.ceil(0.9 * len(sizes)) - 1]
    return [g for g in groups if len(g) >= size]


WAYS = ("pass@1", "majority", "weighted_majority", "best", "pass@n")


def choices(table: Table, values: Floats, groups: list[NDArray[np.int64]]) -> dict[str, Floats]:
    """What each way of choosing one answer from all of a problem's samples gets right, for each problem.

    Votes are NaN where a problem has no answers, and missing where no problem has any (programs, say).
    """
    rows = []
    inside = np.concatenate(groups) if groups else np.empty(0, dtype=np.int64)
    weights = dict(zip(inside.tolist(), vote_weights(_floats(values[inside])), strict=True))
    for g in groups:
        right = _ints(table.label[g])
        classes = [None if c < 0 else int(c) for c in table.answers[g]]
        majority = weighted = math.nan
        if any(c is not None for c in classes):
            majority = majority_curve(right, classes)[-1]
            # the last point takes all samples, so it is exact and needs no draws
            own = [weights[i] for i in g.tolist()]
            weighted = weighted_majority_curve(right, classes, own, draws=1)[-1]
        best = best_curve(right, _floats(values[g]))[-1]
        rows.append([float(np.mean(right)), majority, weighted, best, float(any(right))])
    found = dict(zip(WAYS, np.array(rows, dtype=np.float64).reshape(-1, len(WAYS)).T, strict=True))
    return {name: column for name, column in found.items() if not np.isnan(column).all()}


def all_samples(chosen: dict[str, Floats]) -> dict[str, Interval]:
    """The mean of each way of choosing, with its interval."""
    bands = bootstrap(np.array(list(chosen.values())).T) if chosen else []
    return {name: band.rounded() for name, band in zip(chosen, bands, strict=True)}


def differences(chosen: dict[str, Floats]) -> dict[str, Interval]:
    """How ways of choosing differ, paired by problem."""
    pairs = (("best", "pass@1"), ("best", "majority"), ("weighted_majority", "majority"))
    return {
        f"{a} - {b}": difference(chosen[a], chosen[b]).rounded()
        for a, b in pairs
        if a in chosen and b in chosen
    }


def by_difficulty(
    label: Floats, values: Floats, chances: Floats | None, groups: list[NDArray[np.int64]]
) -> tuple[Difficulty, ...]:
    """How well right stands above wrong, and what is chosen, for problems of like pass rate."""
    out = []
    for low, high in BANDS:
        inside = [g for g in groups if low <= label[g].mean() < high or high == label[g].mean() == 1.0]
        if not inside:
            continue
        rows = np.concatenate(inside)
        best = [best_curve(_ints(label[g]), _floats(values[g]))[-1] for g in inside]
        rows = rows[~np.isnan(values[rows])]
        agreed = None if chances is None else (chances[rows] >= 0.5) == (label[rows] > 0.5)
        out.append(
            Difficulty(
                pass_rate=(low, high),
                problems=len(inside),
                pair_accuracy=_number(_within(label, values, [g[~np.isnan(values[g])] for g in inside])),
                best=_number(float(np.mean(best))),
                pass_1=_number(float(np.mean([label[g].mean() for g in inside]))),
                accuracy=None if agreed is None or not len(agreed) else _number(float(agreed.mean())),
            )
        )
    return tuple(out)


def _ints(labels: Floats) -> list[int]:
    return [int(x) for x in labels]


def _floats(values: Floats) -> list[float]:
    out: list[float] = values.tolist()
    return out


def _within(label: Floats, values: Floats, groups: list[NDArray[np.int64]]) -> float:
    return auroc_within([(_ints(label[g]), _floats(values[g])) for g in groups])


def _pairs(label: Floats, values: Floats, groups: list[NDArray[np.int64]]) -> tuple[list[float], list[float]]:
    found = [won_pairs(_ints(label[g]), _floats(values[g])) for g in groups]
    return [won for won, _ in found], [of for _, of in found]


def _interval(found: Interval) -> Interval | None:
    return found.rounded() if found.problems else None


def _mean(values: list[float]) -> float | None:
    return _number(float(np.mean(values))) if values else None


def _tied(label: Floats, values: Floats, mixed: list[NDArray[np.int64]]) -> float:
    """Share of (right, wrong) pairs of one problem that have the same number."""
    tied = total = 0
    for g in mixed:
        good, bad = values[g][label[g] > 0.5], values[g][label[g] <= 0.5]
        tied += int((good[:, None] == bad[None, :]).sum())
        total += len(good) * len(bad)
    return tied / total if total else math.nan


def _number(x: float) -> float | None:
    return round(float(x), 6) if math.isfinite(x) else None
