"""A ranker's numbers in sentences: does it help, does it hurt, can it be trusted? Each follows from a number.

A difference counts where the 95 % intervals of the two means do not overlap; else it is called
within the noise.
"""

from __future__ import annotations

from verirs.records import Band, RankerSummary


def sentences(name: str, found: RankerSummary) -> list[str]:
    """What the numbers say, most important first."""
    if found.auroc is None:
        return [_nothing(name, found)]
    out = [_ranks(name, found.auroc, found.auroc_within), *_best(name, found), *_votes(found), *_turn(found)]
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


def _ranks(name: str, overall: float, within: float | None) -> str:
    if within is None:
        return f"{name} has AUROC {overall:.2f} over all; no problem has both a right and a wrong candidate."
    told = f"{name} ranks a right above a wrong candidate of the same problem {within:.0%} of the time"
    if within < 0.5:
        return f"{told} (AUROC over all: {overall:.2f}): worse than chance. Do not rank with it."
    if within < 0.55:
        return f"{told} (AUROC over all: {overall:.2f}): little better than chance."
    if overall - within > 0.1:
        return f"{told}; its AUROC over all, {overall:.2f}, mostly tells easy problems from hard ones."
    return f"{told} (AUROC over all: {overall:.2f})."


def _best(name: str, found: RankerSummary) -> list[str]:
    best = found.estimates["best@k"].at
    n = max(best)
    if n == 1:
        return []
    first, last = best[1], best[n]
    told = f"best-of-{n} by {name} is {last.mean:.2f}"
    if last.high < first.low:
        return [f"{told}, below pass@1 {first.mean:.2f}: it hurts; use it only among verified candidates."]
    if last.low > first.high:
        return [f"{told}, above pass@1 {first.mean:.2f}: it helps."]
    return [f"{told}, pass@1 {first.mean:.2f}: no difference beyond the noise."]


def _votes(found: RankerSummary) -> list[str]:
    all_samples = found.all_samples
    if "majority" not in all_samples:
        return []
    plain, best = all_samples["majority"], all_samples["best"]
    out = []
    if plain.mean > best.mean:
        out.append(f"A plain majority vote ({plain.mean:.2f}) beats taking its favourite ({best.mean:.2f}).")
    if "weighted_majority" in all_samples:
        weighted = all_samples["weighted_majority"]
        word = _versus(weighted, plain)
        out.append(f"Weighing votes by it gives {weighted.mean:.2f}, {word} the plain majority's.")
    return out


def _versus(one: Band, other: Band) -> str:
    if one.mean == other.mean:
        return "the same as"
    word = "above" if one.mean > other.mean else "below"
    apart = one.low > other.high or one.high < other.low
    return word if apart else f"{word} (within the noise)"


def _turn(found: RankerSummary) -> list[str]:
    """Over-optimisation: more samples made it worse."""
    best = found.estimates["best@k"].at
    top = max(best, key=lambda k: (best[k].mean, -k))
    last = max(best)
    if top == last or best[last].mean > best[top].mean - 0.005:
        return []
    means = f"best-of-{top} is {best[top].mean:.2f}, best-of-{last} {best[last].mean:.2f}"
    if best[last].high >= best[top].low:
        return [f"More samples may make it worse beyond {top}: {means} (within the noise)."]
    return [f"It is over-optimised beyond {top} samples: {means}."]


def _calibrated(found: RankerSummary) -> list[str]:
    off = found.calibration.ece if found.calibration else None
    if off is None:
        return []
    how = f"Calibrated ({found.method}, cross-fitted by problem)"
    return [f"{how}, its P(correct) is off by {off:.3f} on average (expected calibration error)."]


def _flaws(found: RankerSummary) -> list[str]:
    out = []
    missing = found.candidates - found.with_number
    if found.errors:
        out.append(f"It broke on {found.errors} candidates, which have no number.")
    if missing > found.errors:
        out.append(f"{missing - found.errors} of {found.candidates} candidates were not ranked.")
    if found.truncated:
        out.append(f"It read {found.truncated} candidates with their middle cut out.")
    if found.ties_within and found.ties_within > 0.05:
        out.append(f"{found.ties_within:.0%} of its comparisons within a problem are ties.")
    return out
