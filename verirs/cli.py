"""The command line. Heavy imports happen inside the commands, so that help is instant.

Exit codes: 0 ok, 1 unexpected, 2 usage, config or prerequisite, 3 too many errors, 130 interrupted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, CycloptsError, Group, Parameter

from verirs import __version__

if TYPE_CHECKING:
    from verirs.config import Config
    from verirs.running import RunResult

app = App(
    name="verirs",
    help="Verifier-based rejection sampling for math and code: sample, verify, select, fine-tune.",
    version=__version__,
    version_flags=["--version"],
    help_format="plaintext",  # markdown would cost a quarter of the start-up
)
_DEBUG = Group("Diagnosis", sort_key=9)
Set = Annotated[list[str], Parameter(name="--set", negative="")]
Debug = Annotated[bool, Parameter(group=_DEBUG, negative="")]


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
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    set: Set | None = None,
    debug: Debug = False,
) -> None:
    """Sample, score, select and export. The same command goes on after any interruption.

    Args:
        config: TOML file (see `verirs init`); flags go on top of it.
        name: the run directory is runs/NAME.
        source: where problems come from: gsm8k, math500, humaneval, mbpp, or a JSONL or Parquet file.
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
    from verirs.config import assignments, load, merge, parse

    raw = load(config) if config else {}
    flags: dict[str, Any] = {
        "name": name,
        "n": n,
        "seed": seed,
        "shard": shard,
        "source": _source_table(source, limit),
        "engine": {"name": engine, "model": model},
        "sampling": {"temperature": temperature, "max_tokens": max_tokens},
        "prompt": {"few_shot": few_shot},
    }
    if scorer:
        raw = {**raw, "scorer": {scorer: raw.get("scorer", {}).get(scorer, {})}}
    raw = merge(merge(raw, _given(flags)), assignments(set or []))
    if not raw:
        from verirs.errors import ConfigError

        raise ConfigError("nothing to run: give a config (`verirs init` writes one) or --source and --engine")
    if raw.get("shard"):
        raw["name"] = f"{raw.get('name', 'run')}-shard-{str(raw['shard']).replace('/', '-of-')}"
    parsed = parse(raw, str(config or "flags"))
    if dry_run:
        from verirs.report.plan import show_plan

        show_plan(parsed, _console())
        return
    from verirs.running import run as run_now

    _finish(run_now(parsed, console=_console()))


@app.command
def score(
    path: Path, /, *, errors: Annotated[bool, Parameter(negative="")] = False, debug: Debug = False
) -> None:
    """Score a run's completions again, without the model, and export anew.

    Args:
        path: the run directory.
        errors: only those whose verdict is `error`.
        debug: show tracebacks.
    """
    from verirs.running import score as score_now

    _finish(score_now(_run_config(path), path, only_errors=errors, console=_console()))


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
    from verirs.running import export_again

    config = _run_config(paths[0], set or [])
    _finish(export_again(config, paths, out, console=_console()))


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
    from verirs.checking import check as check_now

    parsed = _run_config(config, set or []) if config.is_dir() else _config(config, set or [])
    if not check_now(parsed, config if config.is_dir() else None, _console()):
        sys.exit(2)


@app.command(name="list")
def list_(kind: str | None = None, /, *, debug: Debug = False) -> None:
    """List what can be plugged together: sources, engines, scorers, selectors, sinks.

    Args:
        kind: only this kind.
        debug: show tracebacks.
    """
    from verirs.errors import ConfigError, nearest
    from verirs.plugins import BUILTIN, names

    if kind and kind.rstrip("s") not in BUILTIN:
        raise ConfigError(f"unknown kind {kind!r}{nearest(kind, BUILTIN)} (known: {', '.join(BUILTIN)})")
    for each in [kind.rstrip("s")] if kind else BUILTIN:
        print(f"{each + 's':10} {', '.join(names(each))}")


@app.command
def init(path: Path = Path("verirs.toml"), /, *, debug: Debug = False) -> None:
    """Write a commented config to start from.

    Args:
        path: the file to write; an existing one is left alone.
        debug: show tracebacks.
    """
    from importlib.resources import files

    from verirs.errors import UserError

    text = (files("verirs") / "template.toml").read_text()
    try:
        with path.open("x") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{path} exists; give another name: verirs init other.toml") from None
    print(f"wrote {path}; next: verirs run {path} --dry-run")


# ---- shared by the commands -------------------------------------------------------------------------


def _console() -> Any:
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True)


def _source_table(source: str | None, limit: int | None) -> dict[str, Any]:
    if source and source.endswith((".jsonl", ".jsonl.gz", ".parquet")):
        return {"name": "file", "path": source, "limit": limit}
    return {"name": source, "limit": limit}


def _given(table: dict[str, Any]) -> dict[str, Any]:
    """The table without what was not given on the command line."""
    out = {}
    for key, value in table.items():
        if isinstance(value, dict):
            value = _given(value) or None
        if value is not None:
            out[key] = value
    return out


def _config(path: Path, settings: list[str]) -> Config:
    from verirs.config import assignments, load, merge, parse

    return parse(merge(load(path), assignments(settings)), str(path))


def _run_config(path: Path, settings: list[str] | None = None) -> Config:
    from verirs.errors import StoreError

    if not (path / "manifest.json").exists():
        raise StoreError(f"{path} is not a run directory (no manifest.json). Runs lie under runs/NAME.")
    return _config(path / "config.toml", settings or [])


def _finish(result: RunResult) -> None:
    from rich.console import Console

    from verirs.report.table import show_result

    show_result(result, Console(soft_wrap=True))


def main(argv: list[str] | None = None) -> None:
    """Entry point: runs a command and turns errors into one or two lines and an exit code."""
    from verirs.errors import VerirsError

    tokens = sys.argv[1:] if argv is None else argv
    debug = "--debug" in tokens
    try:
        app(tokens, exit_on_error=False, result_action="return_value")
    except CycloptsError:  # a wrong flag; already printed
        sys.exit(2)
    except VerirsError as e:
        if debug:
            raise
        print(f"verirs: {e}", file=sys.stderr)
        sys.exit(e.exit_code)
    except KeyboardInterrupt:
        if debug:
            raise
        print("verirs: interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as e:
        if debug:
            raise
        print(
            f"verirs: unexpected {type(e).__name__}: {e}\nRun again with --debug to see where.",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
