"""The driver: keeps the engine full, scores while it samples, and writes all of it to the store.

One event loop owns the store. Engines and scorers work in their own threads or processes. Completions
are journaled when they arrive and their scores when they are known; what a crash leaves unscored
is scored by the next run. The order in which things finish never matters.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence

from verirs.errors import (
    PART_RAISED,
    EngineError,
    GivenUp,
    PartError,
    RequestError,
    TooManyErrors,
    VerirsError,
)
from verirs.protocols import Engine, Request, Retrying
from verirs.running.plan import SamplingPlan
from verirs.running.progress import Progress
from verirs.running.schedule import Schedule, Work
from verirs.running.scoring import Stack
from verirs.store import Store, entry, rescore
from verirs.types import Candidate, Completion, Problem, Score

log = logging.getLogger("verirs")

BATCH = 1024
"""Most completions that are scored in one call."""
SCORING_CALLS = 2
"""Scoring calls at a time: one computes while the other's results are written."""
SILENT = 600.0
"""Seconds after which scorers that have not come back are told of."""
ENOUGH_VERDICTS = 200
"""Fewer verdicts than this say nothing about the share of errors."""

Fresh = tuple[Problem, Completion]


class Arrivals:
    """Completions between the engine and the store: a queue that is emptied by batches, of one event loop.

    Args:
        most: it is full with so many.
    """

    def __init__(self, most: int):
        self._most, self._held, self._ended = most, list[Fresh](), False
        self._some, self._room = asyncio.Event(), asyncio.Event()

    @property
    def full(self) -> bool:
        return len(self._held) >= self._most

    async def room(self) -> None:
        """Wait until some were taken out; others who waited may have filled it again."""
        self._room.clear()
        await self._room.wait()

    def add(self, item: Fresh) -> None:
        """Put one in; not into a full one."""
        self._held.append(item)
        self._some.set()

    def end(self) -> None:
        """Nothing comes any more."""
        self._ended = True
        self._some.set()

    async def take(self, most: int) -> tuple[list[Fresh], bool]:
        """What it holds, one at least before the end and at most so many; and whether the end is reached."""
        await self._some.wait()
        batch, self._held = self._held[:most], self._held[most:]
        self._room.set()
        done = self._ended and not self._held
        if not self._held and not done:
            self._some.clear()
        return batch, done


async def sample_and_score(
    problems: Iterable[Problem],
    store: Store,
    engine: Engine,
    stack: Stack,
    plan: SamplingPlan,
    progress: Progress,
    schedule: Schedule | None = None,
) -> None:
    """Draw every sample the store misses and score it.

    Args:
        problems: to draw ``plan.n`` samples of each, where there is no schedule.
        schedule: which rounds of which problems come next, by the verdicts so far.

    Raises:
        TooManyErrors: more than ``plan.max_errors`` of the verdicts are errors.
        EngineError: the engine failed as a whole. What came before is stored.
    """
    fresh = Arrivals(4 * BATCH)
    progress.enter("sampling")
    if isinstance(engine, Retrying):
        progress.retried = engine.retried
    async with asyncio.TaskGroup() as tasks:
        work = _rounds(schedule) if schedule is not None else _each(problems, store, plan.n)
        tasks.create_task(_sample_all(work, engine, plan, progress, fresh, schedule))
        tasks.create_task(_store_all(fresh, store, stack, plan, progress, schedule))
    await score_missing(store, stack, plan.max_errors, progress)


async def _each(problems: Iterable[Problem], store: Store, n: int) -> AsyncIterator[Work]:
    """Every problem with what it misses of ``n`` samples."""
    for problem in problems:
        yield problem, store.missing(problem.id, n)


async def _rounds(schedule: Schedule) -> AsyncIterator[Work]:
    while (work := await schedule.next()) is not None:
        yield work


