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
from verirs.report.live import Display
from verirs.running.config import Config, load, merge, parse
from verirs.running.drive import RunResult, closing, export_stores, save_config, score_again
from verirs.running.plan import check_selection, make_stack, selection_parts
from verirs.running.progress import Progress
from verirs.store import Store, refuse_parts

RESCORED = ("scorer", "rank", "select", "export", "limits")
"""Sections of a config that scoring again may change."""
REEXPORTED = ("select", "export")
"""Sections of a config that exporting again may change."""


def score(
    path: str | Path,
    changes: Mapping[str, Any] | None = None,
    *,
    only_errors: bool = False,
    console: Console | None = None,
) -> RunResult:
    """Score a run's completions again, without the model, and export.

    Args:
        path: the run directory.
        changes: laid over the run's config, which keeps them, for example
            ``{"scorer": {"reward_model": {"model": "DIR"}}}``; keys of ``scorer``, ``rank``, ``select``,
            ``export`` and ``limits``.
        only_errors: leave every other verdict as it is; then nothing may change.
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
    config = stored_config(path, changes, RESCORED)
    stack = make_stack(config)
    selection = selection_parts(config)
    check_selection(config, stack, selection[0])
    store = Store.open(path, write=True)
    with closing(store, stack):
        progress = Progress(problems=0, wanted=store.completions, before=store.completions, stage="scoring")
        with Display(progress.line, console or Console(quiet=True)):
            score_again(store, stack, progress, config.limits.max_errors, only_errors)
            save_config(store, config)
            return export_stores([store], config, progress, selection=selection)


def export(
    paths: str | Path | Sequence[str | Path],
    *,
    out: str | Path | None = None,
    changes: Mapping[str, Any] | None = None,
    allow_missing: bool = False,
    console: Console | None = None,
) -> RunResult:
    """Select and write training files from finished runs, without the model.

    Args:
        paths: one run directory, or the shards of one run.
        out: the folder for the files; by default ``export`` in the first.
        changes: laid over the first run's config for this once, for example ``{"select": {"k": 2}}``; keys of
            ``select`` and ``export``.
        allow_missing: shards or samples of the one run may be missing.
        console: where progress goes; by default nowhere.

    Raises:
        UserError: not a run directory, runs that are not all the shards of one run, or a change that an
        export
            cannot make.
        PartError: the selector or a sink breaks its contract.
    """
    runs = [Path(p) for p in ([paths] if isinstance(paths, (str, Path)) else paths)]
    if not runs:
        raise ConfigError("nothing to export: name a run directory")
    config = stored_config(runs[0], changes, REEXPORTED)
    selection = selection_parts(config)
    with contextlib.ExitStack() as opened:
        stores = [opened.enter_context(Store.open(p)) for p in runs]
        if len(stores) > 1:
            refuse_parts(stores, allow_missing=allow_missing)
        progress = Progress(stage="exporting")
        with Display(progress.line, console or Console(quiet=True)):
            folder = None if out is None else Path(out)
            return export_stores(stores, config, progress, folder, selection=selection)


def stored_config(
    path: Path, changes: Mapping[str, Any] | None = None, changeable: Sequence[str] | None = None
) -> Config:
    """The config of a run directory with changes laid over it.

    Args:
        changeable: sections that may change; by default all.

    Raises:
        StoreError: not a run directory.
        ConfigError: everything that is wrong, one line each.
    """
    if not (path / "manifest.json").exists():
        raise StoreError(f"{path} is not a run directory (no manifest.json). Runs lie under runs/NAME.")
    changes = changes or {}
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
    return parse(merge(load(path / "config.toml"), changes), str(path / "config.toml"))
