"""Two runs on the same problems: how each figure differs, paired by problem, and which problems changed.

The intervals say how far another draw of problems would move the difference (:mod:`verirs.stats.intervals`);
what may be said of one is decided in :mod:`verirs.stats.words`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verirs.records import Interval
from verirs.stats.counts import ProblemCounts
from verirs.stats.curves import at, estimates
from verirs.stats.intervals import bootstrap, difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure of both runs, over the problems that have it in both.

    Args:
        figure: ``pass@1``, ``maj@8``.
        before: the mean of the first run.
        after: the mean of the second.
        change: how much higher the second is, paired by problem, with its interval.
    """

    figure: str
    before: Interval
    after: Interval
    change: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A problem that one run mostly solves and the other does not: right samples, and verified ones."""

    problem_id: str
    before: tuple[int, int]
    after: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """McNemar's exact test on the first verified sample of each problem.

    Args:
        lost: problems right in the first run and wrong in the second.
        won: the other way round.
        p: two-sided; 1 where nothing changed.
    """

    lost: int
    won: int
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """What two runs say of the same problems.

    Args:
        problems: with verified samples in both.
        left_out: without in one of them; they are in no figure.
        changes: pass@1 first; at the largest k that all problems have in both runs the others.
        mcnemar: of pass@1.
        flips: those that changed most first.
    """

    problems: int
    left_out: int
    changes: tuple[Change, ...]
    mcnemar: McNemar
    flips: tuple[Flip, ...]


def paired(before: Sequence[ProblemCounts], after: Sequence[ProblemCounts], *, seed: int = 0) -> Paired:
    """Compare two runs over the problems that both have."""
    first, second = ({p.problem_id: p for p in side} for side in (before, after))
    shared = [i for i in first if i in second]
    ids = [i for i in shared if first[i].n and second[i].n]
    a, b = [first[i] for i in ids], [second[i] for i in ids]
    return Paired(
        problems=len(ids),
        left_out=len(shared) - len(ids),
        changes=_changes(a, b, seed),
        mcnemar=mcnemar([(bool(p.right[0]), bool(q.right[0])) for p, q in zip(a, b, strict=True)]),
        flips=_flips(a, b),
    )


def _changes(a: Sequence[ProblemCounts], b: Sequence[ProblemCounts], seed: int) -> tuple[Change, ...]:
    if not a:
        return ()
    most = min(p.n for p in (*a, *b))
    one, two = estimates(a, seed), estimates(b, seed)
    out = []
    for name in [n for n in one if n in two]:
        for k in sorted({1, most} if name == "pass@k" else {most}):
            x, y = (at(rows[name].rows, [k])[:, 0] for rows in (one, two))
            both = ~np.isnan(x) & ~np.isnan(y)
            sides = bootstrap(np.stack([x[both], y[both]], axis=1), seed=seed) if both.any() else ()
            if sides and (k > 1 or name == "pass@k"):
                change = difference(y, x, seed=seed)
                figure = name.replace("@k", f"@{k}")
                out.append(
                    Change(
                        figure=figure,
                        before=sides[0].rounded(),
                        after=sides[1].rounded(),
                        change=change.rounded(),
                    )
                )
    return tuple(out)


def mcnemar(pairs: Sequence[tuple[bool, bool]]) -> McNemar:
    """The exact test: of the problems that changed, each way is as likely (McNemar 1947).

    Args:
        pairs: right in the first run, right in the second.
    """
    lost = sum(a and not b for a, b in pairs)
    won = sum(b and not a for a, b in pairs)
    n, few = lost + won, min(lost, won)
    tail = math.fsum(
        math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) - n * math.log(2))
        for i in range(few + 1)
    )
    return McNemar(lost=lost, won=won, p=min(1.0, 2 * tail))


def _flips(a: Sequence[ProblemCounts], b: Sequence[ProblemCounts]) -> tuple[Flip, ...]:
    found = []
    for p, q in zip(a, b, strict=True):
        x, y = p.c / p.n, q.c / q.n
        if (x > 0.5) != (y > 0.5) and x != y:
            flip = Flip(problem_id=p.problem_id, before=(p.c, p.n), after=(q.c, q.n))
            found.append((-abs(x - y), p.problem_id, flip))
    return tuple(flip for _, _, flip in sorted(found, key=lambda f: f[:2]))