async def _sample_all(
    work: AsyncIterator[Work],
    engine: Engine,
    plan: SamplingPlan,
    progress: Progress,
    fresh: Arrivals,
    schedule: Schedule | None,
) -> None:
    in_flight = 0
    room = asyncio.Event()

    async def one(request: Request) -> None:
        nonlocal in_flight
        left = set(request.indices)
        try:
            async for completion in sampled(engine, request):
                while fresh.full:
                    await fresh.room()
                fresh.add((request.problem, completion))
                left.remove(completion.index)
                in_flight -= 1
                room.set()
        except RequestError as e:
            _count_missing(progress, request.problem.id, sorted(left), e)
            if schedule is not None:
                schedule.lost(request.problem, sorted(left))
        finally:
            in_flight -= len(left)
            room.set()

    async with asyncio.TaskGroup() as tasks:
        async for problem, indices in work:
            # in parts, so that one problem with very many samples does not fill the memory
            most = max(1, engine.concurrency)  # which may move meanwhile
            for start in range(0, len(indices), most):
                part = indices[start : start + most]
                while in_flight >= engine.concurrency:
                    room.clear()
                    await room.wait()
                in_flight += len(part)
                tasks.create_task(one(plan.request(problem, part)))
    progress.enter("scoring")  # all are drawn; what is left is to judge the last of them
    fresh.end()


def _count_missing(progress: Progress, problem_id: str, indices: Sequence[int], error: RequestError) -> None:
    """Count samples that will not come, by reason, and list them in the run's log."""
    reason = str(error).removeprefix(f"problem {problem_id!r}: ")
    given_up = isinstance(error, GivenUp)
    progress.miss(reason[:300], len(indices), given_up=given_up)
    shown = ", ".join(map(str, indices[:20])) + (" ..." if len(indices) > 20 else "")
    log.info(
        "%s: problem %r, samples %s: %s", "given up" if given_up else "refused", problem_id, shown, reason
    )


async def start_engine(engine: Engine) -> None:
    """Start it; what it raises is its own fault.

    Raises:
        EngineError: it could not.
        PartError: it raised what no engine may.
    """
    try:
        await engine.start()
    except VerirsError:
        raise
    except PART_RAISED as e:
        raise part_failed(f"engine {engine.name!r}: start()", e) from e


async def sampled(engine: Engine, request: Request) -> AsyncGenerator[Completion, None]:
    """What the engine yields, held against its contract.

    Raises:
        RequestError: it refused the request.
        EngineError: it failed as a whole.
        PartError: it yields something else, ends before all samples are there, or raises what no engine may.
    """
    left = set(request.indices)
    try:
        async for completion in engine.sample(request):
            if not isinstance(completion, Completion):
                raise PartError(
                    f"engine {engine.name!r} yields {type(completion).__name__}; it must yield "
                    f"verirs.Completion"
                )
            try:
                completion = entry.completion(completion)
            except TypeError as e:
                raise PartError(f"engine {engine.name!r}: {e}") from e
            if completion.index not in left:
                why = "was given already" if completion.index in request.indices else "nobody asked for"
                raise PartError(
                    f"engine {engine.name!r} yields sample {completion.index} of problem "
                    f"{request.problem.id!r}, which {why}"
                )
            left.remove(completion.index)
            yield completion
    except VerirsError:
        raise
    except PART_RAISED as e:
        raise part_failed(f"engine {engine.name!r}: sample()", e) from e
    if left:
        raise PartError(
            f"engine {engine.name!r} ended without samples {sorted(left)[:5]} of problem "
            f"{request.problem.id!r}; "
            f"it must yield each, or raise verirs.errors.RequestError"
        )


def part_failed(where: str, error: BaseException) -> VerirsError:
    """What a part's exception is to the run: a broken connection is an engine's, all else a fault of it."""
    if isinstance(error, OSError):
        return EngineError(f"{where} failed: {type(error).__name__}: {error}. Run the same command to go on.")
    return PartError(f"{where} raised {type(error).__name__}: {error}")


