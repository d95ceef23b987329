"""Which verdicts are labels, and on which side of a split something falls (a hash, the same everywhere)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from verirs.types import Verdict

LABELS: Mapping[Verdict, int] = {Verdict.PASS: 1, Verdict.FAIL: 0}


def share(text: str) -> float:
    """A number in [0, 1) that depends on ``text`` alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64
