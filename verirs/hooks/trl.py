"""Reward functions for TRL (GRPO, RLOO, async GRPO, ``trl grpo --reward_funcs``), Unsloth and axolotl.

TRL calls ``f(*, prompts, completions, <columns>...)`` and leaves a sample whose reward is ``None`` out of
its group's baseline and of the loss (since its pull request 5902; OnlineDPO and SDPO count it as 0).
``log_extra`` and ``log_metric`` fill its table of completions.

    GRPOTrainer(reward_funcs=verirs.hooks.trl.reward, ...)
    trl grpo --reward_funcs verirs.hooks.trl.reward
    trl: {reward_funcs: [verirs.hooks.trl.reward]}      # axolotl
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from typing import Any

from verirs.hooks.golds import listed
from verirs.hooks.grader import Grader, Reward, shared
from verirs.hooks.rows import Row, read

NAME = "verirs"
"""How TRL logs our reward, and how the names of its columns begin."""
_NO_COLUMNS = frozenset(
    {"completion_ids", "prompt_ids", "trainer_state", "log_extra", "log_metric", "environments", "trainer"}
)


def reward(prompts: Any = None, completions: Any = None, **columns: Any) -> list[float | None]:
    """By the shared grader: one number a completion, ``None`` where it could not be judged."""
    return graded(shared(), prompts, completions, columns)


async def areward(prompts: Any = None, completions: Any = None, **columns: Any) -> list[float | None]:
    """:func:`reward` for TRL's event loop, which goes on while it grades."""
    grader = shared()
    rewards = await grader.agrade(rows_of(prompts, completions, columns))
    return _told(grader, rewards, columns)


class By:
    """A reward function by a grader of one's own. It goes to other processes, as TRL's asynchronous trainer
    demands.
    """

    def __init__(self, grader: Grader, name: str) -> None:
        self.grader = grader
        self.__name__ = self.__qualname__ = name

    def __call__(self, prompts: Any = None, completions: Any = None, **columns: Any) -> list[float | None]:
        return graded(self.grader, prompts, completions, columns, self.__name__)


def reward_by(grader: Grader, name: str = NAME) -> By:
    """A reward function by a grader of your own; ``name`` is how TRL logs it, and begins the names of its
    columns and numbers: two functions of one trainer need two.
    """
    return By(grader, name)


def graded(
    grader: Grader, prompts: Any, completions: Any, columns: dict[str, Any], name: str = NAME
) -> list[float | None]:
    """What TRL gets."""
    return _told(grader, grader.grade(rows_of(prompts, completions, columns)), columns, name)


def rows_of(prompts: Any, completions: Any, columns: dict[str, Any]) -> list[Row]:
    """One row a completion; TRL repeats the columns for every completion already."""
    texts = listed(completions) if completions is not None else []
    asked = listed(prompts) if prompts is not None else [None] * len(texts)
    named = {k: _items(v, len(texts)) for k, v in columns.items() if k not in _NO_COLUMNS}
    own = {k: items for k, items in named.items() if items is not None}
    return [
        read(text, {k: items[i] for k, items in own.items()}, asked[i] if i < len(asked) else None)
        for i, text in enumerate(texts)
    ]


def _items(value: Any, length: int) -> Sequence[Any] | None:
    """A value's items, where it holds one a completion: a list, an array, a column of another library."""
    if isinstance(value, list):
        return value if len(value) == length else None
    if isinstance(value, str | bytes | Mapping | Set) or not hasattr(value, "__len__"):
        return None
    if getattr(value, "ndim", 1) == 0 or len(value) != length:
        return None
    items = listed(value)
    return items if len(items) == length else None


def _told(
    grader: Grader, rewards: Sequence[Reward], columns: dict[str, Any], name: str = NAME
) -> list[float | None]:
    if callable(extra := columns.get("log_extra")):
        extra(f"{name}_verdict", [str(r.verdict) for r in rewards])
        extra(f"{name}_reason", [r.reason for r in rewards])
        extra(f"{name}_answer", [r.answer or "" for r in rewards])
        for key in grader.scorers if len(grader.scorers) > 1 else ():
            extra(f"{name}_{grader.label(key)}", [_number(r, key) for r in rewards])
    if callable(metric := columns.get("log_metric")) and rewards:
        metric(f"{name}/error_rate", sum(r.error for r in rewards) / len(rewards))
        for key in grader.scorers:
            found = [number for r in rewards if (number := _number(r, key)) is not None]
            if found:
                metric(f"{name}/{grader.label(key)}", sum(found) / len(found))
    return grader.numbers(rewards, masks=True)


def _number(reward: Reward, scorer: str) -> float | None:
    """A scorer's own number, where it has one."""
    number = reward.components.get(scorer)
    return number if number is not None and math.isfinite(number) else None
