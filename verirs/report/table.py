"""The table at the end of a run, and the paths to go on with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from verirs.sinks.writer import Written

CURVES = ("pass@k", "maj@k", "weighted_maj@k", "best@k")


def show_result(
    summary: Mapping[str, Any],
    console: Console,
    *,
    path: Path,
    folder: Path,
    files: Mapping[str, Written],
    refused: Counter[str],
) -> None:
    """Print counts, estimates with intervals, and where everything lies.

    Args:
        summary: of the run.
        path: the run directory.
        folder: of the exported files.
        files: by sink.
        refused: requests that the engine refused, by reason.
    """
    console.print(_counts(summary), _curves(summary))
    for kind, number in list(summary["errors"].items())[:5]:
        console.print(Text("error ", style="yellow") + Text(f"{number} x {kind}"))
    for reason, number in refused.most_common(5):
        console.print(Text("refused ", style="yellow") + Text(f"{number} x {reason}"))
    rows = ", ".join(f"{name} {w.rows:,}" for name, w in files.items())
    first = next(iter(files.values()), None)
    console.print(f"report   {path / 'report' / 'index.html'}", highlight=False, markup=False)
    if first is not None:
        console.print(f"dataset  {folder}  ({rows} rows)", highlight=False, markup=False)
        console.print(
            f"next     python -c \"import datasets; print(datasets.load_dataset('parquet', "
            f"data_files='{first.paths[0]}', split='train')[0])\"",
            highlight=False,
            markup=False,
        )


def _counts(summary: Mapping[str, Any]) -> Table:
    table = Table(show_header=False, box=None)
    verdicts = summary["verdicts"]
    table.add_row("problems", f"{summary['problems']:,}")
    if left_out := summary.get("rows_left_out"):
        why = "; ".join(f"{n:,} {reason}" for reason, n in list(left_out.items())[:3])
        table.add_row("rows left out", Text(f"{sum(left_out.values()):,} ({why})"))
    table.add_row("solved (a verified pass)", f"{summary['problems_solved']:,}")
    table.add_row("completions", f"{summary['completions']:,}")
    table.add_row("verdicts", "  ".join(f"{v} {n:,}" for v, n in verdicts.items()))
    if summary["truncated"]:
        table.add_row("cut off by max_tokens", f"{summary['truncated']:,}")
    if "accepted" in summary:
        share = summary["acceptance"]
        table.add_row(
            "accepted", f"{summary['accepted']:,}" + (f" ({share:.1%})" if share is not None else "")
        )
        table.add_row("preference pairs", f"{summary['pairs']:,}")
    return table


def _curves(summary: Mapping[str, Any]) -> Table:
    names = [c for c in CURVES if summary.get(c, {}).get("at")]
    table = Table(box=None, title="means over problems, 95 % intervals", title_justify="left")
    if not names:
        return Table(box=None)
    table.add_column("k", justify="right")
    for name in names:
        table.add_column(name, justify="right")
    for k in summary[names[0]]["at"]:
        cells = [summary[name]["at"].get(k) for name in names]
        table.add_row(k, *(_band(c) if c else "" for c in cells))
    return table


def _band(cell: Mapping[str, float]) -> str:
    return f"{cell['mean']:.1%} ({100 * cell['low']:.1f}-{100 * cell['high']:.1f})"
