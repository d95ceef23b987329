"""Curves over k from one pool of samples: what n samples would have given, and what selection lost.

Everything for all k up to n comes from the same pool. Shares are in 0 .. 1, KL in nats.
"""

from __future__ import annotations

import functools
import itertools
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from verirs.records import Curve, Curves, Divergence, Estimate, Fit, Gap, Interval, Overoptimization
from verirs.stats import kl, overoptimization
from verirs.stats.arrays import Flags, Floats, Values, ranks
from verirs.stats.counts import NO_CLASS, ProblemCounts
from verirs.stats.draws import DRAWS, weighted_majority_curve
from verirs.stats.estimators import EXACT_LIMIT, best_curve, expected_best, majority_curve, pass_curve
from verirs.stats.intervals import RESAMPLES, bootstrap
from verirs.stats.links import vote_weights


@dataclass(frozen=True, slots=True)
class Rows:
    """One figure of every problem, k = 1 .. n of each.

    Args:
        method: how it was computed, for readers.
        rows: one array a problem; row k - 1 is the figure at k.
    """

    method: str
    rows: list[Floats]


def estimates(problems: Sequence[ProblemCounts], seed: int = 0) -> dict[str, Rows]:
    """pass@k, and where there are answers or a ranker's numbers also maj@k, weighted_maj@k, best@k.

    A problem without any answer has no vote, and no say in the two curves of votes. A weighted vote weighs
    what :func:`verirs.stats.links.vote_weights` says. The two curves of a ranker are given only where it
    ranked everything (:func:`ranked_all`); a sample that it has no number for ranks last and does not vote.
    """
    curve_of = functools.cache(pass_curve)  # most problems share their counts with others
    out = {"pass@k": Rows("exact", [curve_of(p.n, p.c) for p in problems])}
    voted = any(votes(p.classes) for p in problems)
    ranked = ranked_all(problems)
    drawn = f"{DRAWS} seeded draws a problem"
    if voted:
        exact = all(p.n <= EXACT_LIMIT for p in problems)
        out["maj@k"] = Rows("exact" if exact else drawn, [majority(p, seed) for p in problems])
    if voted and ranked:
        out["weighted_maj@k"] = Rows(drawn, _weighted(problems, seed))
    if ranked:
        out["best@k"] = Rows("exact, ties shared", [best_curve(p.right, p.values) for p in problems])
    return out


def ranked_all(problems: Sequence[ProblemCounts]) -> bool:
    """Whether the ranker saw what the verifiers rejected too: see :func:`saw_the_wrong`."""
    return saw_the_wrong([r for p in problems for r in p.right], [v for p in problems for v in p.values])


def saw_the_wrong(right: Flags, values: Values) -> bool:
    """Whether a ranker has numbers, and at least 99 in 100 of the wrong samples have one.

    One that scored the accepted only would look perfect: its missing numbers know the verdict.
    """
    ranked, wrong = np.isfinite(ranks(values)), ~np.asarray(right, dtype=bool)
    return bool(ranked.any()) and int((ranked & wrong).sum()) >= 0.99 * int(wrong.sum())


def votes(classes: Sequence[int]) -> bool:
    """Whether any sample of a problem has an answer to vote for."""
    return any(c != NO_CLASS for c in classes)


def _weighted(problems: Sequence[ProblemCounts], seed: int) -> list[Floats]:
    weights = iter(vote_weights(v for p in problems for v in p.values))
    own = [list(itertools.islice(weights, p.n)) for p in problems]
    return [
        weighted_majority_curve(p.right, p.answers, w, seed=_own_seed(p, seed))
        if votes(p.classes)
        else np.full(p.n, np.nan)
        for p, w in zip(problems, own, strict=True)
    ]


def _own_seed(counts: ProblemCounts, seed: int) -> int:
    """Another one for every problem, so that the noise of the draws averages out over problems."""
    return (seed << 32) + zlib.crc32(counts.problem_id.encode("utf-8", "surrogatepass"))


