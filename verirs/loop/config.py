"""The configuration of a loop: one TOML file, every mistake reported at once.

``[sample]`` is the configuration of an ordinary run without ``name``, ``runs`` and ``seed``;
``[held_out]`` is laid over it. The loop fills in the engine's ``model``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from verirs.errors import ConfigError
from verirs.parts import options_of, resolve
from verirs.running.config import Config, error_sentence, load, merge
from verirs.running.config import parse as parse_run
from verirs.system.names import name_fault

Method = Literal["sft", "dpo", "sft+dpo", "kto"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainConfig(_Section):
    """How a round's data become a model."""

    method: Method = "sft"
    """``sft`` on accepted traces, ``dpo`` on pairs, ``sft+dpo`` one after the other, ``kto``."""
    trainer: Literal["trl", "command"] = "trl"
    command: list[str] = []
    """For ``trainer = "command"``: a program and its arguments. ``{data}`` (folder of Parquet files),
    ``{model}`` (where to start from), ``{out}`` (where the new model directory has to be), ``{round}``
    and ``{seed}`` are filled in."""
    start: Literal["base", "last"] = "last"
    """Train each round from the base model, or from the last round's."""
    mix: Annotated[int, Field(ge=1)] = 1
    """Train on the data of the last so many rounds."""
    lora: Annotated[int, Field(ge=0)] = 0
    """Rank of LoRA adapters on all linear layers, merged after training; 0 trains all weights."""
    sft: dict[str, Any] = {}
    """Options of TRL's ``SFTConfig`` over our defaults; ``dpo`` and ``kto`` likewise."""
    dpo: dict[str, Any] = {}
    kto: dict[str, Any] = {}

    @property
    def stages(self) -> tuple[str, ...]:
        return tuple(self.method.split("+"))


class RewardConfig(_Section):
    """A reward model, trained anew each round on the verdicts of all rounds so far."""

    base: str = ""
    """The model that it starts from; empty is the loop's own base model."""
    rank: bool = True
    """Let it rank the round's accepted traces (``select.name = "best"``, ``select.pairs = "hard"``);
    else it is trained and measured only."""
    options: dict[str, Any] = {}
    """Options of the training, by name."""


class StopConfig(_Section):
    """When to end before ``rounds`` are done. Everything is judged on the held-out problems."""

    patience: Annotated[int, Field(ge=0)] = 2
    """After so many rounds in a row without a gain in pass@1 over the best before; 0 never."""
    gain: Annotated[float, Field(ge=0)] = 0.0
    """A smaller rise of pass@1 is none."""
    pass_k_drop: Annotated[float, Field(ge=0, le=1)] = 0.02
    """When pass@k (k = n) has fallen by more than this below the best round's, and the interval of
    the paired difference lies below zero: the policy loses its diversity."""
    kl: Annotated[float, Field(ge=0)] = 0.0
    """When a completion is more than so many nats from the base policy; 0 is no budget."""
    tokens: Annotated[int, Field(ge=0)] = 0
    """When so many tokens were sampled, evaluations included; 0 is no budget."""


class LoopConfig(_Section):
    """A loop, in full."""

    name: str = "loop"
    runs: str = "runs"
    """The folder that holds it."""
    model: str
    """The policy to start from: a model directory or a name on the hub."""
    rounds: Annotated[int, Field(ge=0)] = 3
    """At most so many; more can be added later."""
    seed: int = 0
    prompts: Annotated[int, Field(ge=0)] = 0
    """Problems sampled each round, the least used first; 0 is all."""
    retire: Annotated[float, Field(ge=0, le=1)] = 1.0
    """A problem whose pass rate reached this when it was last sampled is not sampled again (there is
    nothing left to learn from it); 0 never retires."""
    control: Literal["", "random"] = ""
    """``random``: train on as many traces, drawn at random without looking at the verdicts."""
    sample: dict[str, Any]
    held_out: dict[str, Any]
    train: TrainConfig = TrainConfig()
    reward: RewardConfig | None = None
    stop: StopConfig = StopConfig()

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
    problems: list[str] = []
    checked: LoopConfig | None = None
    try:
        checked = LoopConfig.model_validate(raw)
    except ValidationError as e:
        problems += [f"{where}: {error_sentence(error, LoopConfig)}" for error in e.errors()]
    if fault := name_fault(raw.get("name", "loop")):
        problems.append(f"{where}: name: {fault}")
    if checked is not None:
        problems += [f"{where}: {line}" for line in _wrong(checked)]
        for table in ("sample", "held_out"):
            for key in {"name", "runs", "seed", "shard"} & getattr(checked, table).keys():
                problems.append(f"{where}: {table}.{key}: belongs to the loop itself, leave it out here")
            try:
                run = checked.run_table("check", Path("."), checked.model, table == "held_out")
                parse_run(run, f"{where}, [{table}]")
            except ConfigError as e:
                problems += e.problems
    if checked is None or problems:
        raise ConfigError(problems)
    return checked


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
    for stage in ("sft", "dpo", "kto"):
        if getattr(train, stage) and (stage not in train.stages or train.trainer == "command"):
            problems.append(
                f'train.{stage}: not used by method = "{train.method}", trainer = "{train.trainer}"'
            )
    name = config.sample.get("engine", {}).get("name", "")
    try:
        factory = resolve("engine", name) if name else None
    except ConfigError:
        factory = None  # reported with the run's own problems
    if factory is not None and "model" not in options_of(factory):
        problems.append(
            f"sample.engine: the {name} engine loads no model directory; use transformers or vllm"
        )
    if "source" not in config.held_out:
        problems.append(
            "held_out.source is missing: the problems that every round is judged on, never trained on"
        )
    return problems
