"""Finding parts by name: ``name``, ``package.module:Name``, ``./file.py:Name``, or an entry point.

Names resolve when asked for, never at import; nothing is registered by import side effects. A third
party announces a part with a package entry point in the group ``verirs.KIND`` (``verirs.scorer``).
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError, nearest

BUILTIN: dict[str, dict[str, str]] = {
    "source": {
        "file": "verirs.sources.files:FileSource",
        "gsm8k": "verirs.sources.gsm8k:Gsm8kSource",
        "math500": "verirs.sources.math500:Math500Source",
        "humaneval": "verirs.sources.humaneval:HumanEvalSource",
        "mbpp": "verirs.sources.mbpp:MbppSource",
        "hub": "verirs.sources.hub:HubSource",
        "arithmetic": "verirs.policy.problems:ArithmeticProblems",
        "easy": "verirs.policy.easy:EasyProblems",
    },
    "engine": {
        "vllm": "verirs.engines.vllm:VllmEngine",
        "transformers": "verirs.engines.transformers:TransformersEngine",
        "openai": "verirs.engines.openai:OpenAIEngine",
        "replay": "verirs.engines.replay:ReplayEngine",
        "fake": "verirs.engines.fake:FakeEngine",
    },
    "scorer": {
        "math": "verirs.scorers.math:MathScorer",
        "code": "verirs.scorers.code:CodeScorer",
        "agreement": "verirs.scorers.agreement:AgreementScorer",
        "format": "verirs.scorers.format:FormatScorer",
        "reward_model": "verirs.scorers.reward_model:RewardModelScorer",
        "process_reward": "verirs.scorers.process_reward:ProcessRewardScorer",
        "judge": "verirs.scorers.judge:JudgeScorer",
    },
    "selector": {
        "first": "verirs.select.selectors:First",
        "best": "verirs.select.selectors:Best",
        "threshold": "verirs.select.selectors:Threshold",
        "majority": "verirs.select.selectors:Majority",
        "weighted_majority": "verirs.select.selectors:WeightedMajority",
        "shortest": "verirs.select.selectors:Shortest",
        "diverse": "verirs.select.selectors:Diverse",
    },
    "sink": {
        "sft": "verirs.sinks.training:SftSink",
        "dpo": "verirs.sinks.training:DpoSink",
        "kto": "verirs.sinks.training:KtoSink",
        "steps": "verirs.sinks.steps:StepSink",
        "rejects": "verirs.sinks.rejects:RejectsSink",
    },
}


def names(kind: str) -> list[str]:
    """All names of a kind: built in and announced by installed packages."""
    return sorted(BUILTIN[kind].keys() | {e.name for e in _entry_points(kind)})


def _entry_points(kind: str) -> importlib.metadata.EntryPoints:
    return importlib.metadata.entry_points(group=f"verirs.{kind}")


def resolve(kind: str, name: str) -> Any:
    """The class or function that a name stands for.

    Raises:
        ConfigError: an unknown name (with the nearest known one), or one that does not import.
    """
    if ":" in name:
        return _from_path(kind, name)
    if name in BUILTIN[kind]:
        return _from_path(kind, BUILTIN[kind][name])
    for entry in _entry_points(kind):
        if entry.name == name:
            return entry.load()
    known = names(kind)
    raise ConfigError(
        f"unknown {kind} {name!r}{nearest(name, known)} (known: {', '.join(known)}; "
        f"or your own as package.module:Name or ./file.py:Name)"
    )


def _from_path(kind: str, path: str) -> Any:
    where, _, attribute = path.rpartition(":")
    if where.endswith(".py"):
        module = _load_file(kind, Path(where))
    else:
        try:
            module = importlib.import_module(where)
        except ModuleNotFoundError as e:
            if e.name is None or not (where == e.name or where.startswith(e.name + ".")):
                raise ConfigError(f"{kind} {path!r}: importing {where} failed: no module {e.name!r}") from e
            raise ConfigError(f"{kind} {path!r}: no module {where!r}. Is its package installed?") from e
    try:
        return getattr(module, attribute)
    except AttributeError:
        here = [n for n in vars(module) if not n.startswith("_")]
        raise ConfigError(
            f"{kind} {path!r}: {where} has no {attribute!r}{nearest(attribute, here)}"
        ) from None


@functools.cache
def _load_file(kind: str, path: Path) -> Any:
    if not path.is_file():
        raise ConfigError(f"{kind}: no file {path} (looked in {Path.cwd()})")
    name = f"verirs_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{kind}: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look the module up by name
    try:
        spec.loader.exec_module(module)
    except Exception as e:
        raise ConfigError(f"{kind}: {path} failed to import: {type(e).__name__}: {e}") from e
    return module


def build(kind: str, name: str, options: Mapping[str, Any], where: str = "") -> Any:
    """Make a part from its options, checked against its signature's names and types first.

    A scorer may be a plain function of a problem and a completion; options are its keyword arguments.

    Raises:
        ConfigError: everything that is wrong with the options.
    """
    factory = resolve(kind, name)
    values, problems = check(kind, factory, options, where or f"{kind} {name}")
    if problems:
        raise ConfigError(problems)
    if kind == "scorer" and inspect.isfunction(factory):
        from verirs.scorers.function import FunctionScorer

        return FunctionScorer(functools.partial(factory, **values) if values else factory, name=name)
    return factory(**values)


def check(
    kind: str, factory: Callable[..., Any], options: Mapping[str, Any], where: str
) -> tuple[dict[str, Any], list[str]]:
    """Options converted to the types a factory's signature names, and what is wrong with them."""
    # a scorer function's first two parameters are the problem and the completion
    skip = 2 if kind == "scorer" and inspect.isfunction(factory) else 0
    return check_options(factory, options, where, skip)


def check_options(
    factory: Callable[..., Any], options: Mapping[str, Any], where: str, skip: int = 0
) -> tuple[dict[str, Any], list[str]]:
    """Options converted to the types a factory's signature names, and what is wrong with them.

    Args:
        skip: positional parameters that are not options.
    """
    from pydantic import TypeAdapter, ValidationError

    parameters = dict(list(inspect.signature(factory).parameters.items())[skip:])
    hints = typing.get_type_hints(factory.__init__ if inspect.isclass(factory) else factory)
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    known = [n for n, p in parameters.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    values: dict[str, Any] = {}
    problems: list[str] = []
    for key, value in options.items():
        if key not in known and not open_ended:
            problems.append(f"unknown key {where}.{key}{nearest(key, known)} (known: {', '.join(known)})")
            continue
        try:
            values[key] = TypeAdapter(hints.get(key, Any)).validate_python(value)
        except ValidationError as e:
            first = e.errors()[0]
            problems.append(f"{where}.{key}: {first['msg'][0].lower()}{first['msg'][1:]}, got {value!r}")
    for key in known:
        if parameters[key].default is inspect.Parameter.empty and key not in options:
            problems.append(f"{where} needs {key}")
    return values, problems
