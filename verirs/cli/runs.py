"""``verirs run``, ``score``, ``export`` and ``check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from verirs.cli.base import (
    Debug,
    Flag,
    Set,
    app,
    config_from,
    console,
    finish,
    given,
    run_config,
    source_table,
)


@app.command
def run(
    config: Path | None = None,
    /,
    *,
    name: str | None = None,
    source: str | None = None,
    engine: str | None = None,
    model: str | None = None,
    scorer: str | None = None,
    n: Annotated[int | None, Parameter(name=["--n", "-n"])] = None,
    limit: int | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    few_shot: int | None = None,
    seed: int | None = None,
    shard: str | None = None,
    dry_run: Flag = False,
    set: Set | None = None,
    debug: Debug = False,
) -> None:
    """Sample, score, select and export. The same command goes on after any interruption.

    Args:
        config: TOML file (see `verirs init`); flags go on top of it.
        name: the run directory is runs/NAME.
        source: where problems come from: gsm8k, math500, humaneval, mbpp, or a JSONL, JSON, CSV or Parquet
            file, a folder (ending in /) or a pattern.
        engine: vllm, transformers, openai, replay, fake.
        model: model directory or hub name.
        scorer: the one scorer to use in place of the config's.
        n: samples a problem; raising it later tops up.
        limit: only the first so many problems.
        temperature: sampling temperature; 0 is greedy.
        max_tokens: longest completion.
        few_shot: so many worked examples before each problem.
        seed: of the run; each sample's seed is derived from it.
        shard: i/N, only this part of the problems, in a run directory of its own.
        dry_run: print the first prompt, the plan and its cost, and stop.
        set: any config key, as section.key=value; repeatable.
        debug: show tracebacks.
    """
    from verirs.running.config import assignments, load, merge, parse

    raw = load(config) if config else {}
    flags: dict[str, Any] = {
        "name": name,
        "n": n,
        "seed": seed,
        "shard": shard,
        "source": source_table(source, limit),
        "engine": {"name": engine, "model": model},
        "sampling": {"temperature": temperature, "max_tokens": max_tokens},
        "prompt": {"few_shot": few_shot},
    }
    if scorer:
        raw = {**raw, "scorer": {scorer: raw.get("scorer", {}).get(scorer, {})}}
    raw = merge(merge(raw, given(flags)), assignments(set or []))
    if not raw:
        from verirs.errors import ConfigError

        raise ConfigError("nothing to run: give a config (`verirs init` writes one) or --source and --engine")
    if raw.get("shard"):
        raw["name"] = f"{raw.get('name', 'run')}-shard-{str(raw['shard']).replace('/', '-of-')}"
    parsed = parse(raw, str(config or "flags"))
    if dry_run:
        from verirs.cli.plan import show_plan

        show_plan(parsed, console())
        return
    from verirs.running.drive import run as run_now

    finish(run_now(parsed, console=console()))


RESCORED = ("scorer", "rank", "select", "export", "limits")
"""Sections of a config that may change without new samples."""


@app.command
def score(path: Path, /, *, errors: Flag = False, set: Set | None = None, debug: Debug = False) -> None:
    """Score a run's completions again, without the model, and export anew.

    Args:
        path: the run directory.
        errors: only those whose verdict is `error`.
        set: scorers to add or change, as scorer.reward_model.model=DIR, and keys of [select] and [export];
            the run keeps them; repeatable.
        debug: show tracebacks.
    """
    from verirs.errors import ConfigError
    from verirs.running.drive import score as score_now

    if errors and set:
        raise ConfigError("--errors keeps all other verdicts, so the scorers must stay: leave out --set")
    for setting in set or []:
        if setting.partition("=")[0].split(".")[0].strip() not in RESCORED:
            raise ConfigError(f"--set {setting}: the samples stay; only {', '.join(RESCORED)} may change")
    finish(score_now(run_config(path, set or []), path, only_errors=errors, console=console()))


@app.command
def export(
    paths: Annotated[list[Path], Parameter(consume_multiple=True)],
    /,
    *,
    out: Path | None = None,
    set: Set | None = None,
    debug: Debug = False,
) -> None:
    """Select and write training files from finished runs, without the model.

    Args:
        paths: one run directory, or all the shards of one run.
        out: folder for the files; by default RUN/export.
        set: keys of [select] and [export] to change, as select.k=2; repeatable.
        debug: show tracebacks.
    """
    from verirs.running.drive import export_again

    config = run_config(paths[0], set or [])
    finish(export_again(config, paths, out, console=console()))


@app.command
def check(config: Path, /, *, set: Set | None = None, debug: Debug = False) -> None:
    """Prove a config before it costs anything, or a finished run's files after.

    Resolves the config; every scorer must pass each problem's gold answer and fail a corrupted one;
    exported files are loaded back.

    Args:
        config: a TOML file, or a run directory.
        set: any config key, as section.key=value; repeatable.
        debug: show tracebacks.
    """
    from verirs.running.check import check as check_now

    parsed = run_config(config, set or []) if config.is_dir() else config_from(config, set or [])
    if not check_now(parsed, config if config.is_dir() else None, console()):
        sys.exit(2)
