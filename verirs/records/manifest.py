"""What a run directory says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verirs.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Record):
    """``manifest.json`` of a run directory: what identifies its samples, and which scores count.

    Args:
        format: version of the run directory's layout, and of this record.
        identity: what makes these samples this run's: flat, dotted keys of the config, JSON values. A run
            with another identity is refused.
        generation: which folder of scores counts (``groups/scores-N``), from 1.
        stack: digest of the scorers that gave these scores; empty before the first run.
        grouped: the scorers and the number of completions that the rankers of whole groups last compared;
            empty if never.
        reproducible: one sentence of the engine's: what the same seed promises.
    """

    version_key: ClassVar[str] = "format"
    mend: ClassVar[str] = "Restore it from a backup, or start a new run."

    format: int = 1
    identity: Mapping[str, Any]
    generation: int = 1
    stack: str = ""
    grouped: str = ""
    reproducible: str = ""
