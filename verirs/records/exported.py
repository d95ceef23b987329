"""What an export wrote into a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from verirs.records.record import Record

LISTING = ".verirs.json"
"""The file that holds it, beside what it lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFiles(Record):
    """``.verirs.json`` in the folder of an export: what an export wrote there, and may write again.

    Args:
        version: of this record.
        files: digest (BLAKE2b, 32 hex digits) of each file by its name; empty while it is being written.
    """

    sealed: ClassVar[bool] = True
    mend: ClassVar[str] = "Move it and the exported files away, and export again."

    version: int = 1
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportMade(Record):
    """``export.json`` of a run directory: of what its export was made, so that it need not be made again.

    Args:
        version: of this record.
        made_of: a digest of the rows, the config, the code and the versions that the export came from.
        files: digests of the run's files beside the training files: the list of those, summary and report.
        totals: of each sink, the sums of its columns that have one.
    """

    sealed: ClassVar[bool] = True
    mend: ClassVar[str] = "Remove it, and export again."

    version: int = 1
    made_of: str
    files: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
