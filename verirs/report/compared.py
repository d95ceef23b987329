"""Comparisons of runs as a table, Markdown, LaTeX, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from rich.console import Console

from verirs.records import Interval
from verirs.report.narrow import Grid, sentence
from verirs.stats.paired import Flip, Paired
from verirs.stats.words import compared, finding
from verirs.system.terminal import one_line
from verirs.types import to_json


class Differs(Protocol):
    """Something that was not the same in how two runs were made."""

    @property
    def key(self) -> str: ...
    @property
    def before(self) -> Any: ...
    @property
    def after(self) -> Any: ...


class Comparison(Protocol):
    """What is shown: see :class:`verirs.running.comparing.Compared`."""

    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def differs(self) -> Sequence[Differs]: ...
    @property
    def graders(self) -> bool: ...
    @property
    def only(self) -> tuple[int, int]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def result(self) -> Paired: ...


GRADERS = (
    "the verdicts come from different scorers or versions: score one run again before you compare models"
)
HEAD = ("figure", "first", "second", "difference, in points")


def told(found: Comparison) -> list[str]:
    """What to know before the figures, a line each."""
    lines = [f"{d.key}: {_short(d.before)} -> {_short(d.after)}" for d in found.differs]
    if found.graders:
        lines.append(GRADERS)
    if any(found.only):
        lines.append(f"problems of one run alone, in no figure: {found.only[0]} and {found.only[1]}")
    if found.result.left_out:
        lines.append(f"problems without a verdict in one run, in no figure: {found.result.left_out}")
    return [*(lines or ["nothing differs in model, sampling, prompt, source or scorers"]), *found.notes]


def test_line(found: Paired) -> str:
    """McNemar's test in a sentence."""
    m = found.mcnemar
    said = f"{m.won} problems won, {m.lost} lost (McNemar's exact test, p = {m.p:.3g})"
    return f"first sample of each problem: {said}"


def markdown(found: Comparison, flips: int) -> str:
    """A Markdown table, what differs before it, flips behind it."""
    head = (HEAD[0], found.before, found.after, HEAD[3])
    rows = [head, ("---",) * 4, *_rows(found)]
    lines = [f"- {escaped(line)}" for line in told(found)]
    lines += ["", *("| " + " | ".join(map(escaped, row)) + " |" for row in rows), ""]
    lines.append(f"{found.result.problems:,} problems; {test_line(found.result)}.")
    lines += ["", *(f"- {escaped(_flip(flip))}" for flip in found.result.flips[:flips])] if flips else []
    return "\n".join(lines) + "\n"


def latex(found: Comparison, flips: int) -> str:
    """A LaTeX ``tabular``; what differs and the test as comments."""
    lines = [f"% {one_line(line)}" for line in told(found)]
    lines += [r"\begin{tabular}{lrrl}", r"\hline"]
    for row in ((HEAD[0], found.before, found.after, HEAD[3]), *_rows(found)):
        lines.append(" & ".join(map(tex, row)) + r" \\")
    lines += [r"\hline", r"\end{tabular}", f"% {one_line(test_line(found.result))}"]
    return "\n".join(lines) + "\n"


def as_csv(found: Comparison, flips: int) -> str:
    """Rows of figures: means, difference, interval, finding; then of flips, all of them; then notes."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(["row", "name", "first", "second", "difference", "low", "high", "problems", "finding"])
    for c in found.result.changes:
        change = (c.change.mean, c.change.low, c.change.high, c.change.problems, finding(c.change))
        write.writerow(["figure", c.figure, c.before.mean, c.after.mean, *change])
    for flip in found.result.flips:
        sides = (flip.before[0] / flip.before[1], flip.after[0] / flip.after[1])
        write.writerow(["flip", flip.problem_id, *sides, sides[1] - sides[0], "", "", 1, ""])
    for line in told(found):
        write.writerow(["note", line, *[""] * 7])
    return out.getvalue()


def as_json(found: Comparison, flips: int) -> str:
    """Everything."""
    return json.dumps(to_json(found), indent=1, sort_keys=True) + "\n"


TEXTS: Mapping[str, Callable[[Comparison, int], str]] = {
    "markdown": markdown,
    "latex": latex,
    "csv": as_csv,
    "json": as_json,
}


def show_compared(found: Comparison, console: Console, *, flips: int) -> None:
    """Print a comparison on a terminal."""
    for line in told(found):
        sentence(console, one_line(line))
    head = ("", one_line(found.before), one_line(found.after), "difference, paired by problem")
    title = f"{found.result.problems:,} problems, 95 % intervals"
    console.print(Grid(head=head, rows=_rows(found), title=title, left=(0, 1, 2, 3)))
    sentence(console, test_line(found.result))
    if shown := found.result.flips[:flips]:
        sentence(console, f"flips (mostly solved in one run alone): {len(found.result.flips)}")
        for flip in shown:
            sentence(console, f"  {_flip(flip)}")


def _rows(found: Comparison) -> list[tuple[str, ...]]:
    return [(c.figure, share(c.before), share(c.after), compared(c.change)) for c in found.result.changes]


def share(side: Interval) -> str:
    """In percent."""
    return f"{side.mean:.1%}"


def _flip(flip: Flip) -> str:
    (a, n), (b, m) = flip.before, flip.after
    return f"{one_line(flip.problem_id)}: {a} of {n} right, then {b} of {m}"


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def escaped(text: str) -> str:
    """A cell of a Markdown table."""
    return one_line(text).replace("|", r"\|")


def tex(text: str) -> str:
    """A cell of a LaTeX table."""
    kept = one_line(text)
    for sign in "&%$#_{}":
        kept = kept.replace(sign, f"\\{sign}")
    return kept
