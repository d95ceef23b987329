"""``verirs compare``: runs on the same problems, paired."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from verirs.cli.base import Debug, Flag, app, say


@app.command
def compare(
    first: Path,
    second: Path,
    /,
    *more: Path,
    common: Flag = False,
    format: Literal["table", "markdown", "latex", "csv", "json"] = "table",
    flips: int = 10,
    debug: Debug = False,
) -> None:
    """Compare runs on the same problems: what differs in their making, then each figure, paired by problem.

    Says "no difference shown" where the interval holds 0. Runs whose problems differ are refused.

    Args:
        first: the run directory that the others are compared with.
        second: another.
        more: further ones.
        common: compare over the problems that both have.
        format: table, markdown, latex, csv or json.
        flips: how many of the problems to list that one run alone mostly solves.
        debug: show tracebacks.
    """
    from verirs.report.compared import TEXTS, show_compared
    from verirs.report.screen import Screen
    from verirs.running.comparing import compare as compare_now
    from verirs.system.terminal import to_stdout

    for other in (second, *more):
        found = compare_now(first, other, common=common)
        if format == "table":
            with to_stdout():
                show_compared(found, Screen(), flips=flips)
        else:
            say(TEXTS[format](found, flips).rstrip("\n"))
