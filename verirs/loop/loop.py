"""The loop: sample, verify, select, train, evaluate, again; a state machine whose state is the disk.

Killed anywhere, the same call goes on: finished parts are found under their final names, runs resume
sample by sample, and a training that was cut off begins anew. Nothing is promised about samples
drawn again after a crash beyond what the engine says of its seeds.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from verirs.engines.models import locate
from verirs.errors import Interrupted, NothingDone
from verirs.loop import control, data, measure, models, problems, reward, show, training
from verirs.loop.check import check_loop
from verirs.loop.config import LoopConfig, read
from verirs.loop.keeper import Keeper
from verirs.loop.rounds import Round, read_json, write_json
from verirs.loop.steps.distance import DistanceStep
from verirs.loop.steps.step import run_step
from verirs.loop.stopping import Decision, decide
from verirs.records import RoundMetrics, RunSummary
from verirs.running.drive import as_config, disk_full, run
from verirs.running.plan import load_problems, prompter
from verirs.store import refuse_changes
from verirs.store.lock import Lock
from verirs.system.files import is_disk_full

CHANGEABLE = ("n", "limits", "command", "sft", "dpo", "kto")
"""Keys of ``[sample]`` and ``[train]`` that may differ when a loop goes on: what mends a failed step.
Engines are checked by the runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopResult:
    """Where a loop ended.

    Args:
        path: the loop's directory.
        rounds: the metrics of every finished round, from round 0 (the base model).
        best: the number of the best round.
        model: the best round's model: a directory, or the base model as it was named.
        stopped: why it ended.
        warnings: what to look at.
    """

    path: Path
    rounds: tuple[RoundMetrics, ...]
    best: int
    model: str
    stopped: str
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        counts = f"{len(self.rounds) - 1} rounds, best {self.best}"
        return f"<LoopResult {self.path}: {counts}, {self.stopped}\n  {self.model}>"


def iterate(
    config: LoopConfig | Mapping[str, Any] | str | Path, *, console: Console | None = None
) -> LoopResult:
    """Run a loop to its end, from wherever it stands.

    Args:
        config: a :class:`LoopConfig`, its raw table, or a TOML file.
        console: where progress goes; by default nowhere.

    Raises:
        UserError, PartError: something to mend, found before the first sample where possible; what is
            finished is kept.
        StepFailed: a training or a measurement failed; the same call tries it again.
        Interrupted: by Ctrl-C; the same call goes on.
    """
    loop = Loop(read(config), console or Console(quiet=True))
    check_loop(loop.config, loop.held_out)
    loop.path.mkdir(parents=True, exist_ok=True)
    lock = Lock(loop.path)
    try:
        with _clear_errors(loop.path):
            return loop.run()
    finally:
        try:
            loop.keeper.end()
        finally:
            lock.release()


