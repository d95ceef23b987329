"""The table at the end of a run, and the paths to go on with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from verirs.curation import told
from verirs.records import Band, RunSummary
from verirs.report.narrow import Grid, Parts, sentence
from verirs.sinks.writer import Written
from verirs.system.terminal import one_line, pasted, python_text
from verirs.types import Verdict
from verirs.until.words import cost_told, until_told

MEANS = "means over problems, 95 % intervals"


def show_result(
    summary: RunSummary,
    console: Console,
    *,
    path: Path,
    folder: Path,
    files: Mapping[str, Written],
    refused: Counter[str],
    given_up: Counter[str],
    seconds: float | None = None,
) -> None:
    """Print counts, estimates with intervals, and where everything lies.

    Args:
        summary: of the run.
        path: the run directory.
        folder: of the exported files.
        files: by sink.
        refused: samples that the engine refused for good, by reason.
        given_up: samples that failed as often as they may, by reason.
        seconds: of all sampling, where they are known.
    """
    console.print(_counts(summary, seconds, selected=bool(files)), _curves(summary))
    for line in until_told(summary):
        sentence(console, f"until    {one_line(line)}")
    if summary.until and summary.until.missing:
        again = pasted(path / "config.toml")
        console.print(Text(f"next     verirs run {again}   draws what is missing"), soft_wrap=True)
    if summary.until and summary.until.beyond:
        beyond = f"{summary.until.beyond:,} stored samples are beyond the stop: in no figure and no file"
        sentence(console, f"until    {beyond}")
    for line in told.lines(summary.curation) if summary.curation else ():
        sentence(console, f"kept     {one_line(line, 400)}")
    for kind, number in list(summary.errors.items())[:5]:
        sentence(console, Text("error ", style="yellow") + Text(f"{number} x {one_line(kind)}"))
    for word, counts in (("refused ", refused), ("given up ", given_up)):
        for reason, number in counts.most_common(5):
            sentence(console, Text(word, style="yellow") + Text(f"{number} x {one_line(reason)}"))
    judged = summary.verdicts[Verdict.PASS] + summary.verdicts[Verdict.FAIL]
    if summary.completions and not judged and not (summary.selection and summary.selection.accepted):
        why = (
            "every completion was cut off by max_tokens before an answer; raise sampling.max_tokens"
            if summary.truncated == summary.completions
            else "no scorer of this run says pass or fail (a function does by True or False; numbers rank); "
            "add one that verifies, or select.unverified = true"
        )
        sentence(console, Text("warning ", style="yellow") + Text(f"nothing was accepted: {why}"))
    first = next(iter(files.values()), None)
    if summary.grader:
        console.print(Text(f"grader   {summary.grader}"), soft_wrap=True)
    report = one_line(path / "report" / "index.html")
    console.print(Text(f"report   {report}"), soft_wrap=True)
    if first is not None:
        rows = ", ".join(f"{one_line(name)} {w.rows:,}" for name, w in files.items())
        sentence(console, f"dataset  {one_line(folder)}  ({rows} rows)")
    full = next((w for w in files.values() if w.rows), None)  # nobody can load an empty file
    if full is not None:
        console.print(Text(f"next     {_first_row(full.paths[0])}"), soft_wrap=True)


def show_several(results: Mapping[str, RunSummary], console: Console, *, by: str) -> None:
    """Print a line a run: how many problems and samples, and what each figure is at one and at all samples.

    Args:
        results: by the value that tells the runs apart.
        by: what that is: ``model``.
    """
    names = list(dict.fromkeys(name for s in results.values() for name, e in s.estimates.items() if e.at))
    rows = []
    for value, summary in results.items():
        n = max(summary.estimates["pass@k"].at, default=0)
        found = [summary.estimates[name].at.get(n) if name in summary.estimates else None for name in names]
        bands = [summary.estimates["pass@k"].at.get(1), *found]
        cells = (one_line(value), f"{summary.problems_verified:,}", str(n))
        rows.append((*cells, *(_band(c) if c else "" for c in bands)))
    head = (by, "problems", "n", "pass@1", *(name.replace("@k", "@n") for name in names))
    console.print(Grid(head=head, rows=rows, title=MEANS))


def _first_row(file: Path) -> str:
    """A command that shows a file's first row; safe to paste, whatever the file is called."""
    kind = "json" if file.suffix == ".jsonl" else "parquet"
    code = (
        f'import datasets; print(datasets.load_dataset("{kind}", data_files={python_text(file)}, '
        f'split="train")[0])'
    )
    return f"python -c {pasted(code)}"


def _counts(summary: RunSummary, seconds: float | None, *, selected: bool) -> Table:
    table = Table(show_header=False, box=None)
    table.add_row("problems", f"{summary.problems:,}")
    if left_out := summary.origin and summary.origin.rows_left_out:
        why = "; ".join(f"{n:,} {one_line(reason)}" for reason, n in list(left_out.items())[:3])
        table.add_row("rows left out", Text(f"{sum(left_out.values()):,} ({why})"))
    table.add_row("solved (a verified pass)", f"{summary.problems_solved:,}")
    table.add_row("completions", f"{summary.completions:,}")
    if until := summary.until:
        table.add_row("stopped", Parts([f"{why} {n:,}" for why, n in until.stops.items()]))
        table.add_row("rounds a problem", f"{until.rounds:.2f} (at most {until.most_rounds})")
    table.add_row("verdicts", Parts([f"{v} {n:,}" for v, n in summary.verdicts.items()]))
    if summary.truncated:
        table.add_row("cut off by max_tokens", f"{summary.truncated:,}")
    if (taken := summary.selection) and selected:  # a benchmark writes nothing that is selected
        share = "" if taken.acceptance is None else f" ({taken.acceptance:.1%})"
        table.add_row("accepted", f"{taken.accepted:,}{share}")
        if cost := cost_told(summary, seconds):
            table.add_row("an accepted trace took", cost)
        table.add_row("preference pairs", f"{taken.pairs:,}")
    return table


def _curves(summary: RunSummary) -> Grid | Text:
    found = {name: e for name, e in summary.estimates.items() if e.at}
    if not found:
        return Text()
    rows = [
        (str(k), *(_band(c) if c else "" for c in (e.at.get(k) for e in found.values())))
        for k in found["pass@k"].at
    ]
    return Grid(head=("k", *found), rows=rows, title=MEANS, left=())


def _band(cell: Band) -> str:
    return f"{cell.mean:.1%} ({100 * cell.low:.1f}-{100 * cell.high:.1f})"
