"""Whether to go on, and which round is the best: a function of the rounds' metrics alone.

All comparisons are on the same held-out problems, so differences are paired by problem.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from verirs.loop.sections import StopConfig
from verirs.records import RoundMetrics
from verirs.stats import Interval
from verirs.stats.estimators import pass_at_k
from verirs.stats.intervals import difference
from verirs.stats.words import finding, points


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the loop stands.

    Args:
        best: the round with the highest held-out pass@1 that kept its diversity and its budgets.
        stop: why to stop, or an empty string.
        warnings: what to look at, though it stops nothing yet.
        gain: pass@1 of the best round above the base model's, paired by problem; ``None`` where the base
            model is the best.
        gain_told: what may be said of it.
    """

    best: int
    stop: str = ""
    warnings: tuple[str, ...] = ()
    gain: Interval | None = None
    gain_told: str = ""


def decide(rounds: Sequence[RoundMetrics], rules: StopConfig) -> Decision:
    """Decide on the finished rounds, in order from round 0.

    Raises:
        ValueError: no round.
    """
    if not rounds:
        raise ValueError("no finished round to decide on")
    best, stop, warnings = _walk(rounds, rules)
    gain = pass_1_change(rounds[0], rounds[best]) if best else None
    warnings = [
        *_blind(rounds, rules),
        *warnings,
        *(f"round {r.round}: {note}" for r in rounds for note in r.notes),
    ]
    return Decision(best, stop, tuple(warnings), gain, _gain_told(gain, best, len(rounds) - 1))


def _walk(rounds: Sequence[RoundMetrics], rules: StopConfig) -> tuple[int, str, list[str]]:
    """The best round, why to stop, and what fell without stopping anything."""
    best, since = 0, 0
    warnings: list[str] = []
    for number in range(1, len(rounds)):
        now, before = rounds[number], rounds[best]
        fault = _diversity(rounds, number, rules) or _budget(now, rules)
        if fault:
            return best, f"round {number}: {fault}", warnings
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
            return (
                best,
                f"no gain in pass@1 for {since} rounds (round {best} had {one(rounds[best]):.3f}, "
                f"round {number} has {one(now):.3f}, {change:+.3f})",
                warnings,
            )
    spent = sum(r.tokens for r in rounds)
    if rules.tokens and spent >= rules.tokens:
        return best, f"{spent:,} tokens were sampled, the budget is {rules.tokens:,}", warnings
    return best, "", warnings


def _gain_told(gain: Interval | None, best: int, trained: int) -> str:
    """What may be said of the best round: it was chosen by the figure that it is shown with."""
    if gain is None:
        return "No round is above the base model." if trained else ""
    if finding(gain) != "above":
        return f"No gain shown: round {best} minus the base model, {points(gain)}."
    chosen = f", chosen among {trained} by this figure, so a little too good" if trained > 1 else ""
    return f"Round {best} minus the base model: {points(gain)} in pass@1{chosen}."


def _blind(rounds: Sequence[RoundMetrics], rules: StopConfig) -> list[str]:
    """What the rules cannot see with these held-out problems."""
    out = []
    if rules.kl and (lacking := [r.round for r in rounds if distance(r) is None]):
        out.append(f"stop.kl cannot work: round {lacking[0]} has no distance to the base policy")
    problems = len(rounds[0].held_out.counts)
    if (
        len(rounds) > 1
        and rules.pass_k_drop < 1
        and (least := smallest_fall(problems, rules.pass_k_drop)) > rules.pass_k_drop + 0.03
    ):
        out.append(
            f"{problems} held-out problems: a fall of pass@{rounds[0].held_out.n} below {least:.0%} stops "
            f"nothing, it cannot be told from chance"
        )
    return out


@functools.cache
def smallest_fall(problems: int, drop: float) -> float:
    """The smallest fall of pass@n that stops a loop: so many of ``problems`` lost, all others kept.

    1.0 where even all of them would not.
    """
    for lost in range(1, problems + 1):
        change = difference(-(np.arange(problems) < lost).astype(float), np.zeros(problems))
        if change.high < 0 and -change.mean > drop:
            return lost / problems
    return 1.0


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
    return metrics.kl.measured.mean if metrics.kl.measured else metrics.kl.at_least


def one(metrics: RoundMetrics) -> float:
    """The held-out pass@1; 0 where nothing was verified."""
    value = metrics.held_out.pass_1
    return value.mean if value else 0.0


def _most_diverse(rounds: Sequence[RoundMetrics]) -> RoundMetrics:
    return max(rounds, key=lambda r: r.held_out.pass_n.mean if r.held_out.pass_n else 0.0)


def pass_k_change(before: RoundMetrics, now: RoundMetrics) -> Interval:
    """The change of pass@k, k = n, from one round to another, paired over the problems of both."""
    return _change(before, now, lambda n1, n2: min(n1, n2))


def pass_1_change(before: RoundMetrics, now: RoundMetrics) -> Interval:
    """The change of pass@1 from one round to another, paired over the problems of both."""
    return _change(before, now, lambda n1, n2: min(n1, n2, 1))


def _change(before: RoundMetrics, now: RoundMetrics, k_of: Callable[[int, int], int]) -> Interval:
    a, b = before.held_out.counts, now.held_out.counts
    both = []
    for problem in sorted(a.keys() & b.keys()):
        (n1, c1), (n2, c2) = a[problem], b[problem]
        if k := k_of(n1, n2):
            both.append((pass_at_k(n2, c2, k), pass_at_k(n1, c1, k)))
    after, earlier = np.array(both).reshape(-1, 2).T
    return difference(after, earlier)
