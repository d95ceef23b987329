"""A reward for AReaL: ``reward_fn="verirs.hooks.areal.reward_fn"``.

AReaL calls it in worker processes with a limit of 15 seconds, tries three times more and then counts 0, so
the scorers are made at import. It has no way to leave a sample out.
"""

from __future__ import annotations

from typing import Any

from verirs.hooks.grader import shared
from verirs.hooks.rows import read


def reward_fn(
    prompt: Any = None,
    completions: Any = None,
    prompt_ids: Any = None,
    completion_ids: Any = None,
    **row: Any,
) -> float:
    """One sample; ``completions`` is one text in spite of its name."""
    grader = shared()
    (found,) = grader.grade([read(completions, row, prompt)])
    return grader.number(found)
