"""The reward model inside a loop, and the ranking that it is there for.

Each round it is trained anew on the verdicts of all rounds so far. A share of the problems, the same in
every round, is never learned from; on the new round's candidates of those problems the last round's
model and the new one are compared. The accepted traces that it then ranks are mostly ones it learned
from, so their values are too optimistic; among traces that all passed, only their order is used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verirs.loop.rounds import Round, read_json
from verirs.loop.sections import RewardConfig
from verirs.loop.steps.process import Tick, silent
from verirs.loop.steps.reward import NUMBERS as NUMBERS
from verirs.loop.steps.reward import RewardStep
from verirs.loop.steps.step import run_step
from verirs.parts import options_of, resolve
from verirs.running.config import Config, merge


def make_reward_model(
    config: RewardConfig,
    where: Round,
    out: Path,
    runs: Sequence[Path],
    before: Path | None,
    base: str,
    seed: int,
    tick: Tick = silent,
) -> None:
    """Make the round's reward model at ``out``.

    Raises:
        UserError: there is nothing to learn from, or a training library is missing.
        StepFailed: the training failed.
        StoreError: the disk is full.
    """
    run_step(
        RewardStep(
            runs=[str(run) for run in runs],
            base=config.base or base,
            before=str(before or ""),
            out=str(out),
            seed=seed,
            options=config.options,
        ),
        where.path / "reward-model",
        f"training the reward model in round {where.number}",
        environment={"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")},
        tick=tick,
    )


def may_rank(model: Path) -> bool:
    """Whether a reward model's interval says that it tells right from wrong."""
    return bool(read_json(model / NUMBERS)["ranks"])


def ranked(table: Mapping[str, Any], model: Path) -> dict[str, Any]:
    """A run's table with the reward model as its ranker; what the user said of selection stands."""
    scorers = table.get("scorer", Config.model_fields["scorer"].default)
    # "all": hard pairs need the numbers of wrong candidates too
    asked = merge({"rank": "all", "select": {"name": "best"}}, table)
    if "pairs" in options_of(resolve("selector", asked["select"]["name"])):
        asked = merge({"select": {"pairs": "hard"}}, asked)
    return merge(asked, {"scorer": {**scorers, "reward_model": {"model": str(model)}}})
