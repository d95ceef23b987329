"""The run configuration: one TOML file, flags and ``--set a.b.c=v`` on top, all mistakes reported at once.

Every key is a field with a description here, or an option of the part that its section names; checks, help,
``verirs init``, the JSON Schema and ``docs/config.md`` read both through :mod:`verirs.parts`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from verirs.cluster.ray_cluster import Places
from verirs.errors import ConfigError, nearest
from verirs.parts import PartName, PartTable, PartTables, checked, names, resolve, shape_of
from verirs.parts.shapes import shown
from verirs.protocols import Sampling
from verirs.reward import BLEND
from verirs.running.balancing import BalanceConfig, wrong_balance
from verirs.running.kept import DecontaminateConfig, DuplicatesConfig, wrong_curation
from verirs.running.not_toml import not_toml
from verirs.running.places import located
from verirs.running.stops import LimitsConfig, UntilConfig, wrong_stops
from verirs.sinks.trainers import SHAPES, TrainerName
from verirs.system.files import read_bytes
from verirs.system.names import name_fault, place_fault

LARGEST = 8 << 20
"""Bytes of a config file."""
DEEPEST = 32
"""Levels of a config's tables and lists."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PartSection(BaseModel):
    """``name`` and the options of the part that it names."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class SourceConfig(_PartSection):
    name: Annotated[str, PartName("source"), Field(description="built in, or your own as ./file.py:Name.")]
    limit: Annotated[int, Field(ge=0, description="only the first so many problems; 0 is all.")] = 0


class EngineConfig(_PartSection):
    name: Annotated[str, PartName("engine"), Field(description="built in, or your own as ./file.py:Name.")]


class SelectConfig(_PartSection):
    name: Annotated[
        str, PartName("selector"), Field(description="built in, or your own as ./file.py:Name.")
    ] = "first"


class PromptConfig(_Section):
    system: Annotated[str, Field(description="system message before everything.")] = ""
    template: Annotated[
        str,
        Field(description="the problem's last user message, ``{problem}`` standing for its text."),
    ] = "{problem}"
    few_shot: Annotated[int, Field(ge=0, description="so many worked examples before each problem.")] = 0
    few_shot_file: Annotated[
        str,
        Field(
            description="the examples, as JSONL of ``prompt`` and ``completion``; empty is our own "
            "grade-school set."
        ),
    ] = ""


class SamplingConfig(_Section):
    temperature: Annotated[float, Field(ge=0, description="sampling temperature; 0 is greedy.")] = 0.8
    top_p: Annotated[float, Field(gt=0, le=1, description="nucleus mass; 1 is off.")] = 1.0
    max_tokens: Annotated[int, Field(ge=1, description="longest completion.")] = 512
    stop: Annotated[
        list[str], Field(description="texts that end a completion; they are not part of it.")
    ] = []
    chat_template_kwargs: Annotated[
        dict[str, Any],
        Field(
            description="what the model's chat template gets beside the messages, for example "
            "``{enable_thinking = false}``."
        ),
    ] = {}

    def sampling(self) -> Sampling:
        return Sampling(**{**self.model_dump(), "stop": tuple(self.stop)})


class ExportConfig(_Section):
    sinks: Annotated[
        list[Annotated[str, PartName("sink")]], Field(description="what to write, a file each.")
    ] = ["sft", "dpo", "kto", "problems", "rejects"]
    formats: Annotated[
        list[Literal["parquet", "jsonl"]], Field(description="each file in each of these.")
    ] = ["parquet"]
    prompt: Annotated[
        Literal["problem", "sampled"],
        Field(
            description="train on the problem's own messages with the template, or on all that was sampled "
            "with (system prompt and few-shot turns too)."
        ),
    ] = "problem"
    thinking: Annotated[
        Literal["field", "tags", "none"],
        Field(
            description="how a reply's thought is written: in a field of its message, in ``<think>`` tags, "
            "or not at all."
        ),
    ] = "field"
    thinking_field: Annotated[
        Literal["reasoning_content", "thinking", "reasoning"],
        Field(description="that field's name; gpt-oss's template reads ``thinking``."),
    ] = "reasoning_content"
    trainers: Annotated[
        list[TrainerName],
        Field(
            alias="for",
            description="further files in the shapes that these trainers read, a folder each; the card says "
            "how to load them.",
        ),
    ] = []
    validation: Annotated[
        float,
        Field(ge=0, lt=1, description="of the trainers' files, the share of problems kept for validation."),
    ] = 0.05
    options: Annotated[
        dict[str, dict[str, Any]],
        PartTables("sink"),
        Field(description="a sink's own options by its name: ``[export.options.kto] max_fails = 8``."),
    ] = {}


class RayConfig(_Section):
    workers: Annotated[
        int,
        Field(
            ge=0, description="processes that hold the engine; 0: as many as the GPUs allow, or one a node."
        ),
    ] = 0
    gpus: Annotated[
        float,
        Field(
            ge=-1,
            description="GPUs of each; -1: as many as the engine splits its model over, none where the "
            "cluster has none.",
        ),
    ] = -1
    scorers: Annotated[
        int, Field(ge=0, description="processes that judge, a CPU each; 0: the driver judges.")
    ] = 0
    scorer_gpus: Annotated[float, Field(ge=0, description="GPUs of each of these, for reward models.")] = 0
    address: Annotated[
        str, Field(description="of the cluster; empty: ``RAY_ADDRESS``, one on this machine, or a new one.")
    ] = ""

    def places(self) -> Places:
        return Places(**self.model_dump())


class Config(_Section):
    """A run, in full."""

    name: Annotated[str, Field(description="the run directory is runs/NAME.")] = "run"
    runs: Annotated[str, Field(description="the folder that holds run directories.")] = "runs"
    seed: Annotated[int, Field(description="of the run; each sample's seed is derived from it.")] = 0
    n: Annotated[
        int, Field(ge=1, le=1_000_000, description="samples a problem; raising it later tops up.")
    ] = 8
    shard: Annotated[
        str,
        Field(description="i/N, only this part of the problems (i from 0), in a run directory of its own."),
    ] = ""
    rank: Annotated[
        Literal["accepted", "all"],
        Field(
            description="what rankers score: what the gates let through (with ``select.unverified`` what "
            "they cannot judge too), or everything."
        ),
    ] = "accepted"
    source: Annotated[SourceConfig, PartTable("source"), Field(description="where the problems come from.")]
    prompt: Annotated[PromptConfig, Field(description="what the model is asked.")] = PromptConfig()
    engine: Annotated[EngineConfig, PartTable("engine"), Field(description="what samples.")]
    sampling: Annotated[SamplingConfig, Field(description="how completions are drawn.")] = SamplingConfig()
    scorer: Annotated[
        dict[str, dict[str, Any]],
        PartTables("scorer", named_by="plugin"),
        Field(
            description="scorers by name, gates in this order, then rankers; under a name of your own, "
            "``plugin`` says which one."
        ),
    ] = {"math": {}}
    select: Annotated[
        SelectConfig, PartTable("selector"), Field(description="which candidates are accepted.")
    ] = SelectConfig()
    duplicates: Annotated[
        DuplicatesConfig, Field(description="what is done with problems that stand there twice.")
    ] = DuplicatesConfig()
    decontaminate: Annotated[
        DecontaminateConfig, Field(description="what is done with problems of benchmarks.")
    ] = DecontaminateConfig()
    filter: Annotated[
        dict[str, Any],
        Field(
            description="which problems are kept, by their columns: ``pass_rate = [0.1, 0.9]``, "
            "``meta.level = [3, 5]``; ``keep`` is ``inside`` or ``not surely outside`` (docs/curation.md)."
        ),
    ] = {}
    balance: Annotated[
        BalanceConfig, Field(description="how many rows of which problems go into the set.")
    ] = BalanceConfig()
    export: Annotated[ExportConfig, Field(description="what is written.")] = ExportConfig()
    until: Annotated[
        UntilConfig | None,
        Field(
            description="stop a problem when it has enough samples, ``n`` at most; without it all get ``n``."
        ),
    ] = None
    limits: Annotated[LimitsConfig, Field(description="when the run stops.")] = LimitsConfig()
    ray: Annotated[
        RayConfig | None,
        Field(description="work in a Ray cluster (``--on ray``); without it all is done here."),
    ] = None

    def __init__(self, /, **table: Any):
        """
        Raises:
            ConfigError: everything that is wrong, one line each.
        """
        try:
            super().__init__(**table)
        except ValidationError as e:
            raise ConfigError(_told(e)) from None

    @property
    def path(self) -> Path:
        return Path(self.runs) / self.name

    def scorer_stack(self) -> list[tuple[str, str, dict[str, Any]]]:
        """``(name, plugin, options)`` of each scorer."""
        return [
            (name, str(options.get("plugin", name)), {k: v for k, v in options.items() if k != "plugin"})
            for name, options in self.scorer.items()
        ]


def load(path: str | Path) -> dict[str, Any]:
    """The raw table of a TOML file, its paths as they are seen from the current folder.

    Raises:
        ConfigError: no such file (with the nearest name beside it), or not TOML; a path that lies in the
            current folder and not beside the file (:mod:`verirs.running.places`).
    """
    path = Path(path)
    if (path.parent / "manifest.json").exists() and path.exists() and not path.is_file():
        raise ConfigError(f"{path} is no ordinary file; bring it back from a copy of the run")
    data = b""
    try:
        data = read_bytes(path, LARGEST)
        table = tomllib.loads(_text(data))
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise ConfigError(f"no config file {path}{nearest(path.name, beside)}") from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply to be a config") from None
    except ValueError as e:  # TOMLDecodeError, and numbers of thousands of digits
        raise ConfigError(not_toml(path, data.decode("utf-8-sig", "replace"), e)) from e
    except OSError as e:
        raise ConfigError(f"cannot read config file {path}: {e.strerror}") from e
    if too_deep(table):
        raise ConfigError(f"{path} is nested too deeply to be a config")
    return located(table, path)


def _text(data: bytes) -> str:
    """A config's text; a byte order mark, which some editors write, is not part of it.

    Raises:
        ValueError: it is not UTF-8.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("it is written in UTF-16; save it as UTF-8")
    return data.decode("utf-8-sig")


