"""What a run would do: its first prompt as the model reads it, its size and its cost (``--dry-run``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from verirs.running.check import say_source, shows
from verirs.running.config import Config
from verirs.running.doubts import greedy
from verirs.running.plan import Parts, build_parts, identity
from verirs.running.rehearse import rehearse
from verirs.running.sampling import standing
from verirs.store import Store
from verirs.system.terminal import one_line, shown
from verirs.until import told_of


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
    total = len(problems) * config.n
    console.rule("first prompt")
    console.print(Text(shown(prompt)), soft_wrap=True)
    console.rule("plan")
    for key, value in {
        "run directory": config.path,
        "problems": f"{len(problems):,} from {config.source.name}",
        "first gold": "none" if problems[0].answer is None else problems[0].answer[:200],
        "samples": _samples(config, parts),
        "engine": f"{config.engine.name} {_options(engine.identity())}",
        "sampling": _options(asdict(plan.sampling)),
        "scorers": ", ".join(f"{s.key} {s.version}" for s in parts.stack.scorers) + " (rehearsed)",
        "selector": f"{config.select.name} {_options(config.select.options)} (rehearsed)",
        "sinks": (", ".join(s.key for s in parts.sinks) or "none") + " (rehearsed)",
        "cost": f"at most {total * config.sampling.max_tokens:,} generated tokens; "
        f"prompts of about {len(prompt):,} characters, computed once a problem",
    }.items():
        console.print(Text(f"{key:14} {one_line(value)}"), soft_wrap=True)
    for line in greedy(config.sampling.temperature, config.n, config.engine.name):
        console.print(Text(f"{'warning':14} {line}"), soft_wrap=True)
    for line in readings:
        console.print(Text(shown(line)), soft_wrap=True)
    say_source(parts, console)


def _samples(config: Config, parts: Parts) -> str:
    """How many, as far as it can be known; with ``[until]``, by what the run holds already."""
    problems, rule = len(parts.problems), parts.plan.rule
    if rule is None:
        return f"{config.n} a problem, {problems * config.n:,} in all"
    told = f"{told_of(rule)}: {problems * rule.start:,} to {problems * rule.n:,} in all"
    if (config.path / "manifest.json").exists():
        with Store.open(config.path) as store:
            if store.manifest.identity == identity(config, parts.engine, parts.plan):
                told += f"; by what it holds, {standing(store, parts, _ids(parts), config).told()}"
    return told


def _ids(parts: Parts) -> frozenset[str]:
    return frozenset(p.id for p in parts.problems)


def _options(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in options.items())
