"""The loop: sample, verify, select, train, evaluate, again; a state machine whose state is the disk.

Killed anywhere, the same call goes on: finished parts are listed with what they were made from
(:mod:`verirs.loop.folder`), runs resume sample by sample, and a training that was cut off begins anew.
Nothing is promised about samples drawn again after a crash beyond what the engine says of its seeds.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from verirs.engines.models import locate
from verirs.errors import Interrupted, StepFailed, StoreError
from verirs.loop import problems, show
from verirs.loop.check import check_loop
from verirs.loop.config import LoopConfig, read
from verirs.loop.folder import HELD_OUT, WATCH, Folder
from verirs.loop.models import fresh, remove
from verirs.loop.page import write_loop_page
from verirs.loop.rounds import Round, write_json
from verirs.loop.steps.process import run_command
from verirs.loop.steps.step import Warm
from verirs.loop.stopping import Decision, decide
from verirs.loop.training import filled
from verirs.loop.work import Work
from verirs.records import RoundMetrics
from verirs.report.narrow import sentence
from verirs.running.drive import disk_full
from verirs.running.plan import Parts, load_problems
from verirs.store.lock import Lock
from verirs.system.files import is_disk_full

CHANGEABLE = {
    "sample": ("n", "limits", "engine", "name", "runs"),
    "held_out": ("limits", "engine", "name", "runs"),
    "train": ("command", "sft", "dpo", "kto", "launcher", "timeout", "lora", "quantize"),
}
"""Keys that may differ when a loop goes on: what mends a failed step. Engines are checked by the runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopResult:
    """Where a loop ended.

    Args:
        path: the loop's directory.
        rounds: the metrics of every finished round, from round 0 (the base model).
        best: the number of the best round.
        model: the best round's model: a directory, or the base model as it was named.
        stopped: why it ended.
        gain: what may be said of the best round against the base model: one sentence.
        warnings: what to look at.
    """

    path: Path
    rounds: tuple[RoundMetrics, ...]
    best: int
    model: str
    stopped: str
    gain: str = ""
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        counts = f"{len(self.rounds) - 1} rounds, best {self.best}"
        return f"<LoopResult {self.path}: {counts}, {self.stopped}\n  {self.model}>"


def iterate(
    config: LoopConfig | Mapping[str, Any] | str | Path,
    *,
    console: Console | None = None,
    redo: str = "",
    warm: Warm | None = None,
) -> LoopResult:
    """Run a loop to its end, from wherever it stands.

    Args:
        config: a :class:`LoopConfig`, its raw table, or a TOML file.
        console: where progress goes; by default nowhere.
        redo: a round or a step, ``round-02/train``, that is done again with all that was made from it.
        warm: a process for trainings that outlives this loop, for loops one after the other; the caller
            ends it.

    Raises:
        UserError, PartError: something to mend, found before the first sample where possible; what is
            finished is kept.
        StepFailed: a training or a measurement failed; the same call tries it again.
        Interrupted: by Ctrl-C; the same call goes on.
    """
    return counted(config, 0, console=console, redo=redo, warm=warm)


