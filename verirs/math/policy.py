"""Conventions that are not mathematics: named options with one default, recorded in every score."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How answers are read where notation leaves a choice. The defaults suit training rewards."""


DEFAULT = Policy()
