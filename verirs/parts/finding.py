"""Finding a part's class or function by name: ``name``, ``package.module:Name``, ``./file.py:Name``, or an
entry point.

Names resolve when asked for, never at import; nothing is registered by import side effects. A third
party announces a part with a package entry point in the group ``verirs.KIND`` (``verirs.scorer``).
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import operator
import re
import sys
from pathlib import Path
from typing import Any

from verirs.errors import PART_RAISED, ConfigError, VerirsError, nearest
from verirs.parts.trust import refuse_untrusted
from verirs.system.names import is_address

BUILTIN: dict[str, dict[str, str]] = {
    "source": {
        "file": "verirs.sources.files:FileSource",
        "gsm8k": "verirs.sources.gsm8k:Gsm8kSource",
        "math500": "verirs.sources.math500:Math500Source",
        "humaneval": "verirs.sources.humaneval:HumanEvalSource",
        "mbpp": "verirs.sources.mbpp:MbppSource",
        "hub": "verirs.sources.hub:HubSource",
        "arithmetic": "verirs.demo.policy.problems:ArithmeticProblems",
        "easy": "verirs.demo.policy.easy:EasyProblems",
    },
    "engine": {
        "vllm": "verirs.engines.vllm:VllmEngine",
        "transformers": "verirs.engines.transformers:TransformersEngine",
        "openai": "verirs.engines.openai:OpenAIEngine",
        "openai_batch": "verirs.engines.openai:OpenAIBatchEngine",
        "replay": "verirs.engines.replay:ReplayEngine",
        "fake": "verirs.engines.fake:FakeEngine",
    },
    "scorer": {
        "math": "verirs.scorers.math:MathScorer",
        "program": "verirs.scorers.program:ProgramScorer",
        "exact": "verirs.scorers.exact:ExactScorer",
        "recorded": "verirs.scorers.recorded:RecordedScorer",
        "code": "verirs.scorers.code:CodeScorer",
        "agreement": "verirs.scorers.agreement:AgreementScorer",
        "format": "verirs.scorers.format:FormatScorer",
        "quality": "verirs.scorers.quality:QualityScorer",
        "reward_model": "verirs.scorers.reward_model:RewardModelScorer",
        "process_reward": "verirs.scorers.process_reward:ProcessRewardScorer",
        "judge": "verirs.scorers.judge:JudgeScorer",
        "verifier": "verirs.scorers.verifier:VerifierScorer",
    },
    "selector": {
        "first": "verirs.select.selectors:First",
        "best": "verirs.select.selectors:Best",
        "threshold": "verirs.select.selectors:Threshold",
        "majority": "verirs.select.selectors:Majority",
        "weighted_majority": "verirs.select.selectors:WeightedMajority",
        "shortest": "verirs.select.selectors:Shortest",
        "diverse": "verirs.select.selectors:Diverse",
        "methods": "verirs.select.methods:Methods",
        "random": "verirs.select.selectors:Random",
    },
    "sink": {
        "sft": "verirs.sinks.training:SftSink",
        "dpo": "verirs.sinks.training:DpoSink",
        "kto": "verirs.sinks.training:KtoSink",
        "messages": "verirs.sinks.training:MessagesSink",
        "unfiltered": "verirs.sinks.training:UnfilteredSink",
        "rl": "verirs.sinks.rl:RlSink",
        "text": "verirs.sinks.text:TextSink",
        "steps": "verirs.sinks.steps:StepSink",
        "rejects": "verirs.sinks.rejects:RejectsSink",
        "problems": "verirs.sinks.problems:ProblemsSink",
    },
}

NEEDS: dict[str, dict[str, tuple[str, str]]] = {
    "source": dict.fromkeys(("gsm8k", "math500", "humaneval", "mbpp", "hub"), ("datasets", "hub")),
    "engine": {"vllm": ("vllm", "vllm"), "transformers": ("transformers", "hf")},
    "sink": {"text": ("transformers", "hf")},
    "scorer": dict.fromkeys(("reward_model", "process_reward"), ("transformers", "hf")),
}
"""The module that a built-in part needs to do its work, and the extra that brings it."""

_FOR_ADDRESS = {
    "source": ": copy the rows to a disk and name the file (source file), or name a data set (source hub)",
    "engine": ": for a server, engine.name = 'openai' and engine.base_url = the address",
}
"""What to write where somebody gave an address."""


_SERVERS = frozenset(
    (
        *(
            "anthropic",
            "azure",
            "deepseek",
            "fireworks",
            "gemini",
            "groq",
            "litellm",
            "llama.cpp",
            "llamacpp",
        ),
        *("lmdeploy", "lmstudio", "mistral", "ollama", "openrouter", "sglang", "tgi", "together"),
    )
)
"""Servers that speak OpenAI's protocol, by the names that other tools have for them."""
_LIBRARIES = frozenset(("hf", "huggingface", "local", "hf-transformers", "transformer"))
_DATASET = re.compile(r"[\w.-]+/[\w.-]+")


