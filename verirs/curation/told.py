"""What became of the problems, as tables and lines that card, report and terminal share."""

from __future__ import annotations

from typing import Any

from verirs.records import CurationSummary

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def funnel(found: CurationSummary) -> Table:
    """What was left after each step."""
    return ("step", "problems", "rows"), [(s.name, s.problems, s.rows) for s in found.funnel]


def contamination(found: CurationSummary) -> Table:
    """What of each benchmark stands in the problems."""
    head = ("benchmark", "items", "items found", "problems that hold one", "of them with other numbers")
    rows = [(b.benchmark, b.items, b.items_found, b.problems, b.other_numbers) for b in found.contamination]
    return head, rows


def worst(found: CurationSummary) -> Table:
    """The problems that hold most of an item."""
    rows = [
        (w.problem_id, w.item, f"{w.share:.2f}", "other" if w.other_numbers else "the same")
        for b in found.contamination
        for w in b.worst
    ]
    return ("problem", "item", "share", "numbers"), rows


def conflicts(found: CurationSummary) -> Table:
    """Equal problems with unequal golds."""
    rows = [(*c.problem_ids, *(gold[:80] for gold in c.golds)) for c in found.conflicts]
    return ("problem", "equal to it", "gold", "other gold"), rows


DONE = {
    "drop": "they are in no training file",
    "mark": "they are marked and kept",
    "refuse": "there are none",
}


def lines(found: CurationSummary) -> list[str]:
    """What to say of it in a few lines; nothing where all problems are as they were."""
    told = []
    if found.duplicates or found.similar or found.variants:
        told.append(
            f"{found.duplicates:,} problems are equal to an earlier one, {found.similar:,} nearly, "
            f"{found.variants:,} but for numbers or signs"
        )
    if found.conflicting:
        told.append(f"{found.conflicting:,} problems are equal and have unequal golds")
    if hits := [b for b in found.contamination if b.problems]:
        where = ", ".join(f"{b.problems:,} of {b.benchmark}" for b in hits)
        told.append(f"{where}: problems that hold an item of a benchmark; {DONE[found.action]}")
    if found.funnel and found.funnel[-1].problems < found.funnel[0].problems:
        left = " -> ".join(f"{s.name} {s.problems:,}" for s in found.funnel)
        told.append(f"{left}; rows {found.funnel[0].rows:,} -> {found.funnel[-1].rows:,}")
    return told
