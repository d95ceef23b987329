"""The caller's side of the last tier: hands a pair only algebra can decide to a worker process.

What is decided without it never starts a process. Sums with unknown bounds, integrals and limits go to
:mod:`verirs.math.comparing.symbolic`, under the worker's limits; a worker that runs out of them is an
``error`` verdict for that pair only.
"""

from __future__ import annotations

from functools import cache

from verirs.math.judgement import Judgement
from verirs.system.workers import Outcome, Workers
from verirs.types import Verdict

FUNCTION = "verirs.math.comparing.symbolic:decide"


def workers(count: int = 1, timeout: float = 1.0, memory_mb: int = 1024) -> Workers:
    """Worker processes for this tier, started when first needed; each imports sympy once."""
    return Workers(FUNCTION, count=count, timeout=timeout, memory_mb=memory_mb)


@cache
def shared() -> Workers:
    """The one worker of calls that brought none."""
    return workers()


def settled(before: Judgement, outcome: Outcome) -> Judgement:
    """The judgement after the worker's answer; as before where algebra could not tell either."""
    if not outcome.ok:
        return Judgement(Verdict.ERROR, outcome.reason, "algebra", before.conventions)
    if outcome.value is None:
        return before
    if outcome.value:
        return Judgement(Verdict.PASS, "equal", "algebra", before.conventions)
    return Judgement(Verdict.FAIL, "different", "algebra", before.conventions)
