"""A reward for verl and rLLM.

verl calls ``compute_score(data_source, solution_str, ground_truth, extra_info)`` for one sample at a time,
from threads. It has no way to leave a sample out: ``None`` ends the step and NaN spoils the batch, so an
error gets a number (``hook.failed``, or what ``hook.on_error`` says) and ``verirs_error`` is 1. The keys
are the same for every sample, because verl takes them from the first.

    reward.custom_reward_function.path=pkg://verirs.hooks.verl
    reward.custom_reward_function.name=compute_score_async      # awaited on the worker's loop
    +reward.custom_reward_function.reward_kwargs.config=run.toml
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from verirs.hooks.golds import beside, with_gold
from verirs.hooks.grader import Grader, Reward, shared
from verirs.hooks.rows import Row, read


def compute_score(
    data_source: Any = None,
    solution_str: Any = None,
    ground_truth: Any = None,
    extra_info: Any = None,
    config: str | None = None,
    **_: Any,
) -> dict[str, Any]:
    """One sample: ``score``, ``acc``, ``verirs_error``, and what was read and why."""
    grader = _grader(config)
    (found,) = grader.grade([_row(data_source, solution_str, ground_truth, extra_info)])
    return told(grader, found)


async def compute_score_async(
    data_source: Any = None,
    solution_str: Any = None,
    ground_truth: Any = None,
    extra_info: Any = None,
    config: str | None = None,
    **_: Any,
) -> dict[str, Any]:
    """:func:`compute_score` that lets the event loop go on."""
    grader = _grader(config)
    (found,) = await grader.agrade([_row(data_source, solution_str, ground_truth, extra_info)])
    return told(grader, found)


def compute_score_batch(
    data_sources: Iterable[Any],
    solution_strs: Iterable[Any],
    ground_truths: Iterable[Any],
    extra_infos: Iterable[Any] | None = None,
    config: str | None = None,
    **_: Any,
) -> list[dict[str, Any]]:
    """For verl's ``batch`` reward manager."""
    grader = _grader(config)
    texts = list(solution_strs)
    extras = extra_infos if extra_infos is not None else [None] * len(texts)
    rows = [_row(*each) for each in zip(data_sources, texts, ground_truths, extras, strict=True)]
    return [told(grader, found) for found in grader.grade(rows)]


def told(grader: Grader, found: Reward) -> dict[str, Any]:
    """The same keys for every sample; numbers and texts only."""
    return {
        "score": grader.number(found),
        "acc": float(found.verdict == "pass"),
        "verdict": str(found.verdict),
        "pred": found.answer or "",
        "reason": found.reason,
        **grader.logged(found),
    }


def _row(data_source: Any, text: Any, truth: Any, extra: Any) -> Row:
    columns = with_gold(beside(extra), "ground_truth", truth)
    return read(text, {**columns, "data_source": data_source})


@functools.cache
def _grader(config: str | None) -> Grader:
    return Grader(config) if config else shared()
