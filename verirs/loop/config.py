"""The configuration of a loop: one TOML file, every mistake reported at once.

``[sample]`` is the configuration of an ordinary run without ``name``, ``runs`` and ``seed``;
``[held_out]`` is laid over it. The loop fills in the engine's ``model``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from verirs.errors import ConfigError, nearest
from verirs.loop.options import STAGES, option_problems
from verirs.loop.sections import HintConfig, MeasureConfig, RewardConfig, ServeConfig, StopConfig, TrainConfig
from verirs.loop.training import PLACES, words
from verirs.parts import options_of, resolve
from verirs.running.config import Config, load, merge, validated
from verirs.running.config import parse as parse_run
from verirs.system.names import name_fault, place_fault

OF_TRAINING = ("until", "filter", "balance", "duplicates", "decontaminate")
"""Sections of ``[sample]`` that the held-out and watched problems do not take over."""
BUDGETS = ("samples", "tokens", "hours", "money", "price")
"""Keys of ``[sample.limits]`` likewise: every one of those problems gets ``n``."""


class LoopConfig(BaseModel):
    """A loop, in full."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(description="everything goes to runs/NAME.")] = "loop"
    runs: Annotated[str, Field(description="the folder that holds it.")] = "runs"
    model: Annotated[
        str, Field(description="the policy to start from: a model directory or a name on the hub.")
    ]
    rounds: Annotated[int, Field(ge=0, description="at most so many; more can be added later.")] = 3
    seed: Annotated[int, Field(description="of the samples, the training and all that is drawn.")] = 0
    prompts: Annotated[
        int, Field(ge=0, description="problems sampled each round, the least used first; 0 is all.")
    ] = 0
    retire: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="a problem whose pass rate reached this when it was last sampled is not sampled "
            "again (there is nothing left to learn from it); 0 never retires.",
        ),
    ] = 1.0
    retire_unsolved: Annotated[
        int,
        Field(
            ge=0,
            description="a problem without one right sample in so many rounds is not sampled again; 0 never "
            "retires those.",
        ),
    ] = 0
    keep: Annotated[
        Literal["all", "best+last"],
        Field(description="which rounds' models stay on the disk; adapters and everything else always do."),
    ] = "all"
    on_round: Annotated[
        list[str],
        Field(
            description="a program and its arguments, run after every round; ``{metrics}``, ``{round}``, "
            "``{model}`` and ``{loop}`` are filled in. A failure is told and stops nothing."
        ),
    ] = []
    control: Annotated[
        Literal["", "random"],
        Field(
            description="``random``: train on as many traces, drawn at random without looking at the "
            "verdicts."
        ),
    ] = ""
    sample: Annotated[
        dict[str, Any],
        Field(
            description="how a round samples: a run's keys without ``name``, ``runs``, ``seed``, ``shard``."
        ),
    ]
    held_out: Annotated[
        dict[str, Any],
        Field(
            description="what the rounds are judged on: laid over ``sample``, with a ``source`` of its own."
        ),
    ]
    watch: Annotated[
        dict[str, dict[str, Any]],
        Field(
            description="other problems that every round's model is judged on, by name: tables laid over "
            "``sample`` like ``held_out``. They are shown and never used to choose or to stop."
        ),
    ] = {}
    hint: Annotated[
        HintConfig | None,
        Field(description="a second try with the gold answer as a hint at problems that failed (STaR)."),
    ] = None
    serve: Annotated[
        ServeConfig | None,
        Field(description="servers that are given each round's model, for the engine ``openai``."),
    ] = None
    train: Annotated[TrainConfig, Field(description="how a round's data become a model.")] = TrainConfig()
    reward: Annotated[RewardConfig | None, Field(description="a reward model, trained anew each round.")] = (
        None
    )
    measure: Annotated[
        MeasureConfig, Field(description="how far a policy has moved from the base policy.")
    ] = MeasureConfig()
    stop: Annotated[StopConfig, Field(description="when to end before ``rounds`` are done.")] = StopConfig()

    @property
    def path(self) -> Path:
        return Path(self.runs) / self.name

    def run_config(
        self, name: str, folder: Path, model: str, held_out: bool = False, watch: str = ""
    ) -> Config:
        """The ordinary run that samples a round's problems, the held-out or watched ones, with ``model``.

        Raises:
            ConfigError: everything that is wrong with it.
        """
        return parse_run(self.run_table(name, folder, model, held_out, watch), f"{self.name}, {name}")

    def run_table(
        self, name: str, folder: Path, model: str, held_out: bool = False, watch: str = ""
    ) -> dict[str, Any]:
        table = self.sample
        if held_out or watch:
            over = self.watch[watch] if watch else self.held_out
            # another source replaces the first one; options of the two do not mix
            table = {k: v for k, v in table.items() if not (k == "source" and k in over)}
            # rounds are compared at equal n, and nothing is trained on: no budget, no choice of rows
            table = {k: v for k, v in table.items() if k not in OF_TRAINING}
            if isinstance(limits := table.get("limits"), Mapping):
                table["limits"] = {k: v for k, v in limits.items() if k not in BUDGETS}
            table = merge({**table, "export": {"sinks": []}}, over)
        own = {"name": name, "runs": str(folder), "seed": self.seed, "engine": {"model": model}}
        return merge(table, own)


