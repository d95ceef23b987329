"""Scorers on other CPUs (or GPUs) of a Ray cluster: each batch goes out in as many parts as there are
processes.

A part whose process died is judged again in halves, so that a completion that kills its judge stands alone at
last; that one alone gets an ``error``.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from verirs.cluster.hosts import Item, ScorerHost
from verirs.cluster.ray_cluster import Places, connect
from verirs.errors import EngineError, Interrupted, PartError, VerirsError
from verirs.parts import ScorerPart
from verirs.types import Completion, Problem, Score, Verdict
from verirs.version import __version__

log = logging.getLogger("verirs.cluster")

Named = tuple[str, str, Mapping[str, Any]]
"""A scorer's key, plugin and options."""
_LEAST = 16
"""Fewer completions than this are not worth a part of their own."""
_STARTS = 3
_PATIENCE = 1800.0
"""Seconds that a process may take to be placed and to start."""


class Hosts:
    """The processes that hold the scorers of a run, started when the first score is asked for.

    Args:
        scorers: those that are judged there.
        places: how many processes, and on what.
    """

    def __init__(self, scorers: Sequence[Named], places: Places):
        self._scorers, self._places = scorers, places
        self._versions: dict[str, str] = {}
        self._lock = threading.Lock()
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None
        self._all: list[Any] = []
        self.interrupted = threading.Event()

    def expect(self, versions: Mapping[str, str]) -> None:
        """What the scorers' versions are here."""
        self._versions = dict(versions)

    def score(self, key: str, items: Sequence[Item], whole_groups: bool) -> list[Score]:
        """
        Raises:
            VerirsError: a scorer lacks what it needs.
            Interrupted: the run ends early.
        """
        threads = self._start()
        parts = _parts(items, self._places.scorers, whole_groups)
        found = threads.map(lambda part: self._judge(key, part, whole_groups), parts)
        return list(itertools.chain.from_iterable(found))

    def prove(self, key: str) -> None:
        """One of the processes proves the scorer; they are all alike.

        Raises:
            EngineError: each that was asked died.
        """
        self._start()
        for _ in range(_STARTS):
            with contextlib.suppress(_Died):
                self._call(lambda host: host.prove.remote(key))
                return
        raise EngineError(f"ray: a process that was to prove scorer {key!r} died {_STARTS} times")

    def close(self) -> None:
        with self._lock:
            hosts, self._all = self._all, []
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)
        for host in hosts:
            self._ray.kill(host)

    def _start(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._threads is None:
                self._ray = connect(self._places.address)
                self._actor = self._ray.remote(ScorerHost).options(
                    num_cpus=1,
                    num_gpus=self._places.scorer_gpus,
                    max_restarts=0,
                    scheduling_strategy="SPREAD",
                )
                hosts = [self._begin() for _ in range(self._places.scorers)]
                for host in hosts:
                    self._free.put(self._started(host))
                self._threads = ThreadPoolExecutor(len(hosts), "verirs-ray-scorers")
            return self._threads

    def _begin(self) -> Any:
        host = self._actor.remote(list(self._scorers), __version__)
        self._all.append(host)
        return host

    def _ready(self, host: Any) -> None:
        """
        Raises:
            VerirsError: what a scorer lacks there.
            PartError: a scorer there decides otherwise.
        """
        versions = self._get(host.start.remote(), _PATIENCE)
        if versions != self._versions:
            raise PartError(
                f"ray: the scorers of a node differ from those here: {versions} there, {self._versions} "
                "here; install the same on every node"
            )

    def _judge(self, key: str, items: Sequence[Item], whole_groups: bool, died: int = 0) -> list[Score]:
        try:
            return list(self._call(lambda host: host.score.remote(key, items)))
        except _Died as e:
            if half := _half(items, whole_groups):
                first, second = items[:half], items[half:]
                return [*self._judge(key, first, whole_groups), *self._judge(key, second, whole_groups)]
            if not died:
                return self._judge(key, items, whole_groups, 1)
            why = f"two processes died that had nothing else to judge: {e}"
            error = Score(scorer=key, version=self._versions[key], verdict=Verdict.ERROR, reason=why)
            return [error] * len(items)

    def _call(self, method: Callable[[Any], Any]) -> Any:
        """What one of the processes says; a dead one is replaced.

        Raises:
            _Died: it died of this call, as far as one can tell.
        """
        host = self._wait(self._free.get)
        try:
            return self._get(method(host))
        except self._ray.exceptions.RayError as e:
            if isinstance(e, self._ray.exceptions.RayTaskError):
                raise  # the scorer itself raised: the process lives
            log.warning("ray: a scorer's process was lost: %s", type(e).__name__)
            self._end(host)
            host = self._started(self._begin())
            raise _Died(type(e).__name__) from e
        finally:
            self._free.put(host)

    def _end(self, host: Any) -> None:
        self._ray.kill(host)
        if host in self._all:  # else it was lost before, and nothing could take its place
            self._all.remove(host)

    def _started(self, host: Any) -> Any:
        """The process when it is ready, or another in its place where it died before."""
        why = ""
        for left in reversed(range(_STARTS)):
            try:
                self._ready(host)
                return host
            except self._ray.exceptions.RayError as e:
                self._end(host)
                why = (str(e).strip().splitlines() or [type(e).__name__])[-1]
                log.warning("ray: a scorer's process died while it started: %s", why)
            if left:
                host = self._begin()
        raise EngineError(f"ray: a process for scorers died {_STARTS} times while it started: {why}")

    def _get(self, ref: Any, patience: float = math.inf) -> Any:
        def arrived(timeout: float) -> Any:
            try:
                return self._ray.get(ref, timeout=timeout)
            except self._ray.exceptions.GetTimeoutError as e:
                raise queue.Empty from e

        said = self._wait(lambda *, timeout: arrived(timeout), patience)
        if isinstance(said, VerirsError):
            raise said
        return said

    def _wait(self, wait: Callable[..., Any], patience: float = math.inf) -> Any:
        """
        Raises:
            Interrupted: the run ends early.
            EngineError: nothing came for so many seconds.
        """
        until = time.monotonic() + patience
        while True:
            if time.monotonic() > until:
                raise EngineError(
                    f"ray: the cluster had no room for {self._places.scorers} processes that judge "
                    f"(ray.scorers) for {patience / 60:.0f} minutes; each needs a CPU beside the engine's"
                )
            if self.interrupted.is_set():
                raise Interrupted("interrupted while scorers in the cluster were asked")
            try:
                return wait(timeout=0.5)
            except queue.Empty:
                continue


class _Died(Exception):
    """The process that was asked is gone."""


class RayScorer:
    """A scorer that is judged elsewhere; what it says of itself is what it says here."""

    def __init__(self, part: ScorerPart, hosts: Hosts):
        self._part, self._hosts = part, hosts
        self.name, self.version = part.made.name, part.made.version

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> Sequence[Score]:
        return self._hosts.score(self._part.key, items, self._part.traits.whole_groups)

    def close(self) -> None:
        self._hosts.close()
        self._part.made.close()


def in_cluster(parts: Sequence[ScorerPart], named: Sequence[Named], places: Places) -> list[ScorerPart]:
    """The scorers of a run, judged in the cluster; second opinions, which ask servers, stay here."""
    moved = [part for part in parts if not part.traits.second]
    keys = {part.key for part in moved}
    hosts = Hosts([n for n in named if n[0] in keys], places)
    hosts.expect({part.key: part.version for part in moved})
    return [_moved(part, hosts) if part.key in keys else part for part in parts]


def _moved(part: ScorerPart, hosts: Hosts) -> ScorerPart:
    prove = None if part.traits.prove is None else lambda: hosts.prove(part.key)
    traits = replace(part.traits, prove=prove, interrupt=hosts.interrupted.set)
    return replace(part, made=RayScorer(part, hosts), traits=traits)


def _half(items: Sequence[Item], whole_groups: bool) -> int:
    """Where to cut items in two, never within a problem that is judged whole; 0: they cannot be cut."""
    if not whole_groups:
        return len(items) // 2
    starts = [i for i in range(1, len(items)) if items[i][0].id != items[i - 1][0].id]
    return starts[len(starts) // 2] if starts else 0


def _parts(items: Sequence[Item], most: int, whole_groups: bool) -> list[Sequence[Item]]:
    """The items in at most ``most`` runs of about one size, each problem in one of them where asked."""
    size = max(_LEAST, -(-len(items) // most))
    if not whole_groups:
        return [items[at : at + size] for at in range(0, len(items), size)]
    found: list[list[Item]] = [[]]
    for _, group in itertools.groupby(items, key=lambda item: item[0].id):
        if len(found[-1]) >= size:
            found.append([])
        found[-1] += group
    return list(found)
