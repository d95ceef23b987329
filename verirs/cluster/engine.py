"""Any engine, held by workers all over a Ray cluster; for a run it is one engine with much room.

A request goes whole to the worker with the least in hand, so its samples share that worker's prefix cache. A
worker that dies, or whose engine breaks, is started anew, elsewhere if its node is gone. What it had in hand
is suspected of having killed it: it is tried again in halves, each half alone on a worker, until a request
that kills every worker stands alone. Only that one is given up.
"""

from __future__ import annotations

import asyncio
import enum
import itertools
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from verirs.cluster.hosts import EngineHost, Said
from verirs.cluster.ray_cluster import Places, connect, count_workers
from verirs.errors import EngineError, GivenUp, PartError, RequestError, UserError, VerirsError
from verirs.parts import build
from verirs.protocols import Engine, Request
from verirs.system import interrupts
from verirs.types import Completion, Message
from verirs.version import __version__

log = logging.getLogger("verirs.cluster")

_ALONE = 2
"""So many workers may die of one request that they had alone."""
_STARTS = 3
"""A worker that dies so often before it is ready is started no more."""
_OTHERS = 60.0
"""Seconds after the first worker is ready for which the others are waited for."""
_PATIENCE = 1800.0
"""Seconds for which no worker may be ready: nodes come and go, and a large model loads for minutes."""
_ELSEWHERE = ("openai", "openai_batch", "replay")
"""Engines that compute nothing themselves."""


@dataclass(eq=False, slots=True)
class Ask:
    """One request on its way."""

    number: int
    request: Request
    left: set[int]
    """Samples that no worker has sent yet."""
    arrived: asyncio.Queue[Said] = field(default_factory=asyncio.Queue)
    worker: Worker | None = None
    killed: int = 0
    """Workers that died while they had this one alone."""

    def rest(self) -> Request:
        """What has not come yet."""
        pairs = [p for p in zip(self.request.indices, self.request.seeds, strict=True) if p[0] in self.left]
        return replace(self.request, indices=tuple(i for i, _ in pairs), seeds=tuple(s for _, s in pairs))


class State(enum.Enum):
    """What a worker may be given."""

    AWAY = enum.auto()
    OPEN = enum.auto()
    EMPTYING = enum.auto()
    """It is to have suspects as soon as it has nothing else."""
    SUSPECTS = enum.auto()


@dataclass(eq=False, slots=True)
class Worker:
    """A place in the cluster, and the process that fills it at the moment."""

    host: Any = None
    state: State = State.AWAY
    asks: dict[int, Ask] = field(default_factory=dict)
    load: int = 0
    """Samples that it owes."""

    @property
    def up(self) -> bool:
        return self.state is not State.AWAY

    def take(self, ask: Ask) -> None:
        self.asks[ask.number] = ask
        self.load += len(ask.left)
        ask.worker = self

    def drop(self, ask: Ask) -> None:
        if self.asks.pop(ask.number, None) is not None:
            self.load -= len(ask.left)
            ask.worker = None


