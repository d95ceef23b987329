"""A reward for slime: ``--custom-rm-path verirs.hooks.slime.reward``, alone, in groups, or in batches.

slime calls one path with a sample or with a list of them. A sample that could not be judged, or whose
rollout was aborted (half of an answer is no wrong one), is taken out of the loss by
``sample.remove_sample``; its number still enters the mean of its group.
"""

from __future__ import annotations

from typing import Any

from verirs.hooks.golds import beside, with_gold
from verirs.hooks.grader import shared
from verirs.hooks.rows import Row, read


async def reward(args: Any, sample: Any, **_: Any) -> Any:
    """A number for a sample, a list for a list."""
    samples = sample if isinstance(sample, list) else [sample]
    grader = shared()
    rewards = await grader.agrade([row_of(one) for one in samples])
    for one, found in zip(samples, rewards, strict=True):
        if found.error or _aborted(one):
            one.remove_sample = True
    numbers = [grader.number(found) for found in rewards]
    return numbers if isinstance(sample, list) else numbers[0]


def row_of(sample: Any) -> Row:
    """A sample's ``response``, ``label`` and ``metadata``."""
    columns = with_gold(beside(getattr(sample, "metadata", None)), "label", getattr(sample, "label", None))
    return read(getattr(sample, "response", None), columns, getattr(sample, "prompt", None))


def _aborted(sample: Any) -> bool:
    status = getattr(sample, "status", None)
    return getattr(status, "value", status) == "aborted"
