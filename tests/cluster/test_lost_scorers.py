"""Scorers in a cluster whose processes, nodes and answers are lost; a stand-in for Ray loses them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from verirs.cluster import scorers
from verirs.cluster.ray_cluster import Places
from verirs.cluster.scorers import Hosts
from verirs.errors import EngineError
from verirs.types import Completion, Problem, Score, Verdict

ray = pytest.importorskip("ray", reason="the extra ray is not installed")

ITEMS = [(Problem(id=f"p{i}", prompt="?"), Completion(index=0, text="")) for i in range(40)]


class Method:
    def __init__(self, work: Callable[..., Any]):
        self._work = work

    def remote(self, *args: Any) -> Callable[[], Any]:
        return lambda: self._work(*args)


class Begins:
    def __init__(self, begin: Callable[..., Any]):
        self.remote = begin


class Process:
    """An actor: it starts, and scores, as the stand-in says of the number that it has."""

    def __init__(self, cluster: Cluster, number: int):
        self._cluster, self._number, self.lives = cluster, number, True
        self.start, self.score, self.prove = Method(self._start), Method(self._score), Method(self._prove)

    def _may(self, what: str) -> None:
        if not self.lives:
            raise ray.exceptions.ActorDiedError()
        if (error := self._cluster.loses.pop((what, self._number), None)) is not None:
            raise error

    def _start(self) -> dict[str, str]:
        self._may("start")
        return {"s": "1"}

    def _prove(self, key: str) -> None:
        self._may("prove")

    def _score(self, key: str, items: Sequence[Any]) -> list[Score]:
        self._may("score")
        return [Score(scorer=key, version="1", verdict=Verdict.PASS) for _ in items]


class Cluster:
    """What :mod:`verirs.cluster.scorers` asks of Ray."""

    exceptions = ray.exceptions

    def __init__(self, loses: dict[tuple[str, int], Exception]):
        self.loses, self.made = loses, list[Process]()

    def remote(self, host: type) -> Cluster:
        return self

    def options(self, **_: Any) -> Any:
        def begin(*_: Any) -> Process:
            self.made.append(Process(self, len(self.made)))
            return self.made[-1]

        return Begins(begin)

    def get(self, ref: Callable[[], Any], timeout: float) -> Any:
        return ref()

    def kill(self, host: Process) -> None:
        host.lives = False


def judged(monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> list[Verdict]:
    monkeypatch.setattr(scorers, "connect", lambda address: cluster)
    hosts = Hosts([("s", "s", {})], Places(scorers=2))
    hosts.expect({"s": "1"})
    try:
        hosts.prove("s")
        return [score.verdict for score in hosts.score("s", ITEMS, False)]
    finally:
        hosts.close()
        assert not any(process.lives for process in cluster.made)


def lost() -> list[Exception]:
    kinds = ray.exceptions
    return [
        kinds.ActorDiedError(),
        kinds.OutOfMemoryError("the node's memory is used up"),
        kinds.ObjectLostError("ab", None, ""),
        kinds.NodeDiedError("the node is gone"),
        kinds.WorkerCrashedError(),
    ]


@pytest.mark.parametrize("error", lost(), ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("when", ["start", "prove", "score"])
def test_whatever_a_process_is_lost_by_another_judges(
    monkeypatch: pytest.MonkeyPatch, error: Exception, when: str
) -> None:
    cluster = Cluster({(when, 0): error})
    assert judged(monkeypatch, cluster) == [Verdict.PASS] * len(ITEMS)
    assert len(cluster.made) == 3


def test_processes_that_never_start_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster({("start", n): ray.exceptions.ActorDiedError() for n in range(9)})
    with pytest.raises(EngineError, match="died 3 times while it started"):
        judged(monkeypatch, cluster)


def test_processes_that_cannot_be_replaced_end_the_run_for_all_who_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    died = ray.exceptions.ActorDiedError
    cluster = Cluster(
        {("score", 0): died(), ("score", 1): died()} | {("start", n): died() for n in range(2, 20)}
    )
    with pytest.raises(EngineError, match="died 3 times while it started"):
        judged(monkeypatch, cluster)
