"""Texts that are far longer or shorter than the other right ones of their problem.

The modified z-score (Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers", section 3) of the
logarithm of the length: the distance from the median over 1.4826 times the median absolute deviation, which
an outlier cannot move. Lengths of solutions spread by factors, so a logarithm is due: with plain lengths no
text could ever be too short.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

LEAST = 5
"""Texts below which nothing is said: of four a single one moves median and deviation too far."""
_FACTOR = 2.0
"""However alike the others are, a text is unusual from twice or half of their median on,"""
_APART = 200
"""and from so many characters away from it: a program of one line and one of three are both usual."""
_CONSISTENT = 1.4826
"""Makes the deviation that of a normal distribution."""


def unusual(lengths: Sequence[int], limit: float) -> dict[int, float]:
    """The places of unusual lengths, each with how many times the median it is.

    Args:
        lengths: of all eligible texts of one problem.
        limit: of the modified z-score; 3.5 is the authors' choice.
    """
    if limit <= 0 or len(lengths) < LEAST:
        return {}
    logs = [math.log(max(1, length)) for length in lengths]
    middle = median(logs)
    spread = _CONSISTENT * median(abs(x - middle) for x in logs)
    far = max(limit * spread, math.log(_FACTOR))
    usual = math.exp(middle)
    return {
        i: math.exp(x - middle)
        for i, x in enumerate(logs)
        if abs(x - middle) > far and abs(lengths[i] - usual) >= _APART
    }