class RayEngine:
    """
    Args:
        name, options: of the engine that every worker holds.
        places: how many workers, and where.

    Raises:
        UserError: an engine that asks servers, or reads samples from files.
    """

    def __init__(self, name: str, options: Mapping[str, Any], places: Places):
        if name in _ELSEWHERE:
            raise UserError(
                f"[ray] runs engines on the nodes of a cluster, and engine {name} computes nothing itself; "
                "leave --on ray away"
            )
        self._options, self._places = options, places
        self._inner: Engine = build("engine", name, options, "engine")
        self.name, self.reproducible = self._inner.name, self._inner.reproducible
        self._plugin = name
        self._each: int = self._inner.concurrency
        self._workers: list[Worker] = []
        self._asks: dict[int, Ask] = {}
        self._fresh: dict[int, Ask] = {}
        """Those that no worker has yet, in the order of their numbers."""
        self._suspects: deque[list[Ask]] = deque()
        self._numbers = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: VerirsError | None = None
        self._was_up, self._why = False, ""
        self._changed = asyncio.Event()
        self.retried: Counter[str] = Counter()

    @property
    def concurrency(self) -> int:
        """Of all workers together; it moves with them."""
        return self._each * max(1, len([worker for worker in self._workers if worker.up]))

    def identity(self) -> Mapping[str, Any]:
        """The engine's own: where it runs changes no sample."""
        return self._inner.identity()

    def render(self, messages: Sequence[Message]) -> str:
        return self._inner.render(messages)

    # ---- starting and closing -------------------------------------------------------------------------

    async def start(self) -> None:
        """Reach the cluster and start the workers; returns when those that can be had are ready.

        Raises:
            MissingExtra: ray is not installed.
            EngineError: there is no cluster, or no worker can be started.
            UserError: what the engine itself says of its options.
        """
        self._ray = await asyncio.to_thread(connect, self._places.address)
        interrupts.renew()
        needed = int(self._options.get("tensor_parallel_size", 1))
        count, self._gpus = count_workers(self._ray, self._places, needed)
        self._actor = self._ray.remote(EngineHost).options(
            num_cpus=1, num_gpus=self._gpus, max_restarts=0, scheduling_strategy="SPREAD"
        )
        self._workers = [Worker() for _ in range(count)]
        log.info("ray: %d workers of %g GPUs", count, self._gpus)
        for worker in self._workers:
            self._task(self._tend(worker))
        self._task(self._watch())
        begun, first = time.monotonic(), 0.0
        while not all(worker.up for worker in self._workers):
            self._changed.clear()
            if self._broken:
                raise self._broken
            first = first or (time.monotonic() if any(worker.up for worker in self._workers) else 0.0)
            now = time.monotonic()
            if first and now > first + _OTHERS:
                up = sum(worker.up for worker in self._workers)
                log.warning("ray: %d of %d workers are ready; the others join when they are", up, count)
                return
            if now > begun + _PATIENCE:
                raise EngineError(f"ray: no worker was ready after {_PATIENCE / 60:.0f} minutes")
            try:
                await asyncio.wait_for(self._changed.wait(), 1.0)
            except TimeoutError:
                continue

    async def close(self) -> None:
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in self._workers:
            self._end(worker)
        self._workers = []
        self._break(EngineError("ray: the engine was closed while samples were waiting"))

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._break(error if isinstance(error, VerirsError) else EngineError(f"ray: {error!r}"))

    def _break(self, error: VerirsError) -> None:
        self._broken = self._broken or error
        for ask in list(self._asks.values()):
            ask.arrived.put_nowait(error)
        self._changed.set()

    def _end(self, worker: Worker) -> None:
        if worker.host is not None:
            self._ray.kill(worker.host)
            worker.host = None

    # ---- sampling -----------------------------------------------------------------------------------

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        """
        Raises:
            RequestError: what the engine says of the request.
            GivenUp: every worker that had this request alone died.
            EngineError: no worker is left, or none has been there for half an hour.
        """
        if self._broken:
            raise self._broken
        if not self._workers:
            raise EngineError("ray: the engine is not started; await start() first")
        ask = Ask(next(self._numbers), request, set(request.indices))
        self._asks[ask.number] = self._fresh[ask.number] = ask
        self._deal()
        try:
            for _ in request.indices:
                said = await ask.arrived.get()
                if isinstance(said, Exception):
                    raise said
                if said is None:
                    raise PartError(
                        f"engine {self.name!r} ended without samples {sorted(ask.left)[:5]} of problem "
                        f"{request.problem.id!r}"
                    )
                yield said
        finally:
            self._forget(ask)

    def _forget(self, ask: Ask) -> None:
        del self._asks[ask.number]
        self._fresh.pop(ask.number, None)
        for cell in self._suspects:
            if ask in cell:
                cell.remove(ask)
        if (worker := ask.worker) is not None:
            if ask.left:
                worker.host.drop.remote([ask.number])
            worker.drop(ask)
            self._deal()

    def _deal(self) -> None:
        """Hand out what waits: suspects to workers that have nothing else, the rest to those with least."""
        up = [worker for worker in self._workers if worker.up]
        self._suspects = deque(cell for cell in self._suspects if cell)
        for worker in up:
            if not worker.asks:
                worker.state = State.OPEN
            if self._suspects and not worker.asks:
                worker.state = State.SUSPECTS
                self._hand(worker, self._suspects.popleft())
        self._make_room(up)
        loads = {worker: worker.load for worker in up if worker.state is State.OPEN}
        dealt: dict[Worker, list[Ask]] = {}
        while self._fresh and loads:
            least = min(loads, key=loads.__getitem__)
            ask = next(iter(self._fresh.values()))
            if loads[least] and loads[least] + len(ask.left) > self._each:
                break
            del self._fresh[ask.number]
            loads[least] += len(ask.left)
            dealt.setdefault(least, []).append(ask)
        for worker, asks in dealt.items():
            self._hand(worker, asks)

    def _make_room(self, up: Sequence[Worker]) -> None:
        """As many workers run empty as there are suspects without one."""
        emptying = [worker for worker in up if worker.state is State.EMPTYING]
        for worker in emptying[len(self._suspects) :]:
            worker.state = State.OPEN
        open_ = sorted((w for w in up if w.state is State.OPEN), key=lambda w: w.load)
        for worker in open_[: max(0, len(self._suspects) - len(emptying))]:
            worker.state = State.EMPTYING

    def _hand(self, worker: Worker, asks: Sequence[Ask]) -> None:
        for ask in asks:
            worker.take(ask)
        worker.host.put.remote([(ask.number, ask.rest()) for ask in asks])

    # ---- workers ------------------------------------------------------------------------------------

    async def _tend(self, worker: Worker) -> None:
        """Keep one place filled, and hand on what comes from it."""
        starts = 0
        while starts < _STARTS:
            worker.host = self._actor.remote(self._plugin, dict(self._options), __version__)
            try:
                said = await worker.host.start.remote()
                if isinstance(said, VerirsError):
                    raise said
                self._refuse_other_model(*said)
                starts, self._was_up, worker.state = 0, True, State.OPEN
                self._changed.set()
                self._deal()
                while True:
                    self._deliver(worker, await worker.host.take.remote())
            except (self._ray.exceptions.RayError, VerirsError) as e:
                starts += not worker.up
                if isinstance(e, UserError) and not self._was_up:
                    raise  # a mistake in the config, which no other node mends
                self._lost(worker, str(e) if isinstance(e, VerirsError) else _first_line(e))
        log.warning("ray: a worker could not be started %d times: %s", _STARTS, self._why)
        worker.host = None
        if all(other.host is None for other in self._workers):
            raise EngineError(f"ray: no worker could be started: {self._why}")

    def _refuse_other_model(self, identity: Mapping[str, Any], concurrency: int) -> None:
        """
        Raises:
            UserError: the worker's engine would draw other samples than the run's identity says.
        """
        mine = dict(self._inner.identity())
        if identity != mine:
            other = sorted(k for k in {*mine, *identity} if mine.get(k) != identity.get(k))
            shown = ", ".join(f"{k} = {identity.get(k)!r} there, {mine.get(k)!r} here" for k in other)
            raise UserError(f"ray: a node holds another engine under the same name: {shown}")
        self._each = concurrency

    def _deliver(self, worker: Worker, came: Sequence[tuple[int, Said]]) -> None:
        """
        Raises:
            EngineError: the worker's engine broke.
        """
        for number, said in came:
            ask = worker.asks.get(number)
            if ask is None:
                continue
            if isinstance(said, Completion):
                if said.index not in ask.left:
                    continue
                ask.left.remove(said.index)
                worker.load -= 1
            elif isinstance(said, EngineError) and not isinstance(said, RequestError):
                raise said
            else:
                worker.drop(ask)
            ask.arrived.put_nowait(said)
        self._deal()

    def _lost(self, worker: Worker, why: str) -> None:
        """A worker is gone: what it had in hand is suspect."""
        self._why = why
        had = [ask for ask in worker.asks.values() if ask.left]
        for ask in list(worker.asks.values()):
            worker.drop(ask)
        self._end(worker)
        worker.state = State.AWAY
        self._changed.set()
        log.warning("ray: a worker was lost with %d requests in hand: %s", len(had), why)
        if had:
            self.retried["a worker was lost"] += sum(len(ask.left) for ask in had)
        if len(had) == 1:
            (ask,) = had
            ask.killed += 1
            if ask.killed >= _ALONE:
                ask.arrived.put_nowait(
                    GivenUp(
                        f"problem {ask.request.problem.id!r}: {ask.killed} workers died of it that had "
                        f"nothing else in hand; the last one: {why}"
                    )
                )
                return
        half = (len(had) + 1) // 2
        self._suspects += [cell for cell in (had[:half], had[half:]) if cell]
        self._deal()

    async def _watch(self) -> None:
        """
        Raises:
            EngineError: no worker has been there for too long.
        """
        since = time.monotonic()
        while True:
            await asyncio.sleep(5.0)
            if any(worker.up for worker in self._workers):
                since = time.monotonic()
            elif time.monotonic() > since + _PATIENCE:
                raise EngineError(
                    f"ray: no worker has been ready for {_PATIENCE / 60:.0f} minutes. All that was sampled "
                    "is stored; run the same command to go on"
                )


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"
