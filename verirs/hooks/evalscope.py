"""A metric for EvalScope: import this module, then ``metric_list=["verirs"]`` in a benchmark's metadata.

An error is raised: EvalScope then counts 0 and writes the reason beside it.
"""

from __future__ import annotations

import contextlib
from typing import Any

from verirs.hooks.grader import shared
from verirs.hooks.rows import read


def metric() -> Any:
    """The class that EvalScope registers as ``verirs``."""
    from evalscope.api.metric import Metric
    from evalscope.api.registry import METRIC_REGISTRY, register_metric

    class Verirs(Metric):  # type: ignore[misc, unused-ignore]
        def apply(self, predictions: Any, references: Any) -> list[float]:
            rows = [read(p, {"answer": r}) for p, r in zip(predictions, references, strict=True)]
            rewards = shared().grade(rows)
            if failed := [reward.reason for reward in rewards if reward.value is None]:
                raise RuntimeError(f"verirs: not judged: {failed[0]}")
            return [reward.value or 0.0 for reward in rewards]

    if "verirs" not in METRIC_REGISTRY:
        register_metric("verirs")(Verirs)
    return Verirs


with contextlib.suppress(ImportError):  # without EvalScope there is nothing to register with
    Verirs = metric()
