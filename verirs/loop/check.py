"""What is looked at once, whenever a loop begins or goes on, before anything is sampled or written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from verirs.engines.models import ChatTokenizer, locate
from verirs.errors import ConfigError
from verirs.loop import problems, reward
from verirs.loop.config import LoopConfig
from verirs.loop.options import need_packages
from verirs.loop.steps.process import program
from verirs.loop.training import words
from verirs.running.config import parse
from verirs.running.plan import Parts, build_parts
from verirs.running.rehearse import rehearse


def check_loop(
    config: LoopConfig, held_out: Path, say: Callable[[str], None] = lambda line: None
) -> tuple[Parts, Parts]:
    """Look for the packages, build the parts of both runs with the base model, and let each work once; the
    parts of ``[sample]`` and of ``[held_out]``, closed.

    Args:
        held_out: the frozen problems; once they are there they stand for the source of ``[held_out]``.
        say: told what should be looked at and refuses nothing.

    Raises:
        MissingExtra: a package that the loop needs sooner or later.
        ConfigError, SourceError, PartError: what is wrong with a part, or problems to train on are
            held-out problems too.
        EngineError: the base model cannot be found.
    """
    trains = config.rounds > 0
    need_packages(
        trl=trains and config.train.trainer == "trl",
        reward=trains and config.reward is not None,
        distance=config.measure.kl,
        quantize=trains and bool(config.train.quantize),
    )
    _here(config)
    sample = config.run_table("samples", config.path, config.model)
    if config.reward and config.reward.rank:
        sample = reward.ranked(sample, config.path / "reward-model")
    evaluate = config.run_table("held-out", config.path, config.model, held_out=True)
    if held_out.exists():
        evaluate = {**evaluate, "source": problems.file_source(held_out)}
    pool = _rehearsed(sample, f"{config.name}, [sample]")
    evaluated = _rehearsed(evaluate, f"{config.name}, [held_out]")
    problems.refuse_overlap(pool.problems, evaluated.problems)
    if config.hint and not any(p.answer for p in pool.problems):
        raise ConfigError("hint: no problem of [sample] has a gold answer to hint at")
    for watch in config.watch:
        table = config.run_table(f"watch-{watch}", config.path, config.model, watch=watch)
        _rehearsed(table, f"{config.name}, [watch.{watch}]")
    if config.prompts > len(pool.problems):
        say(f"prompts = {config.prompts}: the source has {len(pool.problems)} problems; a round samples all")
    for line in problems.drifted(pool.problems, sorted(held_out.parent.glob("round-*/problems.jsonl"))):
        say(line)
    for line in problems.near(pool.problems, evaluated.problems):
        say(line)
    return pool, evaluated


def _here(config: LoopConfig) -> None:
    """Look for the programs and files that the training will want.

    Raises:
        ConfigError: those that are not here.
    """
    train, serve = config.train, config.serve
    served = [("command", serve.command), ("reload", serve.reload)] if serve else []
    wanted = {
        "train.command": words(train.command)[:1] if train.command else [],
        "train.launcher": train.launcher[:1],
        "on_round": config.on_round[:1],
        **{f"serve.{name}": words(command)[:1] for name, command in served if command},
    }
    lacking = [
        f"{where}: there is no program {name!r} here that can be run"
        for where, names in wanted.items()
        for name in names
        if not program(name)
    ]
    lacking += [f"train.extra: {e.path} does not exist" for e in train.extra if not Path(e.path).is_file()]
    if config.rounds and train.trainer == "trl":
        tokenizer = ChatTokenizer(locate(config.model)).tokenizer
        if tokenizer.pad_token is None and tokenizer.eos_token is None:
            lacking.append(
                f"model: the tokenizer of {config.model} has neither an end-of-text nor a padding token: a "
                f"training cannot say where a text ends. Set eos_token in its tokenizer_config.json"
            )
    if config.reward and config.reward.base:
        locate(config.reward.base)
    if lacking:
        raise ConfigError(lacking)


def _rehearsed(table: dict[str, object], where: str) -> Parts:
    config = parse(table, where)
    parts = build_parts(config)
    try:
        rehearse(parts, rankers=False, max_errors=config.limits.max_errors)
    finally:
        parts.stack.close()
    return parts
