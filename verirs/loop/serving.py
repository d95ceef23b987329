"""What samples a loop's rounds: one engine for all its runs, and the servers behind it.

An engine is started once and rests while something else needs the GPU. A new round's model that differs from
the last one's in its weights alone is loaded in place. Whatever does not work so is closed and started anew,
as engines that cannot rest always are.

A server that the loop starts runs while the loop samples and is ended before anything else needs its GPUs. It
ends with the loop, also when that is killed. Servers elsewhere are told by a program of the user's.
"""

from __future__ import annotations

import json
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verirs.errors import EngineError, StepFailed
from verirs.loop.sections import ServeConfig
from verirs.loop.steps.process import LOOK_SECONDS, Tethered, ending, run_command, shown_tail, step_failed
from verirs.loop.training import filled, words
from verirs.parts import build
from verirs.protocols import Engine, Resting
from verirs.running.config import Config
from verirs.running.lent import LentEngine
from verirs.system.waiting import wait_for

log = logging.getLogger("verirs")

ANSWER_SECONDS = 10.0


class Serving:
    """What serves a loop's models. Not thread-safe.

    Args:
        config: ``None``: nothing is served, and nothing is done.
        folder: for the logs.
    """

    def __init__(self, config: ServeConfig | None, folder: Path):
        self._config, self._folder = config, folder
        self._process: Tethered | None = None
        self._model = ""

    def serve(self, model: str, engine: Mapping[str, Any]) -> None:
        """See to it that the servers have a model.

        Args:
            model: the name by which the engine asks for it.
            engine: the engine's options; of its ``base_url`` the first address that answers counts.

        Raises:
            StepFailed: the program failed, the server ended, or it did not have the model in time.
        """
        config = self._config
        if config is None or (model == self._model and (self._process is None or self._process.lives)):
            return
        self.end()
        places = {"{model}": model, "{path}": str(Path(model).resolve()) if Path(model).is_dir() else model}
        log = self._folder / "serve.log"
        if config.command:
            self._process = Tethered([filled(word, places) for word in words(config.command)], log)
        else:
            what = f"serve.reload with {model}"
            run_command([filled(word, places) for word in words(config.reload)], log, what)
        self._await(model, addresses(engine.get("base_url")), os.environ.get(_key(engine), ""), log)
        self._model = model

    def _await(self, model: str, urls: Sequence[str], key: str, log: Path) -> None:
        assert self._config is not None
        until = time.monotonic() + self._config.wait * 60
        said = "no address to ask" if urls else ""
        while urls:
            process = self._process
            if process is not None and not process.lives:
                self._process = None
                status = process.wait()
                raise step_failed(
                    f"serving {model}", f"{ending(status)}. The end of {log}:\n{shown_tail(log)}"
                )
            found = [listed(url, key) for url in urls]
            if any(isinstance(names, list) and (not names or model in names) for names in found):
                return
            said = "; ".join(f"{u}: {_told(names)}" for u, names in zip(urls, found, strict=True))
            if time.monotonic() > until:
                self.end()
                raise StepFailed(
                    f"serving {model}: no server has it after {self._config.wait:g} minutes (serve.wait). "
                    f"{said}. The engine asks for it by this name: vLLM takes --served-model-name {{model}}."
                )
            time.sleep(LOOK_SECONDS)

    def rest(self) -> None:
        """End the loop's own server, so that its GPUs are free; others are left alone."""
        if self._process is not None:
            self.end()

    def end(self) -> None:
        """End the loop's own server, if there is one. Safe to call twice."""
        process, self._process, self._model = self._process, None, ""
        if process is not None:
            process.end()


def addresses(base_url: Any) -> list[str]:
    """The addresses of ``base_url``: one, a list, or those of a file."""
    if isinstance(base_url, str) and base_url.endswith(".txt"):
        lines = Path(base_url).read_text(encoding="utf-8").splitlines() if Path(base_url).is_file() else []
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return [base_url] if isinstance(base_url, str) else list(base_url or ())


def listed(url: str, key: str) -> list[str] | str:
    """The names of a server's models; empty where it lists none, a text where it does not answer."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        asked = urllib.request.Request(f"{url.rstrip('/')}/models", headers=headers)
        with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS) as answer:
            told = json.loads(answer.read(1 << 20))
    except urllib.error.HTTPError as e:
        return [] if e.code in (404, 405) else f"status {e.code}"
    except (OSError, ValueError) as e:
        return str(getattr(e, "reason", e))
    rows = told.get("data") if isinstance(told, dict) else None
    return [str(row.get("id")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _told(names: list[str] | str) -> str:
    return names if isinstance(names, str) else f"it has {', '.join(names)}"


def _key(engine: Mapping[str, Any]) -> str:
    return str(engine.get("api_key_env", "OPENAI_API_KEY"))


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