def read(config: LoopConfig | Mapping[str, Any] | str | Path) -> LoopConfig:
    """A checked loop configuration from a TOML file or a raw table.

    Raises:
        ConfigError: everything that is wrong, one line each.
    """
    if isinstance(config, LoopConfig):
        return config
    raw, where = (load(config), str(config)) if isinstance(config, (str, Path)) else (config, "loop")
    if "source" in raw and "engine" in raw:
        raise ConfigError(f"{where} is the config of a run: verirs run {where}")
    checked, problems = validated(LoopConfig, raw)
    if fault := name_fault(raw.get("name", "loop")):
        problems.append(f"name: {fault}")
    if fault := place_fault(raw.get("runs", "")):
        problems.append(f"runs: {fault}")
    if checked is not None:
        problems += _wrong(checked)
    problems += option_problems(raw)
    problems = [f"{where}: {line}" for line in problems] + _run_problems(raw, where)
    if checked is None or problems:
        raise ConfigError(problems)
    return checked


def _run_problems(raw: Mapping[str, Any], where: str) -> list[str]:
    """What is wrong in ``[sample]``, ``[held_out]`` and ``[watch]``, whatever else is wrong in the loop."""
    tables = {name: raw.get(name) for name in ("sample", "held_out")}
    if not all(isinstance(table, Mapping) for table in tables.values()):
        return []
    watch = raw.get("watch")
    watched = {k: v for k, v in watch.items() if isinstance(v, Mapping)} if isinstance(watch, Mapping) else {}
    loop = LoopConfig.model_construct(model="model", watch=watched, **tables)
    problems: list[str] = []
    known: set[str] = set()
    over = {
        "sample": (False, ""),
        "held_out": (True, ""),
        **{f"watch.{name}": (False, name) for name in watched},
    }
    for name, (held_out, watches) in over.items():
        table: Mapping[str, Any] = watched[watches] if watches else raw[name]
        for key in ("name", "runs", "seed", "shard"):
            if key in table:
                problems.append(f"{where}: {name}.{key}: belongs to the loop itself, leave it out here")
        if isinstance(table.get("engine"), Mapping) and "model" in table["engine"]:
            problems.append(
                f"{where}: {name}.engine.model: each round has its own; the first is the loop's model"
            )
        if watches and "source" not in table:
            problems.append(f"{where}: {name}.source is missing: the problems to watch")
        at = f"{where}, [{name}]"
        try:
            parse_run(loop.run_table("check", Path("."), loop.model, held_out, watches), at)
        except ConfigError as e:
            # what the others have from [sample] is said once
            problems += [line for line in e.problems if line.removeprefix(at) not in known]
            known |= {line.removeprefix(at) for line in e.problems}
    return problems


