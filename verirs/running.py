"""A whole run, from a config to files: what ``verirs run`` and :func:`verirs.run` do."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import itertools
import json
import logging
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tomli_w
from rich.console import Console

from verirs import plugins
from verirs.config import Config, load, parse
from verirs.errors import ConfigError, SourceError, StoreError, VerirsError
from verirs.export import Exported, export, prompter, save_summary
from verirs.files import write_text
from verirs.memory import keep_flat
from verirs.pipeline import Plan, sample_and_score, stop_on_errors
from verirs.progress import Progress
from verirs.protocols import Engine, Request, SelfChecking
from verirs.report.live import Display
from verirs.scoring import Stack
from verirs.select.pairs import NEED_VALUE
from verirs.store import Store
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict
from verirs.waiting import wait_for

log = logging.getLogger("verirs")
PROBED = 50
"""So many problems are checked against the scorers before anything is sampled."""


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


class Interrupted(VerirsError):
    """Ctrl-C or SIGTERM; the run resumes with the same command."""

    exit_code = 130


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
    parts = prepare(config, engine)
    with _closing(parts.store, parts.stack):
        progress = Progress(problems=len(parts.ids), wanted=len(parts.ids) * config.n)
        with Display(progress, console or Console(quiet=True)):
            sample(parts, config, progress)
            return _export([parts.store], config, progress)


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
    check_selection(config, stack)
    store = Store.open(path, write=True)
    with _closing(store, stack):
        progress = Progress(problems=0, wanted=store.completions, before=store.completions, stage="scoring")
        with Display(progress, console or Console(quiet=True)):
            rescore(store, stack, progress, config.limits.max_errors, only_errors)
            write_text(store.path / "config.toml", dump(config))
            return _export([store], config, progress)


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
    with contextlib.ExitStack() as opened:
        stores = [opened.enter_context(Store.open(p, write=True)) for p in paths]
        progress = Progress(stage="exporting")
        with Display(progress, console or Console(quiet=True)):
            return _export(stores, config, progress, out)


def _export(
    stores: Sequence[Store], config: Config, progress: Progress, out: Path | None = None
) -> RunResult:
    progress.stage = "exporting"
    for store in stores:
        store.flush()
    exported = export(stores, config, out)
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
class Parts:
    """What a config names, built and checked, with the store open."""

    store: Store
    engine: Engine
    stack: Stack
    plan: Plan
    ids: frozenset[str]
    """The problems of this config (the store may hold more)."""


def prepare(config: Config, engine: Engine | None = None) -> Parts:
    """Build and check everything that can be checked without the model, and open the store."""
    keep_flat()
    plan = make_plan(config)
    problems = list(load_problems(config))
    engine = engine or plugins.build("engine", config.engine.name, config.engine.options, "engine")
    stack = make_stack(config)
    probe(stack, problems[:PROBED])
    check_selection(config, stack)
    store = Store.create(config.path, identity(config, engine, plan))
    try:
        store.put_problems(problems)
        store.manifest["reproducible"] = engine.reproducible
        if store.manifest.setdefault("stack", stack.key) != stack.key and store.completions:
            log.info("the scorers changed: scoring everything again")
            rescore(store, stack, Progress(), config.limits.max_errors)
        store.manifest["stack"] = stack.key
        store.save_manifest()
        write_text(store.path / "config.toml", dump(config))
    except BaseException:
        store.close()
        raise
    return Parts(store=store, engine=engine, stack=stack, plan=plan, ids=frozenset(p.id for p in problems))


def make_plan(config: Config) -> Plan:
    return Plan(
        n=config.n,
        seed=config.seed,
        sampling=config.sampling.sampling(),
        prompter=prompter(config),
        max_errors=config.limits.max_errors,
    )


def make_stack(config: Config) -> Stack:
    """The scorers a config asks for."""
    scorers = [
        plugins.build("scorer", plugin, options, f"scorer.{name}")
        for name, plugin, options in config.scorer_stack()
    ]
    options = json.dumps(config.scorer, sort_keys=True, default=str)
    return Stack(scorers, rank_all=config.rank == "all", identity=options)


def load_problems(config: Config) -> Iterator[Problem]:
    """The config's problems: the source's, its limit, this process's shard.

    Raises:
        SourceError: a broken row, or no problem at all.
    """
    source = plugins.build("source", config.source.name, config.source.options, "source")
    problems: Iterable[Problem] = source.problems()
    if config.source.limit:
        problems = itertools.islice(problems, config.source.limit)
    count = 0
    for problem in problems:
        count += 1
        if in_shard(problem.id, config.shard):
            yield problem
    if not count:
        raise SourceError(f"source {config.source.name}: no problems")


def in_shard(problem_id: str, shard: str) -> bool:
    """Whether a problem belongs to shard ``i/N``; the same on every machine.

    Raises:
        ConfigError: not of the form i/N with 0 <= i < N.
    """
    if not shard:
        return True
    i, slash, n = shard.partition("/")
    if not (slash and i.isdigit() and n.isdigit() and int(i) < int(n)):
        raise ConfigError(f"shard {shard!r}: write it as i/N with i from 0 to N-1, for example 0/8")
    digest = hashlib.blake2b(problem_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % int(n) == int(i)


def identity(config: Config, engine: Engine, plan: Plan) -> dict[str, Any]:
    """What makes this run's samples this run's; everything else may change between calls."""
    source = {k: Path(v).name if k == "path" else v for k, v in config.source.options.items()}
    examples = hashlib.sha256(repr(plan.prompter.examples).encode()).hexdigest()[:16]
    return {
        "seed": config.seed,
        "source.name": config.source.name,
        **{f"source.{k}": v for k, v in source.items()},
        "prompt.system": plan.prompter.system,
        "prompt.template": plan.prompter.template,
        "prompt.examples": examples if plan.prompter.examples else "",
        "engine.name": engine.name,
        **{f"engine.{k}": v for k, v in engine.identity().items()},
        **{f"sampling.{k}": list(v) if k == "stop" else v for k, v in asdict(plan.sampling).items()},
        **({"shard": config.shard} if config.shard else {}),
    }


def probe(stack: Stack, problems: list[Problem]) -> None:
    """Ask each gate to prove itself on some problems, before a token is sampled.

    Raises:
        ConfigError: no gate can judge any of these problems.
    """
    checking = [g for g in stack.gates if isinstance(g, SelfChecking)]
    if not checking or len(checking) < len(stack.gates):
        return
    if not any(scorer.probes(p) for scorer in checking for p in problems):
        names = ", ".join(s.name for s in checking)
        raise ConfigError(
            f"scorer {names} can judge none of the first {len(problems)} problems: they have no gold answer "
            f"or tests that it can read. Name the right columns in [source], or choose another scorer."
        )


def check_selection(config: Config, stack: Stack) -> None:
    """Refuse a selection that this stack's numbers cannot feed.

    Raises:
        ConfigError: it ranks, and nothing gives it a number.
    """
    selector = plugins.build("selector", config.select.name, config.select.options, "select")
    numberless = all(s.name in ("math", "format") for s in stack.scorers)
    if getattr(selector, "needs_value", False) and numberless:
        raise ConfigError(
            f"select.name = {config.select.name!r} ranks by a number, and no scorer gives one. "
            f"Add a ranker (reward_model, judge, your own), or select by first, majority or shortest."
        )
    pairs = getattr(selector, "pairs", "none")
    if pairs in NEED_VALUE and (numberless or (stack.rankers and not stack.rank_all)):
        raise ConfigError(
            f"select.pairs = {pairs!r} needs a number for the wrong candidates too: "
            f'have a ranker and rank = "all", or pair by random or length_matched.'
        )


def failed_probes(stack: Stack, problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Problems on which a gate does not pass the gold or does not fail a corrupted one, and why."""
    for problem in problems:
        for gate in stack.gates:
            texts = gate.probes(problem) if isinstance(gate, SelfChecking) else None
            if texts is None:
                continue
            good, bad = gate.score([(problem, Completion(text=t)) for t in texts])
            if good.verdict is not Verdict.PASS:
                yield problem, f"{gate.name} does not pass the gold answer: {good.verdict}, {good.reason}"
            if bad.verdict is not Verdict.FAIL:
                yield problem, f"{gate.name} does not fail a corrupted one: {bad.verdict}, {bad.reason}"


def first_request(config: Config) -> tuple[Problem, Request]:
    """The first problem and what would be asked of the engine for it (for a dry run)."""
    problem = next(load_problems(config))
    return problem, make_plan(config).request(problem, tuple(range(config.n)))


def sample(parts: Parts, config: Config, progress: Progress) -> None:
    """Draw and score what the store misses. Does not start the engine when nothing is missing.

    Raises:
        Interrupted: by Ctrl-C or SIGTERM, everything so far stored.
    """
    store = parts.store
    wanted = [p for p in store.problems() if p.id in parts.ids and store.missing(p.id, config.n)]
    progress.before = progress.wanted - sum(len(store.missing(p.id, config.n)) for p in wanted)

    async def go() -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                if wanted:
                    progress.stage = "loading the model"
                    tasks.create_task(parts.engine.start())
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
