"""Sentences that terminal, card and report share: what a trace cost, and how the samples were stopped."""

from __future__ import annotations

from verirs.records import RunSummary


def cost_told(summary: RunSummary, seconds: float | None = None) -> str:
    """What an accepted trace took, on average; empty without one.

    Args:
        seconds: of all sampling, where they are known.
    """
    samples, tokens = summary.samples_per_accepted, summary.tokens_per_accepted
    if samples is None:
        return ""
    parts = [f"{samples:,.2f} samples"]
    if tokens is not None:
        parts.append(f"{tokens:,.0f} tokens")
    if seconds is not None and summary.completions:
        parts.append(f"{seconds / summary.completions * samples:,.3g} s of sampling")
    return ", ".join(parts)


def until_told(summary: RunSummary) -> list[str]:
    """What to know of a run whose problems stopped by their verdicts; empty for any other."""
    until = summary.until
    if until is None:
        return []
    lines = [
        until.told,
        f"pass@k is estimated by {until.estimator}; every other figure is of the first {until.first} samples "
        f"of each problem. Nothing is estimated beyond k = {until.first}",
    ]
    if until.missing:
        problems = until.stops.get("open", 0)
        lines.append(
            f"{problems:,} problem{'s want' if problems > 1 else ' wants'} {until.missing:,} more samples "
            f"before the rule can decide again"
        )
    return lines