def too_deep(table: Any) -> bool:
    """Whether tables and lists stand in each other more than :data:`DEEPEST` times."""
    level = [table]
    for _ in range(DEEPEST):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``base``, tables merged deep."""
    out = dict(base)
    for key, value in over.items():
        old = out.get(key)
        out[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return out


_SPELT = {"True": "true", "False": "false"}
"""What people who write Python write for TOML's words."""


def assignments(settings: Iterable[str]) -> dict[str, Any]:
    """The table that ``a.b.c=v`` settings make; ``v`` is a TOML value, or else a plain string.

    Raises:
        ConfigError: a setting without ``=``, or one that is nested too deeply.
    """
    table: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"--set {setting!r}: write it as section.key=value")
        try:
            value = tomllib.loads(f"v = {_SPELT.get(text.strip(), text)}")["v"]
        except (ValueError, RecursionError):
            value = text
        if key.count(".") >= DEEPEST or too_deep([value]):
            raise ConfigError(f"--set {setting[:60]!r} is nested too deeply")
        nested: Any = value
        for part in reversed(key.strip().split(".")):
            nested = {part: nested}
        table = merge(table, nested)
    return table


Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], raw: Mapping[str, Any]) -> tuple[Model | None, list[str]]:
    """A raw table as a config, or everything that is wrong with single keys: sections, parts and options."""
    wrong: list[str] = []
    made = shape_of(model).take(raw, "", wrong)
    return (None, wrong) if wrong else (made, [])


