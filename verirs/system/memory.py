"""Keeps a long run's memory flat, and its collector of cycles seldom at work.

Freed memory goes back to the system instead of to idle threads' arenas.

glibc gives each thread an arena of its own and keeps what was freed there; a run that seals and scores in
threads for hours would grow by their sum. No promise where the C library is not glibc.

It changes the whole process for good, so only a process of our own asks for it: the command line's. A
library call leaves its host as it is; a program that runs for hours may call :func:`keep_flat` itself.
"""

from __future__ import annotations

import ctypes
import gc
import sys

_TRIM_THRESHOLD, _ARENA_MAX = -1, -8  # malloc.h


def keep_flat() -> None:
    """Use one arena, give freed memory back early, and have Arrow do the same."""
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_ARENA_MAX, 1)
            mallopt(_TRIM_THRESHOLD, 1 << 20)


def collect_seldom() -> None:
    """Look for cycles after 50,000 new objects, not after 700: a run makes millions of small objects, none of
    them in a cycle, and looking costs a fifteenth of its time."""
    gc.set_threshold(50_000, 10, 10)
