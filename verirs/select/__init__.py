"""Selectors: which candidates of a problem become training data, and which pairs they make."""

from verirs.select.rules import PAIRINGS, Rules, negatives, normalise
from verirs.select.selectors import (
    Best,
    Diverse,
    First,
    Majority,
    Shortest,
    Threshold,
    WeightedMajority,
)

SELECTORS: dict[str, type[Rules]] = {
    s.name: s for s in (First, Best, Threshold, Majority, WeightedMajority, Shortest, Diverse)
}

__all__ = [
    "PAIRINGS",
    "SELECTORS",
    "Best",
    "Diverse",
    "First",
    "Majority",
    "Rules",
    "Shortest",
    "Threshold",
    "WeightedMajority",
    "negatives",
    "normalise",
]
