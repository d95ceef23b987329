"""A reward for OpenRLHF: this file's path as ``--reward.remote_url``, or the server (``verirs serve``).

OpenRLHF hands over ``query`` (prompt and response, special tokens and all), ``prompts`` and ``labels``,
and has no way to leave a sample out: a missing number ends the step. An error gets a number and
``verirs_error`` is 1.

    --reward.remote_url "$(verirs hooks openrlhf --path)"
    --reward.remote_url http://127.0.0.1:8765/get_reward
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any

from verirs.hooks.grader import Grader, Reward, shared
from verirs.hooks.rows import PROBLEM, Row, faulty, read
from verirs.hooks.said import response_of


def reward_func(
    queries: Sequence[Any],
    prompts: Sequence[Any] | None = None,
    labels: Sequence[Any] | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Numbers for a list, one number for a list of one, as OpenRLHF's own examples give them."""
    grader = shared()
    return reply(grader, grader.grade(rows_of(queries, prompts, labels)))


def rows_of(
    queries: Sequence[Any],
    prompts: Sequence[Any] | None,
    labels: Sequence[Any] | None,
    most: int | None = None,
) -> list[Row]:
    """One row a query. A query without its prompt in it is a fault of its own: the whole is never graded.

    Args:
        most: gold answers of a row.
    """
    rows = []
    for name, given in (("prompts", prompts), ("labels", labels)):
        if given and len(given) != len(queries):  # shifted, every row would get another's gold
            return [faulty(f"{len(queries)} queries, but {len(given)} {name}")] * len(queries)
    for i, query in enumerate(queries):
        prompt = prompts[i] if prompts and i < len(prompts) else None
        label = labels[i] if labels and i < len(labels) else None
        columns = dict(label) if isinstance(label, dict) else _columns(label)
        try:
            text = response_of(query, prompt)
        except (ValueError, TypeError, AttributeError) as error:
            rows.append(faulty(f"query: {error}"))
            continue
        rows.append(read(text, columns, prompt, most))
    return rows


def _columns(label: Any) -> dict[str, Any]:
    """A label: the gold answer, or a whole problem of ours (``export.for``) as JSON."""
    if isinstance(label, str) and label.startswith(f'{{"{PROBLEM}"'):
        with contextlib.suppress(ValueError, RecursionError):
            return dict(json.loads(label))
    return {"label": label}


def reply(grader: Grader, rewards: Sequence[Reward]) -> dict[str, Any]:
    """Numbers only: a text or a null among them ends OpenRLHF's step."""
    numbers = [grader.number(r) for r in rewards]
    right = [float(r.verdict == "pass") for r in rewards]
    if len(rewards) == 1:
        return {"rewards": numbers[0], "scores": right[0], "extra_logs": grader.logged(rewards[0])}
    logged = {"verirs_error": [float(r.error) for r in rewards]}
    for name in grader.scorers:
        logged[f"verirs_{grader.label(name)}"] = [grader.part(r, name) for r in rewards]
    return {"rewards": numbers, "scores": right, "extra_logs": logged}
