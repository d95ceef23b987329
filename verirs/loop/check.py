"""What is looked at once, whenever a loop begins or goes on, before anything is sampled or written."""

from __future__ import annotations

from pathlib import Path

from verirs.loop import problems, reward
from verirs.loop.config import LoopConfig
from verirs.loop.options import need_packages
from verirs.running.config import parse
from verirs.running.plan import Parts, build_parts
from verirs.running.rehearse import rehearse


def check_loop(config: LoopConfig, held_out: Path) -> None:
    """Look for the packages, build the parts of both runs with the base model, and let each work once.

    Args:
        held_out: the frozen problems; once they are there they stand for the source of ``[held_out]``.

    Raises:
        MissingExtra: a package that the loop needs sooner or later.
        ConfigError, SourceError, PartError: what is wrong with a part, or problems to train on are
            held-out problems too.
        EngineError: the base model cannot be found.
    """
    trains = config.rounds > 0
    need_packages(trl=trains and config.train.trainer == "trl", reward=trains and config.reward is not None)
    sample = config.run_table("samples", config.path, config.model)
    if config.reward and config.reward.rank:
        sample = reward.ranked(sample, config.path / "reward-model")
    evaluate = config.run_table("held-out", config.path, config.model, held_out=True)
    if held_out.exists():
        evaluate = {**evaluate, "source": problems.file_source(held_out)}
    pool = _rehearsed(sample, f"{config.name}, [sample]")
    evaluated = _rehearsed(evaluate, f"{config.name}, [held_out]")
    problems.refuse_overlap(pool.problems, evaluated.problems)


def _rehearsed(table: dict[str, object], where: str) -> Parts:
    config = parse(table, where)
    parts = build_parts(config)
    try:
        rehearse(parts, rankers=False, max_errors=config.limits.max_errors)
    finally:
        parts.stack.close()
    return parts
