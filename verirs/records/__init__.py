"""What verirs writes of runs and loops as JSON: typed, frozen, with a version. Fields: docs/records.md."""

from verirs.records.band import Band, Estimate, Interval, Turn
from verirs.records.curation import (
    Agreement,
    BenchmarkHits,
    ContaminatedProblem,
    CurationSummary,
    GoldConflict,
    PseudoLabels,
    Step,
)
from verirs.records.exported import LISTING, ExportedFiles, ExportMade
from verirs.records.loop import LoopManifest, Part
from verirs.records.manifest import KeptScores, Manifest, MixedRun, ShardFile
from verirs.records.origin import MixedOrigin, Origin, Share
from verirs.records.rankers import Bin, Calibration, Difficulty, RankerSummary
from verirs.records.record import Record, decode
from verirs.records.rounds import KL, HeldOut, RewardChange, RoundMetrics, Sampled
from verirs.records.summary import (
    Curve,
    Curves,
    Divergence,
    Fit,
    Gap,
    Overoptimization,
    RunSummary,
    ScorerCounts,
    SelectionCounts,
)
from verirs.records.until import UntilSummary

__all__ = [
    "KL",
    "LISTING",
    "Agreement",
    "Band",
    "BenchmarkHits",
    "Bin",
    "Calibration",
    "ContaminatedProblem",
    "CurationSummary",
    "Curve",
    "Curves",
    "Difficulty",
    "Divergence",
    "Estimate",
    "ExportMade",
    "ExportedFiles",
    "Fit",
    "Gap",
    "GoldConflict",
    "HeldOut",
    "Interval",
    "KeptScores",
    "LoopManifest",
    "Manifest",
    "MixedOrigin",
    "MixedRun",
    "Origin",
    "Overoptimization",
    "Part",
    "PseudoLabels",
    "RankerSummary",
    "Record",
    "RewardChange",
    "RoundMetrics",
    "RunSummary",
    "Sampled",
    "ScorerCounts",
    "SelectionCounts",
    "ShardFile",
    "Share",
    "Step",
    "Turn",
    "UntilSummary",
    "decode",
]
