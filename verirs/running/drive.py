"""A whole run, from a config to files: what ``verirs run`` and :func:`verirs.run` do."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w
from rich.console import Console

from verirs.errors import (
    EngineError,
    NothingDone,
    StoreError,
    TooManyErrors,
)
from verirs.parts import SelectorPart, SinkPart
from verirs.protocols import Engine, Keeping
from verirs.records import RunSummary
from verirs.report.live import Display
from verirs.report.narrow import sentence
from verirs.report.table import show_result
from verirs.reward.numbers.trust import heard
from verirs.running.config import Config, load, parse
from verirs.running.curating import told_of
from verirs.running.doubts import greedy
from verirs.running.export import Exported, export, names_of, save_summary
from verirs.running.lent import GIVEN, named, refuse_without
from verirs.running.marks import Key, Mark
from verirs.running.places import moved
from verirs.running.plan import Parts, build_parts, identity, source_files
from verirs.running.progress import Progress
from verirs.running.rehearse import rehearse
from verirs.running.sampling import sample
from verirs.running.scoring import Stack
from verirs.running.spread import score_again
from verirs.running.trust import placed, reading
from verirs.running.unchanged import keep, made_before, made_of
from verirs.sinks.folder import settle
from verirs.store import Store, restore
from verirs.store.directory import proving_once
from verirs.store.lock import only_export
from verirs.system.files import digest, is_disk_full, text_digest, write_text
from verirs.system.jobs import Jobs
from verirs.types import Verdict
from verirs.until import cost_told

log = logging.getLogger("verirs")

KEPT = "engine"
"""The folder of a run directory in which its engine may keep files (:class:`verirs.protocols.Keeping`)."""


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
    def summary(self) -> RunSummary:
        """Counts and estimates; also written as ``summary.json``."""
        return self.exported.summary

    def __repr__(self) -> str:
        summary, files = self.summary, self.exported.files
        counts = f"{summary.problems:,} problems, {summary.completions:,} completions"
        cost = f", {told} an accepted trace" if (told := cost_told(summary)) else ""
        rows = ", ".join(f"{name} {written.rows:,}" for name, written in files.items()) or "no files"
        passed = f"{summary.verdicts[Verdict.PASS]:,} pass"
        return f"<RunResult {self.path}: {counts}, {passed}{cost}\n  {rows}>"

    def show(self, console: Console) -> None:
        """Print counts, estimates with intervals, and where everything lies."""
        show_result(
            self.summary,
            console,
            path=self.path,
            folder=self.exported.path,
            files=self.exported.files,
            refused=self.progress.refused,
            given_up=self.progress.given_up,
            seconds=self._sampling_seconds,
        )

    @property
    def _sampling_seconds(self) -> float | None:
        """Wall time of all sampling, where this process did all of it."""
        done = self.progress
        return done.sampling_seconds if done.sampled and done.sampled == self.summary.completions else None

    def refuse_gaps(self) -> None:
        """
        Raises:
            EngineError: the share of samples that were given up is more than ``limits.max_errors``. All else
                is done and exported.
        """
        share, limit = self.progress.given_up_share, self.progress.max_given_up
        if share > limit:
            raise EngineError(
                f"{share:.1%} of the samples were given up (limit {limit:.1%}); {self.path / 'log.txt'} "
                "lists them. All else is exported, and the same command tries them again. A higher limit: "
                "--set limits.max_errors=0.1"
            )


def as_config(config: Config | Mapping[str, Any] | str | Path, *, trust: bool = False) -> Config:
    """A checked config. A file in a run directory is that run's, and loads no code without ``trust``."""
    if isinstance(config, Config):
        return config
    if isinstance(config, (str, Path)):
        raw = placed(load(config), Path(config))
        with reading(Path(config), raw, trust=trust):
            return parse(raw, str(config))
    return parse(config)


