"""What a loop hands on to others: their options checked by name and type, their packages looked for.

Options of TRL are checked where TRL is installed, which costs its import; only a table that holds some does.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import tempfile
import warnings
from collections.abc import Mapping
from typing import Any

from verirs.errors import nearest, need
from verirs.loop.steps.train import check_trl_options, defaults, need_quantizer, need_trainer, trl_class
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
    values, problems = check_trl_options(config, options, f"train.{stage}")
    return problems or _refused(stage, config, values)


def _refused(stage: str, config: Any, values: Mapping[str, Any]) -> list[str]:
    """What is wrong with values of the right type: ours first, then what TRL itself says of them all."""
    at = f"train.{stage}"
    out = [
        f"{at}.{key}: write a number above 0, got {values[key]}"
        for key in (
            "learning_rate",
            "num_train_epochs",
            "per_device_train_batch_size",
            "gradient_accumulation_steps",
            "beta",
            "max_length",
        )
        if isinstance(values.get(key), (int, float)) and values[key] <= 0
    ]
    if stage == "kto" and values.get("per_device_train_batch_size") == 1:
        out.append(f"{at}.per_device_train_batch_size: KTO compares the rows of a batch: 2 or more")
    if str(getattr(values.get("eval_strategy"), "value", values.get("eval_strategy", "no"))) != "no":
        out.append(
            f"{at}.eval_strategy: the loop itself judges each round on the held-out problems; leave it out"
        )
    out += _not_listed(at, config, values)
    if out:
        return out
    import torch

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they come again when the training begins
        try:
            config(
                output_dir=folder, **{**defaults(stage, torch.cuda.is_available(), given=values), **values}
            )
        except (ValueError, TypeError, ImportError) as e:
            return [f"{at}: {e}"]
    return []


def _not_listed(at: str, config: Any, values: Mapping[str, Any]) -> list[str]:
    """Values that an option's own help does not list, where it lists all: TRL looks when it trains."""
    out = []
    for field in dataclasses.fields(config):
        told = str(field.metadata.get("help", "")).partition("Possible values are")[2].partition(". ")[0]
        known = re.findall(r"`'?([a-z_]+)'?`", told)
        given = values.get(field.name)
        for value in given if isinstance(given, list) else [given]:
            if known and isinstance(value, str) and value not in known:
                out.append(
                    f"{at}.{field.name}: TRL knows no {value!r}{nearest(value, known)} (known: "
                    f"{', '.join(known)})"
                )
    return out


def need_packages(*, trl: bool, reward: bool, distance: bool = True, quantize: bool = False) -> None:
    """Look for everything that a loop imports sooner or later.

    Args:
        trl: whether it trains with TRL.
        reward: whether it trains a reward model.
        distance: whether it measures how far a policy has moved.
        quantize: whether it trains on weights in 4 bits.

    Raises:
        MissingExtra: what is not installed, and the pip line.
    """
    if trl:
        need_trainer()
    if quantize:
        need_quantizer()
    if reward:
        need_libraries()
    for module in ("torch", "transformers") if distance else ():
        need(module, "hf", "measuring how far a policy has moved")