async def _store_all(
    fresh: Arrivals,
    store: Store,
    stack: Stack,
    plan: SamplingPlan,
    progress: Progress,
    schedule: Schedule | None,
) -> None:
    free = asyncio.Semaphore(SCORING_CALLS)
    sealing: asyncio.Task[None] | None = None

    async def score(batch: Sequence[Fresh]) -> None:
        try:
            scores = await _judged(stack, batch)
            _keep(store, batch, scores, progress)
            if schedule is not None:
                for (problem, completion), said in zip(batch, scores, strict=True):
                    progress.wanted += schedule.kept(problem, completion, said)
        finally:
            free.release()
        stop_on_errors(progress, plan.max_errors)

    async with asyncio.TaskGroup() as tasks:
        done = False
        while not done:
            batch, done = await fresh.take(BATCH)
            store.append_completions([(p.id, c) for p, c in batch], plain=True)
            progress.sampled += len(batch)
            progress.tokens += sum(c.tokens or 0 for _, c in batch)
            if schedule is not None:
                schedule.drawn(c for _, c in batch)
            if batch:
                await free.acquire()
                tasks.create_task(score(batch))
            if (full := store.full_journal()) is not None:
                if sealing is not None:  # else journals would grow while they wait, and memory with them
                    await sealing
                sealing = tasks.create_task(asyncio.to_thread(store.seal, full))


async def _judged(stack: Stack, batch: Sequence[Fresh]) -> list[tuple[Score, ...]]:
    """The scores of a batch, made in a thread; a scorer that hangs would look like a run that does."""

    def tell() -> None:
        log.warning(
            "scoring (%s) has been at %d completions (problems %r to %r) for %.0f minutes and has not come "
            "back. If a scorer hangs: stop the command, mend the scorer, run the same command",
            ", ".join(scorer.key for scorer in stack.scorers),
            len(batch),
            batch[0][0].id,
            batch[-1][0].id,
            SILENT / 60,
        )

    silent = asyncio.get_running_loop().call_later(SILENT, tell)
    try:
        return await asyncio.to_thread(stack.score, batch)
    finally:
        silent.cancel()


async def score_missing(store: Store, stack: Stack, max_errors: float, progress: Progress) -> None:
    """Score the completions that have no score: what a stopped run left."""
    if not store.unscored:
        return
    store.flush()
    batch: list[Fresh] = []
    for group in store.groups():
        batch += [(group.problem, c.completion) for c in group.candidates if not c.scores]
        if len(batch) >= BATCH:
            _keep(store, batch, await _judged(stack, batch), progress)
            stop_on_errors(progress, max_errors)
            batch = []
    if batch:
        _keep(store, batch, await _judged(stack, batch), progress)


def score_groups(store: Store, stack: Stack) -> None:
    """Let the rankers that wait for all candidates rank, unless they did and none came since."""
    problems = " ".join(f.digest for f in store.manifest.files if f.name.startswith("problems-"))
    state = f"{stack.key} {store.completions} {store.manifest.n} {problems}"
    if stack.rule is not None:
        state += f" {stack.rule.to_json()}"
    if stack.group_rankers and store.manifest.grouped != state:
        rescore(store, state, stack.grouped, grouped=state)


def _keep(
    store: Store, batch: Sequence[Fresh], scores: Sequence[tuple[Score, ...]], progress: Progress
) -> None:
    rows = [(p.id, c, s) for (p, c), s in zip(batch, scores, strict=True)]
    store.append_scores(rows)
    for (problem, completion), said in zip(batch, scores, strict=True):
        verdict = Candidate(completion=completion, scores=said).verdict
        progress.add_scores(problem.id, said, verdict, completion.index)


def stop_on_errors(progress: Progress, limit: float) -> None:
    """Raise TooManyErrors when the share of errors says that the infrastructure is broken."""
    if progress.judged >= ENOUGH_VERDICTS and progress.error_share > limit:
        kinds = "; ".join(f"{n} x {kind}" for kind, n in progress.errors.most_common(3))
        raise TooManyErrors(
            f"{progress.error_share:.1%} of {progress.judged} verdicts are errors "
            f"(limit {limit:.1%}): {kinds}. "
            f"Nothing is lost: mend the cause, then run the same command, or re-score with "
            f"`verirs score RUN --errors`. A higher limit: --set limits.max_errors=0.1"
        )