def _elsewhere(kind: str, name: str) -> str:
    """What a name that other tools have is called here, else an empty text."""
    if kind == "engine" and name.lower() in _SERVERS:
        return ": a server is reached with engine.name = 'openai' and engine.base_url = its address"
    if kind == "engine" and name.lower() in _LIBRARIES:
        return "; did you mean transformers?"
    if kind == "source" and _DATASET.fullmatch(name):
        return f": a data set of the hub is --source hub --set source.dataset={name}"
    return ""


def names(kind: str) -> list[str]:
    """All names of a kind: built in and announced by installed packages."""
    return sorted(BUILTIN[kind].keys() | {e.name for e in _entry_points(kind)})


def origin(kind: str, name: str) -> str:
    """The installed package that announces a part; empty: it is built in, or a path."""
    found = [e for e in _entry_points(kind) if e.name == name and name not in BUILTIN[kind]]
    return f"{found[0].dist.name} {found[0].dist.version}" if found and found[0].dist else ""


def missing(kind: str, name: str) -> str:
    """The extra that a built-in part needs and that is not installed, else empty."""
    module, extra = NEEDS.get(kind, {}).get(name, ("", ""))
    return extra if module and importlib.util.find_spec(module) is None else ""


def _entry_points(kind: str) -> importlib.metadata.EntryPoints:
    return importlib.metadata.entry_points(group=f"verirs.{kind}")


def resolve(kind: str, name: str) -> Any:
    """The class or function that a name stands for.

    Raises:
        ConfigError: an unknown name (with the nearest known one), one that does not import, or code that
            the config at hand may not load (:mod:`verirs.parts.trust`).
    """
    if is_address(name):
        raise ConfigError(f"{kind} {name!r} is an address, and a part has a name{_FOR_ADDRESS.get(kind, '')}")
    if ":" in name:
        refuse_untrusted(kind, name)
        return _from_path(kind, name)
    if name in BUILTIN[kind]:
        return _from_path(kind, BUILTIN[kind][name])
    for entry in _entry_points(kind):
        if entry.name == name:
            try:
                return entry.load()
            except PART_RAISED as e:
                told = f"{entry.value}" + (f" of {entry.dist.name}" if entry.dist else "")
                raise ConfigError(
                    f"{kind} {name!r}: its entry point {told} failed to load: {type(e).__name__}: {e}"
                ) from e
    known = names(kind)
    hint = _elsewhere(kind, name) or nearest(name, known)
    raise ConfigError(
        f"unknown {kind} {name!r}{hint} (known: {', '.join(known)}; "
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
        except VerirsError:
            raise
        except PART_RAISED as e:
            raise ConfigError(f"{kind} {path!r}: {where} failed to import: {type(e).__name__}: {e}") from e
    try:
        found = operator.attrgetter(attribute)(module)
    except AttributeError:
        here = [n for n in vars(module) if not n.startswith("_")]
        raise ConfigError(
            f"{kind} {path!r}: {where} has no {attribute!r}{nearest(attribute, here)}"
        ) from None
    if not callable(found):
        raise ConfigError(f"{kind} {path!r} is a {type(found).__name__}; name a class or a function")
    return found


def _load_file(kind: str, path: Path) -> Any:
    if not path.is_file():
        raise ConfigError(f"{kind}: no file {path} (looked in {Path.cwd()})")
    state = path.stat()
    return _load_once(kind, path, path.resolve(), (state.st_mtime_ns, state.st_size))


@functools.lru_cache(maxsize=64)
def _load_once(kind: str, path: Path, real: Path, state: tuple[int, int]) -> Any:
    """Anew when the file has changed (a notebook), or stands elsewhere."""
    # two files may have one stem: ./a/mine.py and ./b/mine.py
    digest = hashlib.sha256(str(real).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    name = f"verirs_plugin_{path.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, real)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{kind}: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look the module up by name
    folder = str(real.parent)
    if folder not in sys.path:  # as for a script: it may import what lies beside it
        sys.path.append(folder)
    try:
        spec.loader.exec_module(module)
    except PART_RAISED as e:
        del sys.modules[name]
        raise ConfigError(f"{kind}: {path} failed to import: {type(e).__name__}: {e}") from e
    return module
