"""The part of a run that asks the model: what is missing is drawn and scored, until nothing is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Any

from verirs.errors import Interrupted
from verirs.running.config import Config
from verirs.running.lent import LentEngine
from verirs.running.pipeline import sample_and_score, score_groups, score_missing, start_engine
from verirs.running.plan import Parts
from verirs.running.progress import Progress
from verirs.running.schedule import Schedule, Spent
from verirs.store import Store
from verirs.system import interrupts
from verirs.system.waiting import wait_for
from verirs.until import Mark, Rule, mark_of
from verirs.until.rule import ABSTAIN

log = logging.getLogger("verirs")


def sample(
    store: Store,
    parts: Parts,
    ids: Collection[str],
    config: Config,
    progress: Progress,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Draw and score what the store misses. Does not start the engine when nothing is missing.

    Args:
        ids: of the problems that count.
        say: told a line where there is something to know of the rounds to come.

    Raises:
        Interrupted: by Ctrl-C or SIGTERM, everything so far stored.
    """
    try:
        _sample(store, parts, ids, config, progress, say)
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise Interrupted(
            f"interrupted; {store.completions} completions are stored. Run the same command to go on."
        ) from None
    except BaseExceptionGroup as group:
        raise first_leaf(group) from group


def _sample(
    store: Store,
    parts: Parts,
    ids: Collection[str],
    config: Config,
    progress: Progress,
    say: Callable[[str], None],
) -> None:
    schedule = None
    if parts.plan.rule is not None or Spent(config.limits).asked:
        schedule = scheduled(store, parts, ids, config, progress, say)
        wanted = [] if schedule.spent.told() else schedule.begin  # no model is loaded for nothing
        progress.wanted, progress.before = schedule.samples, schedule.samples - schedule.missing
    else:
        wanted = [p for p in store.problems() if p.id in ids and store.missing(p.id, config.n)]
        progress.before = progress.wanted - sum(len(store.missing(p.id, config.n)) for p in wanted)
    progress.unscored = store.unscored

    async def go() -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                if wanted:
                    progress.enter("loading the model")
                    tasks.create_task(start_engine(parts.engine))
                if wanted or store.unscored:
                    tasks.create_task(asyncio.to_thread(parts.stack.prove))
            await sample_and_score(wanted, store, parts.engine, parts.stack, parts.plan, progress, schedule)
        except BaseException:  # a thread that scores would be waited for
            parts.stack.interrupt()
            raise
        finally:
            try:
                try:
                    if any(s.traits.late for s in parts.stack.rankers) and isinstance(
                        parts.engine, LentEngine
                    ):
                        await parts.engine.give_way()
                finally:
                    await parts.engine.close()
            except Exception:  # all that it drew is stored: the run goes on to its end
                log.exception("engine %r: close() failed", parts.engine.name)

    wait_for(_cancelled_by_signals(go()))
    progress.enter("ranking" if parts.stack.group_rankers else "scoring")
    score_groups(store, parts.stack)
    if schedule is not None:
        schedule.finish()


def scheduled(
    store: Store,
    parts: Parts,
    ids: Collection[str],
    config: Config,
    progress: Progress,
    say: Callable[[str], None],
) -> Schedule:
    """The rounds that are due, by the verdicts that the store holds; what has none is judged first."""
    stack = parts.stack
    if store.unscored:
        stack.prove()
        progress.unscored = store.unscored
        progress.enter("scoring")
        wait_for(_cancelled_by_signals(score_missing(store, stack, config.limits.max_errors, progress)))
    if parts.plan.rule is not None:
        progress.first = parts.plan.rule.start
    schedule = standing(store, parts, ids, config, say)
    spent = schedule.spent
    if schedule.most and schedule.rule.accept > schedule.most and schedule.begin:
        say(
            f"until    accept = {schedule.rule.accept}, and the selector takes {schedule.most} of a problem "
            f"(select.k): the others serve only where texts repeat"
        )
    if spent.samples:
        schedule.say_ahead()
    elif parts.plan.rule is not None:
        problems = len(schedule.begin)
        say(
            f"until    {problems:,} problems: at least {problems * schedule.rule.start:,} samples, at most "
            f"{problems * schedule.rule.n:,}; more is known after the first round"
        )
    return schedule


def standing(
    store: Store,
    parts: Parts,
    ids: Collection[str],
    config: Config,
    say: Callable[[str], None] = lambda line: None,
) -> Schedule:
    """The rounds that are due, by the verdicts that the store holds. Reads only."""
    # a budget alone: every problem has one round, and no verdict makes another
    rule = parts.plan.rule or Rule(n=config.n, first=config.n, accept=1)
    spent = Spent(config.limits, config.sampling.max_tokens)
    schedule = Schedule(rule, spent, getattr(parts.selector.made, "k", 0), say)
    begun = {}
    for group in store.groups():
        spent.samples += len(group.candidates)
        spent.tokens += sum(c.completion.tokens or 0 for c in group.candidates)
        begun[group.problem.id] = {
            c.completion.index: mark_of(rule, group.problem, c) or Mark(ABSTAIN) for c in group.candidates
        }
    for problem in store.problems():
        if problem.id in ids:
            schedule.add(problem, begun.get(problem.id, {}))
    return schedule


def held(store: Store, ids: Collection[str], n: int) -> int:
    """How many of the samples that a command asks for the run holds already. Reads only."""
    directory = store.directory
    tables = directory.at_once(lambda: directory.merged("completions", ["problem_id", "index"]))
    rows = (zip(*(t[name].to_pylist() for name in ("problem_id", "index")), strict=True) for t in tables)
    return sum(key in ids and index < n for pairs in rows for key, index in pairs)


async def _cancelled_by_signals(work: Any) -> None:
    """Run ``work``; the first Ctrl-C, SIGTERM or SIGHUP cancels it in order, a second one breaks."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    with interrupts.cancelling(lambda: loop.call_soon_threadsafe(task.cancel)):
        await task


def first_leaf(error: BaseException) -> BaseException:
    """The first plain exception of a (nested) group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
