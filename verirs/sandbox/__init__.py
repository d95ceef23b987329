"""Running programs that nobody trusts: one interface, several backends, a pool of warm workers.

See `verirs.sandbox.jobs` for what can be asked and what comes back, and ``docs/sandbox.md``.
"""

from verirs.sandbox.choose import open_sandbox, probe, probe_all
from verirs.sandbox.jobs import (
    Call,
    Drive,
    InProcess,
    Input,
    Job,
    Limits,
    Outcome,
    Probe,
    Reply,
    Result,
    Run,
    Runs,
    Sandbox,
    Serve,
    Status,
    Stdio,
)

__all__ = [
    "Call", "Drive", "InProcess", "Input", "Job", "Limits", "Outcome", "Probe", "Reply", "Result", "Run",
    "Runs", "Sandbox", "Serve", "Status", "Stdio", "open_sandbox", "probe", "probe_all",
]  # fmt: skip