def _wrong(config: LoopConfig) -> list[str]:
    """What the sections' own types cannot say."""
    problems = [*_wrong_training(config), *_wrong_sampling(config), *_wrong_hint(config)]
    if not config.model.strip():
        problems.append("model: it is empty; give a model directory or a name on the hub")
    if config.on_round:
        problems += command_faults("on_round", config.on_round, ("{metrics}", "{round}", "{model}", "{loop}"))
    if config.measure.device_map not in ("", "auto", "balanced", "balanced_low_0", "sequential"):
        problems.append(f'measure.device_map: write "auto" or "", got {config.measure.device_map!r}')
    if config.stop.kl and not config.measure.kl:
        problems.append("stop.kl needs the distance that measure.kl = false leaves out")
    problems += [f"watch.{name}: {fault}" for name in config.watch if (fault := name_fault(name))]
    return problems


def _wrong_training(config: LoopConfig) -> list[str]:
    problems = []
    train = config.train
    if (train.trainer == "command") != bool(train.command):
        problems.append('train.command: give it with trainer = "command", and only then')
    if train.command:
        problems += command_faults("train.command", words(train.command), PLACES)
        if "{out}" not in " ".join(train.command):
            problems.append(
                "train.command must contain {out}, the path at which the new model directory has to be"
            )
    if train.launcher:
        problems += command_faults("train.launcher", train.launcher, ())
        if train.trainer == "command":
            problems.append(
                'train.launcher: it starts our own training; put it into train.command, or trainer = "trl"'
            )
    for stage in STAGES:
        if getattr(train, stage) and (stage not in train.stages or train.trainer == "command"):
            problems.append(
                f'train.{stage}: not used by method = "{train.method}", trainer = "{train.trainer}"'
            )
    if train.trainer == "command" and train.lora:
        problems.append('train.lora: not used by trainer = "command"')
    if train.reference == "base" and not {"dpo", "kto"} & set(train.stages):
        problems.append(
            f'train.reference: method = "{train.method}" holds the policy to nothing; leave it out'
        )
    if train.best_of == "all" and (train.mix > 1 or config.control):
        problems.append(
            'train.best_of = "all" chooses among all rounds already: leave out train.mix and control'
        )
    if train.average > 2 and config.keep != "all":
        problems.append(f'train.average = {train.average}: earlier rounds\' models are needed: keep = "all"')
    if train.quantize and not train.lora:
        problems.append("train.quantize: only adapters are trained on weights in 4 bits: set train.lora")
    if train.quantize and len(train.stages) > 1:
        problems.append(f'train.quantize: one stage alone; method = "{train.method}" has two')
    if train.quantize and "fsdp" in " ".join(train.launcher).casefold():
        problems.append("train.quantize: weights in 4 bits are not sharded here; leave train.launcher out")
    if train.extra and "sft" not in train.stages:
        problems.append(f'train.extra: its rows are for sft; method = "{train.method}" has none')
    return problems


def _wrong_hint(config: LoopConfig) -> list[str]:
    if config.hint is None:
        return []
    problems = []
    if "{problem}" not in config.hint.template:
        problems.append("hint.template must contain {problem}")
    known = ("{problem}", "{answer}")
    problems += [
        f"hint.template: {place} is filled in by nobody{nearest(place, known)} (known: {', '.join(known)})"
        for place in dict.fromkeys(_HINT_PLACE.findall(config.hint.template))
        if place not in known
    ]
    if not all(word.strip() for word in config.hint.unwanted):
        problems.append("hint.unwanted: an empty text is in every solution, so all would be left out")
    if "sft" not in config.train.stages:
        problems.append(f'hint: its solutions are for sft; method = "{config.train.method}" has none')
    if config.control:
        problems.append("hint: the control draws from a round's own samples; leave one of the two out")
    return problems


