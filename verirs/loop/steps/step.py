"""One heavy step of a loop in a process of its own: how all of them are started, and what comes back.

A step is a frozen dataclass of JSON values that says everything it needs. It is written beside its log as
``NAME.step.json``, from which ``python -m verirs.loop.steps NAME.step.json`` does it again by hand. What
the step raises comes back as what it is: a :class:`~verirs.errors.VerirsError` by its class and words in
``NAME.error.json``, a full disk (which has no room for that file) by the exit status :data:`DISK_FULL`.
"""

from __future__ import annotations

import dataclasses
import errno
import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from verirs import errors
from verirs.errors import VerirsError
from verirs.loop.steps.process import (
    LOOK_SECONDS,
    Tethered,
    Tick,
    ending,
    last_line,
    program,
    silent,
    step_failed,
)
from verirs.running.drive import disk_full
from verirs.system import memory
from verirs.system.ending import end
from verirs.system.files import is_disk_full, write_text

DISK_FULL = os.EX_IOERR
"""The exit status of a step that met a full disk; no class of :mod:`verirs.errors` has it."""


class Step(Protocol):
    """A frozen dataclass whose fields are JSON values (sequences and mappings of them too)."""

    def work(self) -> None:
        """Do it, in this process. It prints its progress; any exception ends it."""
        ...


def run_step(
    step: Step,
    path: Path,
    what: str,
    *,
    environment: Mapping[str, str] | None = None,
    launcher: Sequence[str] = (),
    tick: Tick = silent,
    timeout: float = 0,
    warm: Warm | None = None,
) -> None:
    """Do a step in a process of its own.

    Args:
        path: of its files, without their endings: the step, its log, its error.
        what: for messages, such as ``training in round 1``.
        environment: variables on top of this process's own and :func:`own_environment`.
        launcher: a program that starts the step in several processes; all do the step.
        tick: called now and then with the last line of the log.
        timeout: seconds that it may take; 0: any.
        warm: a process that has the libraries already; taken if it waits.

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
    status = None
    if warm is not None and not launcher and not timeout:
        status = warm.do(file, log, tick)
    if status is None:
        # launchers start Python themselves, and take -m as it does
        start = [program(launcher[0]) or launcher[0], *launcher[1:]] if launcher else [sys.executable]
        status = Tethered(
            [*start, "-m", "verirs.loop.steps", str(file)],
            log,
            environment={**own_environment(), **(environment or {})},
            timeout=timeout,
        ).wait(tick)
    if status:
        raise _raised(path, status, what, timeout)


class Warm:
    """One process that imports a training's libraries while a loop is busy; for each step it makes a fork.

    It waits at a named pipe for the step's file. It computes nothing itself, so a fork of it is as good as a
    fresh process: its memory comes back, and nothing of an earlier step is left. It is an offer: where it has
    not come up, the step is done in a fresh process.
    """

    def __init__(self) -> None:
        self._process: Tethered | None = None
        self._pipe = Path()
        self._log = Path()

    def start(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Begin, unless one waits already.

        Args:
            folder: for its pipe and its log.
        """
        if self._process is not None and self._process.lives:
            return
        self.end()
        self._pipe, self._log = folder / f".warm-{os.getpid()}", folder / f".warm-{os.getpid()}.log"
        self._pipe.unlink(missing_ok=True)
        os.mkfifo(self._pipe)
        self._process = Tethered(
            [sys.executable, "-m", "verirs.loop.steps", "--warm", str(self._pipe)],
            self._log,
            environment={**own_environment(), **environment},
        )

    def do(self, file: Path, log: Path, tick: Tick) -> int | None:
        """Let it do a step, its output at ``log``; the exit status, or ``None``: there is no such process."""
        process, done = self._process, file.with_suffix(".done")
        if process is None:
            return None
        done.unlink(missing_ok=True)
        try:
            pipe = self._open(process)
            if pipe is None:
                return None
            with os.fdopen(pipe, "w") as out:
                out.write("\n".join(map(str, (file.resolve(), log.resolve(), done.resolve()))))
            while not done.exists():
                if not process.lives:
                    return 128 + signal.SIGKILL  # it ends by itself only when somebody kills it
                tick(last_line(log))
                time.sleep(LOOK_SECONDS)
            return int(done.read_text())
        except BaseException:
            self.end()  # with the step that it does
            raise
        finally:
            done.unlink(missing_ok=True)

    def _open(self, process: Tethered) -> int | None:
        """Its pipe, once it reads from it; ``None`` when it ends before."""
        while process.lives:
            try:
                return os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as e:
                if e.errno != errno.ENXIO:  # nobody reads yet: it still imports
                    raise
            time.sleep(LOOK_SECONDS)
        return None

    def end(self) -> None:
        """End it, if there is one. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.end()
            self._pipe.unlink(missing_ok=True)
            self._log.unlink(missing_ok=True)


def _raised(path: Path, status: int, what: str, timeout: float = 0) -> VerirsError:
    """What a step's process raised, as this process raises it."""
    log = path.with_suffix(".log")
    if status == DISK_FULL:
        return disk_full(path.parent)
    try:
        told = json.loads(path.with_suffix(".error.json").read_text())
    except (FileNotFoundError, ValueError):  # it was killed, or its interpreter did not come up
        return step_failed(
            what, f"{ending(status, timeout)}. Its last line: {last_line(log)}\nAll of it: {log}"
        )
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
    }


# ---- in the step's own process ----------------------------------------------------------------------


def main(file: str) -> int:
    """Do the step of a ``NAME.step.json``; returns the exit status."""
    memory.keep_blocks(ours=True)
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


def leave(status: int) -> int:
    """End this process if a launcher started it with others; else hand its exit status on.

    The libraries' threads still wait for the other processes: see :mod:`verirs.system.ending`.
    """
    if "RANK" in os.environ:
        end(status)
    return status


def serve(pipe: str) -> int:
    """Import what a training needs; then, for each step that a pipe tells of, do it in a fork."""
    import datasets  # noqa: F401
    import trl
    from transformers import AutoModelForCausalLM  # noqa: F401

    _ = trl.SFTTrainer, trl.SFTConfig  # they are imported when they are first asked for
    while True:
        with open(pipe) as told:
            lines = told.read().split("\n")
        if len(lines) != 3:
            continue
        file, log, done = lines
        fork = os.fork()
        if not fork:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(out, 1)
            os.dup2(out, 2)
            status = 1
            try:
                status = main(file)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        code = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
        write_text(Path(done), str(code if code >= 0 else 128 - code))


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
