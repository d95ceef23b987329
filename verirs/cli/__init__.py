"""The command line. Heavy imports happen inside the commands, so that help is instant.

Exit codes: 0 ok, 1 unexpected, 2 usage, config or prerequisite, 3 too many errors, 130 interrupted.
"""

from __future__ import annotations

import sys

from cyclopts import CycloptsError

from verirs.cli import bench, loops, parts, runs, start, stores
from verirs.cli.base import app

__all__ = ["app", "bench", "loops", "main", "parts", "runs", "start", "stores"]


def main(argv: list[str] | None = None) -> None:
    """Entry point: runs a command and turns errors into one or two lines and an exit code."""
    from verirs.errors import VerirsError

    tokens = sys.argv[1:] if argv is None else argv
    debug = "--debug" in tokens
    try:
        app(tokens, exit_on_error=False, result_action="return_value")
    except CycloptsError:  # a wrong flag; already printed
        sys.exit(2)
    except VerirsError as e:
        if debug:
            raise
        print(f"verirs: {e}", file=sys.stderr)
        sys.exit(e.exit_code)
    except KeyboardInterrupt:
        if debug:
            raise
        print("verirs: interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as e:
        if debug:
            raise
        print(
            f"verirs: unexpected {type(e).__name__}: {e}\nRun again with --debug to see where.",
            file=sys.stderr,
        )
        sys.exit(1)
