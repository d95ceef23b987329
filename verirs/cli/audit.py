"""``verirs audit``: which problems are probably wrong or of little use."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators

from verirs.cli.base import Debug, Flag, Jobs, app, console, keep_flat, say


@app.command
def audit(
    target: str,
    /,
    *,
    split: str = "",
    kind: tuple[str, ...] = (),
    show: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 20,
    format: Literal["table", "jsonl"] = "table",
    out: Path | None = None,
    jobs: Jobs = 1,
    view: Flag = False,
    browser: Flag = False,
    debug: Debug = False,
) -> None:
    """List problems whose gold is probably wrong, or that teach little, with the evidence. Needs no model.

    Of a source: golds that contradict each other, cannot be read, can be guessed, or hold several answers. Of
    a run also: golds that lose a strong vote, problems that nobody solves, tests too weak (scorer
    `agreement`). The same doubts are the column `findings` of an export, and `[filter] findings = ""` keeps
    what has none.

    Args:
        target: a run directory, a file of problems, or a source's name.
        split: of a named source.
        kind: only findings of this kind; may be given several times.
        show: how many of each kind the table has; 0 is all.
        format: table or jsonl.
        out: write all findings to this file, as JSON lines.
        jobs: processes that look, each at a part of the problems; 0 is one a core.
        view: look at a run's doubtful problems in the viewer, the most doubtful first, with the evidence.
        browser: open the viewer's address in a browser.
        debug: show tracebacks.
    """
    from verirs.curation.audit import KINDS
    from verirs.errors import UserError
    from verirs.report.narrow import sentence
    from verirs.report.screen import Screen
    from verirs.report.steps import step_shown
    from verirs.running.again import number_of
    from verirs.running.auditing import audit as audit_now
    from verirs.system.files import write_text
    from verirs.system.terminal import one_line, pasted, to_stdout

    is_run = (Path(target) / "manifest.json").exists()
    if view or browser:
        if not is_run:
            raise UserError(f"the viewer shows runs, and {target} is no run directory; leave out --view")
        _look(Path(target), kind, browser)
        return
    keep_flat()
    with step_shown("auditing", console()) as tick:
        left_out: list[str] = []
        count = number_of(jobs)
        problems, found = audit_now(target, split, kind, jobs=count, tick=tick, tell=left_out.append)
    for line in left_out:
        sentence(console(), line)
    lines = [json.dumps(asdict(f), ensure_ascii=False) for f in found]
    if out is not None:
        write_text(out, "".join(f"{line}\n" for line in lines))
    if format == "jsonl":
        for line in lines:
            say(line)
        return
    counts = Counter(f.kind for f in found)
    doubted = len({f.problem_id for f in found})
    with to_stdout():
        screen = Screen()
        sentence(screen, f"{problems:,} problems, {doubted:,} with a doubt")
        for name, number in counts.items():
            sentence(screen, f"{name} ({number:,}): {KINDS[name]}")
            own = [f for f in found if f.kind == name]
            for f in own[: show or None]:
                what = f"{one_line(f.evidence, 200)}  | {one_line(f.prompt, 90)}"
                sentence(screen, f"  {one_line(f.problem_id, 40)}  {what}")
            if show and len(own) > show:
                sentence(screen, f"  and {len(own) - show:,} more: --show 0, or --out FILE")
    if is_run and found:
        say(f"next: verirs audit {pasted(target)} --view  (each with its samples, the most doubtful first)")


def _look(run: Path, kinds: tuple[str, ...], browser: bool) -> None:
    """The viewer at the run's problems, the most doubtful first."""
    from urllib.parse import quote, urlencode

    from verirs.cli.view import serve
    from verirs.view.library import Library

    library = Library([run])
    words = f'finding:"{kinds[0]}"' if len(kinds) == 1 else "is:doubtful"
    query = urlencode({"q": words, "sort": "-doubt"})
    serve(library, 0, browser, f"#/run/{quote(library.names[0], safe='')}/problems?{query}")
