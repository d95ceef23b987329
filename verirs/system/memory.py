"""Keeps a long run's memory flat, and its collector of cycles seldom at work.

Freed memory goes back to the system instead of to idle threads' arenas.

glibc gives each thread an arena of its own and keeps what was freed there; a run that seals and scores in
threads for hours would grow by their sum. No promise where the C library is not glibc.

It changes the whole process for good, so only a process of our own asks for it: the command line's. A
library call leaves its host as it is; a program that runs for hours may call :func:`keep_flat` itself.

A model on the CPU is another matter: each of its steps takes and frees the same large blocks, and to map them
anew each time costs a third of its time (:func:`keep_blocks`).
"""

from __future__ import annotations

import ctypes
import gc
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h
_KEPT = 32 << 20
_flat = False


def keep_flat() -> None:
    """Use one arena, give freed memory back, and have Arrow do the same.

    Up to 32 MB of what was freed stay ours, in blocks of up to that size: a page that comes anew from the
    system costs a microsecond, and long texts would need dozens of them each.
    """
    import pyarrow as pa

    global _flat
    pa.set_memory_pool(pa.system_memory_pool())
    _flat = True
    _set({_ARENA_MAX: 1, _MMAP_THRESHOLD: _KEPT, _TRIM_THRESHOLD: _KEPT})


def keep_blocks(*, ours: bool = False) -> None:
    """Keep up to 256 MB of what a model on the CPU frees, for its next step.

    Does nothing in a process that is not ours: neither did it ask for :func:`keep_flat`, nor is it said here.
    """
    if _flat or ours:
        _set({_MMAP_THRESHOLD: 1 << 25, _TRIM_THRESHOLD: 1 << 28})


def _set(options: dict[int, int]) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, value in options.items():
            mallopt(option, value)


def collect_seldom() -> None:
    """Look for cycles after 50,000 new objects, not after 700: a run makes millions of small objects, none of
    them in a cycle, and looking costs a fifteenth of its time."""
    gc.set_threshold(50_000, 10, 10)
