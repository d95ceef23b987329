"""What a run would do: its first prompt as the model reads it, its size and its cost (``--dry-run``)."""

from __future__ import annotations

import time

from rich.console import Console

from verirs import plugins
from verirs.config import Config
from verirs.protocols import Engine
from verirs.running import load_problems, make_plan, make_stack, probe


def show_plan(config: Config, console: Console) -> None:
    """Print the plan. Samples nothing and writes nothing.

    Raises:
        UserError: whatever a real run would refuse.
    """
    problems = list(load_problems(config))
    engine: Engine = plugins.build("engine", config.engine.name, config.engine.options, "engine")
    stack = make_stack(config)
    try:
        begun = time.perf_counter()
        probe(stack, problems[:50])
        probed = time.perf_counter() - begun
    finally:
        stack.close()
    plan = make_plan(config)
    prompt = engine.render(plan.request(problems[0], (0,)).messages)
    total = len(problems) * config.n
    console.rule("first prompt")
    console.print(prompt, markup=False, highlight=False)
    console.rule("plan")
    for key, value in {
        "run directory": config.path,
        "problems": f"{len(problems):,} from {config.source.name}",
        "samples": f"{config.n} a problem, {total:,} in all",
        "engine": f"{config.engine.name} {dict(engine.identity())}",
        "sampling": plan.sampling,
        "scorers": ", ".join(f"{s.name} {s.version}" for s in stack.scorers)
        + f" (checked in {probed:.1f} s)",
        "selector": f"{config.select.name} {config.select.options}",
        "cost": f"at most {total * config.sampling.max_tokens:,} generated tokens; "
        f"prompts of about {len(prompt):,} characters, computed once a problem",
    }.items():
        console.print(f"{key:14} {value}", markup=False, highlight=False)
