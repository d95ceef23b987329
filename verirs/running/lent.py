"""Engines that are handed to a run: lent by the loop, or made by the user; and runs that lack theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from verirs.errors import StoreError
from verirs.parts import resolve
from verirs.protocols import Engine, Request, Resting
from verirs.running.config import Config
from verirs.store import Store
from verirs.types import Completion, Message


class LentEngine:
    """The engine of a config, lent to a run: the run that closes it does not end it."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.name, self.reproducible = engine.name, engine.reproducible

    @property
    def concurrency(self) -> int:
        return self.engine.concurrency  # it may move

    def identity(self) -> Mapping[str, Any]:
        return self.engine.identity()

    def render(self, messages: Sequence[Message]) -> str:
        return self.engine.render(messages)

    async def start(self) -> None:
        await self.engine.start()

    def sample(self, request: Request) -> AsyncIterator[Completion]:
        return self.engine.sample(request)

    async def give_way(self) -> None:
        """Leave the GPU to a ranker; whoever lent it wakes it for its next run.

        Raises:
            EngineError: it cannot rest.
        """
        if isinstance(self.engine, Resting):
            await self.engine.rest()

    async def close(self) -> None:
        """Whoever lent it ends it."""


GIVEN = "engine.given"
"""Of a run's identity: the class of an engine that was handed over as an object."""


def named(config: Config, engine: Engine) -> bool:
    """Whether this is an engine of the class that the config names, or of one made from it."""
    if isinstance(engine, LentEngine):
        engine = engine.engine
    factory = resolve("engine", config.engine.name)
    return isinstance(factory, type) and isinstance(engine, factory)


def refuse_without(path: Path, samples: Mapping[str, Any]) -> None:
    """Refuse to go on with a run whose engine was handed over, without that engine.

    Raises:
        StoreError: naming its class; or the run is a mix of runs, for which nothing is sampled.
    """
    if (path / "manifest.json").exists():
        with Store.open(path) as store:
            given = store.manifest.identity.get(GIVEN)
            mixed = [m.name for m in store.manifest.mixed]
        if mixed:
            raise StoreError(
                f"{path} is a mix of {', '.join(mixed)}: its samples are drawn by these runs. Run them, and "
                f"mix them again under another name. `verirs score` and `verirs export` work on it."
            )
        if given and GIVEN not in samples:
            raise StoreError(
                f"{path} was sampled by an engine that was handed to verirs.run(config, engine=...), of the "
                f"class {given}; no config names it. Go on from Python with it, or choose another --name. "
                f"`verirs score {path}` and `verirs export {path}` need no engine."
            )
