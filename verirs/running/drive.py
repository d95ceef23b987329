"""A whole run, from a config to files: what ``verirs run`` and :func:`verirs.run` do."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w
from rich.console import Console

from verirs.errors import PART_RAISED, Interrupted, NothingDone, StoreError, TooManyErrors, VerirsError
from verirs.parts import SelectorPart, SinkPart
from verirs.protocols import Engine
from verirs.report.live import Display
from verirs.report.table import show_result
from verirs.running.config import Config, load, parse
from verirs.running.export import Exported, export, save_summary
from verirs.running.pipeline import part_failed, sample_and_score, stop_on_errors
from verirs.running.plan import Parts, build_parts, check_selection, identity, make_stack, selection_parts
from verirs.running.progress import Progress
from verirs.running.rehearse import rehearse
from verirs.running.scoring import Stack
from verirs.store import Store
from verirs.system.files import write_text
from verirs.system.memory import keep_flat
from verirs.system.waiting import wait_for
from verirs.types import Candidate, Group, Score, Verdict

log = logging.getLogger("verirs")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run.

    Args:
        path: the run directory.
        exported: the files, and the summary of counts and estimates.
        progress: what this process sampled and scored.
    """

    path: Path
    exported: Exported
    progress: Progress

    @property
    def summary(self) -> Mapping[str, Any]:
        return self.exported.summary

    def show(self, console: Console) -> None:
        """Print counts, estimates with intervals, and where everything lies."""
        show_result(
            self.summary,
            console,
            path=self.path,
            folder=self.exported.path,
            files=self.exported.files,
            refused=self.progress.refused,
        )


def as_config(config: Config | Mapping[str, Any] | str | Path) -> Config:
    if isinstance(config, Config):
        return config
    if isinstance(config, (str, Path)):
        return parse(load(config), str(config))
    return parse(config)


def run(
    config: Config | Mapping[str, Any] | str | Path,
    *,
    console: Console | None = None,
    engine: Engine | None = None,
) -> RunResult:
    """Sample what is missing, score it, select and export.

    Args:
        config: a :class:`Config`, its raw table, or a TOML file.
        console: where progress goes; by default nowhere.
        engine: an engine of your own in place of the config's, already made and not started.

    Raises:
        UserError: something to mend, found before the first sample where possible.
        EngineError, TooManyErrors, Interrupted: the run stopped; the same call goes on with it.
    """
    config = as_config(config)
    ready = prepare(config, engine)
    parts = ready.parts
    with _closing(ready.store, parts.stack):
        progress = Progress(problems=len(ready.ids), wanted=len(ready.ids) * config.n)
        with Display(progress.line, console or Console(quiet=True)):
            sample(ready, config, progress)
            refuse_nothing(ready.store, progress)
            return _export([ready.store], config, progress, selection=(parts.selector, parts.sinks))


def score(
    config: Config, path: Path, *, only_errors: bool = False, console: Console | None = None
) -> RunResult:
    """Score a run's completions again, without the model, and export.

    Args:
        only_errors: leave every other verdict as it is.

    Raises:
        UserError: not a run directory, in use, or a scorer that cannot be had.
        TooManyErrors: more than the config's share of the new verdicts are errors; the old scores stay.
    """
    stack = make_stack(config)
    selection = selection_parts(config)
    check_selection(config, stack, selection[0])
    store = Store.open(path, write=True)
    with _closing(store, stack):
        progress = Progress(problems=0, wanted=store.completions, before=store.completions, stage="scoring")
        with Display(progress.line, console or Console(quiet=True)):
            rescore(store, stack, progress, config.limits.max_errors, only_errors)
            write_text(store.path / "config.toml", dump(config))
            return _export([store], config, progress, selection=selection)


def rescore(
    store: Store, stack: Stack, progress: Progress, max_errors: float, only_errors: bool = False
) -> None:
    """Replace the store's scores, counted on ``progress``."""
    stack.prove()
    method = stack.errors_rescored if only_errors else stack.rescored

    def counted(groups: list[Group]) -> Iterable[tuple[str, int, tuple[Score, ...]]]:
        rows = method(groups)
        progress.problems += len(groups)
        completions = (c.completion for g in groups for c in g.candidates)
        for (key, _, scores), completion in zip(rows, completions, strict=True):
            progress.add_scores(key, scores, Candidate(completion=completion, scores=scores).verdict)
        stop_on_errors(progress, max_errors)
        return rows

    store.rescore(f"{stack.key}{' errors' if only_errors else ''}", counted)
    store.manifest["stack"] = stack.key
    store.save_manifest()


def export_again(
    config: Config, paths: Sequence[Path], out: Path | None, *, console: Console | None = None
) -> RunResult:
    """Export finished runs, without the model.

    Args:
        paths: one run directory, or the shards of one run.
        out: where to; by default ``export`` in the first.
    """
    selection = selection_parts(config)
    with contextlib.ExitStack() as opened:
        stores = [opened.enter_context(Store.open(p, write=True)) for p in paths]
        progress = Progress(stage="exporting")
        with Display(progress.line, console or Console(quiet=True)):
            return _export(stores, config, progress, out, selection=selection)


