"""The run configuration: one TOML file, flags and ``--set a.b.c=v`` on top, all mistakes reported at once.

The tables ``source``, ``engine``, ``select`` and ``scorer.*`` hold a plugin's name and its options;
the options are checked against the plugin's own signature before anything starts.
"""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from verirs.errors import ConfigError, nearest
from verirs.parts import checked, resolve
from verirs.protocols import Sampling
from verirs.reward import BLEND
from verirs.system.files import read_bytes
from verirs.system.names import name_fault

LARGEST = 8 << 20
"""Bytes of a config file."""
DEEPEST = 32
"""Levels of a config's tables and lists."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PluginSection(BaseModel):
    """``name`` and the options of the plugin it names."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class SourceConfig(_PluginSection):
    limit: Annotated[int, Field(ge=0)] = 0
    """Only the first so many problems; 0 is all."""


class EngineConfig(_PluginSection):
    pass


class SelectConfig(_PluginSection):
    name: str = "first"


class PromptConfig(_Section):
    system: str = ""
    """System message before everything."""
    template: str = "{problem}"
    """The problem's last user message, ``{problem}`` standing for its text."""
    few_shot: Annotated[int, Field(ge=0)] = 0
    """So many worked examples before the problem, from ``few_shot_file`` or our own grade-school set."""
    few_shot_file: str = ""
    """JSONL of ``{"prompt": ..., "completion": ...}``."""


class SamplingConfig(_Section):
    temperature: Annotated[float, Field(ge=0)] = 0.8
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_tokens: Annotated[int, Field(ge=1)] = 512
    stop: list[str] = []

    def sampling(self) -> Sampling:
        return Sampling(
            temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens, stop=tuple(self.stop)
        )


class ExportConfig(_Section):
    sinks: list[str] = ["sft", "dpo", "kto", "rejects"]
    formats: list[Literal["parquet", "jsonl"]] = ["parquet"]
    prompt: Literal["problem", "sampled"] = "problem"
    """Train on the problem's own messages with the template, or on all that was sampled with
    (system prompt and few-shot turns too)."""
    options: dict[str, dict[str, Any]] = {}
    """A sink's own options by its name: ``[export.options.kto] max_fails = 8``."""


class LimitsConfig(_Section):
    max_errors: Annotated[float, Field(ge=0, le=1)] = 0.01
    """The run stops when more than this share of at least 200 verdicts is ``error``."""


class Config(_Section):
    """A run, in full."""

    name: str = "run"
    runs: str = "runs"
    """The folder that holds run directories."""
    seed: int = 0
    n: Annotated[int, Field(ge=1)] = 8
    """Samples a problem."""
    source: SourceConfig
    prompt: PromptConfig = PromptConfig()
    engine: EngineConfig
    sampling: SamplingConfig = SamplingConfig()
    scorer: dict[str, dict[str, Any]] = {"math": {}}
    """Scorers by name, gates in this order, then rankers; ``plugin = "./file.py:f"`` names a plugin."""
    rank: Literal["accepted", "all"] = "accepted"
    """What rankers score: what the gates let through, or everything."""
    select: SelectConfig = SelectConfig()
    export: ExportConfig = ExportConfig()
    limits: LimitsConfig = LimitsConfig()
    shard: str = ""
    """``i/N``: only the problems whose id hashes to i of N (i from 0)."""

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
    """The raw table of a TOML file.

    Raises:
        ConfigError: no such file (with the nearest name beside it), or not TOML.
    """
    path = Path(path)
    try:
        table = tomllib.loads(_text(read_bytes(path, LARGEST)))
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise ConfigError(f"no config file {path}{nearest(path.name, beside)}") from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply to be a config") from None
    except ValueError as e:  # TOMLDecodeError, and numbers of thousands of digits
        raise ConfigError(f"{path} is not valid TOML: {e}") from e
    except OSError as e:
        raise ConfigError(f"cannot read config file {path}: {e.strerror}") from e
    if too_deep(table):
        raise ConfigError(f"{path} is nested too deeply to be a config")
    return table


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
            value = tomllib.loads(f"v = {text}")["v"]
        except (ValueError, RecursionError):
            value = text
        if key.count(".") >= DEEPEST or too_deep([value]):
            raise ConfigError(f"--set {setting[:60]!r} is nested too deeply")
        nested: Any = value
        for part in reversed(key.strip().split(".")):
            nested = {part: nested}
        table = merge(table, nested)
    return table


