"""Making a part from its name and options; what cannot be made, or is not complete, is refused here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from verirs.errors import PART_RAISED, ConfigError, PartError, VerirsError
from verirs.parts.finding import resolve
from verirs.parts.function import FunctionScorer
from verirs.parts.options import REQUIRED, is_function, options_of, positional
from verirs.parts.part import (
    ScorerPart,
    SelectorPart,
    SinkPart,
    SourcePart,
    faults,
    scorer_part,
    selector_part,
    sink_part,
    source_part,
)
from verirs.parts.tables import checked

T = TypeVar("T")


def build(kind: str, name: str, options: Mapping[str, Any], where: str = "") -> Any:
    """A complete part of this kind.

    A scorer may be a plain function of a problem and a completion; options are its keyword arguments.

    Args:
        where: stands before each option in a message; by default kind and name.

    Raises:
        ConfigError: everything that is wrong with the options.
        PartError: what the part lacks, by name.
    """
    factory = resolve(kind, name)
    where = where or f"{kind} {name}"
    values, problems = checked(kind, factory, options, where)
    if problems:
        raise ConfigError(problems)
    if kind == "scorer" and is_function(factory):
        return FunctionScorer(functools.partial(factory, **values) if values else factory, name=name)
    try:
        made = factory(**values)
    except (VerirsError, KeyboardInterrupt):
        raise
    except ValueError as e:  # an option's value that the part itself does not like
        raise ConfigError(f"{where}: {e}") from e
    except PART_RAISED as e:
        raise PartError(f"{kind} {name!r} could not be made: {type(e).__name__}: {e}") from e
    if wrong := faults(kind, made):
        raise PartError(_refusal(kind, name, "; ".join(f"it {fault}" for fault in wrong)))
    return made


def build_source(name: str, options: Mapping[str, Any]) -> SourcePart:
    """Raises as :func:`build`."""
    made = build("source", name, options, "source")
    return _part("source", name, lambda: source_part(made, name))


def build_scorer(
    plugin: str, options: Mapping[str, Any], key: str, told: Mapping[str, Any] | None = None
) -> ScorerPart:
    """The scorer of one table ``[scorer.KEY]``.

    Args:
        told: the options as they are written, for its version; by default ``options``. They differ where
            paths were made whole.

    Raises:
        ConfigError, PartError: as :func:`build`.
    """
    made = build("scorer", plugin, options, f"scorer.{key}")
    return _part("scorer", plugin, lambda: scorer_part(made, key, _telling(plugin, told or options)))


_NO_VERDICT = frozenset({"workers"})
"""Options of scorers that say how fast they judge, not how."""


def _telling(plugin: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """A scorer's options that tell it from another: not those that have their default value, and a number in
    one way of writing it.
    """
    factory = resolve("scorer", plugin)
    known = options_of(factory, positional("scorer", factory))
    default = {name: option.default for name, option in known.items()}
    values, _ = checked("scorer", factory, options, plugin)
    return {
        name: _written(given)
        for name, given in options.items()
        if name not in _NO_VERDICT and not _is(values.get(name, given), default.get(name, REQUIRED))
    }


def _is(value: Any, default: Any) -> bool:
    if isinstance(value, list | tuple) and isinstance(default, list | tuple):
        return list(value) == list(default)
    if isinstance(value, bool) is isinstance(default, bool) and isinstance(value, str | int | float):
        return bool(value == default)
    return value is default


def _written(value: Any) -> Any:
    """A whole number as one, in tables and lists too: ``8.0`` is ``8``."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _written(one) for key, one in value.items()}
    return [_written(one) for one in value] if isinstance(value, list | tuple) else value


def given_scorer(scorer: object, options: Mapping[str, Any]) -> ScorerPart:
    """A scorer that was handed over: an object, or a function, whose options are its keyword arguments.

    Raises:
        ConfigError: everything that is wrong with the options.
        PartError: what it lacks, by name.
    """
    name = getattr(scorer, "__name__", type(scorer).__name__)
    if inspect.isclass(scorer):
        raise PartError(
            f"scorer {name!r} is a class; give an object of it, {name}(...), or its name as a text"
        )
    if callable(scorer) and not hasattr(scorer, "score"):
        values, problems = checked("scorer", scorer, options, name)
        scorer = FunctionScorer(functools.partial(scorer, **values) if values else scorer)
    else:
        problems = [f"{name}.{key}: it is made already; give it its options there" for key in options]
    if problems:
        raise ConfigError(problems)
    return _part("scorer", name, lambda: scorer_part(scorer, options=options))  # type: ignore[arg-type]


def build_selector(name: str, options: Mapping[str, Any]) -> SelectorPart:
    """Raises as :func:`build`."""
    made = build("selector", name, options, "select")
    return _part("selector", name, lambda: selector_part(made))


def build_sink(name: str, options: Mapping[str, Any]) -> SinkPart:
    """Raises as :func:`build`."""
    made = build("sink", name, options, f"export.options.{name}")
    return _part("sink", name, lambda: sink_part(made))


def _part(kind: str, name: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except TypeError as e:
        raise PartError(_refusal(kind, name, str(e))) from e


def _refusal(kind: str, name: str, fault: str) -> str:
    protocol = kind.capitalize()
    return f"{kind} {name!r} is no {kind}: {fault}. See verirs.protocols.{protocol} for all that it needs."
