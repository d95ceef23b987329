"""A metric for lighteval: ``metrics=[verirs.hooks.lighteval.metric()]`` in a task of yours.

An error is NaN, left out.
"""

from __future__ import annotations

import math
from typing import Any

from verirs.hooks.golds import with_gold
from verirs.hooks.grader import shared
from verirs.hooks.rows import read


def metric() -> Any:
    """A metric of samples, its mean over those that were judged."""
    import numpy as np
    from lighteval.metrics.metrics_sample import SampleLevelComputation
    from lighteval.metrics.utils.metric_utils import SampleLevelMetric
    from lighteval.tasks.requests import SamplingMethod

    class Graded(SampleLevelComputation):  # type: ignore[misc, unused-ignore]
        def compute(self, doc: Any, model_response: Any, **_: Any) -> float:
            try:
                golds = doc.get_golds()
            except (IndexError, ValueError):  # a gold outside of its choices: there is none
                golds = []
            columns = with_gold(doc.specific or {}, "answer", golds if len(golds) != 1 else golds[0])
            said = model_response.final_text
            (found,) = shared().grade([read(said[0] if len(said) else None, columns)])
            return math.nan if found.value is None else found.value

    return SampleLevelMetric(
        metric_name="verirs",
        sample_level_fn=Graded(),
        category=SamplingMethod.GENERATIVE,
        corpus_level_fn=np.nanmean,
        higher_is_better=True,
    )
