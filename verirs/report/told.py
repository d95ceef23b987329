"""A run's summary as the page gets it: the figures, and the sentences that say what to know of them."""

from __future__ import annotations

from typing import Any

from verirs.records import RunSummary
from verirs.stats import overoptimization as shape
from verirs.types import Verdict
from verirs.until.words import cost_told, until_told


def told(summary: RunSummary) -> dict[str, Any]:
    """Sentences and rows beside the figures."""
    origin, over = summary.origin, summary.curves.overoptimization
    head, runs = origin.runs()
    turned = shape.warning(over.turn) if over and over.turn else ""
    cost = cost_told(summary)
    return {
        "line": [str(t) for t in (origin.problems, origin.model.get("model"), origin.engine) if t],
        "cost": [cost.partition(" ")[0], cost.partition(" ")[2]] if cost else [],
        "warnings": warnings(summary),
        "until": until_told(summary),
        "turn": turned or (shape.reassurance(over.turn) if over and over.turn else ""),
        "turned": bool(turned),
        "origin": [[name, str(value)] for name, value in origin.told()],
        "runs": [list(head), [[str(v) for v in run] for run in runs]] if runs else None,
    }


def warnings(summary: RunSummary) -> list[str]:
    """What to know before trusting the figures."""
    said: list[str] = []
    total = max(1, summary.completions)
    errors, abstained = (summary.verdicts[v] for v in (Verdict.ERROR, Verdict.ABSTAIN))
    unverified = summary.selection.unverified if summary.selection else 0
    if errors:
        said.append(
            f"{errors:,} verdicts ({errors / total:.1%}) are errors: judging broke. "
            "They are in no figure and no training file; run `verirs score RUN --errors` to judge them again."
        )
    if abstained and not unverified:
        said.append(f"{abstained:,} completions could not be judged and are in no figure.")
    if summary.selection and unverified:
        error = summary.selection.expected_error
        guess = "unknown" if error is None else f"{error:.1%}, if the ranker is calibrated"
        said.append(
            f"{unverified:,} accepted completions are unverified; expected share of wrong ones: {guess}."
        )
    if summary.truncated / total > 0.05:
        said.append(
            f"{summary.truncated / total:.0%} of the completions were cut off by max_tokens: raise it."
        )
    return [*said, *summary.curves.warnings]
