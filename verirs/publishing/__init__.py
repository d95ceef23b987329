"""Releases: what is published of an export, what may not be in it, where it goes, and how two differ."""

from verirs.publishing.difference import Difference, difference
from verirs.publishing.hub import push
from verirs.publishing.release import Release, prepare

__all__ = ["Difference", "Release", "difference", "prepare", "push"]
