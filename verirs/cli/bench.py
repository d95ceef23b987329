"""``verirs bench``: a benchmark by name, sampled or replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from verirs.cli.base import Debug, Flag, Set, Trust, app, console, finish, given, keep_flat, reading, say


@app.command
def bench(
    benchmark: str,
    /,
    *,
    name: str | None = None,
    engine: str | None = None,
    model: str | None = None,
    n: Annotated[int | None, Parameter(name=["--n", "-n"])] = None,
    limit: int | None = None,
    replay: Path | None = None,
    by: str | None = None,
    source_path: Path | None = None,
    save: Flag = False,
    logs: Literal["lm-eval", "inspect"] | None = None,
    track: Literal["wandb", "trackio", "tensorboard"] | None = None,
    set: Set | None = None,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Measure a model on a benchmark: gsm8k, math500, humaneval, mbpp, or a config of yours.

    Writes a table with intervals, report/index.html and summary.json, and no training files.

    Args:
        benchmark: gsm8k, math500, humaneval, mbpp, or a TOML file.
        name: the run directory is runs/NAME; by default named after the benchmark and the model.
        engine: vllm, transformers, openai, fake; replaces the config's engine with all its options.
        model: model directory or hub name; with --replay, the recorded model to take.
        n: samples a problem; with --replay by default all that every problem has.
        limit: only the first so many problems; 0 is all.
        replay: a file of recorded completions to judge, in place of sampling.
        by: a column of the --replay file, say model: a run for each of its values, and a table of all.
        source_path: a local file of the problems, in place of a download.
        save: keep the result under benchmarks/results, with machine, versions and commit.
        logs: write every sample and the figures as lm-eval or inspect would, under the run's logs folder.
        track: send the figures to an experiment tracker.
        set: any config key, as section.key=value; repeatable.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.bench.benchmark import bench as bench_now
    from verirs.bench.benchmark import bench_by
    from verirs.bench.benchmark import save as save_now
    from verirs.bench.logs import write_logs
    from verirs.bench.tracking import needed
    from verirs.bench.tracking import track as track_now
    from verirs.errors import ConfigError, VerirsError
    from verirs.report.screen import Screen
    from verirs.report.table import show_several
    from verirs.running.reading import load_run
    from verirs.system.terminal import to_stdout

    keep_flat()
    if track is not None:
        needed(track)
    if by is not None and (replay is None or model is not None):
        raise ConfigError("bench --by COLUMN needs --replay FILE, and runs every model: no --model")
    own = Path(benchmark) if benchmark.endswith(".toml") else None  # else it is one of ours
    typed = given({"engine": {"name": engine, "model": model}})
    stopped: dict[str, VerirsError] = {}
    with reading(own, set or [], trust=trust, over=typed):
        common: dict[str, Any] = {
            "run_name": name,
            "n": n,
            "limit": limit,
            "source_path": source_path,
            "settings": set or [],
            "console": console(),
        }
        if by is not None and replay is not None:
            results, stopped = bench_by(benchmark, by, replay, **common)
        else:
            results = {"": bench_now(benchmark, engine=engine, model=model, replay=replay, **common)}
    if by is not None and results:
        with to_stdout():
            show_several({value: r.summary for value, r in results.items()}, Screen(), by=by)
    for result in results.values():
        if by is None:
            finish(result)
        else:
            say(f"report   {result.path / 'report' / 'index.html'}")
            result.refuse_gaps()
        if save:
            say(f"saved    {save_now(result)}")
        if logs is not None:
            say(f"logs     {write_logs(load_run(result.path), logs)}")
        if track is not None:
            say(f"tracked  {track_now(result.summary, result.path, track)}")
    for value, error in stopped.items():
        say(f"stopped  {by} = {value}: {error}")
    if stopped:
        raise next(iter(stopped.values()))