def majority(counts: ProblemCounts, seed: int = 0) -> Floats:
    """maj@k of one problem: exact, or by draws for very many samples; NaN where nobody votes."""
    if not votes(counts.classes):
        return np.full(counts.n, np.nan)
    if counts.n <= EXACT_LIMIT:
        return majority_curve(counts.right, counts.answers)
    return weighted_majority_curve(
        counts.right, counts.answers, [1.0] * counts.n, seed=_own_seed(counts, seed)
    )


def curves(
    problems: Sequence[ProblemCounts],
    *,
    ks: Sequence[int] | None = None,
    found: Mapping[str, Rows] | None = None,
    passes: Sequence[Floats] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Curves:
    """All curves with bands, the selection gap, KL and over-optimisation.

    Columns run over ``k``; a mean at k is over the problems with k verified samples or more, and
    ``problems`` says how many those are.

    Args:
        ks: at which k; by default 1 .. the largest n. Fits and warnings use all k in any case.
        found: what :func:`estimates` gave for the problems with verified samples, where it is there already.
        passes: pass@k of the very samples that the other figures are of, for the selection gap; by default
            those of ``found``.
    """
    verified = [p for p in problems if p.n]
    largest = max((p.n for p in verified), default=0)
    ks = [k for k in (ks or range(1, largest + 1)) if k <= largest]
    found = estimates(verified, seed) if found is None else found
    bands = {name: bootstrap(at(c.rows, ks), resamples=resamples, seed=seed) for name, c in found.items()}
    if not ks:
        return Curves()
    proxy = proxy_curves(verified) if "best@k" in found else None
    said = overoptimization.warning(proxy.turn) if proxy is not None and proxy.turn else ""
    if proxy is not None:
        proxy = _thinned(proxy, ks)
    return Curves(
        k=tuple(ks),
        estimates={name: _curve(found[name].method, band) for name, band in bands.items()},
        gap={
            name: gap(passes or found["pass@k"].rows, found[name].rows, len(problems), ks)
            for name in found
            if name != "pass@k"
        },
        kl=verifier_divergence(verified, ks),
        overoptimization=proxy,
        warnings=(said,) if said else (),
    )


def gap(passes: Sequence[Floats], selects: Sequence[Floats], problems: int, ks: Sequence[int]) -> Gap:
    """Where the problems end at each k, as shares that add up to 1."""
    found, taken = at(passes, ks), at(selects, ks)
    both = ~np.isnan(found) & ~np.isnan(taken)
    known = both.sum(axis=0) / problems
    hit = np.where(both, found, 0.0).sum(axis=0) / problems
    got = np.where(both, taken, 0.0).sum(axis=0) / problems
    return Gap(
        selected=_rounded(got),
        not_selected=_rounded(hit - got),
        not_found=_rounded(known - hit),
        unknown=_rounded(1.0 - known),
    )


def verifier_divergence(problems: Sequence[ProblemCounts], ks: Sequence[int]) -> Divergence:
    """KL from the policy of selecting by the verifier, mean over problems, with shares for chances."""
    solved = [p.c / p.n for p in problems if p.c]
    rates, places = np.unique([p.c / p.n for p in problems], return_inverse=True)
    of_rate = np.array([[kl.verifier_kl(r, k) for r in rates.tolist()] for k in ks])
    return Divergence(
        verifier=_rounded(np.array([np.mean(row[places]) for row in of_rate])),
        pass_only=round(float(np.mean([kl.pass_only_kl(r) for r in solved])), 6) if solved else None,
        pass_only_problems=len(solved),
        bound=_rounded(np.array([kl.best_of_n_bound(k) for k in ks])),
    )


def proxy_curves(problems: Sequence[ProblemCounts]) -> Overoptimization | None:
    """Best-of-k by the ranker: its own score, the share right and the length against the KL.

    Over the problems with a value, up to the smallest n that nine in ten of them reach, so that all k are
    means over the same problems. A sample without a value ranks last; where it is the favourite, it counts
    with the lowest value of its problem. ``None`` without such problems.
    """
    ranked = [p for p in problems if any(math.isfinite(v) for v in p.values)]
    if not ranked:
        return None
    sizes = sorted((p.n for p in ranked), reverse=True)
    top = sizes[math.ceil(0.9 * len(sizes)) - 1]
    same = [p for p in ranked if p.n >= top]

    def mean(rows: Sequence[Floats]) -> Floats:
        return np.asarray(np.mean([row[:top] for row in rows], axis=0), dtype=np.float64)

    distance = mean([kl.ranker_kl(p.values) for p in same])
    distance[0] = 0.0  # one sample is the policy; the estimate leaves rounding there
    score = mean([expected_best(p.values, _filled(p.values)) for p in same])
    right = np.array([best_curve(p.right, p.values)[:top] for p in same])
    gold = np.asarray(right.mean(axis=0), dtype=np.float64)
    length = mean([expected_best(p.values, p.lengths) for p in same])
    fitted = {}
    if top >= 3:
        for name, line in (("proxy", score), ("gold", gold)):
            fitted[name] = _rounded_fit(overoptimization.fit(distance, line))
    return Overoptimization(
        problems=len(same),
        k=tuple(range(1, top + 1)),
        kl=_rounded(distance),
        proxy=_rounded(score),
        gold=_rounded(gold),
        length=_rounded(length),
        fit=fitted,
        turn=overoptimization.turn(right, doubling(top)),
    )


def _filled(values: Values) -> Floats:
    numbers = ranks(values)
    known = np.isfinite(numbers)
    return np.where(known, numbers, numbers[known].min())


def _thinned(whole: Overoptimization, ks: Sequence[int]) -> Overoptimization:
    """The columns at ``ks`` only."""
    kept = [k - 1 for k in ks if k <= len(whole.k)]

    def some(column: Sequence[float]) -> tuple[float, ...]:
        return tuple(column[i] for i in kept)

    return replace(
        whole,
        k=tuple(whole.k[i] for i in kept),
        kl=some(whole.kl),
        proxy=some(whole.proxy),
        gold=some(whole.gold),
        length=some(whole.length),
    )


def at(curves: Sequence[Floats], ks: Sequence[int]) -> Floats:
    """Curves of unequal length as a table (problems x ks), NaN where k is above a problem's n."""
    places = np.asarray(ks, dtype=int) - 1
    if len({len(curve) for curve in curves}) == 1 and places.max(initial=-1) < len(curves[0]):
        return np.array(curves)[:, places]
    table = np.full((len(curves), len(ks)), np.nan)
    for row, curve in zip(table, curves, strict=True):
        inside = places < len(curve)
        row[inside] = curve[places[inside]]
    return table


def doubling(largest: int) -> list[int]:
    """1, 2, 4, ... up to ``largest``, which always closes the list."""
    ks = [1 << i for i in range(largest.bit_length()) if 1 << i <= largest]
    return [*ks, largest] if ks and ks[-1] != largest else ks


def plotted(largest: int) -> list[int]:
    """Every k up to 16, then those that people name (20, 32, 50, 64, 100, ...), up to ``largest``."""
    ks = set(range(1, min(16, largest) + 1)) | {largest}
    for step in range(largest.bit_length() + 1):
        ks |= {m << step for m in (1, 5, 3, 25, 7)} | {m * 10**step for m in (1, 2, 5)}
    return sorted(k for k in ks if 1 <= k <= largest)


def estimate(rows: Rows, ks: Sequence[int], *, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """Means over problems at ``ks``, with their intervals."""
    bands = bootstrap(at(rows.rows, ks), resamples=resamples, seed=seed) if ks else []
    return Estimate(method=rows.method, at={k: b.rounded() for k, b in zip(ks, bands, strict=True)})


def _curve(method: str, bands: Sequence[Interval]) -> Curve:
    rows = [band.rounded() for band in bands]
    return Curve(
        method=method,
        mean=tuple(r.mean for r in rows),
        low=tuple(r.low for r in rows),
        high=tuple(r.high for r in rows),
        problems=tuple(r.problems for r in rows),
    )


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(v), 6) + 0.0 for v in values)


def _rounded_fit(fit: Fit) -> Fit:
    return Fit(
        alpha=round(fit.alpha, 6),
        beta=round(fit.beta, 6),
        residual=round(fit.residual, 6),
        turn_over=None if fit.turn_over is None else round(fit.turn_over, 6),
    )
