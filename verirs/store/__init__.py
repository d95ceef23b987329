"""The run directory on disk: journal, sealed shards, one lock, and :class:`Store`, their one face."""

from verirs.store.changes import Changes
from verirs.store.rescoring import rescore
from verirs.store.store import ScoreRow, Store, refuse_changes

__all__ = ["Changes", "ScoreRow", "Store", "refuse_changes", "rescore"]
