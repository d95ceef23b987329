"""The run directory on disk: journal, sealed shards, one lock, and :class:`Store`, their one face."""

from verirs.store.changes import Changes
from verirs.store.directory import refuse_changes
from verirs.store.merging import Gaps, Whose, merge, refuse_parts, sample_gaps, shard_gaps
from verirs.store.mixing import Mix, look, mix
from verirs.store.repair import repair, verify
from verirs.store.rescoring import rescore, restore
from verirs.store.store import ScoreRow, Store

__all__ = [
    "Changes",
    "Gaps",
    "Mix",
    "ScoreRow",
    "Store",
    "Whose",
    "look",
    "merge",
    "mix",
    "refuse_changes",
    "refuse_parts",
    "repair",
    "rescore",
    "restore",
    "sample_gaps",
    "shard_gaps",
    "verify",
]
