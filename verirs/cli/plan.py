"""What a run would do: its first prompt as the model reads it, its size and its cost (``--dry-run``)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from verirs.running.check import say_source, shows
from verirs.running.config import Config
from verirs.running.doubts import greedy
from verirs.running.plan import Parts, build_parts, identity
from verirs.running.rehearse import rehearse
from verirs.running.sampling import held, standing
from verirs.running.stops import LimitsConfig
from verirs.store import Store
from verirs.system.terminal import one_line, shown
from verirs.types import Problem
from verirs.until import told_of

_SPEED = 1000
"""Tokens a second for which a plan tells how long its tokens take."""


def show_plan(config: Config, console: Console) -> None:
    """Print the plan, after every part has done its work once. Samples nothing and writes nothing.

    Raises:
        UserError, PartError: whatever a real run would refuse.
    """
    parts = build_parts(config)
    problems, engine, plan = parts.problems, parts.engine, parts.plan
    try:
        rehearse(parts, max_errors=config.limits.max_errors)
        readings = shows(parts.stack, problems[0])
    finally:
        parts.stack.close()
    prompt = engine.render(plan.request(problems[0], (0,)).messages)
    console.rule("first prompt")
    console.print(Text(shown(prompt)), soft_wrap=True)
    console.rule("plan")
    samples, stored = _samples(config, parts)
    for key, value in {
        "run directory": config.path,
        "problems": f"{len(problems):,} from {config.source.name}{_without_gold(problems)}",
        "first gold": "none" if problems[0].answer is None else problems[0].answer[:200],
        "samples": samples,
        "engine": f"{config.engine.name} {_options(engine.identity())}".rstrip(),
        "sampling": _options(asdict(plan.sampling)),
        "scorers": ", ".join(f"{s.key} {s.version}" for s in parts.stack.scorers) + " (rehearsed)",
        "selector": " ".join(
            filter(None, (config.select.name, _options(config.select.options), "(rehearsed)"))
        ),
        "sinks": (", ".join(s.key for s in parts.sinks) or "none") + " (rehearsed)",
        "cost": f"{_cost(config, len(_ids(parts)), stored)}; prompts of about {len(prompt):,} characters, "
        f"computed once a problem",
        "budget": _budget(config.limits),
    }.items():
        console.print(Text(f"{key:14} {one_line(value)}"), soft_wrap=True)
    for line in greedy(config.sampling.temperature, config.n, config.engine.name):
        console.print(Text(f"{'warning':14} {line}"), soft_wrap=True)
    for line in readings:
        console.print(Text(shown(line)), soft_wrap=True)
    say_source(parts, console)


def show_loop(config: Path | Mapping[str, Any], console: Console) -> None:
    """Print what a loop would do, after all that it looks at before its first sample. Writes nothing.

    Raises:
        UserError, PartError, EngineError: whatever the loop would refuse.
    """
    from verirs.loop.loop import look

    notes: list[str] = []
    found = look(config, notes.append)
    loop, sample = found.config, found.sample
    prompt = sample.engine.render(sample.plan.request(sample.problems[0], (0,)).messages)
    console.rule("first prompt")
    console.print(Text(shown(prompt)), soft_wrap=True)
    console.rule("plan")
    pool, judged = len(_ids(sample)), len(found.held_out.problems)
    chosen = min(loop.prompts or pool, pool)
    n = loop.run_config("plan", loop.path, loop.model).n
    judged_n = loop.run_config("plan", loop.path, loop.model, held_out=True).n
    most = loop.rounds * chosen * n + (loop.rounds + 1) * judged * judged_n
    trains = f"{loop.train.method} by {loop.train.trainer}, from the {loop.train.start} model"
    for key, value in {
        "loop directory": str(loop.path),
        "model": loop.model,
        "rounds": f"at most {loop.rounds}" + (f"; {found.finished - 1} finished" if found.finished else ""),
        "a round": f"{chosen:,} of {pool:,} problems, at most {n} samples each; then {trains}",
        "held out": f"{judged:,} problems, {judged_n} samples each, with the base model and after each round",
        **({"watched": ", ".join(loop.watch)} if loop.watch else {}),
        "samples": f"at most {most:,} in all rounds",
        "scorers": ", ".join(f"{s.key} {s.version}" for s in sample.stack.scorers) + " (rehearsed)",
    }.items():
        console.print(Text(f"{key:14} {one_line(value)}"), soft_wrap=True)
    for note in notes:
        console.print(Text(f"{'look at':14} {one_line(note, 500)}"), soft_wrap=True)


def _samples(config: Config, parts: Parts) -> tuple[str, int]:
    """How many, as far as it can be known, and how many of them the run holds already."""
    problems, rule = len(_ids(parts)), parts.plan.rule
    if rule is None:
        told = f"{config.n} a problem, {problems * config.n:,} in all"
    else:
        told = f"{told_of(rule)}: {problems * rule.start:,} to {problems * rule.n:,} in all"
    if not (config.path / "manifest.json").exists():
        return told, 0
    with Store.open(config.path) as store:
        if store.manifest.identity != identity(config, parts.engine, parts.plan):
            return told, 0
        count = held(store, _ids(parts), config.n)
        told += f"; {count:,} are stored"
        if rule is not None:
            told += f"; by what it holds, {standing(store, parts, _ids(parts), config).told()}"
    return told, count


def _without_gold(problems: Sequence[Problem]) -> str:
    count = sum(p.answer is None and not p.tests for p in problems)
    return f", {count:,} without a gold answer and tests" if count else ""


def _cost(config: Config, problems: int, stored: int) -> str:
    """What the missing samples can take at most; the speed of a model nobody knows before it runs."""
    tokens = max(0, problems * config.n - stored) * config.sampling.max_tokens
    if not tokens:
        return "no tokens: nothing is missing"
    told = f"at most {tokens:,} generated tokens: {_long(tokens / _SPEED)} at {_SPEED:,} tokens a second"
    if price := config.limits.price:
        return f"{told}, {tokens * price / 1e6:,.2f} by limits.price"
    return f"{told} (limits.price, of a million tokens, tells the price)"


def _long(seconds: float) -> str:
    if seconds < 5400:
        return f"{math.ceil(seconds / 60)} minutes" if seconds > 60 else "1 minute"
    return f"{seconds / 3600:,.1f} hours" if seconds < 72 * 3600 else f"{seconds / 86400:,.1f} days"


def _budget(limits: LimitsConfig) -> str:
    """What ends a run early."""
    asked = {key: getattr(limits, key) for key in ("samples", "tokens", "hours", "money")}
    return _options({f"limits.{key}": value for key, value in asked.items() if value}) or "none"


def _ids(parts: Parts) -> frozenset[str]:
    """Of the problems that are sampled."""
    return frozenset(p.id for p in parts.problems if p.id not in parts.kept_out)


def _options(options: Mapping[str, Any]) -> str:
    """Those that say something: a text, a number, something that is not empty."""
    said = {key: value for key, value in options.items() if value or isinstance(value, (int, float))}
    return ", ".join(f"{key} = {value}" for key, value in said.items())
