"""Selectors: which candidates of a problem become training data, and which pairs they make."""

from verirs.select.marks import negatives, normalise
from verirs.select.methods import Methods
from verirs.select.pairs import PAIRINGS
from verirs.select.rules import Choice, Rules
from verirs.select.selectors import (
    Best,
    Diverse,
    First,
    Majority,
    Random,
    Shortest,
    Threshold,
    WeightedMajority,
)

__all__ = [
    "PAIRINGS",
    "Best",
    "Choice",
    "Diverse",
    "First",
    "Majority",
    "Methods",
    "Random",
    "Rules",
    "Shortest",
    "Threshold",
    "WeightedMajority",
    "negatives",
    "normalise",
]
