"""What a paired difference allows one to say. The one place where "above", "below" and "equal" are decided.

A difference is shown where its 95 % interval holds no 0. That two things are *equal* is another claim: it
needs an interval that lies within a margin around 0, and the sentence says the margin.
"""

from __future__ import annotations

from typing import Literal

from verirs.records import Interval

MARGIN = 0.02
"""Two shares closer than this are called equal, where the interval allows it: 2 points of 100."""

Finding = Literal["above", "below", "equal", "not shown"]


def finding(change: Interval, margin: float = MARGIN) -> Finding:
    """Which of the four a difference is. ``above``: the interval lies above 0."""
    if change.low > 0:
        return "above"
    if change.high < 0:
        return "below"
    return "equal" if -margin < change.low and change.high < margin else "not shown"


def points(change: Interval) -> str:
    """The difference in points of 100: ``-9.7 points (-16.7 to -3.1)``."""
    mean, low, high = (f"{100 * v + 0.0:+.1f}" for v in (change.mean, change.low, change.high))
    return f"{mean} points ({low} to {high})"


def compared(change: Interval, margin: float = MARGIN) -> str:
    """The clause that a sentence ends in: the finding with its figure."""
    found = finding(change, margin)
    if found == "equal":
        return f"no difference of {100 * margin:g} points or more: {points(change)}"
    if found == "not shown":
        return f"no difference shown: {points(change)}"
    return f"{found}: {points(change)}"
