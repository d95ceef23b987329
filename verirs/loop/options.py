"""What a loop hands on to others: their options checked by name and type, their packages looked for.

Options of TRL are checked where TRL is installed, which costs its import; only a table that holds some does.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from verirs.errors import need
from verirs.loop.steps.train import check_trl_options, need_trainer, trl_class
from verirs.parts import check_options
from verirs.reward.training.fit import need_libraries
from verirs.reward.training.train import train_reward_model

STAGES = ("sft", "dpo", "kto")


def option_problems(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong in ``[train] sft``, ``dpo``, ``kto`` and ``[reward] options`` of a raw loop table."""
    problems: list[str] = []
    train, reward = raw.get("train"), raw.get("reward")
    if isinstance(train, Mapping) and importlib.util.find_spec("trl"):
        for stage in STAGES:
            if isinstance(options := train.get(stage), Mapping) and options:
                problems += _trl_problems(stage, options)
    if isinstance(reward, Mapping) and isinstance(options := reward.get("options"), Mapping):
        # the first three parameters are the loop's own: groups, backbone, out
        problems += check_options(train_reward_model, options, "reward.options", skip=3)[1]
    return problems


def _trl_problems(stage: str, options: Mapping[str, Any]) -> list[str]:
    try:
        config = trl_class(stage, "Config")
    except ImportError as e:
        return [f"train.{stage}: TRL is installed but cannot be imported: {e}"]
    return check_trl_options(config, options, f"train.{stage}")[1]


def need_packages(*, trl: bool, reward: bool) -> None:
    """Look for everything that a loop imports sooner or later.

    Args:
        trl: whether it trains with TRL.
        reward: whether it trains a reward model.

    Raises:
        MissingExtra: what is not installed, and the pip line.
    """
    if trl:
        need_trainer()
    if reward:
        need_libraries()
    for module in ("torch", "transformers"):
        need(module, "hf", "measuring how far a policy has moved")
