"""How a process ends that has loaded torch: what Python does at its end is done, the libraries' is not.

Some native thread of theirs may still run or wait. Taking it down with the process aborts that now and then
("terminate called without an active exception", exit code 134), after all work was done.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from typing import NoReturn


def end(status: int) -> NoReturn:
    """Wait for Python's own threads, do what was registered for the end, and end at once."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


def end_if_heavy(status: int) -> None:
    """:func:`end`, where torch is loaded; else nothing."""
    if "torch" in sys.modules:
        end(status)