def run(
    config: Config | Mapping[str, Any] | str | Path,
    *,
    console: Console | None = None,
    engine: Engine | None = None,
    trust: bool = False,
) -> RunResult:
    """Sample what is missing, score it, select and export.

    Args:
        config: a :class:`Config`, its raw table, or a TOML file.
        console: where progress goes; by default nowhere.
        engine: an engine of your own in place of the config's, already made and not started. No config names
            it, so the run goes on only with it, from Python; it can be scored and exported as any other.
        trust: load code that the config of a run directory names; such a directory may be somebody else's.
            A config anywhere else, and a table, are yours.

    Raises:
        UserError: something to mend, found before the first sample where possible.
        EngineError, TooManyErrors, Interrupted: the run stopped; the same call goes on with it. Samples that
            were given up are no error here: see :meth:`RunResult.refuse_gaps`.
    """
    config = as_config(config, trust=trust)
    with telling_full_disk(config.path):
        ready = prepare(config, engine)
    parts = ready.parts
    with closing(ready.store, parts.stack):
        progress = Progress(
            problems=len(ready.ids), wanted=len(ready.ids) * config.n, max_given_up=config.limits.max_errors
        )
        screen = console or Console(quiet=True)

        def say(line: str) -> None:
            log.info(line)
            screen.print(line, highlight=False, markup=False, soft_wrap=True)

        for line in ready.told:
            screen.print(line, highlight=False, markup=False)
        with Display(progress.line, screen):
            sample(ready.store, ready.parts, ready.ids, config, progress, say)
            refuse_nothing(ready.store, progress)
            done = export_stores([ready.store], config, progress, selection=(parts.selector, parts.sinks))
        say_trust([ready.store], parts.stack, console)
        return done


def say_trust(stores: Sequence[Store], stack: Stack, console: Console | None) -> None:
    """Print, for every second opinion, how often it passes what is wrong, and what rests on its word."""
    for gate in stack.gates:
        if gate.traits.second:
            found = heard((group for store in stores for group in store.groups()), gate.key)
            for line in found.words():
                log.info(line)
                sentence(console or Console(quiet=True), line)


def export_stores(
    stores: Sequence[Store],
    config: Config,
    progress: Progress,
    out: Path | None = None,
    *,
    selection: tuple[SelectorPart, Sequence[SinkPart]],
    missing: Sequence[str] = (),
    marks: Mapping[Key, Mark] | None = None,
    jobs: Jobs | None = None,
) -> RunResult:
    """Select, write the files, the summary and the report.

    Args:
        missing: shards that are missing, for the card.
        marks: verdicts by hand, in the place of the verifiers'.
        jobs: processes that do it, where several can; else this one.
    """
    progress.enter("exporting")
    for store in stores:
        if store.writable:
            store.flush()
    path = out or stores[0].path
    refused, given_up = progress.refused.total(), progress.given_up.total()
    key = "" if refused or given_up or marks or out else made_of(stores, config, *selection, missing)
    if (before := made_before(path, key)) is not None:
        log.info("the export is up to date")
        return RunResult(path=path, exported=before, progress=progress)
    # who writes the run has done work that nobody wants to see refused at its end
    alone = only_export(out or path / "export", path, wait=stores[0].writable)
    with alone, proving_once([store.directory for store in stores]):
        exported = export(
            stores,
            config,
            *selection,
            path=out,
            missing=missing,
            marks=marks,
            each=progress.add_exported,
            jobs=jobs,
        )
        exported = replace(exported, summary=replace(exported.summary, refused=refused, given_up=given_up))
        save_summary(exported, path, config.name)
        settle(exported.path, names_of(config, selection[1], alone=out is not None))
        if out is None:
            keep(exported, path, key)
    return RunResult(path=path, exported=exported, progress=progress)


@contextlib.contextmanager
def closing(store: Store, stack: Stack) -> Iterator[None]:
    """Close both at the end; log what stopped the run; say what to do about a full disk."""
    try:
        with telling_full_disk(store.path), store, _logging_to(store.path / "log.txt"):
            try:
                yield
            except BaseException as e:
                log.error("stopped", exc_info=e)
                raise
    finally:
        stack.close()


@contextlib.contextmanager
def telling_full_disk(path: Path, kept: str = "Everything up to here is stored") -> Iterator[None]:
    """Say what to do where the system has no space left, in whatever words a library passes that on.

    Args:
        path: what is written.
        kept: what is safe.
    """
    try:
        yield
    except OSError as e:
        if is_disk_full(e):
            raise disk_full(path, kept) from e
        raise


