"""What verirs writes about runs and loops as JSON: typed, frozen, with a version."""

from verirs.records.manifest import KeptScores, Manifest, ShardFile

__all__ = ["KeptScores", "Manifest", "ShardFile"]
