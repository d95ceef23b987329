"""A part, looked at once: complete or refused by name, and what it says of itself in one frozen record."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from verirs import protocols
from verirs.protocols import (
    Scorer,
    ScorerTraits,
    Selector,
    SelectorTraits,
    Sink,
    SinkTraits,
    Source,
    SourceTraits,
)

PROTOCOLS: dict[str, type] = {
    "source": protocols.Source,
    "engine": protocols.Engine,
    "scorer": protocols.Scorer,
    "selector": protocols.Selector,
    "sink": protocols.Sink,
}
_PLAIN: dict[str, Any] = {"str": str, "int": int}
_FILE_STEM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[P, T]):
    """A source, scorer, selector or sink, and what it said of itself when it was built.

    Args:
        key: by which it is known: a scorer's key in the config, else its own name.
        made: the object.
        traits: see :mod:`verirs.protocols`.
        version: of a scorer: its own, with a digest of the options that it was given.
    """

    key: str
    made: P
    traits: T
    version: str = ""


SourcePart = Part[Source, SourceTraits]
ScorerPart = Part[Scorer, ScorerTraits]
SelectorPart = Part[Selector, SelectorTraits]
SinkPart = Part[Sink, SinkTraits]


def source_part(source: Source, key: str) -> SourcePart:
    """Raises TypeError: what is wrong with the source."""
    return Part(key=key, made=source, traits=_complete("source", source, SourceTraits))


def scorer_part(scorer: Scorer, key: str = "", options: Mapping[str, Any] | None = None) -> ScorerPart:
    """Raises TypeError: what is wrong with the scorer."""
    traits = _complete("scorer", scorer, ScorerTraits)
    if traits.whole_groups and not traits.ranks:
        raise TypeError("it has whole_groups = True and not ranks = True: only a ranker compares candidates")
    version = scorer.version + (f"+{digest(options)}" if options else "")
    return Part(key=key or scorer.name, made=scorer, traits=traits, version=version)


def selector_part(selector: Selector) -> SelectorPart:
    """Raises TypeError: what is wrong with the selector."""
    return Part(key=selector.name, made=selector, traits=_complete("selector", selector, SelectorTraits))


def sink_part(sink: Sink) -> SinkPart:
    """Raises TypeError: what is wrong with the sink."""
    import pyarrow as pa

    traits = _complete("sink", sink, SinkTraits)
    if not _FILE_STEM.fullmatch(sink.name):
        raise TypeError(f"its name {sink.name!r} is no file name: letters, digits, '_', '-' and '.' only")
    if not isinstance(sink.columns, pa.Schema):
        raise TypeError(
            f"its columns are {type(sink.columns).__name__}; they must be a pyarrow schema, for example "
            f"columns = pyarrow.schema([('text', pyarrow.string())])"
        )
    if unknown := [name for name in traits.summed if name not in sink.columns.names]:
        raise TypeError(f"its summed names {', '.join(unknown)}, which is none of its columns")
    return Part(key=sink.name, made=sink, traits=traits)


def digest(options: Mapping[str, Any] | None) -> str:
    """Eight hex digits of what a part was given; an object counts by its type."""

    def told(value: object) -> object:
        if isinstance(value, (set, frozenset)):
            return sorted(map(str, value))
        if isinstance(value, (datetime.date, datetime.time, Decimal, Fraction, PurePath)):
            return str(value)  # what a TOML file or Python may hold
        return f"{type(value).__module__}.{type(value).__qualname__}"

    text = json.dumps(options, sort_keys=True, default=told)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def faults(kind: str, made: object) -> list[str]:
    """What a part of this kind lacks or has in another form than its Protocol says, by name."""
    protocol = PROTOCOLS[kind]
    found = []
    for name, annotation in inspect.get_annotations(protocol).items():
        found += _attribute_faults(made, name, str(annotation))
    for name, member in vars(protocol).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            annotation = str(inspect.get_annotations(member.fget).get("return")) if member.fget else ""
            if annotation in _PLAIN:
                found += _attribute_faults(made, name, annotation)
            elif not hasattr(made, name):
                found.append(f"has no attribute {name!r}")
        elif inspect.isfunction(member):
            found += _method_faults(made, name, member)
    return found


def _attribute_faults(made: Any, name: str, annotation: str) -> list[str]:
    if not hasattr(made, name):
        return [f"has no attribute {name!r}"]
    value = getattr(made, name)
    wanted = _PLAIN[annotation]
    if not isinstance(value, wanted) or isinstance(value, bool):
        return [f"has {name} = {value!r}; it must be {'a text' if wanted is str else 'a whole number'}"]
    if name == "concurrency" and value < 1:
        return [f"has concurrency = {value}; it must be at least 1"]
    if name == "name" and not value:
        return ["has an empty name"]
    return []


def _method_faults(made: object, name: str, wanted: Callable[..., Any]) -> list[str]:
    method = getattr(made, name, None)
    parameters = list(inspect.signature(wanted).parameters)[1:]
    call = f"{name}({', '.join(parameters)})"
    if method is None:
        return [f"has no method {call}"]
    if not callable(method):
        return [f"has {name} = {method!r}; it must be a method {call}"]
    if inspect.iscoroutinefunction(wanted):
        if not inspect.iscoroutinefunction(method) and inspect.isroutine(method):
            return [f"has a plain method {name}; it must be `async def {call}`"]
    elif inspect.iscoroutinefunction(method) or (name != "sample" and inspect.isasyncgenfunction(method)):
        if name == "sample":
            return [f"has a {name} without `yield`; it must be `async def {call}` that yields completions"]
        return [f"has an async method {name}; it must be a plain `def {call}`"]
    elif name == "sample" and inspect.isgeneratorfunction(method):
        return [f"has a plain generator {name}; it must be `async def {call}` that yields completions"]
    try:
        inspect.signature(method).bind(*parameters)
    except TypeError as e:
        return [f"has {name}{inspect.signature(method)}, which cannot be called as {call}: {e}"]
    except ValueError:  # no signature (C code): nothing to look at
        return []
    return []


def _complete(kind: str, made: object, traits: type[T]) -> T:
    if wrong := faults(kind, made):
        raise TypeError("; ".join(f"it {fault}" for fault in wrong))
    values = {}
    for field in dataclasses.fields(traits):  # type: ignore[arg-type]
        value = getattr(made, field.name, field.default)
        if not _fits(value, field.default):
            raise TypeError(f"it has {field.name} = {value!r}; {_wanted(field.default)}")
        values[field.name] = value
    return traits(**values)


def _fits(value: object, default: object) -> bool:
    if default is None:
        return value is None or callable(value)
    if isinstance(default, tuple):
        return isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value)
    return isinstance(value, type(default))


def _wanted(default: object) -> str:
    if default is None:
        return "it must be a method"
    return {bool: "it must be True or False", str: "it must be a text"}.get(
        type(default), "it must be a list of texts"
    )
