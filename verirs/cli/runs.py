"""``verirs run``, ``score``, ``export`` and ``check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from verirs.cli.base import (
    Debug,
    Flag,
    Jobs,
    On,
    Set,
    Trust,
    app,
    console,
    finish,
    given,
    keep_flat,
    placed_on,
    reading,
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
    on: On | None = None,
    dry_run: Flag = False,
    set: Set | None = None,
    trust: Trust = False,
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
        limit: only the first so many problems; 0 is all.
        temperature: sampling temperature; 0 is greedy.
        max_tokens: longest completion.
        few_shot: so many worked examples before each problem.
        seed: of the run; each sample's seed is derived from it.
        shard: i/N, only this part of the problems (i from 0), in a run directory of its own.
        on: `ray`: engines and scorers work in a Ray cluster, as the table [ray] says; `here`: they do not.
        dry_run: print the first prompt, the plan and its cost, and stop.
        set: any config key, as section.key=value; repeatable.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.errors import ConfigError
    from verirs.running.config import assignments, merge, parse
    from verirs.running.trust import in_run

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
    over = given(flags) | ({"scorer": {scorer: {}}} if scorer else {})
    with reading(config, set or [], trust=trust, over=over) as raw:
        if not raw:
            raise ConfigError(
                "nothing to run: give a config (`verirs init` writes one) or --source and --engine"
            )
        if scorer:
            raw["scorer"] = {scorer: raw["scorer"][scorer]}
        if source:  # in place of the config's, whose options another source may not know
            own = assignments(set or []).get("source", {})
            raw["source"] = merge(given(source_table(source, limit)), own)
        if raw.get("shard") and (name or not (config and in_run(config))):
            raw["name"] = f"{raw.get('name', 'run')}-shard-{str(raw['shard']).replace('/', '-of-')}"
        parsed = parse(placed_on(raw, on), str(config or "flags"))
        if dry_run:
            from verirs.cli.plan import show_plan

            show_plan(parsed, console())
            return
        from verirs.running.drive import run as run_now

        keep_flat()
        finish(run_now(parsed, console=console()))


@app.command
def score(
    path: Path,
    /,
    *,
    errors: Flag = False,
    jobs: Jobs = 1,
    set: Set | None = None,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Score a run's completions again, without the model, and export anew.

    Args:
        path: the run directory.
        errors: only those whose verdict is `error`.
        jobs: so many processes, each for a part of the run; 0 is one a core.
        set: scorers to add or change, as scorer.reward_model.model=DIR, and keys of [select] and [export];
            the run keeps them; repeatable.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.running.again import score as score_now
    from verirs.running.config import assignments

    keep_flat()
    changes = assignments(set or [])
    finish(score_now(path, changes, only_errors=errors, jobs=jobs, trust=trust, console=console()))


@app.command
def export(
    paths: Annotated[list[Path], Parameter(consume_multiple=True)],
    /,
    *,
    out: Path | None = None,
    allow_missing: Flag = False,
    marks: Flag = False,
    jobs: Jobs = 1,
    set: Set | None = None,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Select and write training files from finished runs, without the model and without their scorers.

    Args:
        paths: one run directory, or all the shards of one run.
        out: folder for the files; by default RUN/export. Several shards need one.
        allow_missing: of several shards some may be missing or unfinished; each gap is named.
        marks: verdicts marked by hand (`verirs view`) stand in the place of the verifiers'.
        jobs: so many processes, each for a part of the problems; 0 is one a core.
        set: keys of [select] and [export] to change, as select.k=2; repeatable.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.running.again import export as export_now
    from verirs.running.config import assignments

    keep_flat()
    changes = assignments(set or [])
    finish(
        export_now(
            paths,
            out=out,
            changes=changes,
            allow_missing=allow_missing,
            marks=marks,
            jobs=jobs,
            trust=trust,
            console=console(),
        )
    )


@app.command
def check(config: Path, /, *, set: Set | None = None, trust: Trust = False, debug: Debug = False) -> None:
    """Prove a config before it costs anything, or a finished run's files after.

    Resolves the config; every scorer must pass each problem's gold answer and fail a corrupted one;
    exported files are loaded back.

    Args:
        config: a TOML file, or a run directory.
        set: any config key, as section.key=value; repeatable.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.running.again import config_file
    from verirs.running.check import check as check_now
    from verirs.running.config import parse

    run = config if config.is_dir() else None
    file = config_file(run) if run else config
    with reading(file, set or [], trust=trust) as raw:
        if not check_now(parse(raw, str(file)), run, console()):
            sys.exit(2)
