"""``verirs compare``: runs on the same problems, paired."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators

from verirs.cli.base import Debug, Flag, app, say


@app.command
def compare(
    first: Path,
    second: Path,
    /,
    *more: Path,
    common: Flag = False,
    format: Literal["table", "markdown", "latex", "csv", "json"] = "table",
    flips: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 10,
    figure: str = "",
    debug: Debug = False,
) -> None:
    """Compare runs on the same problems: what differs in their making, then each figure, paired by problem.

    Two runs are compared in every figure; of more, one figure makes a list with the best first.

    Says "no difference shown" where the interval holds 0. Runs whose problems differ are refused.

    Args:
        first: the run directory that the others are compared with.
        second: another.
        more: further ones.
        common: compare over the problems that both have.
        format: table, markdown, latex, csv or json.
        flips: of two runs: how many of the problems to list that one run alone mostly solves.
        figure: say maj@8. Of two runs: this figure alone; of more: by which they are placed, else pass@1.
        debug: show tracebacks.
    """
    from verirs.report.board import BOARDS, show_board
    from verirs.report.compared import TEXTS, show_compared
    from verirs.report.screen import Screen
    from verirs.running.comparing import compare as compare_now
    from verirs.running.comparing import only
    from verirs.system.terminal import to_stdout

    found = [compare_now(first, other, common=common) for other in (second, *more)]
    if figure and not more:
        found = [only(found[0], figure)]
    by = figure or "pass@1"
    if more and format != "table":
        say(BOARDS[format](found, by).rstrip("\n"))
    elif format != "table":
        say(TEXTS[format](found[0], flips).rstrip("\n"))
    else:
        with to_stdout():
            if more:
                show_board(found, Screen(), by)
            else:
                show_compared(found[0], Screen(), flips=flips)
