"""Benchmarks by name: a bundled config, sampled or replayed, then judged and reported as any run.

What it does beyond ``verirs run``: it finds the config, writes no training files (a test set must not become
training data), and can keep the result beside the machine and the versions it was made with.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from verirs.engines.recorded import RecordedFile
from verirs.engines.replay import ReplayEngine
from verirs.errors import ConfigError, Interrupted, SourceError, VerirsError, nearest
from verirs.running.config import assignments, load, merge, parse
from verirs.running.drive import RunResult, run
from verirs.system.bundled import bundled
from verirs.system.files import write_text
from verirs.system.machine import facts

RESULTS = Path("benchmarks/results")
PACKAGES = ("numpy", "pyarrow", "python-flint", "sympy", "torch", "transformers", "vllm")
KEPT = (
    "version",
    "problems",
    "problems_verified",
    "problems_solved",
    "completions",
    "verdicts",
    "pass_rate",
    "truncated",
    "scorers",
    "estimates",
)
"""Fields of the summary that are kept; what depends on the selection or on the clock is not."""


def names() -> list[str]:
    """The bundled benchmarks."""
    return sorted(p.stem for p in bundled("benchmarks", "gsm8k.toml").glob("*.toml"))


def config_file(name: str) -> Path:
    """The config of a bundled benchmark, or of one given as a TOML file.

    Raises:
        ConfigError: no such benchmark; the nearest one is named.
    """
    if name.endswith(".toml"):
        return Path(name)
    if name not in names():
        raise ConfigError(
            f"unknown benchmark {name!r}{nearest(name, names())} (known: {', '.join(names())}; "
            f"or your own config: verirs bench FILE.toml)"
        )
    return bundled("benchmarks", "gsm8k.toml") / f"{name}.toml"


def bench(
    name: str,
    *,
    run_name: str | None = None,
    engine: str | None = None,
    model: str | None = None,
    n: int | None = None,
    limit: int | None = None,
    replay: Path | None = None,
    source_path: Path | None = None,
    settings: Sequence[str] = (),
    console: Console | None = None,
) -> RunResult:
    """Run one benchmark; the same call goes on after an interruption.

    Args:
        name: of a bundled benchmark, or a TOML file.
        run_name: of the run directory; by default made of the benchmark's and the model's.
        engine: in place of the config's, whose other options then do not count.
        model: of the engine; with ``replay``, the recorded model to take.
        n: samples a problem; with ``replay`` by default all that every problem has.
        limit: only the first so many problems.
        replay: recorded completions to judge in place of sampling; a config's own options of ``replay``
            are kept.
        source_path: a local file of the problems, in place of a download.
        settings: any config key, as ``section.key=value``.

    Raises:
        ConfigError: an unknown benchmark, or whatever is wrong with the config.
    """
    file = config_file(name)
    raw = load(file)
    over: dict[str, Any] = {"export": {"sinks": []}}
    wanted = engine or ("replay" if replay else raw["engine"]["name"])
    if raw["engine"]["name"] != wanted or engine:
        raw["engine"] = {"name": wanted}
    if model:
        over["engine"] = {"model": model}
    if replay:
        over = merge(over, {"engine": {"path": str(replay)}})
    if source_path:
        over["source"] = {"path": str(source_path)}
    if limit:
        over = merge(over, {"source": {"limit": limit}})
    if n:
        over["n"] = n
    raw = merge(merge(raw, over), assignments(settings))
    if replay and not n and "n" not in assignments(settings):
        options = {k: v for k, v in raw["engine"].items() if k != "name"}
        raw["n"] = recorded(ReplayEngine(**options))
    if replay and not model and console is not None and (pooled := pooled_models(raw["engine"])) > 1:
        console.print(
            f"warning  {replay.name} holds samples of {pooled} models: the figures are of the pool, and of "
            "none of them. One run for each: --by model",
            highlight=False,
            markup=False,
        )
    raw = merge({**raw, "name": run_name or name_of_run(file.stem, raw["engine"])}, assignments(settings))
    config = parse(raw, str(file))
    if config.until is not None:
        raise ConfigError(
            "[until] is no rule for a benchmark: it draws more of what fails, so pass@n, majorities and "
            "lengths would not be those of n samples a problem. Leave it out; "
            f"-n {config.until.first} measures what its first round would"
        )
    return run(config, console=console)


def bench_by(
    name: str,
    column: str,
    replay: Path,
    *,
    run_name: str | None = None,
    settings: Sequence[str] = (),
    **options: Any,
) -> tuple[dict[str, RunResult], dict[str, VerirsError]]:
    """One run for each value of a column of a recorded file: its models, or its configurations.

    Scorers ``recorded`` of the config read the same rows, unless their own table says otherwise.

    Returns:
        By value the runs, and what stopped those that could not be made.

    Args:
        name: of a bundled benchmark, or a TOML file.
        column: whose values tell the runs apart, for example ``model``.
        replay: the recorded completions.
        run_name: each run directory's name begins with it and ends in its value.
        settings: any config key, as ``section.key=value``.
        options: further arguments of :func:`bench`.

    Raises:
        ConfigError: rows without a value in the column.
    """
    engine = assignments(settings).get("engine", {})
    ids = {k: v for k, v in engine.items() if k in ("id_column", "index_column")}
    reader = f"bench --by {column}"
    values = RecordedFile(path=replay, reader=reader, model_column=column, **ids).models()
    if "" in values:
        raise ConfigError(f"{reader}: {replay} has rows without a {column}; leave them out or name them")
    table = load(config_file(name)).get("scorer", {})
    scorers = [
        key for key, own in table.items() if isinstance(own, dict) and own.get("plugin", key) == "recorded"
    ]
    own: list[str] = [f"engine.model_column={json.dumps(column)}"]
    out: dict[str, RunResult] = {}
    stopped: dict[str, VerirsError] = {}
    for value in values:
        chosen = [
            f"scorer.{key}.{k}={json.dumps(v)}"
            for key in scorers
            for k, v in (("model", value), ("model_column", column))
        ]
        given = [*own, *chosen, *settings]
        try:
            own_name = f"{run_name}-{_slug(value)}" if run_name else None
            out[value] = bench(name, run_name=own_name, model=value, replay=replay, settings=given, **options)
        except Interrupted:
            raise
        except VerirsError as error:
            stopped[value] = error
    return out, stopped


def recorded(engine: ReplayEngine) -> int:
    """How many samples every recorded problem has.

    Raises:
        SourceError: the file cannot be read.
    """
    return min(engine.counts().values(), default=1)


def pooled_models(engine: Mapping[str, Any]) -> int:
    """How many models wrote the rows that a replay would take for one."""
    kept = {k: engine[k] for k in ("id_column", "index_column", "model_column") if k in engine}
    file = RecordedFile(path=Path(engine["path"]).expanduser(), reader="engine replay", **kept)
    try:
        return 1 if engine.get("model") else len(file.models())
    except SourceError:  # no such column: nobody says that they are several
        return 1


def name_of_run(benchmark: str, engine: Mapping[str, Any]) -> str:
    """A run directory for each benchmark and model: ``bench-gsm8k-qwen2.5-1.5b-instruct``."""
    told = [Path(str(engine.get(key, ""))).name.split(".jsonl")[0] for key in ("path", "model")]
    words = ("-".join(t for t in told if t), str(engine["name"]))
    return f"bench-{benchmark}-{_slug(words[0]) or _slug(words[1])}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:80]


def save(result: RunResult, folder: Path = RESULTS) -> Path:
    """Write what was measured, with machine, versions and commit; returns the file's path."""
    summary = result.summary
    origin = summary.origin
    model = {k: Path(v).name if k == "model" else v for k, v in origin.model.items()}
    kept = dataclasses.replace(
        summary, scorers=tuple(dataclasses.replace(s, seconds=0.0) for s in summary.scorers)
    )
    found = {
        "origin": dataclasses.replace(origin, model=model, selector="", selection={}).to_json(),
        **{key: value for key, value in kept.to_json().items() if key in KEPT},
        "machine": facts(PACKAGES),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.path.name.removeprefix('bench-')}.json"
    write_text(path, json.dumps(found, indent=1) + "\n")
    return path
