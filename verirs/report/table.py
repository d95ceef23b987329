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
from verirs.system.terminal import one_line, pasted, python_text

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
        console.print(Text("error ", style="yellow") + Text(f"{number} x {one_line(kind)}"))
    for reason, number in refused.most_common(5):
        console.print(Text("refused ", style="yellow") + Text(f"{number} x {one_line(reason)}"))
    rows = ", ".join(f"{one_line(name)} {w.rows:,}" for name, w in files.items())
    first = next(iter(files.values()), None)
    report = one_line(path / "report" / "index.html")
    console.print(Text(f"report   {report}"), soft_wrap=True)
    if first is not None:
        console.print(Text(f"dataset  {one_line(folder)}  ({rows} rows)"), soft_wrap=True)
        console.print(Text(f"next     {_first_row(first.paths[0])}"), soft_wrap=True)


def _first_row(file: Path) -> str:
    """A command that shows a file's first row; safe to paste, whatever the file is called."""
    kind = "json" if file.suffix == ".jsonl" else "parquet"
    code = (
        f'import datasets; print(datasets.load_dataset("{kind}", data_files={python_text(file)}, '
        f'split="train")[0])'
    )
    return f"python -c {pasted(code)}"


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