def counted(
    config: LoopConfig | Mapping[str, Any] | str | Path,
    steps: int,
    *,
    console: Console | None = None,
    redo: str = "",
    warm: Warm | None = None,
) -> LoopResult:
    """As :func:`iterate`, and of each long step it is said which of so many it is; 0 says nothing."""
    loop = Loop(read(config), console or Console(quiet=True), warm, steps)
    frozen = loop.path / HELD_OUT
    loop.folder.check([HELD_OUT])
    check_loop(loop.config, frozen, say=loop.say)
    loop.path.mkdir(parents=True, exist_ok=True)
    lock = Lock(loop.path)
    try:
        with _clear_errors(loop.path):
            return loop.run(redo)
    finally:
        try:
            loop.work.end()
        finally:
            lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a loop would do.

    Args:
        config: as it was read.
        sample, held_out: the parts of the two runs, closed.
        finished: how many rounds are done, round 0 (the base model) among them.
    """

    config: LoopConfig
    sample: Parts
    held_out: Parts
    finished: int


def look(config: LoopConfig | Mapping[str, Any] | str | Path, say: Callable[[str], None]) -> Outlook:
    """Look at all that :func:`iterate` looks at before its first sample. Samples nothing and writes nothing.

    Raises:
        UserError, PartError, EngineError: whatever the loop would refuse.
    """
    loop = Loop(read(config), Console(quiet=True))
    try:
        loop.folder.check([HELD_OUT])
        sample, held_out = check_loop(loop.config, loop.path / HELD_OUT, say=say)
        if loop.folder.settings:
            loop.folder.begin(loop.settings())  # refuses other settings
        finished = len(loop.finished())
    finally:
        loop.work.end()
    return Outlook(config=loop.config, sample=sample, held_out=held_out, finished=finished)


def begin_beside(config: LoopConfig | Mapping[str, Any], other: Path) -> None:
    """Begin a loop with what another one has of round 0 and of the first round's samples.

    For a comparison of trainings: the same base model judged once, the same samples for all.

    Raises:
        StoreError: the two differ in more than their training, or a part of the other is not what it was.
    """
    loop, given = Loop(read(config), Console(quiet=True)), Folder(other)
    settings = loop.settings()
    own = ("control", "train.")
    differing = [k for k, v in settings.items() if given.settings.get(k) != v and not k.startswith(own)]
    if differing:
        raise StoreError(f"{other} is another experiment: {', '.join(sorted(differing)[:5])} differ")
    loop.path.mkdir(parents=True, exist_ok=True)
    lock = Lock(loop.path)
    try:
        loop.folder.begin(settings)
        shared = ("held-out.jsonl", "round-00/", "round-01/problems.jsonl", "round-01/samples")
        loop.folder.adopt(given, [name for name in given.parts if name.startswith(shared)])
    finally:
        lock.release()


class Loop:
    """One loop directory and what is to be done in it."""

    def __init__(self, config: LoopConfig, console: Console, warm: Warm | None = None, steps: int = 0):
        self.config, self.path, self.console = config, config.path, console
        self.folder = Folder(self.path)
        self.work = Work(config, self.folder, self.say, console, warm, steps)

    def run(self, redo: str = "") -> LoopResult:
        self.folder = self.work.folder = Folder(self.path)  # as it is now that nobody else writes
        self.folder.begin(self.settings())
        if redo:
            for name in self.folder.redo(redo):
                self.say(f"taken away, to be made again: {name}")
        self.miss()
        self.folder.check()
        self.freeze()
        while True:
            finished = self.finished()
            decision = decide(finished, self.config.stop) if finished else Decision(0)
            stopped = decision.stop
            if not stopped and len(finished) > self.config.rounds:
                stopped = f"all {len(finished) - 1} rounds are done"
            if finished:
                self.spare(decision.best, len(finished) - 1)
                self.write(finished, decision, stopped)
            if stopped:
                return self.conclude(finished, decision, stopped)
            self.work.one_round(len(finished), decision.best)
            self.tell_hook(len(finished))

    def finished(self) -> list[RoundMetrics]:
        """The metrics of the finished rounds, in order."""
        out: list[RoundMetrics] = []
        while self.folder.has((where := Round(self.path, len(out))).part("metrics.json")):
            if (metrics := where.read_metrics()) is None:
                break
            out.append(metrics)
        return out

    def freeze(self) -> None:
        """Write down the problems that every round is judged on, once."""
        for name, watch in [(HELD_OUT, ""), *((f"{WATCH}{w}.jsonl", w) for w in self.config.watch)]:
            if not self.folder.has(name):
                config = self.config.run_config("judged", self.path, self.config.model, not watch, watch)
                partial = fresh(self.path) / name
                problems.freeze(partial, load_problems(config))
                self.folder.put({name: partial}, [])
        remove(self.path / "tmp")

    def settings(self) -> dict[str, Any]:
        """What makes this loop what it is; a loop that was begun with other settings is another one."""
        config = self.config
        # what came later than a loop, and is left at its default, does not make it another one
        unchanging = {*CHANGEABLE["train"], *(["average"] if config.train.average == 1 else [])}
        out = {
            **{f"model.{k}": v for k, v in locate(config.model).identity().items()},
            "seed": config.seed,
            "prompts": config.prompts,
            "retire": config.retire,
            "retire_unsolved": config.retire_unsolved,
            "control": config.control,
            **flat("train", config.train.model_dump(exclude=unchanging)),
            **(flat("hint", config.hint.model_dump()) if config.hint else {}),
            "reward": bool(config.reward),
            "reward.rank": bool(config.reward and config.reward.rank),
        }
        # as they are understood: what is spelled out and what is left to its default are the same
        runs = {"sample": ("samples", False, ""), "held_out": ("held-out", True, "")}
        for name, (run, held_out, watch) in runs.items():
            made = config.run_config(run, self.path, config.model, held_out, watch)
            table = made.model_dump(mode="json", exclude=set(CHANGEABLE[name]))
            out |= flat(name, {**table, "engine": {"name": made.engine.name}})
        return out

    def miss(self) -> None:
        """Take models that were deleted by hand as deleted, where ``keep`` would not keep them."""
        finished = self.finished()
        if self.config.keep == "all" or not finished:
            return
        best = decide(finished, self.config.stop).best
        for number in range(1, len(finished) - 1):
            where = Round(self.path, number)
            if number != best and self.folder.kept(where.part("model")) and not where.model.exists():
                self.folder.drop(where.part("model"))

    def spare(self, best: int, last: int) -> None:
        """Delete the models that ``keep`` does not keep."""
        if self.config.keep == "all":
            return
        for number in range(1, last):
            name = Round(self.path, number).part("model")
            if number != best and self.folder.kept(name):
                self.folder.drop(name)
                self.say(f"round {number}: its model is deleted (keep = {self.config.keep!r})")

    def tell_hook(self, number: int) -> None:
        """Run the user's program of a round's end; what goes wrong in it is told and stops nothing."""
        if not self.config.on_round:
            return
        where = Round(self.path, number)
        places = {
            "{metrics}": str(where.metrics.resolve()),
            "{round}": str(number),
            "{model}": self.work.policy(number),
            "{loop}": str(self.path.resolve()),
        }
        words = [filled(word, places) for word in self.config.on_round]
        try:
            run_command(words, where.path / "on_round.log", f"on_round after round {number}")
        except (StepFailed, StoreError) as error:
            self.say(
                f"{str(error).splitlines()[0]}\nThe loop goes on; its output: {where.path / 'on_round.log'}"
            )

    def write(self, finished: Sequence[RoundMetrics], decision: Decision, stopped: str) -> None:
        """The loop's own files, after every round: whatever is shown is of the rounds that are there."""
        link = self.path / "best"
        if link.exists() and not link.is_symlink():
            raise StoreError(
                f"{link} is there, and no link of ours. Move it away, then run the same command."
            )
        link.unlink(missing_ok=True)
        if decision.best:
            link.symlink_to(os.path.relpath(self.work.policy(decision.best), self.path))
        show.write_files(self.path, finished, decision, stopped)
        if not stopped:
            remove(self.path / "result.json")
            write_loop_page(self.path)

    def conclude(self, finished: Sequence[RoundMetrics], decision: Decision, stopped: str) -> LoopResult:
        result = LoopResult(
            path=self.path,
            rounds=tuple(finished),
            best=decision.best,
            model=self.work.policy(decision.best),
            stopped=stopped,
            gain=decision.gain_told,
            warnings=decision.warnings,
        )
        show.ending(finished, decision, stopped, self.path, result.model, self.console)
        write_json(
            self.path / "result.json",
            {
                "best": result.best,
                "model": result.model,
                "stopped": stopped,
                "gain": result.gain,
                "warnings": list(result.warnings),
            },
        )
        write_loop_page(self.path)
        return result

    def say(self, what: str) -> None:
        sentence(self.console, what)


def flat(prefix: str, value: Any) -> dict[str, Any]:
    """Nested tables as dotted keys."""
    if isinstance(value, Mapping):
        out: dict[str, Any] = {}
        for key, inner in value.items():
            out |= flat(f"{prefix}.{key}", inner)
        return out
    return {prefix: value}


@contextlib.contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    """Say in our words what the operating system and the keyboard say."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted; {path} is kept. Run the same command to go on.") from None
    except OSError as e:
        if is_disk_full(e):
            raise disk_full(path) from e
        raise
