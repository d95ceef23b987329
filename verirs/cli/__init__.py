"""The command line. Heavy imports happen inside the commands, so that help is instant.

Exit codes: 0 ok, 1 unexpected, the others as in :mod:`verirs.errors`; 130 stopped by Ctrl-C, SIGTERM or
SIGHUP; 141 the reader of a pipe has gone.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["app", "main"]


def main(argv: list[str] | None = None) -> None:
    """Entry point: runs a command and turns errors into one or two lines and an exit code.

    Args:
        argv: in place of the process's own; then signals are given back at the end.
    """
    from verirs.system import interrupts

    try:
        if argv is None:
            interrupts.ours()
            code = _run(sys.argv[1:])
        else:
            with interrupts.ours_for_now():
                code = _run(argv)
    except KeyboardInterrupt:  # while it began or ended: nothing is imported any more
        code = interrupts.say()
    if argv is None:
        from verirs.system.ending import end_if_heavy

        end_if_heavy(code)
    if code:
        sys.exit(code)


def _run(argv: list[str]) -> int:
    from verirs.cli import failing
    from verirs.system.terminal import to_stdout

    failing.make_streams_safe()
    try:
        app = __getattr__("app")
        app(argv, exit_on_error=False, print_error=False, result_action="return_value")
        with to_stdout():
            sys.stdout.flush()
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else int(bool(e.code))
    except BaseException as e:  # noqa: BLE001 - the one place where an error becomes words and a code
        return failing.tell(e, debug="--debug" in argv)
    return 0


def __getattr__(name: str) -> Any:
    """``app``, with every command; not before it is asked for, so that Ctrl-C finds somebody at home."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from verirs.cli import (
        answer,
        audit,
        bench,
        compare,
        loops,
        parts,
        publish,
        runs,
        serve,
        start,
        stores,
        view,
    )
    from verirs.cli.base import app

    assert all(
        (answer, audit, bench, compare, loops, parts, publish, runs, serve, start, stores, view)
    )  # each adds its commands
    return app
