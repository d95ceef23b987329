"""One engine for the runs of a loop: started once, resting while something else needs the GPU.

A new round's model that differs from the last one's in its weights alone is loaded in place. Whatever
does not work so is closed and started anew, as engines that cannot rest always are.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from verirs.errors import EngineError
from verirs.loop.serving import Serving
from verirs.parts import build
from verirs.protocols import Engine, Resting
from verirs.running.config import Config
from verirs.running.lent import LentEngine
from verirs.system.waiting import wait_for

log = logging.getLogger("verirs")


class Keeper:
    """Hands the loop's runs their engine. Not thread-safe."""

    def __init__(self, serving: Serving | None = None) -> None:
        self._serving = serving or Serving(None, Path())
        self._engine: Any = None
        """Started by some run, or about to be; always one that can rest."""
        self._made = ""

    def engine(self, config: Config) -> Engine | None:
        """The engine for a run; ``None``: the run shall make its own, this kind cannot be kept."""
        if config.ray is not None:
            return None
        options = dict(config.engine.options)
        model = options.pop("model")
        self._serving.serve(model, options)
        made = json.dumps([config.engine.name, options], sort_keys=True, default=str)
        if self._engine is not None and self._made == made and self._resumed(model):
            return self._kept()
        self._close()
        engine = build("engine", config.engine.name, config.engine.options, "engine")
        if not isinstance(engine, Resting):
            return None
        engine.outlive()
        self._engine, self._made = engine, made
        return self._kept()

    @property
    def keeps(self) -> bool:
        """Whether there is an engine that outlives its runs."""
        return self._engine is not None

    def rest(self) -> None:
        """Leave the GPU to somebody else."""
        self._serving.rest()
        if self._engine is not None:
            try:
                wait_for(self._engine.rest())
            except EngineError as error:
                log.warning("%s; it is closed and started anew for the next run", error)
                self._close()

    def end(self) -> None:
        """Close what there is, and end the server. Safe to call twice."""
        self._close()
        self._serving.end()

    def _close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            wait_for(engine.close())

    def _kept(self) -> Engine:
        return LentEngine(self._engine)

    def _resumed(self, model: str) -> bool:
        try:
            return bool(wait_for(self._engine.resume(model)))
        except EngineError as error:
            log.warning("%s; it is started anew", error)
            return False
