"""``verirs verify``, ``repair`` and ``merge``: what concerns run directories as files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from verirs.cli.base import Debug, Flag, Trust, app, say
from verirs.system.terminal import pasted


@app.command
def verify(path: Path, /, *, debug: Debug = False) -> None:
    """Read everything that a run directory must hold; exit 0 if all of it is there and whole, else 2.

    Needs no write access. Names each file that is missing, damaged or not listed.

    Args:
        path: the run directory.
        debug: show tracebacks.
    """
    from verirs.store import verify as verify_now

    faults = verify_now(path)
    for fault in faults:
        say(fault)
    if faults:
        say(f"{len(faults)} faults; next: verirs repair {pasted(path)}")
        sys.exit(2)
    say(f"{path}: everything is there and whole")


@app.command
def repair(path: Path, /, *, trust: Trust = False, debug: Debug = False) -> None:
    """Make a damaged run directory whole again, with everything that can be proved good.

    What cannot be proved good is moved to damaged/ in the run directory. The next `verirs run` draws the lost
    samples again and judges what lost its scores.

    Args:
        path: the run directory.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.running.upkeep import repair_run

    done = repair_run(path, trust=trust)
    for fault in done.faults:
        say(fault)
    for name in done.aside:
        say(f"moved aside: damaged/{name}")
    for name in done.taken_in:
        say(f"taken in: groups/{name}")
    fate = "mix its runs again to have them" if done.mixed else "will be drawn again"
    lost = f"; {done.lost:,} are lost: {fate}" if done.lost else ""
    say(f"{done.kept:,} sealed completions are whole{lost}")
    if done.rescored and done.mixed:
        say(f"next: verirs score {pasted(path)}")
    elif (done.lost or done.rescored) and not done.mixed:
        say(f"next: verirs run {pasted(path / 'config.toml')}")
    else:
        say(f"next: verirs verify {pasted(path)}")


@app.command
def merge(
    out: Path,
    runs: Annotated[list[Path], Parameter(consume_multiple=True)],
    /,
    *,
    mixed: Flag = False,
    allow_missing: Flag = False,
    debug: Debug = False,
) -> None:
    """Make the shards of one run one run again, or mix runs of different models or sources.

    Shards must belong to one run: same model, sampling, source and scorers; every shard, every sample, each
    once. With --mixed, models, sampling and sources may differ, and every exported row says its model,
    source and run; scorers and prompt template must be the same.

    Args:
        out: the run directory to make.
        runs: the run directories.
        mixed: the runs are of different models or sources.
        allow_missing: shards or samples may be missing; the card says which.
        debug: show tracebacks.
    """
    from verirs.running.upkeep import merge_runs

    for line in merge_runs(out, runs, allow_missing=allow_missing, mixed=mixed):
        say(line)
    say(f"merged {len(runs)} runs; next: verirs export {pasted(out)}")
