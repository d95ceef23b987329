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

from verirs.engines.replay import ReplayEngine
from verirs.errors import ConfigError, nearest
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
        engine: in place of the config's, whose other options then do not count.
        model: of the engine; with ``replay``, the recorded model to take.
        n: samples a problem; with ``replay`` by default all that every problem has.
        limit: only the first so many problems.
        replay: recorded completions to judge in place of sampling.
        source_path: a local file of the problems, in place of a download.
        settings: any config key, as ``section.key=value``.

    Raises:
        ConfigError: an unknown benchmark, or whatever is wrong with the config.
    """
    file = config_file(name)
    raw = load(file)
    over: dict[str, Any] = {"export": {"sinks": []}}
    if engine or replay:
        raw["engine"] = {"name": engine or "replay"}
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
    raw = merge({**raw, "name": run_name(file.stem, raw["engine"])}, assignments(settings))
    return run(parse(raw, str(file)), console=console)


def recorded(engine: ReplayEngine) -> int:
    """How many samples every recorded problem has.

    Raises:
        SourceError: the file cannot be read.
    """
    return min(engine.counts().values(), default=1)


def run_name(benchmark: str, engine: Mapping[str, Any]) -> str:
    """A run directory for each benchmark and model: ``bench-gsm8k-qwen2.5-1.5b-instruct``."""
    told = [Path(str(engine.get(key, ""))).name.split(".jsonl")[0] for key in ("path", "model")]
    words = ("-".join(t for t in told if t), str(engine["name"]))
    slugs = [re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:80] for text in words]
    return f"bench-{benchmark}-{slugs[0] or slugs[1]}"


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
