"""``verirs view`` and ``verirs marks``: look at every sample in a browser, and doubt a verdict."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from verirs.cli.base import Debug, Flag, app, say

if TYPE_CHECKING:
    from verirs.view.library import Library


@app.command
def view(
    runs: list[Path] | None = None,
    /,
    *,
    export: Path | None = None,
    port: int = 0,
    browser: Flag = False,
    debug: Debug = False,
) -> None:
    """Look at every sample in a browser: problems, verdicts, loops, two runs side by side; live.

    Serves on this machine alone, at an address that holds a random part. Reads everything and writes nothing
    but marks, which lie beside a run (RUN.marks.jsonl).

    Args:
        runs: run directories, loops, or folders that hold some; by default runs/.
        export: write the same into this folder instead, to be opened from a disk or put on a web server.
        port: to listen on; 0 takes a free one.
        browser: open the address in a browser.
        debug: show tracebacks.
    """
    from verirs.view.library import Library

    library = Library(runs or [Path("runs")])
    if export is not None:
        from verirs.view.folder import write_folder

        say(f"view     {write_folder(library, export, each=lambda line: print(line, file=sys.stderr))}")
        return
    serve(library, port, browser)


def serve(library: Library, port: int = 0, browser: bool = False, at: str = "") -> None:
    """Serve a library until Ctrl-C.

    Args:
        at: the view to open, as it stands behind the address.
    """
    from verirs.view.server import Server

    server = Server(library, port)
    try:
        number = len(library.names)
        say(f"verirs view: {number} run{'s' * (number != 1)} at {server.address}{at}  (Ctrl-C ends it)")
        sys.stdout.flush()
        threading.Thread(target=library.begin, daemon=True).start()  # while the browser opens the page
        if browser:
            import webbrowser

            webbrowser.open(server.address + at)
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


@app.command
def marks(run: Path, /, *, cases: Path | None = None, debug: Debug = False) -> None:
    """List the verdicts of a run that were marked as wrong, or write them as test cases for graders.

    Args:
        run: the run directory; its marks lie beside it, in RUN.marks.jsonl.
        cases: a JSONL file to write: each row a problem with one text, and the verdict that it should get.
        debug: show tracebacks.
    """
    import json

    from verirs.errors import UserError
    from verirs.running.marks import cases as cases_of
    from verirs.running.marks import marks_path, read_marks, stale
    from verirs.store import Store
    from verirs.system.files import write_text

    found = read_marks(marks_path(run))
    if not found:
        raise UserError(f"no marks at {marks_path(run)}; `verirs view {run}` sets them (m)")
    with Store.open(run) as store:
        for mark in stale(store.groups(), found):
            say(f"warning  {mark.problem_id} sample {mark.sample_index}: its text, gold or tests changed")
        rows = list(cases_of(store.groups(), found))
    if cases is not None:
        write_text(cases, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        say(f"cases    {cases}  ({len(rows)} rows)")
        return
    for row in rows:
        say(f"{row['id']}  {row['was']} -> {row['expected']}  {row['note']}")
