"""A ranker's numbers in sentences: does it help, does it hurt, can it be trusted? Each follows from a number.

Differences are paired by problem; what may be said of one is decided in :mod:`verirs.stats.words` alone.
"""

from __future__ import annotations

from verirs.records import Interval, RankerSummary
from verirs.stats import overoptimization
from verirs.stats.words import compared, finding


def sentences(name: str, found: RankerSummary) -> list[str]:
    """What the numbers say, most important first."""
    if found.auroc is None:
        return [_nothing(name, found)]
    out = [_ranks(name, found), *_best(name, found), *_votes(found), *_turn(found)]
    return [*out, *_calibrated(found), *_flaws(found)]


def _nothing(name: str, found: RankerSummary) -> str:
    if found.labelled and found.right == found.labelled:
        return (
            f"All {found.labelled} candidates that {name} ranked are verified right, so nothing can be "
            "said about it: rank all candidates (rank = 'all') to judge it."
        )
    return (
        f"Nothing can be said about {name}: {found.labelled} ranked candidates have a verifier's label, "
        f"{found.right} of them right."
    )


def _ranks(name: str, found: RankerSummary) -> str:
    overall = _with_bounds(found.auroc, found.auroc_interval)
    if found.auroc_within is None:
        return f"{name} has AUROC {overall} over all; no problem has both a right and a wrong candidate."
    bounds = found.auroc_within_interval
    told = (
        f"{name} ranks a right above a wrong candidate of the same problem {found.auroc_within:.1%} of the "
        "time"
        f"{f' ({bounds.low:.1%} to {bounds.high:.1%})' if bounds else ''}"
    )
    if bounds and bounds.high < 0.5:
        return f"{told}; AUROC over all {overall}. That is worse than chance: do not rank with it."
    if bounds is None or bounds.low <= 0.5:
        return f"{told}; AUROC over all {overall}. That it is better than chance is not shown."
    if bounds.high < 0.6:
        return f"{told}; AUROC over all {overall}. That is little better than chance."
    interval = found.auroc_interval
    if interval and interval.low > bounds.high:
        return f"{told}; its AUROC over all, {overall}, also tells easy problems from hard ones."
    return f"{told}; AUROC over all {overall}."


def _with_bounds(value: float | None, interval: Interval | None) -> str:
    shown = "-" if value is None else f"{value:.2f}"
    return f"{shown} ({interval.low:.2f} to {interval.high:.2f})" if interval else shown


def _best(name: str, found: RankerSummary) -> list[str]:
    change = found.differences.get("best - pass@1")
    if change is None or found.labelled == found.problems:  # one candidate a problem: nothing to choose
        return []
    means = f"{found.all_samples['best'].mean:.1%}"
    told = f"Its favourite of all of a problem's candidates is right in {means}; against one candidate alone"
    advice = {"below": " It hurts: use it only among verified candidates.", "above": " It helps."}
    return [f"{told}, {compared(change)}.{advice.get(finding(change), '')}"]


def _votes(found: RankerSummary) -> list[str]:
    out = []
    if (change := found.differences.get("best - majority")) is not None:
        plain = found.all_samples["majority"].mean
        out.append(f"Its favourite against a plain majority vote ({plain:.1%}): {compared(change)}.")
    if (change := found.differences.get("weighted_majority - majority")) is not None:
        weighted = found.all_samples["weighted_majority"].mean
        out.append(f"Votes weighed by its numbers ({weighted:.1%}) against plain ones: {compared(change)}.")
    return out


def _turn(found: RankerSummary) -> list[str]:
    """Over-optimisation: more samples made it worse."""
    said = overoptimization.warning(found.turn) if found.turn else ""
    if (change := found.differences.get("best - pass@1")) is not None and finding(change) == "above":
        # fewer problems reach the largest k: what they show must not speak against all of them
        said = "" if found.turn and finding(found.turn.over_one) == "below" else said
    return [f"{said[0].upper()}{said[1:]}."] if said else []


def _calibrated(found: RankerSummary) -> list[str]:
    told = found.calibration
    if told is None or told.ece is None or told.brier is None or told.pass_rate is None:
        return []
    off = f"its P(correct) is off by {told.ece:.3f} on average"
    how = f"Calibrated ({found.method}, cross-fitted by problem), {off}"
    same = told.pass_rate * (1 - told.pass_rate)
    scores = f"Brier score {told.brier:.3f}; one chance for all, {told.pass_rate:.1%}, has {same:.3f}"
    if round(told.brier, 3) >= round(same, 3):
        return [f"{how}, but tells no more than that one chance ({scores})."]
    return [f"{how} ({scores})."]


def _flaws(found: RankerSummary) -> list[str]:
    out = []
    missing = found.candidates - found.with_number
    if found.errors:
        out.append(f"It broke on {found.errors} candidates, which have no number.")
    if missing > found.errors:
        out.append(f"{missing - found.errors} of {found.candidates} candidates were not ranked.")
    if found.without_number and found.problems_equal:
        out.append(
            f"{found.without_number} labelled candidates have no number: they rank last and do not vote."
        )
    if found.truncated:
        out.append(f"It read {found.truncated} candidates with their middle cut out.")
    if found.ties_within and found.ties_within > 0.05:
        out.append(f"{found.ties_within:.0%} of its comparisons within a problem are ties.")
    return out
