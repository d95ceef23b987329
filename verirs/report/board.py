"""Several runs compared with the first: a line a run, the best first, in the formats of a comparison."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from verirs.errors import ConfigError
from verirs.records import Interval
from verirs.report.compared import Comparison, escaped, share, tex, told
from verirs.report.narrow import Grid, sentence
from verirs.stats.words import compared, finding
from verirs.system.terminal import one_line
from verirs.types import to_json

HEAD = ("run", "problems", "{}", "95 % interval", "against {}, paired by problem", "McNemar's p")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A run's place.

    Args:
        run: its name.
        problems: how many the figure is a mean of.
        value: the figure, with its interval.
        change: how much higher than the first run's; ``None`` for the first run itself.
        p: McNemar's exact test against the first run; ``None`` for itself.
        differs: how many things of its making are not the first run's.
    """

    run: str
    problems: int
    value: Interval
    change: Interval | None
    p: float | None
    differs: int


def places(found: Sequence[Comparison], figure: str = "pass@1") -> list[Place]:
    """All runs of comparisons with one first run, the highest figure first.

    Args:
        found: at least one; all have the same ``before``, over the same problems.
        figure: by which they are placed.

    Raises:
        ConfigError: a run lacks the figure, or two comparisons are over other problems, so that the first
            run would have two values.
    """
    out: list[Place] = []
    for comparison in found:
        change = next((c for c in comparison.result.changes if c.figure == figure), None)
        if change is None:
            have = ", ".join(c.figure for c in comparison.result.changes)
            raise ConfigError(
                f"{comparison.before} and {comparison.after} have no {figure} in common; they have {have}"
            )
        if out and change.before != out[0].value:
            raise ConfigError(
                f"{comparison.after} and {found[0].after} share other problems with {comparison.before}: no "
                "list can hold them; compare them one by one"
            )
        if not out:
            n = change.before.problems
            first = Place(
                run=comparison.before, problems=n, value=change.before, change=None, p=None, differs=0
            )
            out.append(first)
        out.append(
            Place(
                run=comparison.after,
                problems=change.after.problems,
                value=change.after,
                change=change.change,
                p=comparison.result.mcnemar.p,
                differs=len(comparison.differs),
            )
        )
    return sorted(out, key=lambda place: -place.value.mean)


def _rows(found: Sequence[Comparison], figure: str) -> list[tuple[str, ...]]:
    first = found[0].before
    head = tuple(text.format(name) for text, name in zip(HEAD, ("", "", figure, "", first, ""), strict=True))
    return [
        head,
        *(
            (
                place.run,
                f"{place.problems:,}",
                share(place.value),
                f"{100 * place.value.low:.1f}-{100 * place.value.high:.1f}",
                compared(place.change) if place.change else "-",
                f"{place.p:.3g}" if place.p is not None else "-",
            )
            for place in places(found, figure)
        ),
    ]


def _notes(found: Sequence[Comparison]) -> list[str]:
    return [f"{c.after}: {line}" for c in found for line in told(c)]


def show_board(found: Sequence[Comparison], console: Console, figure: str = "pass@1") -> None:
    """Print the list on a terminal, what differs before it."""
    head, *rows = _rows(found, figure)
    for line in _notes(found):
        sentence(console, one_line(line))
    cells = [[one_line(cell) for cell in row] for row in rows]
    console.print(Grid(head=[one_line(text) for text in head], rows=cells, left=(0, 4)))


def markdown(found: Sequence[Comparison], figure: str = "pass@1") -> str:
    head, *rows = _rows(found, figure)
    lines = [f"- {escaped(line)}" for line in _notes(found)] + [""]
    lines += ["| " + " | ".join(map(escaped, row)) + " |" for row in (head, ("---",) * len(head), *rows)]
    return "\n".join(lines) + "\n"


def latex(found: Sequence[Comparison], figure: str = "pass@1") -> str:
    head, *rows = _rows(found, figure)
    lines = [f"% {one_line(line)}" for line in _notes(found)]
    lines += [r"\begin{tabular}{lrrrlr}", r"\hline"]
    lines += [" & ".join(map(tex, row)) + r" \\" for row in (head, *rows)]
    return "\n".join([*lines, r"\hline", r"\end{tabular}"]) + "\n"


def as_csv(found: Sequence[Comparison], figure: str = "pass@1") -> str:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    ends = ["difference", "difference_low", "difference_high", "finding", "p", "differs"]
    write.writerow(["run", "problems", "figure", "mean", "low", "high", *ends])
    for place in places(found, figure):
        own = (place.run, place.problems, figure, place.value.mean, place.value.low, place.value.high)
        change = place.change
        other = (change.mean, change.low, change.high, finding(change)) if change else ("", "", "", "")
        write.writerow([*own, *other, "" if place.p is None else place.p, place.differs])
    return out.getvalue()


def as_json(found: Sequence[Comparison], figure: str = "pass@1") -> str:
    whole = {"figure": figure, "places": places(found, figure), "comparisons": list(found)}
    return json.dumps(to_json(whole), indent=1, sort_keys=True) + "\n"


BOARDS: Mapping[str, Callable[[Sequence[Comparison], str], str]] = {
    "markdown": markdown,
    "latex": latex,
    "csv": as_csv,
    "json": as_json,
}
