"""``verirs push`` and ``diff``: releases on the Hugging Face hub, and what differs between two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from verirs.cli.base import Debug, Flag, app, say


@app.command
def push(
    repo: str,
    run: Path,
    /,
    *,
    public: Flag = False,
    replace: Flag = False,
    allow_missing: Flag = False,
    out: Path | None = None,
    message: str = "",
    debug: Debug = False,
) -> None:
    """Publish a run's export as a data set of the Hugging Face hub, in one commit.

    The card says the command, the config, the versions and the digest of each file. Nothing goes up of a
    run that is incomplete, of an export that is older than its run or was changed, or with a key in it. A
    new data set is private.

    Args:
        repo: ORG/NAME on the hub.
        run: the run directory, or a folder of `verirs export --out`.
        public: make a new data set public; licences that forbid commercial use are named either way.
        replace: also into a data set that holds files which no `verirs push` put there.
        allow_missing: samples may be missing; the card says so.
        out: write the release into this new folder, and publish nothing.
        message: of the commit.
        debug: show tracebacks.
    """
    from verirs.publishing import prepare
    from verirs.publishing import push as push_now

    release = prepare(run, allow_missing=allow_missing)
    for line in release.told:
        say(line)
    rows = ", ".join(f"{sink} {n:,}" for sink, n in release.record.rows.items())
    if out is not None:
        release.write(out)
        say(f"{out}: {rows} rows; nothing was published")
        return
    say(f"{push_now(release, repo, public=public, replace=replace, message=message)}: {rows} rows")


@app.command
def diff(
    first: str,
    second: str,
    /,
    *,
    format: Literal["text", "json"] = "text",
    show: int = 5,
    debug: Debug = False,
) -> None:
    """Say what differs between two releases: rows gained, lost and changed, and verdicts by scorer version.

    Args:
        first: the earlier one: a folder, a run directory, or ORG/NAME or ORG/NAME@REVISION on the hub.
        second: the later one.
        format: text or json.
        show: rows to name, of each kind.
        debug: show tracebacks.
    """
    from verirs.publishing import difference

    found = difference(first, second, show=show)
    if format == "json":
        say(json.dumps(found.to_json(), indent=1))
    else:
        for line in found.lines():
            say(line)
