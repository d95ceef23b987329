"""The run directory on disk: journal, sealed shards, one lock, and :class:`Store`, their one face."""

from verirs.store.store import Store, refuse_changes

__all__ = ["Store", "refuse_changes"]
