"""What the end of a process is called, from reports that a test cannot bring about at will."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from verirs.sandbox.execute import _ending
from verirs.sandbox.jobs import Limits, Status


@pytest.mark.parametrize(
    ("cpu", "rss_mb", "status"),
    [
        (2.01, 10, Status.CPU_TIMEOUT),
        (1.57, 12, Status.CPU_TIMEOUT),  # seen on a busy machine: killed by ticks that ran ahead
        (1.70, 250, Status.CPU_TIMEOUT),
        (1.57, 250, Status.OOM),
        (0.30, 12, Status.OOM),  # a child of it may have held the memory
    ],
)
def test_a_kill_is_for_cpu_time_or_for_memory(cpu: float, rss_mb: int, status: Status) -> None:
    end = {"end": "exit", "exit": -9, "cpu": cpu, "rss": rss_mb << 10}
    running = cast(Any, SimpleNamespace(end=end, flooded=False))
    assert _ending(running, Limits(cpu_s=2, memory_mb=256))[0] is status
    running.end["end"] = "killed"  # by the host: how much it had used by then says nothing
    assert _ending(running, Limits(cpu_s=2, memory_mb=256))[0] is Status.OK