def _wrong_sampling(config: LoopConfig) -> list[str]:
    problems = []
    engine = config.sample.get("engine")
    name = engine.get("name") if isinstance(engine, Mapping) else None
    try:
        factory = resolve("engine", name) if isinstance(name, str) else None
    except ConfigError:
        factory = None  # reported with the run's own problems
    problems += _wrong_serve(config, str(name))
    if factory is not None and "model" not in options_of(factory):
        problems.append(
            f"sample.engine: the {name} engine loads no model directory; use transformers or vllm"
        )
    n = config.sample.get("n", 16)
    pairs = [stage for stage in config.train.stages if stage in ("dpo", "kto")]
    if pairs and n == 1:
        problems.append(
            f"sample.n = 1: {pairs[0]} needs right and wrong samples of one problem; take 8 or more"
        )
    sampling = config.sample.get("sampling")
    if isinstance(sampling, Mapping) and sampling.get("temperature") == 0 and config.rounds:
        problems.append(
            "sample.sampling.temperature = 0: all samples of a problem would be one text; take 1.0"
        )
    export = config.sample.get("export")
    if isinstance(export, Mapping):
        sinks = export.get("sinks")
        plain = isinstance(sinks, list) and all(isinstance(s, str) and ":" not in s for s in sinks)
        if plain and (lacking := [s for s in config.train.stages if s not in (sinks or [])]):
            problems.append(f"sample.export.sinks: {lacking[0]} is missing, which train.method reads")
        formats = export.get("formats")
        if isinstance(formats, list) and "parquet" not in formats:
            problems.append("sample.export.formats: parquet is missing, which the training reads")
    if "until" in config.held_out:
        problems.append(
            "held_out.until: rounds are compared at equal n: leave it out, and every held-out problem gets n"
        )
    limits = config.held_out.get("limits")
    if isinstance(limits, Mapping) and (budget := [k for k in BUDGETS if limits.get(k)]):
        problems.append(f"held_out.limits.{budget[0]}: every held-out problem gets n: leave it out")
    if "source" not in config.held_out:
        problems.append(
            "held_out.source is missing: the problems that every round is evaluated on, never trained on"
        )
    return problems


def _wrong_serve(config: LoopConfig, engine: str) -> list[str]:
    serve = config.serve
    if serve is None:
        if engine != "openai" or not config.rounds:
            return []
        return [
            "sample.engine: a server has to be given each round's model: [serve] command starts one, [serve] "
            "reload tells one that runs elsewhere"
        ]
    problems = []
    if engine in ("transformers", "vllm"):
        problems.append(f'serve: the {engine} engine loads the models itself; it is for name = "openai"')
    if bool(serve.command) == bool(serve.reload):
        problems.append("serve: give command (a server that the loop runs) or reload (one elsewhere)")
    for name in ("command", "reload"):
        given = getattr(serve, name)
        problems += command_faults(f"serve.{name}", given, ("{model}", "{path}"))
        if given and not any(place in " ".join(given) for place in ("{model}", "{path}")):
            problems.append(
                f"serve.{name} must contain {{path}} or {{model}}: without, every round's samples would be "
                f"those of one model"
            )
    table = config.sample.get("engine")
    if isinstance(table, Mapping) and not table.get("base_url"):
        problems.append("sample.engine.base_url is missing: the address of the server, up to and with /v1")
    return problems


_PLACE = re.compile(r"\{[a-z_]+\}")
_HINT_PLACE = re.compile(r"(?<![A-Za-z}\]^_])\{[a-z_]{3,}\}")
"""A place in a text; what TeX has in braces follows a command, an index or other braces."""


def command_faults(where: str, command: Sequence[str], places: Sequence[str]) -> list[str]:
    """Places in a command that nobody fills in."""
    out = []
    for place in dict.fromkeys(_PLACE.findall(" ".join(command))):
        hint = nearest(place, places)
        if place not in places and (hint or not places):
            out.append(f"{where}: {place} is filled in by nobody{hint}")
    return out