def parse(raw: Mapping[str, Any], where: str = "config", *, parts: bool = True) -> Config:
    """Check a raw table in full: keys, types, and every plugin's options.

    Args:
        where: the file's name, for messages.
        parts: look at the parts that it names too, which loads their code.

    Raises:
        ConfigError: everything that is wrong, one line each.
    """
    problems: list[str] = []
    config: Config | None = None
    try:
        config = Config.model_validate(raw)
    except ValidationError as e:
        problems += [f"{where}: {error_sentence(error, Config)}" for error in e.errors()]
    if fault := name_fault(raw.get("name", "run")):
        problems.append(f"{where}: name: {fault}")
    if parts:
        problems += [f"{where}: {line}" for line in _plugin_problems(raw)]
    if config is None or problems:
        raise ConfigError(problems)
    return config


def error_sentence(error: Any, model: type[BaseModel]) -> str:
    """One of pydantic's errors on ``model`` in our words."""
    at = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = _keys_at(model, error["loc"][:-1])
        return f"unknown key {at}{nearest(str(error['loc'][-1]), known)} (known: {', '.join(known)})"
    if error["type"] == "missing":
        return f"{at} is missing"
    message = error["msg"]
    return f"{at}: {message[0].lower()}{message[1:]}, got {error['input']!r}"


def _keys_at(model: Any, location: tuple[int | str, ...]) -> list[str]:
    for part in location:
        model = model.model_fields[part].annotation
        model = next((m for m in typing.get_args(model) if m is not type(None)), model)
    return list(model.model_fields)


def _plugin_problems(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with the names and options of the plugins a raw table asks for."""
    asked: list[tuple[str, str, Mapping[str, Any], str]] = []
    for kind, section, own, default in (
        ("source", "source", {"name", "limit"}, None),
        ("engine", "engine", {"name"}, None),
        ("selector", "select", {"name"}, SelectConfig().name),
    ):
        table = raw.get(section)
        if isinstance(table, Mapping) and isinstance(name := table.get("name", default), str):
            asked.append((kind, name, {k: v for k, v in table.items() if k not in own}, section))
    problems: list[str] = []
    scorers = raw.get("scorer", {})
    if isinstance(scorers, Mapping) and BLEND in scorers:
        problems.append(f"scorer.{BLEND}: the name belongs to `verirs rm {BLEND}`; choose another")
    for key, table in scorers.items() if isinstance(scorers, Mapping) else ():
        if isinstance(table, Mapping):
            own_options = {k: v for k, v in table.items() if k != "plugin"}
            asked.append(("scorer", str(table.get("plugin", key)), own_options, f"scorer.{key}"))
    export = raw.get("export", {})
    export = export if isinstance(export, Mapping) else {}
    chosen = export.get("sinks", ExportConfig().sinks)
    sinks = [sink for sink in chosen if isinstance(sink, str)] if isinstance(chosen, list) else []
    options = export.get("options", {})
    options = options if isinstance(options, Mapping) else {}
    twice = sorted({sink for sink in sinks if sinks.count(sink) > 1})
    problems += [f"export.sinks: {sink} stands there twice" for sink in twice]
    problems += [
        f"export.options.{name}: export.sinks has no {name}{nearest(name, sinks)} (but {', '.join(sinks)})"
        for name in options
        if name not in sinks
    ]
    asked += [("sink", sink, {}, "export.sinks") for sink in sinks if sink not in options]
    asked += [
        ("sink", sink, options[sink], f"export.options.{sink}")
        for sink in sinks
        if isinstance(options.get(sink), Mapping)
    ]
    for kind, name, options, at in asked:
        try:
            factory = resolve(kind, name)
        except ConfigError as e:
            problems += [f"{at}: {line}" for line in e.problems]
            continue
        problems += checked(kind, factory, options, at)[1]
    return problems
