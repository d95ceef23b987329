"""What a loop's folder holds, and what each part of it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from verirs.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A finished part of a loop: a file, a model, a run.

    Args:
        digest: of its content.
        made_from: the digests that its inputs had, by their names.
        seconds: wall time of the attempt that finished it.
        note: what else is to be remembered of it.
        dropped: it was deleted to save space (``keep``); what was made from it still counts.
    """

    digest: str
    made_from: Mapping[str, str]
    seconds: float = 0.0
    note: Mapping[str, Any] = field(default_factory=dict)
    dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopManifest(Record):
    """``loop.json``: whose loop this is, and its finished parts. It is replaced in one atomic step.

    Args:
        version: of this record.
        settings: what makes the loop what it is: flat, dotted keys of its config. Others are refused.
        parts: by path below the loop's folder, in the order in which they were finished.
    """

    sealed: ClassVar[bool] = True
    mend: ClassVar[str] = "Put back the file as it was, or begin a new loop under another name."

    version: int = 1
    settings: Mapping[str, Any]
    parts: Mapping[str, Part] = field(default_factory=dict)