def parse(raw: Mapping[str, Any], where: str = "config", *, parts: bool = True) -> Config:
    """Check a raw table in full: keys, types, and every part's options.

    Args:
        where: the file's name, for messages.
        parts: look at the parts that it names too, which loads their code.

    Raises:
        ConfigError: everything that is wrong, one line each.
    """
    if raw.keys() >= {"sample", "held_out"}:
        raise ConfigError(f"{where} is the config of a loop: verirs iterate {where} (--dry-run looks at it)")
    config, wrong = validated(Config, raw) if parts else _sections(raw)
    if parts:
        wrong += _wrong_together(raw)
    if fault := name_fault(raw.get("name", "run")):
        wrong.append(f"name: {fault}")
    if fault := place_fault(raw.get("runs", "")):
        wrong.append(f"runs: {fault}")
    if config is None or wrong:
        raise ConfigError(f"{where}: {line}" for line in wrong)
    return config


def _sections(raw: Mapping[str, Any]) -> tuple[Config | None, list[str]]:
    """As :func:`validated`, but no part is looked at."""
    try:
        return Config(**{str(key): value for key, value in raw.items()}), []
    except ConfigError as e:
        return None, list(e.problems)


def _told(error: ValidationError) -> list[str]:
    found = [(".".join(map(str, one["loc"])), one) for one in error.errors()]
    said = {"list_type": 'write a list, for example ["a", "b"]'}
    return [
        f"unknown key {at}"
        if one["type"] == "extra_forbidden"
        else f"{at}: {said.get(one['type'], one['msg'])}, got {shown(one['input'])}"
        for at, one in found
    ]


def _wrong_together(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with keys that are right one by one."""
    wrong: list[str] = []
    if BLEND in _table(raw, "scorer"):
        wrong.append(f"scorer.{BLEND}: the name belongs to `verirs rm {BLEND}`; choose another")
    wrong += wrong_stops(raw) + wrong_curation(raw) + wrong_balance(raw)
    export = _table(raw, "export")
    chosen = export.get("sinks", ExportConfig().sinks)
    sinks = [sink for sink in chosen if isinstance(sink, str)] if isinstance(chosen, list) else []
    options = _table(export, "options")
    twice = sorted({sink for sink in sinks if sinks.count(sink) > 1})
    wrong += [f"export.sinks: {sink} stands there twice" for sink in twice]
    wrong += [
        f"export.options.{name}: export.sinks has no {name}{nearest(name, sinks)} (but {', '.join(sinks)})"
        for name in options
        if name not in sinks and (":" in name or name in names("sink"))
    ]
    trainers = export.get("for", [])
    kinds = {"sft" if sink == "messages" else sink for sink in sinks}
    for trainer in trainers if isinstance(trainers, list) else []:
        known = SHAPES.get(trainer, {}) if isinstance(trainer, str) else {}
        if known and not kinds & known.keys():
            wrong.append(
                f"export.for: {trainer} reads {', '.join(known)}, and export.sinks has none of them "
                f"({', '.join(sinks)})"
            )
    for sink in dict.fromkeys(sinks):
        if sink not in options and (":" in sink or sink in names("sink")):
            try:  # what it needs; a sink that cannot be had was complained of already
                wrong += checked("sink", resolve("sink", sink), {}, f"export.options.{sink}")[1]
            except ConfigError:
                continue
    return wrong


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = raw.get(key, {})
    return table if isinstance(table, Mapping) else {}
