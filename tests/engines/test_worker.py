"""The thread bridge with a toy in place of a model."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from verirs.engines import worker as module
from verirs.engines.worker import Inbox, Job, Worker
from verirs.errors import EngineError, UserError
from verirs.protocols import Request, Sampling
from verirs.types import Completion, Problem


class Toy:
    """Upper-cases the problem's id; ``hold`` delays loading and every answer until it is set."""

    def __init__(self, load: Callable[[], object] = lambda: None, held: bool = False):
        self.hold, self.log = threading.Event(), list[str]()
        self._load = load
        if not held:
            self.hold.set()

    def load(self) -> None:
        self.log.append(f"load in {threading.current_thread().name}")
        self._load()

    def serve(self, inbox: Inbox) -> None:
        waiting: list[Job] = []
        while not inbox.closed:
            waiting += inbox.take(block=not waiting)
            waiting = [job for job in waiting if not job.cancelled]
            if self.hold.wait(0.01) and waiting:
                job = waiting.pop()
                if job.problem == "bad":
                    raise ZeroDivisionError("bad luck")
                job.finish(text=job.problem.upper(), finish_reason="stop", tokens=1, logprob=None)

    def unload(self) -> None:
        self.log.append("unload")


def request(name: str, n: int = 3) -> Request:
    return Request(
        problem=Problem(id=name), messages=(), indices=tuple(range(n)), seeds=(0,) * n, sampling=Sampling()
    )


async def collect(worker: Worker, wanted: Request) -> list[Completion]:
    return [c async for c in worker.sample(wanted, ())]


def test_a_life() -> None:
    async def go() -> None:
        toy = Toy()
        worker = Worker(toy, "toy")
        with pytest.raises(EngineError, match="not started"):
            await collect(worker, request("a"))
        await asyncio.gather(worker.start(), worker.start())
        found = await asyncio.gather(*(collect(worker, request(name)) for name in "abc"))
        assert [[c.text for c in part] for part in found] == [["A"] * 3, ["B"] * 3, ["C"] * 3]
        assert await worker.call(lambda: threading.current_thread().name) == "verirs-toy"
        with pytest.raises(KeyError):
            await worker.call(lambda: dict[str, int]()["no"])
        await worker.close()
        await worker.close()
        assert toy.log == ["load in verirs-toy", "unload"]
        with pytest.raises(EngineError, match="closed"):
            await collect(worker, request("a"))

    asyncio.run(go())


def test_an_error_in_the_thread_reaches_all_who_wait_and_all_who_come() -> None:
    async def go() -> None:
        toy = Toy(held=True)
        worker = Worker(toy, "toy")
        await worker.start()
        tasks = [asyncio.create_task(collect(worker, request(name))) for name in ("a", "b", "bad")]
        await asyncio.sleep(0.05)
        toy.hold.set()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(outcome, EngineError) and "ZeroDivisionError: bad luck" in str(outcome)
        for late in (collect(worker, request("c")), worker.call(lambda: None)):
            with pytest.raises(EngineError, match="bad luck"):
                await late
        await worker.close()
        assert toy.log[-1] == "unload"

    asyncio.run(asyncio.wait_for(go(), 20))


def test_an_error_while_loading_is_what_start_raises() -> None:
    def fail(error: Exception) -> Callable[[], None]:
        def load() -> None:
            raise error

        return load

    async def go() -> None:
        with pytest.raises(EngineError, match="engine toy: OSError: no disk"):
            await Worker(Toy(fail(OSError("no disk"))), "toy").start()
        worker = Worker(Toy(fail(EngineError("no model"))), "toy")
        for _ in range(2):
            with pytest.raises(EngineError, match=r"^no model$"):
                await worker.start()
        with pytest.raises(EngineError, match=r"^no model$"):
            await collect(worker, request("a"))
        await worker.close()
        with pytest.raises((EngineError, UserError), match=r"^set it$"):
            await Worker(Toy(fail(UserError("set it"))), "toy").start()

    asyncio.run(asyncio.wait_for(go(), 20))


def test_giving_up_while_it_loads_or_calls() -> None:
    async def go() -> None:
        gate = threading.Event()
        toy = Toy(lambda: gate.wait(20))
        worker = Worker(toy, "toy")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.start(), 0.05)
        gate.set()
        await worker.start()  # the thread has not noticed
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.call(lambda: threading.Event().wait(0.2)), 0.01)
        with pytest.raises(TimeoutError):  # this one is given up before its turn comes
            await asyncio.wait_for(worker.call(lambda: None), 0.01)
        assert len(await collect(worker, request("a"))) == 3
        await worker.close()

    asyncio.run(asyncio.wait_for(go(), 20))


def test_closing_does_not_wait_for_a_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 1.0)
    gate = threading.Event()

    async def go() -> None:
        worker = Worker(Toy(lambda: gate.wait(20)), "toy")
        start = asyncio.create_task(worker.start())
        await asyncio.sleep(0.05)
        await asyncio.wait_for(worker.close(), 2)
        gate.set()
        await start
        with pytest.raises(EngineError, match="closed"):
            await collect(worker, request("a"))

    asyncio.run(go())


def test_closing_ends_those_who_wait() -> None:
    async def go() -> None:
        worker = Worker(Toy(held=True), "toy")
        await worker.start()
        task = asyncio.create_task(collect(worker, request("a")))
        await asyncio.sleep(0.05)
        await worker.close()
        with pytest.raises(EngineError, match="closed while samples were waiting"):
            await task
        with pytest.raises(EngineError, match="closed"):
            await worker.call(lambda: None)

    asyncio.run(asyncio.wait_for(go(), 20))