def disk_full(path: Path, kept: str = "Everything up to here is stored") -> StoreError:
    return StoreError(
        f"no space left on the disk that holds {path}. {kept}: free some space and run the same command."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A run that can begin: its parts, complete and rehearsed, and its store, open for writing."""

    store: Store
    parts: Parts
    ids: frozenset[str]
    """The problems of this config that are sampled (the store may hold more)."""
    told: tuple[str, ...] = ()
    """What changed in the source since the run's last command, a line each."""


def prepare(config: Config, engine: Engine | None = None) -> Ready:
    """Build and check everything that can be checked without the model, and open the store."""
    parts = build_parts(config, engine)
    stack = parts.stack
    rehearse(parts, rankers=False, max_errors=config.limits.max_errors)
    samples = identity(config, parts.engine, parts.plan)
    if engine is not None and not named(config, engine):
        samples[GIVEN] = f"{type(engine).__module__}:{type(engine).__qualname__}"
    refuse_without(config.path, samples)
    store = Store.create(config.path, samples)
    if isinstance(parts.engine, Keeping):
        parts.engine.keep_in(store.path / KEPT)
    try:
        changes = store.put_problems(parts.problems)
        ids = asked(parts, store, config.n)
        left_out = dict(Counter(why for _, why in parts.skipped).most_common())
        rule = parts.plan.rule
        store.update(
            n=config.n,
            until={} if rule is None else rule.to_json(),
            reproducible=parts.engine.reproducible,
            rows_left_out=left_out,
            kept_out=len(parts.problems) - len(ids),
            source=parts.rows,
            source_files=source_files(config),
        )
        told = [
            *changes.told,
            *told_of(parts.kept_out),
            *greedy(config.sampling.temperature, config.n, config.engine.name),
        ]
        if damaged := store.directory.damaged_lines():
            told.append(
                f"store  {damaged} damaged lines in the journals: their samples are drawn or judged again"
            )
        told += change_scorers(store, stack, config)
        save_config(store, config)
    except BaseException:
        store.close()
        raise
    for line in told:
        log.info(line)
    return Ready(store=store, parts=parts, ids=ids, told=tuple(told))


def asked(parts: Parts, store: Store, n: int) -> frozenset[str]:
    """The problems to draw samples of: all but those that the training files will lack; one of these that has
    samples is drawn to its end, as a problem that lacks some is never silently left so."""
    kept_out = parts.kept_out
    return frozenset(p.id for p in parts.problems if p.id not in kept_out or len(store.missing(p.id, n)) < n)


def change_scorers(store: Store, stack: Stack, config: Config) -> list[str]:
    """Bring the store's scores to this stack; what to tell the user.

    Scores of a scorer that the stack lacks are kept: they count again when a config names it again.
    """
    told = []
    lost = {k: v for k, v in store.manifest.scorers.items() if k not in stack.versions}
    if store.completions and store.manifest.stack != stack.key:
        if lost:
            told.append(
                f"scorers  this config lacks {', '.join(lost)}: the scores are kept, and count "
                f"again when a config "
                f"names it"
            )
        if not restore(store, stack.key, lost):
            log.info("the scorers changed: scoring everything again")
            score_again(store, stack, Progress(), config, keep=bool(lost))
    store.update(stack=stack.key, scorers=stack.versions)
    return told


def save_config(store: Store, config: Config) -> None:
    """Write ``config.toml``; a comment says so where its engine is not the one that sampled."""
    given = store.manifest.identity.get(GIVEN)
    note = f"# Sampled by an engine handed to verirs.run, {given}: [engine] was not used.\n" if given else ""
    text, file, known = note + dump(config, store.path), store.path / "config.toml", store.manifest.configs
    own = text_digest(text)
    if known == (own,) and file.is_file() and digest(file) == own:
        return
    store.update(configs=(own, *known[:1]))  # whenever it stops, the file is one of the two
    write_text(file, text)
    store.update(configs=(own,))


def refuse_nothing(store: Store, progress: Progress) -> None:
    """Refuse to call a run finished that has nothing to show.

    Raises:
        NothingDone: the engine refused every sample.
        EngineError: it failed on every one, or refused some and failed on the others.
        TooManyErrors: every verdict is an error, however few they are.
    """
    missing = progress.refused + progress.given_up
    if missing and not store.completions:
        error, did = (EngineError, "failed on") if progress.given_up else (NothingDone, "refused")
        reasons = "; ".join(f"{n} x {reason}" for reason, n in missing.most_common(3))
        raise error(
            f"nothing was sampled: the engine {did} all {sum(missing.values())} samples: {reasons}. "
            f"Mend the cause and run the same command."
        )
    if progress.judged and progress.verdicts[Verdict.ERROR] == progress.judged:
        kinds = "; ".join(f"{n} x {kind}" for kind, n in progress.errors.most_common(3))
        raise TooManyErrors(
            f"all {progress.judged} verdicts are errors: {kinds}. Nothing is lost: mend the cause, "
            f"then run the "
            f"same command, or `verirs score {store.path} --errors`."
        )


def dump(config: Config, folder: Path = Path()) -> str:
    """The config as TOML for a file of this folder."""
    table = config.model_dump(mode="json", exclude_none=True, by_alias=True)
    return str(tomli_w.dumps(moved(table, folder)))


class _LogFile(logging.FileHandler):
    def emit(self, record: logging.LogRecord) -> None:
        """It is opened by the first line; then its folder may be gone."""
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: a log that cannot be written stops no run, and a full disk is told of once, by it."""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            super().close()


@contextlib.contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    handler = _LogFile(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
        handler.close()
