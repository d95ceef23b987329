"""``verirs bench``: a benchmark by name, sampled or replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from verirs.cli.base import Debug, Flag, Set, Trust, app, console, finish, given, keep_flat, reading, say


@app.command
def bench(
    name: str,
    /,
    *,
    engine: str | None = None,
    model: str | None = None,
    n: Annotated[int | None, Parameter(name=["--n", "-n"])] = None,
    limit: int | None = None,
    replay: Path | None = None,
    source_path: Path | None = None,
    save: Flag = False,
    set: Set | None = None,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Measure a model on a benchmark: gsm8k, math500, humaneval, mbpp, or a config of yours.

    Writes a table with intervals, report/index.html and summary.json, and no training files.

    Args:
        name: of the benchmark, or a TOML file.
        engine: vllm, transformers, openai, fake; replaces the config's engine with all its options.
        model: model directory or hub name; with --replay, the recorded model to take.
        n: samples a problem; with --replay by default all that every problem has.
        limit: only the first so many problems; 0 is all.
        replay: a file of recorded completions to judge, in place of sampling.
        source_path: a local file of the problems, in place of a download.
        save: keep the result under benchmarks/results, with machine, versions and commit.
        set: any config key, as section.key=value; repeatable.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.bench.benchmark import bench as bench_now
    from verirs.bench.benchmark import save as save_now

    keep_flat()
    own = Path(name) if name.endswith(".toml") else None  # else it is one of ours
    typed = given({"engine": {"name": engine, "model": model}})
    with reading(own, set or [], trust=trust, over=typed):
        result = bench_now(
            name,
            engine=engine,
            model=model,
            n=n,
            limit=limit,
            replay=replay,
            source_path=source_path,
            settings=set or [],
            console=console(),
        )
    finish(result)
    if save:
        say(f"saved    {save_now(result)}")
