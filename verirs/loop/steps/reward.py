"""The step that trains a round's reward model and compares it with the last round's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verirs.loop.rounds import write_json
from verirs.types import Group

NUMBERS = "loop.json"
"""In the reward model's directory: the comparison."""
HELD_OUT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardStep:
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

    def work(self) -> None:
        """Train, then compare the model with the one before on the newest run's kept-back problems.

        Raises:
            UserError: there is nothing to learn from, or nothing to compare on.
            MissingExtra: a training library is not installed.
        """
        from verirs import until
        from verirs.reward.training.examples import collect
        from verirs.reward.training.train import judge, train_reward_model
        from verirs.store import Store

        def groups() -> Iterator[Group]:
            for run in self.runs:
                yield from until.groups(Store.open(run))

        options = {"held_out": HELD_OUT, "seed": self.seed, **self.options}
        numbers = train_reward_model(groups(), self.base, self.out, **options)
        newest = until.groups(Store.open(self.runs[-1]))
        examples = collect(newest, held_out=options["held_out"], seed=options["seed"])
        kept_back = [item for item in examples.held_out if item.right or item.wrong]

        after = judge(self.out, kept_back)
        within = after.auroc_within_interval
        result = {
            "auroc_before": judge(self.before, kept_back).auroc if self.before else None,
            "auroc_after": after.auroc,
            "auroc_low": None if within is None else within.low,
            "ranks": within is not None and within.low > 0.5,
            "judged_problems": len(kept_back),
            "train_problems": numbers["data"]["train_problems"],
        }
        write_json(Path(self.out) / NUMBERS, result)
