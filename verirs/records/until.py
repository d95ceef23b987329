"""What a summary says of a run that was sampled until enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilSummary:
    """How many samples the problems of a run got, and why.

    Args:
        rule: the keys of ``[until]``, with the cap ``n``.
        told: the rule in a sentence.
        first: size of the first round, which all problems have.
        estimator: how pass@k is estimated under it, in a sentence.
        stops: problems by the reason of their stop; ``open`` ones wait for samples or verdicts.
        rounds: of a problem, on average.
        most_rounds: of any problem.
        missing: samples that the open problems lack before the rule can decide again.
        beyond: stored samples at or after their problem's stop: in no figure and no file.
    """

    rule: Mapping[str, Any]
    told: str
    first: int
    estimator: str
    stops: Mapping[str, int]
    rounds: float
    most_rounds: int
    missing: int
    beyond: int
