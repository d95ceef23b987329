"""What the runner's report on a process means, and words of programs made fit to be shown and stored."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from verirs.sandbox.jobs import Limits, Status


def clean(text: str, length: int) -> str:
    """Words that a program chose, as one line of printable text: no escape sequence, no half of a
    surrogate pair, no direction mark; at most ``length`` characters."""
    line = " ".join(text[: 4 * length].split("\n")).strip()
    if not line.isprintable():
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return line[:length]


def ending(end: Mapping[str, Any] | None, limits: Limits) -> tuple[Status, str]:
    """Status and reason of one process from the runner's report on it."""
    end = end or {"end": "infra", "why": "no report"}
    how, code = end["end"], end.get("exit", 0)
    cpu = float(end.get("cpu", 0.0))
    if how == "infra":
        return Status.INFRA, end["why"]
    if how == "output":
        return Status.OUTPUT_LIMIT, f"wrote more than {limits.output_kb} KB"
    if how == "wall":
        return Status.WALL_TIMEOUT, f"not done after {limits.wall:g} s"
    if how == "memory":
        return Status.OOM, f"held more than {limits.memory_mb} MB"
    if how == "processes":
        return Status.EXCEPTION, f"had more than {limits.processes} processes"
    if how == "disk":
        return Status.DISK_LIMIT, f"wrote more than {limits.disk_mb} MB"
    if how == "killed":  # by us, with nothing more to learn from it
        return Status.OK, ""
    if how == "cpu" or (code in (-signal.SIGKILL, -signal.SIGXCPU) and cpu >= limits.cpu_s):
        return Status.CPU_TIMEOUT, f"not done after {limits.cpu_s:g} s of CPU time"
    if code == -signal.SIGKILL:
        return Status.OOM, "killed by the system, most likely for its memory"
    if code == 98:
        return Status.OOM, "MemoryError"
    if code == 99:
        return Status.DISK_LIMIT, "no space left for its files"
    if code < 0:
        return Status.EXCEPTION, f"died by {_signal_name(-code)}"
    return (Status.EXCEPTION, f"left with exit code {code}") if code else (Status.OK, "")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
