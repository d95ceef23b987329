"""The configuration of a loop: one TOML file, every mistake reported at once.

``[sample]`` is the configuration of an ordinary run without ``name``, ``runs`` and ``seed``;
``[held_out]`` is laid over it. The loop fills in the engine's ``model``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from verirs.errors import ConfigError
from verirs.loop.options import STAGES, option_problems
from verirs.parts import options_of, resolve
from verirs.running.config import Config, load, merge, validated
from verirs.running.config import parse as parse_run
from verirs.system.names import name_fault, place_fault

Method = Literal["sft", "dpo", "sft+dpo", "kto"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainConfig(_Section):
    """How a round's data become a model."""

    method: Annotated[
        Method,
        Field(
            description="``sft`` on accepted traces, ``dpo`` on pairs, ``sft+dpo`` one after the other, or "
            "``kto``."
        ),
    ] = "sft"
    trainer: Annotated[
        Literal["trl", "command"], Field(description="TRL in a process of its own, or ``command``.")
    ] = "trl"
    command: Annotated[
        list[str],
        Field(
            description='for ``trainer = "command"``, a program and its arguments; ``{data}`` (folder of '
            "Parquet files), ``{model}`` (where to start from), ``{out}`` (where the new model directory has "
            "to be), ``{round}`` and ``{seed}`` are filled in."
        ),
    ] = []
    start: Annotated[
        Literal["base", "last"],
        Field(description="train each round from the base model, or from the last round's."),
    ] = "last"
    mix: Annotated[int, Field(ge=1, description="train on the data of the last so many rounds.")] = 1
    lora: Annotated[
        int,
        Field(
            ge=0,
            description="rank of LoRA adapters on all linear layers, merged after training; 0 trains all "
            "weights.",
        ),
    ] = 0
    sft: Annotated[
        dict[str, Any], Field(description="options of TRL's ``SFTConfig`` over our defaults.")
    ] = {}
    dpo: Annotated[
        dict[str, Any], Field(description="options of TRL's ``DPOConfig`` over our defaults.")
    ] = {}
    kto: Annotated[
        dict[str, Any], Field(description="options of TRL's ``KTOConfig`` over our defaults.")
    ] = {}

    @property
    def stages(self) -> tuple[str, ...]:
        return tuple(self.method.split("+"))


class RewardConfig(_Section):
    """A reward model, trained anew each round on the verdicts of all rounds so far."""

    base: Annotated[
        str, Field(description="the model that it starts from; empty is the loop's own base model.")
    ] = ""
    rank: Annotated[
        bool,
        Field(
            description='let it rank the round\'s accepted traces (``select.name = "best"``, '
            '``select.pairs = "hard"``); else it is trained and measured only.'
        ),
    ] = True
    options: Annotated[
        dict[str, Any], Field(description="options of the training, those of ``verirs rm train``.")
    ] = {}


class StopConfig(_Section):
    """When to end before ``rounds`` are done. Everything is measured on the held-out problems."""

    patience: Annotated[
        int,
        Field(
            ge=0,
            description="after so many rounds in a row without a gain in pass@1 over the best before; "
            "0 never.",
        ),
    ] = 2
    gain: Annotated[float, Field(ge=0, description="a smaller rise of pass@1 is none.")] = 0.0
    pass_k_drop: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="when pass@k (k = n) has fallen by more than this below the best round's, and the "
            "interval of the paired difference lies below zero: the policy loses its diversity.",
        ),
    ] = 0.02
    kl: Annotated[
        float,
        Field(
            ge=0,
            description="when a completion is more than so many nats from the base policy; 0 is no budget.",
        ),
    ] = 0.0
    tokens: Annotated[
        int,
        Field(ge=0, description="when so many tokens were sampled, evaluations included; 0 is no budget."),
    ] = 0


class LoopConfig(_Section):
    """A loop, in full."""

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
    train: Annotated[TrainConfig, Field(description="how a round's data become a model.")] = TrainConfig()
    reward: Annotated[RewardConfig | None, Field(description="a reward model, trained anew each round.")] = (
        None
    )
    stop: Annotated[StopConfig, Field(description="when to end before ``rounds`` are done.")] = StopConfig()

    @property
    def path(self) -> Path:
        return Path(self.runs) / self.name

    def run_config(self, name: str, folder: Path, model: str, held_out: bool = False) -> Config:
        """The ordinary run that samples a round's problems, or the held-out ones, with ``model``.

        Raises:
            ConfigError: everything that is wrong with it.
        """
        return parse_run(self.run_table(name, folder, model, held_out), f"{self.name}, {name}")

    def run_table(self, name: str, folder: Path, model: str, held_out: bool = False) -> dict[str, Any]:
        table = self.sample
        if held_out:
            # another source replaces the first one; options of the two do not mix
            table = {k: v for k, v in table.items() if not (k == "source" and k in self.held_out)}
            table.pop("until", None)  # rounds are compared at equal n
            table = merge({**table, "export": {"sinks": []}}, self.held_out)
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
    """What is wrong in ``[sample]`` and ``[held_out]``, whatever else is wrong in the loop."""
    tables = {name: raw.get(name) for name in ("sample", "held_out")}
    if not all(isinstance(table, Mapping) for table in tables.values()):
        return []
    loop = LoopConfig.model_construct(model="model", **tables)
    problems, known = [], set()
    for name, table in tables.items():
        for key in ("name", "runs", "seed", "shard"):
            if key in table:  # type: ignore[operator]
                problems.append(f"{where}: {name}.{key}: belongs to the loop itself, leave it out here")
        at = f"{where}, [{name}]"
        try:
            parse_run(loop.run_table("check", Path("."), loop.model, name == "held_out"), at)
        except ConfigError as e:
            # what [held_out] has from [sample] is said once
            problems += [line for line in e.problems if line.removeprefix(at) not in known]
            known |= {line.removeprefix(at) for line in e.problems}
    return problems


def _wrong(config: LoopConfig) -> list[str]:
    """What the sections' own types cannot say."""
    problems = []
    train = config.train
    if (train.trainer == "command") != bool(train.command):
        problems.append('train.command: give it with trainer = "command", and only then')
    if train.command and "{out}" not in " ".join(train.command):
        problems.append(
            "train.command must contain {out}, the path at which the new model directory has to be"
        )
    for stage in STAGES:
        if getattr(train, stage) and (stage not in train.stages or train.trainer == "command"):
            problems.append(
                f'train.{stage}: not used by method = "{train.method}", trainer = "{train.trainer}"'
            )
    engine = config.sample.get("engine")
    name = engine.get("name") if isinstance(engine, Mapping) else None
    try:
        factory = resolve("engine", name) if isinstance(name, str) else None
    except ConfigError:
        factory = None  # reported with the run's own problems
    if factory is not None and "model" not in options_of(factory):
        problems.append(
            f"sample.engine: the {name} engine loads no model directory; use transformers or vllm"
        )
    if "until" in config.held_out:
        problems.append(
            "held_out.until: rounds are compared at equal n: leave it out, and every held-out problem gets n"
        )
    if "source" not in config.held_out:
        problems.append(
            "held_out.source is missing: the problems that every round is evaluated on, never trained on"
        )
    return problems
