"""One heavy step of a loop in a process of its own: how all of them are started, and what comes back.

A step is a frozen dataclass of JSON values that says everything it needs. It is written beside its log as
``NAME.step.json``, from which ``python -m verirs.loop.steps NAME.step.json`` does it again by hand. What
the step raises comes back as what it is: a :class:`~verirs.errors.VerirsError` by its class and words in
``NAME.error.json``, a full disk (which has no room for that file) by the exit status :data:`DISK_FULL`.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from verirs import errors
from verirs.errors import VerirsError
from verirs.loop.steps.process import Tick, ending, last_line, run_tethered, silent, step_failed
from verirs.running.drive import disk_full
from verirs.system.files import is_disk_full, write_text

DISK_FULL = os.EX_IOERR
"""The exit status of a step that met a full disk; no class of :mod:`verirs.errors` has it."""


class Step(Protocol):
    """A frozen dataclass whose fields are JSON values (sequences and mappings of them too)."""

    def work(self) -> None:
        """Do it, in this process. It prints its progress; any exception ends it."""
        ...


def run_step(
    step: Step, path: Path, what: str, *, environment: Mapping[str, str] | None = None, tick: Tick = silent
) -> None:
    """Do a step in a process of its own.

    Args:
        path: of its files, without their endings: the step, its log, its error.
        what: for messages, such as ``training in round 1``.
        environment: variables on top of this process's own and :func:`own_environment`.
        tick: called now and then with the last line of the log.

    Raises:
        VerirsError: what the step raised, of the same class.
        StoreError: the disk is full.
        StepFailed: the step raised anything else, or its process was killed.
    """
    file, log = path.with_suffix(".step.json"), path.with_suffix(".log")
    path.with_suffix(".error.json").unlink(missing_ok=True)
    kind = type(step)
    fields = dataclasses.asdict(step)  # type: ignore[call-overload]
    write_text(
        file, json.dumps({"step": f"{kind.__module__}:{kind.__qualname__}", **fields}, indent=1) + "\n"
    )
    status = run_tethered(
        [sys.executable, "-m", "verirs.loop.steps", str(file)],
        log,
        environment={**own_environment(), **(environment or {})},
        tick=tick,
    )
    if status:
        raise _raised(path, status, what)


def _raised(path: Path, status: int, what: str) -> VerirsError:
    """What a step's process raised, as this process raises it."""
    log = path.with_suffix(".log")
    if status == DISK_FULL:
        return disk_full(path.parent)
    try:
        told = json.loads(path.with_suffix(".error.json").read_text())
    except (FileNotFoundError, ValueError):  # it was killed, or its interpreter did not come up
        return step_failed(what, f"{ending(status)}. Its last line: {last_line(log)}\nAll of it: {log}")
    if told["error"]:
        kind: type[VerirsError] = getattr(errors, told["error"])
        return kind(f"{what}: {told['words']}")
    return step_failed(what, f"{told['words']}\nWhere: {log}")


def own_environment() -> dict[str, str]:
    """Variables for our own modules: importable as here, and quiet libraries."""
    root = str(Path(__file__).resolve().parents[3])
    path = os.environ.get("PYTHONPATH", "")
    return {
        "PYTHONPATH": f"{root}{os.pathsep}{path}" if path else root,
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "WANDB_DISABLED": "true",
    }


# ---- in the step's own process ----------------------------------------------------------------------


def main(file: str) -> int:
    """Do the step of a ``NAME.step.json``; returns the exit status."""
    try:
        read(Path(file)).work()
        return 0
    except Exception as e:  # noqa: BLE001 - told to the parent, and in full in the log
        traceback.print_exc()
        if is_disk_full(e):
            return DISK_FULL
        try:
            _tell(Path(file.removesuffix(".step.json") + ".error.json"), e)
        except OSError as full:
            return DISK_FULL if is_disk_full(full) else 1
        return e.exit_code if isinstance(e, VerirsError) else 1


def read(file: Path) -> Step:
    fields: dict[str, Any] = json.loads(file.read_text())
    module, _, name = fields.pop("step").partition(":")
    step: Step = getattr(importlib.import_module(module), name)(**fields)
    return step


def _tell(file: Path, error: Exception) -> None:
    if isinstance(error, VerirsError):
        # a subclass from elsewhere is told as the class of the tree that it refines
        kind = next(c.__name__ for c in type(error).__mro__ if c.__module__ == errors.__name__)
        words = str(error)
    else:
        kind, words = "", f"{type(error).__name__}: {error}"
    file.write_text(json.dumps({"error": kind, "words": words}) + "\n")
