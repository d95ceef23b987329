"""Whether to go on, and which round is the best: a function of the rounds' metrics alone.

All comparisons are on the same held-out problems, so differences are paired by problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verirs.loop.config import StopConfig
from verirs.records import RoundMetrics
from verirs.stats import Interval
from verirs.stats.estimators import pass_at_k
from verirs.stats.intervals import difference
from verirs.stats.words import finding


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the loop stands.

    Args:
        best: the round with the highest held-out pass@1 that kept its diversity and its budgets.
        stop: why to stop, or an empty string.
        warnings: what to look at, though it stops nothing yet.
    """

    best: int
    stop: str = ""
    warnings: tuple[str, ...] = ()


def decide(rounds: Sequence[RoundMetrics], rules: StopConfig) -> Decision:
    """Decide on the finished rounds, in order from round 0.

    Raises:
        ValueError: no round.
    """
    if not rounds:
        raise ValueError("no finished round to decide on")
    best, since = 0, 0
    warnings: list[str] = []
    for number in range(1, len(rounds)):
        now, before = rounds[number], rounds[best]
        fault = _diversity(rounds, number, rules) or _budget(now, rules)
        if fault:
            return Decision(best, f"round {number}: {fault}", tuple(warnings))
        if one(now) > one(before) + rules.gain:
            best, since = number, 0
        else:
            since += 1
        fall = pass_k_change(_most_diverse(rounds[:number]), now)
        if finding(fall) == "below":
            warnings.append(
                f"round {number}: pass@{now.held_out.n} fell by {-fall.mean:.3f} "
                f"[{-fall.high:.3f}, {-fall.low:.3f}] below the best round's"
            )
        if rules.patience and since >= rules.patience:
            change = one(now) - one(rounds[best])
            return Decision(
                best,
                f"no gain in pass@1 for {since} rounds (round {best} had {one(rounds[best]):.3f}, "
                f"round {number} has {one(now):.3f}, {change:+.3f})",
                tuple(warnings),
            )
    spent = sum(r.tokens for r in rounds)
    if rules.tokens and spent >= rules.tokens:
        return Decision(
            best, f"{spent:,} tokens were sampled, the budget is {rules.tokens:,}", tuple(warnings)
        )
    return Decision(best, "", tuple(warnings))


def _diversity(rounds: Sequence[RoundMetrics], number: int, rules: StopConfig) -> str:
    change = pass_k_change(_most_diverse(rounds[:number]), rounds[number])
    if -change.mean <= rules.pass_k_drop or change.high >= 0:
        return ""
    n = rounds[number].held_out.n
    return (
        f"pass@{n} fell by {-change.mean:.3f} [{-change.high:.3f}, {-change.low:.3f}], more than "
        f"stop.pass_k_drop = {rules.pass_k_drop}: the policy finds fewer of the solutions it once found"
    )


def _budget(now: RoundMetrics, rules: StopConfig) -> str:
    kl = distance(now)
    if not rules.kl or kl is None or kl <= rules.kl:
        return ""
    return f"{kl:.2f} nats a completion from the base policy, the budget stop.kl is {rules.kl}"


def distance(metrics: RoundMetrics) -> float | None:
    """The best figure of the distance to the base policy there is: measured, else the lower bound."""
    kl = metrics.kl
    return kl.measured.mean if kl.measured else kl.at_least


def one(metrics: RoundMetrics) -> float:
    """The held-out pass@1; 0 where nothing was verified."""
    value = metrics.held_out.pass_1
    return value.mean if value else 0.0


def _most_diverse(rounds: Sequence[RoundMetrics]) -> RoundMetrics:
    return max(rounds, key=lambda r: r.held_out.pass_n.mean if r.held_out.pass_n else 0.0)


def pass_k_change(before: RoundMetrics, now: RoundMetrics) -> Interval:
    """The change of pass@k, k = n, from one round to another, paired over the problems of both."""
    a, b = before.held_out.counts, now.held_out.counts
    both = []
    for problem in sorted(a.keys() & b.keys()):
        (n1, c1), (n2, c2) = a[problem], b[problem]
        k = min(n1, n2)
        if k:
            both.append((pass_at_k(n2, c2, k), pass_at_k(n1, c1, k)))
    after, earlier = np.array(both).reshape(-1, 2).T
    return difference(after, earlier)