def _export(
    stores: Sequence[Store],
    config: Config,
    progress: Progress,
    out: Path | None = None,
    *,
    selection: tuple[SelectorPart, Sequence[SinkPart]],
) -> RunResult:
    progress.stage = "exporting"
    for store in stores:
        store.flush()
    exported = export(stores, config, *selection, path=out)
    save_summary(exported, out or stores[0].path, config.name)
    return RunResult(path=out or stores[0].path, exported=exported, progress=progress)


@contextlib.contextmanager
def _closing(store: Store, stack: Stack) -> Iterator[None]:
    """Close both at the end; log what stopped the run; say what to do about a full disk."""
    try:
        with store, _logging_to(store.path / "log.txt"):
            try:
                yield
            except BaseException as e:
                log.error("stopped", exc_info=e)
                if isinstance(e, OSError) and e.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise disk_full(store.path) from e
                raise
    finally:
        stack.close()


def disk_full(path: Path) -> StoreError:
    return StoreError(
        f"no space left on the disk that holds {path}. Everything up to here is stored: free some "
        f"space and run the same command."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A run that can begin: its parts, complete and rehearsed, and its store, open for writing."""

    store: Store
    parts: Parts
    ids: frozenset[str]
    """The problems of this config (the store may hold more)."""


def prepare(config: Config, engine: Engine | None = None) -> Ready:
    """Build and check everything that can be checked without the model, and open the store."""
    keep_flat()
    parts = build_parts(config, engine)
    stack = parts.stack
    rehearse(parts, rankers=False, max_errors=config.limits.max_errors)
    store = Store.create(config.path, identity(config, parts.engine, parts.plan))
    try:
        store.put_problems(parts.problems)
        store.manifest["reproducible"] = parts.engine.reproducible
        store.manifest["rows_left_out"] = dict(Counter(why for _, why in parts.skipped).most_common())
        if store.manifest.setdefault("stack", stack.key) != stack.key and store.completions:
            log.info("the scorers changed: scoring everything again")
            rescore(store, stack, Progress(), config.limits.max_errors)
        store.manifest["stack"] = stack.key
        store.save_manifest()
        write_text(store.path / "config.toml", dump(config))
    except BaseException:
        store.close()
        raise
    return Ready(store=store, parts=parts, ids=frozenset(p.id for p in parts.problems))


def refuse_nothing(store: Store, progress: Progress) -> None:
    """Refuse to call a run finished that has nothing to show.

    Raises:
        NothingDone: the engine refused every request.
        TooManyErrors: every verdict is an error, however few they are.
    """
    reasons = "; ".join(f"{n} x {reason}" for reason, n in progress.refused.most_common(3))
    if progress.refused and not store.completions:
        raise NothingDone(
            f"nothing was sampled: the engine refused all {sum(progress.refused.values())} requests: "
            f"{reasons}. "
            f"Mend the cause and run the same command."
        )
    if progress.judged and progress.verdicts[Verdict.ERROR] == progress.judged:
        kinds = "; ".join(f"{n} x {kind}" for kind, n in progress.errors.most_common(3))
        raise TooManyErrors(
            f"all {progress.judged} verdicts are errors: {kinds}. Nothing is lost: mend the cause, "
            f"then run the "
            f"same command, or `verirs score {store.path} --errors`."
        )


def sample(ready: Ready, config: Config, progress: Progress) -> None:
    """Draw and score what the store misses. Does not start the engine when nothing is missing.

    Raises:
        Interrupted: by Ctrl-C or SIGTERM, everything so far stored.
    """
    store, parts = ready.store, ready.parts
    wanted = [p for p in store.problems() if p.id in ready.ids and store.missing(p.id, config.n)]
    progress.before = progress.wanted - sum(len(store.missing(p.id, config.n)) for p in wanted)

    async def go() -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                if wanted:
                    progress.stage = "loading the model"
                    tasks.create_task(_started(parts.engine))
                if wanted or store.scored < store.completions:
                    tasks.create_task(asyncio.to_thread(parts.stack.prove))
            await sample_and_score(wanted, store, parts.engine, parts.stack, parts.plan, progress)
        finally:
            await parts.engine.close()

    try:
        wait_for(_cancelled_by_signals(go()))
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise Interrupted(
            f"interrupted; {store.completions} completions are stored. Run the same command to go on."
        ) from None
    except BaseExceptionGroup as group:
        raise first_leaf(group) from group


async def _started(engine: Engine) -> None:
    try:
        await engine.start()
    except VerirsError:
        raise
    except PART_RAISED as e:
        raise part_failed(f"engine {engine.name!r}: start()", e) from e


async def _cancelled_by_signals(work: Any) -> None:
    """Run ``work``; the first Ctrl-C or SIGTERM cancels it in order, a second one breaks."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):

            def stop(number: signal.Signals = number) -> None:
                loop.remove_signal_handler(number)
                task.cancel()

            loop.add_signal_handler(number, stop)
    await task


def first_leaf(error: BaseException) -> BaseException:
    """The first plain exception of a (nested) group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def dump(config: Config) -> str:
    """The config as TOML."""
    return str(tomli_w.dumps(config.model_dump(mode="json", exclude_none=True)))


@contextlib.contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()
