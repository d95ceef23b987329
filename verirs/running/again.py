"""A finished run again, without the model: scored anew, or exported anew.

Both take what may differ as a table laid over the run's own ``config.toml``, as the command line's ``--set``
does; what would need other samples is refused.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from verirs.errors import ConfigError, StoreError
from verirs.parts import SelectorPart, SinkPart
from verirs.records import Manifest
from verirs.report.live import Display
from verirs.report.narrow import sentence
from verirs.running.config import Config, load, merge, parse
from verirs.running.drive import (
    RunResult,
    closing,
    export_stores,
    save_config,
    say_trust,
    telling_full_disk,
)
from verirs.running.exporting import alone_because
from verirs.running.exporting import jobs_for as jobs_to_export
from verirs.running.marks import marks_path, read_marks
from verirs.running.plan import check_selection, make_stack, rule_of, selection_parts, source_files
from verirs.running.progress import Progress
from verirs.running.spread import jobs_for, score_again
from verirs.running.trust import placed, reading
from verirs.store import Store, refuse_parts, sample_gaps, shard_gaps
from verirs.store.directory import on_disk
from verirs.store.merging import whole_name
from verirs.system.files import digest
from verirs.system.machine import usable_cores
from verirs.system.terminal import pasted
from verirs.until import lacks

RESCORED = (
    "scorer",
    "rank",
    "select",
    "duplicates",
    "decontaminate",
    "filter",
    "balance",
    "export",
    "limits",
)
"""Sections of a config that scoring again may change."""
REEXPORTED = ("select", "duplicates", "decontaminate", "filter", "balance", "export")
"""Sections of a config that exporting again may change."""


def score(
    path: str | Path,
    changes: Mapping[str, Any] | None = None,
    *,
    only_errors: bool = False,
    jobs: int = 1,
    trust: bool = False,
    console: Console | None = None,
) -> RunResult:
    """Score a run's completions again, without the model, and export.

    Args:
        path: the run directory.
        changes: laid over the run's config, which keeps them, for example
            ``{"scorer": {"reward_model": {"model": "DIR"}}}``; the sections are
            :data:`RESCORED`.
        only_errors: leave every other verdict as it is; then nothing may change.
        jobs: processes that score and export, each a part of the run; 0: as many as there are cores. Each
            makes scorers of its own, so a reward model is loaded as often.
        trust: load code that the run's config names; the run may be somebody else's. What ``changes`` names
            is yours.
        console: where progress goes; by default nowhere.

    Raises:
        UserError: not a run directory, in use, a change that needs other samples, or a scorer that cannot be
            had.
        TooManyErrors: more than the config's share of the new verdicts are errors; the old scores stay.
    """
    if only_errors and changes:
        raise ConfigError(
            "scoring only the errors keeps all other verdicts, so the scorers must stay: leave out --set "
            "(changes)"
        )
    path = Path(path)
    with contextlib.ExitStack() as opened, contextlib.ExitStack() as processes:
        several = processes.enter_context(jobs_for(number_of(jobs)))  # they begin to import now
        config = stored_config(path, changes, RESCORED, trust=trust)
        stack = make_stack(config)
        selection = selection_parts(config)
        check_selection(config, stack, selection[0])
        store = Store.open(path, write=True, scored=False)
        opened.enter_context(closing(store, stack))
        _warn(console, [*source_changed(store, config), *alone(config, selection, number_of(jobs))])
        progress = Progress(stage="scoring", unscored=store.completions)
        with Display(progress.line, console or Console(quiet=True)):
            score_again(store, stack, progress, config, only_errors, jobs=several)
            rule = rule_of(config)  # [select] may say anew what may be accepted
            store.update(until={} if rule is None else rule.to_json())
            save_config(store, config)
            done = export_stores([store], config, progress, selection=selection, jobs=several)
            processes.close()
        say_trust([store], stack, console)
        return done


def export(
    paths: str | Path | Sequence[str | Path],
    *,
    out: str | Path | None = None,
    changes: Mapping[str, Any] | None = None,
    allow_missing: bool = False,
    marks: bool = False,
    jobs: int = 1,
    trust: bool = False,
    console: Console | None = None,
) -> RunResult:
    """Select and write training files from finished runs, without the model.

    Args:
        paths: one run directory, or the shards of one run.
        out: the folder for the files; by default ``export`` in the run directory. Several shards need one.
        changes: laid over the first run's config for this once, for example ``{"select": {"k": 2}}``; the
            sections are :data:`REEXPORTED`.
        allow_missing: shards or samples of the one run may be missing.
        marks: verdicts marked by hand (``RUN.marks.jsonl``, beside the run) stand in the place of the
            verifiers'.
        jobs: processes that select and make rows, each of a part of the problems; 0: as many as there are
            cores. The files are those of one process. Where what is taken of a problem goes by others, one
            process does it, and a line says so.
        trust: load a selector or sink of its own that the run's config names; nothing else of it is loaded.
        console: where progress goes; by default nowhere.

    Raises:
        UserError: not a run directory, runs that are not all the shards of one run, or a change that an
            export cannot make.
        PartError: the selector or a sink breaks its contract.
    """
    runs = [Path(p) for p in ([paths] if isinstance(paths, (str, Path)) else paths)]
    if not runs:
        raise ConfigError("nothing to export: name a run directory")
    if len(runs) > 1 and out is None:
        whole = runs[0].parent / whole_name(runs[0].name)
        raise ConfigError(
            f"several shards, and no folder for their files: give --out DIR (out=), or make them one run, "
            f"which has its own: verirs merge {pasted(whole)} {pasted(runs[0])} ..."
        )
    file, raw = stored(runs[0], changes, REEXPORTED)
    with reading(file, {}, changes, trust=trust):
        config = parse(raw, str(file), parts=False)
        selection = selection_parts(config)
    if len(runs) > 1:
        config = config.model_copy(update={"name": whole_name(config.name)})
    count = number_of(jobs)
    with contextlib.ExitStack() as opened:
        several = opened.enter_context(jobs_to_export(config, *selection, count))  # they begin to import now
        stores = [opened.enter_context(Store.open(p)) for p in runs]
        if len(stores) > 1:
            gaps = refuse_parts(stores, allow_missing=allow_missing, lacks=lacks(stores[0]))
        else:
            gaps = sample_gaps(stores[0], lacks(stores[0]))
        _warn(console, [*gaps, *(line for store in stores for line in source_changed(store, config))])
        _warn(console, alone(config, selection, count))
        progress = Progress(stage="exporting")
        with Display(progress.line, console or Console(quiet=True)):
            folder = None if out is None else on_disk(out)
            missing = shard_gaps(stores) if len(stores) > 1 else ()
            laid = {k: m for p in runs for k, m in read_marks(marks_path(p)).items()} if marks else None
            with telling_full_disk(
                folder or runs[0], "The run is as it was, and so are files not yet replaced"
            ):
                done = export_stores(
                    stores,
                    config,
                    progress,
                    folder,
                    selection=selection,
                    missing=missing,
                    marks=laid,
                    jobs=several,
                )
        if not gaps and (wanted := [line for line in done.summary.origin.missing if line not in missing]):
            how = f"verirs run {pasted(stores[0].path / 'config.toml')}"
            _warn(console, [f"{line}: {how} --set ... draws what is kept now" for line in wanted])
        return done


def alone(config: Config, selection: tuple[SelectorPart, Sequence[SinkPart]], count: int) -> list[str]:
    """That one process exports though more were asked for, and why, in a line; nothing where it is not so."""
    why = alone_because(config, *selection) if count > 1 else ""
    return [f"--jobs: one process exports: {why}"] if why else []


def number_of(jobs: int) -> int:
    """Of processes: 0 is one a core.

    Raises:
        ConfigError: it is negative.
    """
    if jobs < 0:
        raise ConfigError(f"--jobs (jobs): must not be negative, is {jobs}")
    return jobs or usable_cores()


def source_changed(store: Store, config: Config) -> list[str]:
    """Whether the files of a run's source are others than those that its last command read, in a sentence."""
    known, now = store.manifest.source_files, ""
    if known:
        now = source_files(config)
    if now in ("", known):
        return []
    return [
        f"{config.source.options['path']} changed since {store.path} read it: its golds and tests are those "
        f"of then. `verirs run {pasted(store.path / 'config.toml')}` takes over the new ones"
    ]


