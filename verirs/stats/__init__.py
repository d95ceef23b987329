"""Estimators with intervals, and the tally that a run's summary is made of. Needs numpy only."""

from verirs.records import Interval
from verirs.stats.curves import curves
from verirs.stats.draws import weighted_majority_curve
from verirs.stats.estimators import best_curve, expected_best, majority_curve, pass_at_k, pass_curve
from verirs.stats.intervals import bootstrap
from verirs.stats.tally import Tally

__all__ = [
    "Interval",
    "Tally",
    "best_curve",
    "bootstrap",
    "curves",
    "expected_best",
    "majority_curve",
    "pass_at_k",
    "pass_curve",
    "weighted_majority_curve",
]
