"""The run directory on disk: journal, sealed shards, one lock, and :class:`Store`, their one face."""

from verirs.store.changes import Changes
from verirs.store.directory import refuse_changes
from verirs.store.merging import merge, refuse_parts, sample_gaps
from verirs.store.repair import repair, verify
from verirs.store.rescoring import rescore, restore
from verirs.store.store import ScoreRow, Store

__all__ = [
    "Changes",
    "ScoreRow",
    "Store",
    "merge",
    "refuse_changes",
    "refuse_parts",
    "repair",
    "rescore",
    "restore",
    "sample_gaps",
    "verify",
]
