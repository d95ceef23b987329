"""Grading for lm-evaluation-harness: ``process_results: !function verirs.hooks.lmeval.process_results``.

An error is NaN, left out by :func:`nanmean`; its share is the metric ``verirs_error``.

    metric_list:
      - metric: verirs
        aggregation: !function lmeval.nanmean
        higher_is_better: true
      - metric: verirs_error
        aggregation: mean
        higher_is_better: false
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from verirs.hooks.grader import shared
from verirs.hooks.rows import read


def process_results(doc: Mapping[str, Any], results: Sequence[Any]) -> dict[str, float]:
    """The first result of a document."""
    first = results[0] if results else ""
    if isinstance(first, list | tuple) and first and isinstance(first[0], str):
        first = first[0]  # of several samples of one document
    (found,) = shared().grade([read(first, doc)])
    return {"verirs": math.nan if found.value is None else found.value, "verirs_error": float(found.error)}


def nanmean(values: Sequence[float]) -> float:
    """The mean of what was judged; NaN of nothing."""
    judged = [v for v in values if not math.isnan(v)]
    return sum(judged) / len(judged) if judged else math.nan