def _warn(console: Console | None, lines: Sequence[str]) -> None:
    for line in lines:
        sentence(console or Console(quiet=True), f"warning  {line}")


def stored_config(
    path: Path,
    changes: Mapping[str, Any] | None = None,
    changeable: Sequence[str] | None = None,
    *,
    trust: bool = False,
) -> Config:
    """The config of a run directory with changes laid over it; arguments and refusals as :func:`stored`.

    Args:
        trust: load code that it names.
    """
    file, raw = stored(path, changes, changeable)
    with reading(file, raw, changes, trust=trust):
        return parse(raw, str(file))


def config_file(path: Path) -> Path:
    """Of a run directory.

    Raises:
        StoreError: it is none.
    """
    if not (on_disk(path) / "manifest.json").exists():
        raise StoreError(f"{path} is not a run directory (no manifest.json). Runs lie under runs/NAME.")
    return path / "config.toml"


def stored(
    path: Path, changes: Mapping[str, Any] | None = None, changeable: Sequence[str] | None = None
) -> tuple[Path, dict[str, Any]]:
    """The file and the raw table of a run directory's config with changes laid over it.

    Args:
        changeable: sections that may change; by default all.

    Raises:
        StoreError: not a run directory.
        ConfigError: a section that may not change.
    """
    file, changes = config_file(path), changes or {}
    if changeable is not None:
        fixed = [key for key in changes if key not in changeable]
        known = ", ".join(changeable)
        kept = "samples" if "scorer" in changeable else "samples and scores"
        if fixed:
            raise ConfigError(
                f"{key}: the {kept} stay; only {known} may change"
                + (f" (as tables: {{{key.partition('.')[0]!r}: {{...}}}})" if "." in key else "")
                for key in fixed
            )
    refuse_altered(path, file)
    return file, merge(placed(load(file), file), changes)


def refuse_altered(path: Path, file: Path) -> None:
    """Refuse a config that is not the one by which the run went.

    Raises:
        ConfigError: it is damaged, or somebody changed it.
    """
    before: tuple[str, ...] | None = None
    while (known := Manifest.load(path / "manifest.json").configs) != before:  # a command may write both
        if not known or not file.exists() or digest(file) in known:
            return
        before = known
    raise ConfigError(
        f"{file} is not what the last command wrote: it is damaged, or was changed by hand. Give a "
        f"change with --set; or take over all that the file says now: verirs run {file}"
    )
