"""Sentences that terminal, card and report share: what a trace cost, and how the samples were stopped."""

from __future__ import annotations

from verirs.records import RunSummary


def cost_told(summary: RunSummary) -> str:
    """What an accepted trace took, on average; empty without one."""
    samples, tokens = summary.samples_per_accepted, summary.tokens_per_accepted
    if samples is None:
        return ""
    return f"{samples:,.2f} samples" + ("" if tokens is None else f", {tokens:,.0f} tokens")


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