class Loop:
    """One loop directory and what is to be done in it."""

    def __init__(self, config: LoopConfig, console: Console):
        self.config, self.path, self.console = config, config.path, console
        self.keeper = Keeper()

    def round(self, number: int) -> Round:
        return Round(self.path, number)

    def policy(self, number: int) -> str:
        """The model that a round ended with."""
        return str(self.round(number).model) if number else self.config.model

    def run(self) -> LoopResult:
        self.identify()
        self.freeze_held_out()
        while True:
            finished = self.finished()
            decision = decide(finished, self.config.stop) if finished else Decision(0)
            stopped = decision.stop
            if not stopped and len(finished) > self.config.rounds:
                stopped = f"all {self.config.rounds} rounds are done"
            if stopped:
                return self.conclude(finished, decision, stopped)
            self.one_round(len(finished))

    def finished(self) -> list[RoundMetrics]:
        """The metrics of the finished rounds, in order."""
        out: list[RoundMetrics] = []
        while (metrics := self.round(len(out)).read_metrics()) is not None:
            out.append(metrics)
        return out

    def one_round(self, number: int) -> None:
        """Do what is left of a round. Each step finds out itself whether it is done."""
        where = self.round(number)
        where.path.mkdir(parents=True, exist_ok=True)
        if number:
            self.choose_problems(where)
            self.make_data(where)
            self.train(where)
        self.evaluate(where)
        model = os.path.relpath(where.model, self.path) if number else self.config.model
        metrics = measure.of_round(where, self.round(0), model, self.config.control)
        metrics.save(where.metrics)
        self.console.print(show.line(metrics), highlight=False)

    # ---- the steps of a round -----------------------------------------------------------------------

    def choose_problems(self, where: Round) -> None:
        """Freeze the round's problems: the least used of those that are not retired."""
        if where.problems.exists():
            return
        pool = list(load_problems(self.config.run_config("pool", self.path, self.config.model)))
        problems.refuse_overlap(pool, problems.thaw(self.held_out))
        before = [self.round(i) for i in range(1, where.number)]
        rates: dict[str, float] = {}
        for earlier in before:
            rates |= problems.pass_rates(earlier.samples)
        used = [[p.id for p in problems.thaw(earlier.problems)] for earlier in before]
        chosen, retired = problems.choose(pool, used, rates, self.config.prompts, self.config.retire)
        if not chosen:
            raise NothingDone(
                f"round {where.number}: all {retired} problems are retired: their pass rates reached "
                f"retire = {self.config.retire}. Add problems, or raise it."
            )
        write_json(where.path / "retired.json", retired)
        problems.freeze(where.problems, chosen)

    def make_data(self, where: Round) -> None:
        """Sample and verify, then mix the last rounds' exports into what is trained on."""
        if where.data.exists():
            return
        self.sample(where)
        self.reward(where)
        training_stages = self.config.train.stages
        newest_first = range(where.number, max(0, where.number - self.config.train.mix), -1)
        folders = [(i, self.exported(self.round(i))) for i in newest_first]
        partial = where.path / "data.partial"
        models.drop_partials(where.path, "data")
        counts = data.mix(folders, training_stages, partial, distinct=not self.config.control)
        if empty := [stage for stage in training_stages if not counts[stage]]:
            raise self.empty(where, empty[0])
        models.put_in_place(partial, where.data)

    def sample(self, where: Round) -> None:
        """Sample and verify. With a reward model that ranks, selection waits for it."""
        if where.reward_model.exists():
            return
        last = self.policy(where.number - 1)
        self.say(where, f"sampling with {last}")
        table = self.config.run_table("samples", where.path, last)
        table["source"] = problems.file_source(where.problems)
        if self.config.reward and self.config.reward.rank:
            table["select"] = {"name": "first"}
        with timed(where, "sampling"):
            self.run_samples(table)

    def run_samples(self, table: Mapping[str, Any]) -> None:
        config = as_config(table)
        run(config, console=self.console, engine=self.keeper.engine(config))

    def reward(self, where: Round) -> None:
        """Train a reward model on the verdicts of all rounds so far, and let it rank this one's."""
        config = self.config.reward
        if config is None:
            return
        before = self.round(where.number - 1).reward_model
        if not where.reward_model.exists():
            self.say(where, "training the reward model")
            self.keeper.rest()
            with timed(where, "reward model"), self.console.status("") as status:
                reward.make_reward_model(
                    config,
                    where,
                    [self.round(i).samples for i in range(1, where.number + 1)],
                    before if before.exists() else None,
                    self.config.model,
                    self.config.seed,
                    tick=lambda line: status.update(line),
                )
        if config.rank:
            last = self.policy(where.number - 1)
            table = self.config.run_table("samples", where.path, last)
            table["source"] = problems.file_source(where.problems)
            with timed(where, "ranking"):
                run(reward.ranked(table, where.reward_model), console=self.console)

    def exported(self, where: Round) -> Path:
        """The folder with a round's training files: the run's own, or the control's."""
        if not self.config.control:
            return where.samples / "export"
        folder = where.path / "unverified"
        if not folder.exists():
            render = prompter(self.config.run_config("samples", where.path, self.config.model))
            sampled = self.config.sample.get("export", {}).get("prompt") == "sampled"
            partial = where.path / "unverified.partial"
            models.drop_partials(where.path, "unverified")
            control.unverified(
                where.samples,
                self.config.train.stages,
                render.messages if sampled else render.problem_messages,
                self.config.seed,
                partial,
            )
            models.put_in_place(partial, folder)
        return folder

    def train(self, where: Round) -> None:
        if where.model.exists():
            return
        last = self.policy(where.number - 1)
        start = self.config.model if self.config.train.start == "base" else last
        self.say(where, f"training {self.config.train.method} from {start}")
        self.keeper.rest()
        with timed(where, "training"), self.console.status("") as status:
            training.make_model(
                self.config.train, where, start, self.config.seed, tick=lambda line: status.update(line)
            )

    def evaluate(self, where: Round) -> None:
        """Sample the held-out problems with the round's model, and measure how far it has moved."""
        policy = self.policy(where.number)
        distance = where.path / "distance.json"
        if distance.exists():
            return
        self.say(where, "evaluating on the held-out problems")
        table = self.config.run_table("held-out", where.path, policy, held_out=True)
        table["source"] = problems.file_source(self.held_out)
        with timed(where, "evaluating"):
            self.run_samples(table)
            self.measure_distance(where, distance)

    def measure_distance(self, where: Round, out: Path) -> None:
        """In this process if the run's own engine has just used torch here, else in another."""
        step = DistanceStep(
            policy=self.policy(where.number), base=self.config.model, run=str(where.held_out), out=str(out)
        )
        if "torch" in sys.modules and not self.keeper.keeps:
            step.work()
        else:
            self.keeper.rest()
            run_step(step, out.with_suffix(""), f"measuring round {where.number}")

    # ---- the loop's own files -----------------------------------------------------------------------

    @property
    def held_out(self) -> Path:
        return self.path / "held-out.jsonl"

    def freeze_held_out(self) -> None:
        if not self.held_out.exists():
            config = self.config.run_config("held-out", self.path, self.config.model, held_out=True)
            problems.freeze(self.held_out, load_problems(config))

    def identify(self) -> None:
        """Refuse to go on with a loop that was begun with other settings."""
        config = self.config
        asked = {
            **{f"model.{k}": v for k, v in locate(config.model).identity().items()},
            "seed": config.seed,
            "prompts": config.prompts,
            "retire": config.retire,
            "control": config.control,
            **flat("train", config.train.model_dump(exclude=set(CHANGEABLE))),
            "held_out.n": config.run_config("held-out", self.path, config.model, held_out=True).n,
            **flat("reward", config.reward.model_dump() if config.reward else {}),
        }
        for name in ("sample", "held_out"):
            table = {k: v for k, v in getattr(config, name).items() if k not in CHANGEABLE}
            table["engine"] = {"name": table.get("engine", {}).get("name")}
            asked |= flat(name, table)
        file = self.path / "loop.json"
        if file.exists():
            refuse_changes(self.path, read_json(file), asked)
        else:
            write_json(file, asked)

    def conclude(self, finished: Sequence[RoundMetrics], decision: Decision, stopped: str) -> LoopResult:
        model = self.policy(decision.best)
        link = self.path / "best"
        link.unlink(missing_ok=True)
        if decision.best:
            link.symlink_to(os.path.relpath(model, self.path))
        result = LoopResult(
            path=self.path,
            rounds=tuple(finished),
            best=decision.best,
            model=model,
            stopped=stopped,
            warnings=decision.warnings,
        )
        show.write_files(self.path, finished, decision.best, stopped, decision.warnings)
        write_json(
            self.path / "result.json",
            {"best": decision.best, "model": model, "stopped": stopped, "warnings": list(decision.warnings)},
        )
        return result

    def empty(self, where: Round, stage: str) -> NothingDone:
        summary = RunSummary.load(where.samples / "summary.json")
        verdicts = ", ".join(f"{n} {v}" for v, n in summary.verdicts.items() if n)
        what = "no accepted trace" if stage == "sft" else f"no row for {stage}"
        return NothingDone(
            f"round {where.number} has {what} to train on: of {summary.completions} samples {verdicts}. "
            f"Look at them ({where.samples}/report/index.html); then raise sample.n, or begin with "
            f"easier problems "
            f"or a stronger model. The samples are kept."
        )

    def say(self, where: Round, what: str) -> None:
        self.console.print(f"round {where.number}: {what}", highlight=False, soft_wrap=True)


def flat(prefix: str, value: Any) -> dict[str, Any]:
    """Nested tables as dotted keys."""
    if isinstance(value, Mapping):
        out: dict[str, Any] = {}
        for key, inner in value.items():
            out |= flat(f"{prefix}.{key}", inner)
        return out
    return {prefix: value}


@contextlib.contextmanager
def timed(where: Round, step: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    where.add_seconds(step, time.monotonic() - begun)


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
