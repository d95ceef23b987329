"""The steps of a round. Each finds out itself whether it is done, and lists what it made with its inputs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from verirs.engines.models import locate
from verirs.errors import NothingDone
from verirs.loop import data, hints, measure, problems, reward, show, training
from verirs.loop.config import LoopConfig
from verirs.loop.folder import BASE, HELD_OUT, WATCH, Folder, timed
from verirs.loop.models import fresh, remove
from verirs.loop.rounds import Round
from verirs.loop.serving import Keeper, Serving
from verirs.loop.steps.distance import DistanceStep
from verirs.loop.steps.step import Warm, run_step
from verirs.records import RunSummary
from verirs.report.steps import step_shown
from verirs.running.drive import as_config, run
from verirs.running.plan import load_problems, prompter
from verirs.system.files import digest

Say = Callable[[str], None]


class Work:
    """What one loop does in its rounds. Not thread-safe."""

    def __init__(
        self,
        config: LoopConfig,
        folder: Folder,
        say: Say,
        console: Console,
        warm: Warm | None = None,
        steps: int = 0,
    ):
        self.config, self.folder, self.console = config, folder, console
        self._say, self._steps = say, steps
        self._base = locate(config.model)
        self.keeper = Keeper(Serving(config.serve, folder.path))
        self._own_warm = warm is None
        self.warm = warm or Warm()

    def round(self, number: int) -> Round:
        return Round(self.folder.path, number)

    def policy(self, number: int) -> str:
        """The model that a round ended with."""
        return str(self.round(number).model) if number else self.config.model

    def whose(self, number: int) -> tuple[list[str], dict[str, str]]:
        """A round's model as an input: a part, or the model that the loop was given."""
        if number:
            return [self.round(number).part("model")], {}
        return [], {BASE: str(self._base.digest or self._base.revision)}

    def one_round(self, number: int, best: int) -> None:
        """Do what is left of a round.

        Args:
            best: the best of the rounds so far.
        """
        where = self.round(number)
        where.path.mkdir(parents=True, exist_ok=True)
        if number < self.config.rounds + (number > 0):  # a training comes
            self.warm_up(max(1, number))
        if number:
            self.choose_problems(where)
            self.sample(where)
            self.hint(where)
            self.make_data(where)
            self.train(where, best)
        self.judge(where)
        self.measure_distance(where)
        self.finish(where)
        remove(where.path / "tmp")

    def end(self) -> None:
        """Close what outlives a step."""
        if self._own_warm:
            self.warm.end()
        self.keeper.end()

    def warm_up(self, number: int) -> None:
        """Let the next training's process import its libraries while something else is done."""
        train = self.config.train
        # a fork of a process that has looked at a GPU cannot use it
        ours = train.trainer == "trl" and not (train.launcher or train.timeout or measure.gpus())
        if ours and not self.folder.has(self.round(number).part("model")):
            self.warm.start(self.folder.path, training.environment())

    # ---- the steps ----------------------------------------------------------------------------------

    def choose_problems(self, where: Round) -> None:
        """Freeze the round's problems: the least used of those that are not retired."""
        name = where.part("problems.jsonl")
        if self.folder.has(name):
            return
        pool = list(load_problems(self.config.run_config("pool", self.folder.path, self.config.model)))
        problems.refuse_overlap(pool, problems.thaw(self.folder.path / HELD_OUT))
        before = [self.round(i) for i in range(1, where.number)]
        history = problems.History()
        for earlier in before:
            history.add([p.id for p in problems.thaw(earlier.problems)], problems.pass_rates(earlier.samples))
        config = self.config
        chosen, retired = history.choose(pool, config.prompts, config.retire, config.retire_unsolved)
        if not chosen:
            raise NothingDone(
                f"round {where.number}: all {retired} problems are retired: their pass rates reached "
                f"retire = {config.retire}. Add problems, or raise it."
            )
        partial = fresh(where.path) / "problems.jsonl"
        problems.freeze(partial, chosen)
        inputs = [HELD_OUT, *(r.part("samples") for r in before)]
        self.folder.put({name: partial}, inputs, note={"retired": retired})

    def sample(self, where: Round) -> None:
        """Sample and verify. With a reward model that ranks, it is trained between, and selection waits."""
        name = where.part("samples")
        if self.folder.has(name):
            return
        inputs, also = self.whose(where.number - 1)
        inputs = [*inputs, where.part("problems.jsonl")]
        last = self.policy(where.number - 1)
        table = self.config.run_table("samples", where.path, last)
        table["source"] = problems.file_source(where.problems)
        ranks = self.config.reward is not None and self.config.reward.rank
        with timed() as seconds:
            if not self.folder.has(where.part("reward-model")):
                self.begin(where, -1, f"sampling with {last}")
                self.run_kept({**table, "select": {"name": "first"}} if ranks else table)
            if self.config.reward is not None:
                self.reward(where, inputs, also)
                inputs = [*inputs, where.part("reward-model")]
                if ranks and reward.may_rank(where.reward_model):
                    self.keeper.rest()
                    run(reward.ranked(table, where.reward_model), console=self.console)
                elif ranks:
                    self.say(
                        where, "the reward model ranks nothing: it is not shown to be better than a coin"
                    )
                    self.run_kept(table)
        self.folder.put_run(name, inputs, seconds=seconds[0], also=also)

    def hint(self, where: Round) -> None:
        """Try the problems that failed once more, with their gold in the prompt."""
        hint, source, name = self.config.hint, where.part("hinted.jsonl"), where.part("hinted")
        if hint is None or self.folder.has(name):
            return
        inputs, also = self.whose(where.number - 1)
        if not self.folder.has(source):
            tried = [hints.hinted(p, hint.template) for p in hints.failed(where)]
            partial = fresh(where.path) / "hinted.jsonl"
            problems.freeze(partial, tried)
            asked = [where.part("problems.jsonl"), where.part("samples")]
            self.folder.put({source: partial}, asked, note={"problems": len(tried)})
        if not (count := int(self.folder.parts[source].note["problems"])):
            return
        last = self.policy(where.number - 1)
        self.say(where, f"{count} problems that never passed once more, with a hint")
        table = hints.run_table(
            self.config.run_table("samples", where.path, last), hint, where.hinted_problems
        )
        with timed() as seconds:
            self.run_kept(table)
        self.folder.put_run(name, [*inputs, source], seconds=seconds[0], also=also)

    def run_kept(self, table: Mapping[str, Any]) -> None:
        config = as_config(table)
        run(config, console=self.console, engine=self.keeper.engine(config))

    def reward(self, where: Round, inputs: list[str], also: Mapping[str, str]) -> None:
        """Train a reward model on the verdicts of all rounds so far."""
        config, name = self.config.reward, where.part("reward-model")
        if config is None or self.folder.has(name):
            return
        self.say(where, "training the reward model")
        self.keeper.rest()
        rounds = [self.round(i) for i in range(1, where.number + 1)]
        before = self.round(where.number - 1).part("reward-model")
        partial = fresh(where.path) / "reward-model"
        with timed() as seconds, step_shown("training the reward model", self.console) as tick:
            reward.make_reward_model(
                config,
                where,
                partial,
                [r.samples for r in rounds],
                self.folder.path / before if self.folder.kept(before) else None,
                self.config.model,
                self.config.seed,
                tick=tick,
            )
        inputs = [*inputs, *(r.part("samples") for r in rounds[:-1])]
        self.folder.put({name: partial}, inputs, seconds=seconds[0], also=also)

    def make_data(self, where: Round) -> None:
        """Mix the last rounds' exports into what is trained on."""
        name = where.part("data")
        if self.folder.has(name):
            return
        train = self.config.train
        partial = fresh(where.path) / "data"
        if train.best_of == "all":
            rounds = [self.round(i) for i in range(1, where.number + 1)]
            inputs = [r.part("samples") for r in rounds]
            config = self.config.run_config("samples", where.path, self.config.model)
            counts = data.best_of_all([(r.number, r.samples) for r in rounds], config, train.stages, partial)
        else:
            rounds = [self.round(i) for i in range(where.number, max(0, where.number - train.mix), -1)]
            folders = [(r.number, self.exported(r)) for r in rounds]
            last = "unverified" if self.config.control else "samples"
            inputs = [r.part(last) for r in rounds]
            counts = data.mix(folders, train.stages, partial, distinct=not self.config.control)
        note = {}
        if (hint := self.config.hint) is not None:
            newest = sorted(rounds, key=lambda r: -r.number)
            config = self.config.run_config("samples", where.path, self.config.model)
            note["hinted"] = hints.add(partial / "sft.parquet", newest, config, hint)
            counts["sft"] += note["hinted"]
            inputs += [
                r.part(p) for r in newest for p in ("hinted.jsonl", "hinted") if self.folder.has(r.part(p))
            ]
        if "kto" in train.stages and counts["kto"] and (only := data.one_label(partial / "kto.parquet")):
            raise self.empty(where, f"kto with a label {only}")
        if empty := [stage for stage in train.stages if not counts[stage]]:
            raise self.empty(where, empty[0])
        also = {}
        for extra in train.extra:
            also[extra.path] = digest(Path(extra.path))
            data.add_extra(
                partial / "sft.parquet", Path(extra.path), extra.share, self.config.seed + where.number
            )
        self.folder.put({name: partial}, inputs, also=also, note=note)

    def exported(self, where: Round) -> Path:
        """The folder with a round's training files: the run's own, or the control's."""
        if not self.config.control:
            return where.samples / "export"
        name = where.part("unverified")
        if not self.folder.has(name):
            render = prompter(self.config.run_config("samples", where.path, self.config.model))
            sampled = self.config.sample.get("export", {}).get("prompt") == "sampled"
            partial = where.path / "tmp" / "unverified"
            remove(partial)
            data.unverified(
                where.samples,
                self.config.train.stages,
                render.messages if sampled else render.problem_messages,
                self.config.seed,
                partial,
            )
            self.folder.put({name: partial}, [where.part("samples")])
        return self.folder.path / name

    def train(self, where: Round, best: int) -> None:
        name, training_name = where.part("model"), where.part("training.json")
        if self.folder.has(name):
            return
        config = self.config.train
        number = {"base": 0, "last": where.number - 1, "best": best}[config.start]
        start = self.policy(number)
        others = range(max(1, where.number - config.average + 1), where.number)
        self.begin(where, 0, f"training {config.method} from {start}")
        self.keeper.rest()
        partial = fresh(where.path)
        with timed() as seconds, step_shown("training", self.console) as tick:
            training.make_model(
                config,
                where,
                partial,
                start,
                self.config.model,
                self.config.seed,
                tick=tick,
                warm=self.warm,
                others=[self.policy(i) for i in others],
            )
        inputs, also = self.whose(number)
        inputs = [
            *dict.fromkeys([*inputs, *(self.round(i).part("model") for i in others)]),
            where.part("data"),
        ]
        if config.start == "best":
            # which round is the best one follows from their metrics
            inputs += [self.round(i).part("metrics.json") for i in range(where.number)]
        adapter = {where.part("adapter"): partial / "adapter"} if (partial / "adapter").exists() else {}
        made = {training_name: partial / "training.json", **adapter, name: partial / "model"}
        self.folder.put(made, inputs, seconds=seconds[0], also=also)

    def judge(self, where: Round) -> None:
        """Sample the held-out problems with the round's model, then those that are only watched."""
        table = self.config.run_table("held-out", where.path, self.policy(where.number), held_out=True)
        self._judge(where, "held-out", HELD_OUT, "evaluating on the held-out problems", table)
        for watch in self.config.watch:
            name = f"{WATCH}{watch}"
            table = self.config.run_table(name, where.path, self.policy(where.number), watch=watch)
            self._judge(where, name, f"{name}.jsonl", f"watching {watch}", table)

    def _judge(self, where: Round, last: str, source: str, what: str, table: dict[str, Any]) -> None:
        name = where.part(last)
        if self.folder.has(name):
            return
        self.begin(where, 1, what)
        inputs, also = self.whose(where.number)
        table["source"] = problems.file_source(self.folder.path / source)
        with timed() as seconds:
            self.run_kept(table)
        self.folder.put_run(name, [*inputs, source], seconds=seconds[0], also=also)

    def measure_distance(self, where: Round) -> None:
        """In this process if the run's own engine has just used torch here, else in another."""
        name, config = where.part("distance.json"), self.config.measure
        if self.folder.has(name) or not config.kl:
            return
        partial = fresh(where.path) / "distance.json"
        engine = self.config.sample.get("engine", {})
        step = DistanceStep(
            policy=self.policy(where.number),
            base=self.config.model,
            run=str(where.held_out),
            out=str(partial),
            completions=config.completions,
            device_map=config.device_map,
            dtype=str(engine.get("dtype", "auto")),
            revision=str(engine.get("revision") or ""),
        )
        with timed() as seconds:
            if "torch" in sys.modules and not self.keeper.keeps:
                step.work()
            else:
                self.keeper.rest()
                run_step(step, where.path / "distance", f"measuring round {where.number}")
        inputs, also = self.whose(where.number)
        base = self.whose(0)[1]
        self.folder.put(
            {name: partial}, [*inputs, where.part("held-out")], seconds=seconds[0], also={**base, **also}
        )

    def finish(self, where: Round) -> None:
        """The round's figures, all from its parts."""
        metrics = measure.of_round(self.config, self.folder, where)
        partial = fresh(where.path) / "metrics.json"
        metrics.save(partial)
        parts = [n for n in self.folder.parts if n.startswith(f"{where.path.name}/")]
        first = [self.round(0).part("metrics.json")] if where.number else []
        self.folder.put({where.part("metrics.json"): partial}, [*parts, *first])
        self._say(show.line(metrics))

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

    def begin(self, where: Round, at: int, what: str) -> None:
        """Say that a long step begins: -1 a round's sampling, 0 its training, 1 its judging."""
        step = f"step {3 * where.number + at} of {self._steps}  " if self._steps else ""
        self._say(f"{step}round {where.number}: {what}")

    def say(self, where: Round, what: str) -> None:
        self._say(f"round {where.number}: {what}")
