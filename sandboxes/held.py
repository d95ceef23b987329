"""Descriptor numbers that are taken from the first import on; the runner imports this before all else.

A job, and its rehearsal in the runner, wants numbers of its own (3 is asked through, 4 is told on). Nothing
of the runner may lie there: neither what it receives nor what a library opens while it is loaded (libffi,
which ctypes loads, keeps a file open in some builds).
"""

from __future__ import annotations

import os

NUMBERS = range(3, 10)

null = os.open("/dev/null", os.O_RDWR)
for number in NUMBERS:
    try:
        os.fstat(number)
    except OSError:
        os.dup2(null, number, inheritable=False)
if null not in NUMBERS:
    os.close(null)
