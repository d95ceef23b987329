"""The table at the end of a run, and the paths to go on with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from verirs.running import RunResult

CURVES = ("pass@k", "maj@k", "weighted_maj@k", "best@k")


def show_result(result: RunResult, console: Console) -> None:
    """Print counts, estimates with intervals, and where everything lies."""
    console.print(_counts(result.summary), _curves(result.summary))
    for kind, number in list(result.summary["errors"].items())[:5]:
        console.print(f"[yellow]error[/] {number} x {kind}", highlight=False)
    for reason, number in result.progress.refused.most_common(5):
        console.print(f"[yellow]refused[/] {number} x {reason}", highlight=False)
    rows = ", ".join(f"{name} {w.rows:,}" for name, w in result.exported.files.items())
    first = next(iter(result.exported.files.values()), None)
    console.print(f"report   {result.path / 'report' / 'index.html'}", highlight=False)
    if first is not None:
        console.print(f"dataset  {result.exported.path}  ({rows} rows)", highlight=False)
        console.print(
            f"next     python -c \"import datasets; print(datasets.load_dataset('parquet', "
            f"data_files='{first.paths[0]}', split='train')[0])\"",
            highlight=False,
        )


def _counts(summary: Mapping[str, Any]) -> Table:
    table = Table(show_header=False, box=None)
    verdicts = summary["verdicts"]
    table.add_row("problems", f"{summary['problems']:,}")
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
