"""What the end of a process is called, from reports that a test cannot bring about at will; and words of
programs."""

from __future__ import annotations

import pytest

from verirs.sandbox.ending import clean, ending
from verirs.sandbox.jobs import Limits, Status


@pytest.mark.parametrize(
    ("how", "cpu", "status"),
    [
        ("cpu", 2.01, Status.CPU_TIMEOUT),
        ("exit", 3.5, Status.CPU_TIMEOUT),  # by the kernel's own limit
        ("exit", 1.57, Status.OOM),
        ("killed", 3.0, Status.OK),  # by the host: how much it had used by then says nothing
    ],
)
def test_a_kill_is_for_cpu_time_or_for_memory(how: str, cpu: float, status: Status) -> None:
    end = {"end": how, "exit": -9, "cpu": cpu, "rss": 10 << 10}
    assert ending(end, Limits(cpu_s=2, memory_mb=256))[0] is status


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain words", "plain words"),
        ("\ud800 half", "\\ud800 half"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines", "two lines"),
        ("\u202eturned", "\\u202eturned"),
        ("größe ✓", "größe ✓"),
        ("x" * 99, "x" * 20),
    ],
)
def test_words_of_programs_are_fit_to_be_shown_and_stored(said: str, shown: str) -> None:
    made = clean(said, 20)
    assert made == shown[:20] and made.isprintable()
    made.encode()
