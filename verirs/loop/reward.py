"""The reward model inside a loop: ``python -m verirs.loop.reward JOB`` trains it in its own process.

Each round it is trained anew on the verdicts of all rounds so far. A share of the problems, the same in
every round, is never learned from; on the new round's candidates of those problems the last round's
model and the new one are compared. The accepted traces that it then ranks are mostly ones it learned
from, so their values are too optimistic; among traces that all passed, only their order is used.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from verirs.errors import VerirsError
from verirs.loop.children import own_environment, python, run_child
from verirs.loop.config import RewardConfig
from verirs.loop.models import drop_partials, put_in_place
from verirs.loop.rounds import Round, write_json
from verirs.running.config import merge
from verirs.types import Group

NUMBERS = "loop.json"
HELD_OUT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to train and to compare.

    Args:
        runs: run directories with verdicts, the newest last.
        base: the model to start from.
        before: the last round's reward model, or empty.
        out: the directory to make.
        seed: of the split, which is the same in all rounds, and of the training.
        options: of :func:`verirs.reward.training.train.train_reward_model`.
    """

    runs: Sequence[str]
    base: str
    before: str
    out: str
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)


def train(
    config: RewardConfig,
    where: Round,
    runs: Sequence[Path],
    before: Path | None,
    base: str,
    seed: int,
    tick: Callable[[str], None] = lambda line: None,
) -> None:
    """Make ``where.reward_model``.

    Raises:
        StepFailed: the training failed, or there is nothing to learn from.
        StoreError: the disk is full.
    """
    drop_partials(where.path, "reward-model")
    partial = where.path / f"reward-model.partial-{os.getpid()}"
    job = Job(
        runs=[str(run) for run in runs],
        base=config.base or base,
        before=str(before or ""),
        out=str(partial),
        seed=seed,
        options=config.options,
    )
    file = where.path / "reward-model.partial-job.json"
    write_json(file, asdict(job))
    run_child(
        python("verirs.loop.reward", str(file)),
        where.path / "reward-model.log",
        f"training the reward model in round {where.number}",
        environment={**own_environment(), "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")},
        tick=tick,
    )
    put_in_place(partial, where.reward_model)
    drop_partials(where.path, "reward-model")


def ranked(table: Mapping[str, Any], model: Path) -> dict[str, Any]:
    """A run's table with the reward model as its ranker; what the user said of selection stands."""
    scorers = table.get("scorer", {"math": {}})
    # "all": hard pairs need the numbers of wrong candidates too
    ours: dict[str, Any] = {"rank": "all", "select": {"name": "best", "pairs": "hard"}}
    if table.get("select", {}).get("name") not in (None, "best"):
        ours["select"].pop("name")
    return merge(merge(ours, table), {"scorer": {**scorers, "reward_model": {"model": str(model)}}})


def run_job(job: Job) -> None:
    """Train, then compare the model with the one before on the newest run's kept-back problems."""
    from verirs.reward.training.examples import collect
    from verirs.reward.training.train import judge, train_reward_model
    from verirs.store import Store

    def groups() -> Iterator[Group]:
        for run in job.runs:
            yield from Store.open(run).groups()

    options = {"held_out": HELD_OUT, "seed": job.seed, **job.options}
    numbers = train_reward_model(groups(), job.base, job.out, **options)
    newest = collect(Store.open(job.runs[-1]).groups(), held_out=options["held_out"], seed=options["seed"])
    judged = [item for item in newest.held_out if item.right or item.wrong]

    result = {
        "auroc_before": judge(job.before, judged).auroc if job.before else None,
        "auroc_after": judge(job.out, judged).auroc,
        "judged_problems": len(judged),
        "train_problems": numbers["data"]["train_problems"],
    }
    write_json(Path(job.out) / NUMBERS, result)


def main(path: str) -> int:
    try:
        run_job(Job(**json.loads(Path(path).read_text())))
    except VerirsError as e:
        print(str(e), flush=True)
        return e.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
