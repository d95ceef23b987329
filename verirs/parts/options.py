"""Options of a part, a trainer or a model: read from a signature, checked by name and type before anything
runs.

One mechanism for all of them. The name, type and default of an option come from the signature of whatever
takes it, the sentence about it from the ``Args:`` of the docstring.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Callable, Mapping
from typing import Any

from verirs.errors import ConfigError, nearest
from verirs.parts.finding import resolve

REQUIRED = inspect.Parameter.empty
"""The default of an option that has none."""
LISTED = 40
"""A message lists the known options if they are no more; a trainer has hundreds."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option.

    Args:
        name: as in the config.
        type: the annotation, resolved; ``Any`` where there is none.
        default: its default, or :data:`REQUIRED`.
        about: what the docstring says of it, on one line.
    """

    name: str
    type: Any
    default: Any
    about: str = ""

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


@dataclasses.dataclass(frozen=True, slots=True)
class OptionsOf:
    """Marks an option that is itself a table of options: ``Annotated[Mapping[str, Any], OptionsOf("engine",
    "judge")]``.

    Args:
        kind: of the part that takes them.
        named_by: the option beside this one that names the part.
    """

    kind: str
    named_by: str


def options_of(factory: Callable[..., Any], skip: int = 0) -> dict[str, Option]:
    """The options that a class or function takes by name.

    Args:
        skip: positional parameters that are not options.
    """
    hints = _hints(factory)
    told = described(factory)
    parameters = list(_signature(factory).parameters.values())[skip:]
    return {
        p.name: Option(
            name=p.name, type=hints.get(p.name, Any), default=p.default, about=told.get(p.name, "")
        )
        for p in parameters
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }


def check_options(
    factory: Callable[..., Any], options: Mapping[str, Any], where: str, skip: int = 0
) -> tuple[dict[str, Any], list[str]]:
    """Options converted to the types a factory's signature names, and what is wrong with them.

    Args:
        where: stands before each option in a message, for example ``scorer.math``.
        skip: positional parameters that are not options.
    """
    from pydantic import PydanticUserError, TypeAdapter, ValidationError

    known = options_of(factory, skip)
    parameters = list(_signature(factory).parameters.values())[skip:]
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters)
    problems = [
        f"{where} cannot be made from options: its parameter {p.name!r} is positional only"
        for p in parameters
        if p.kind is p.POSITIONAL_ONLY and p.default is REQUIRED
    ]
    values: dict[str, Any] = {}
    for key, value in options.items():
        if key not in known:
            if open_ended:
                values[key] = value
            else:
                names = ", ".join(known) if len(known) <= LISTED else f"{len(known)} of {factory.__name__}"
                names = names or "none"
                problems.append(f"unknown key {where}.{key}{nearest(key, known)} (known: {names})")
            continue
        try:
            values[key] = TypeAdapter(
                known[key].type, config={"arbitrary_types_allowed": True}
            ).validate_python(value)
        except ValidationError as e:
            first = e.errors()[0]
            inner = "".join(f".{part}" for part in first["loc"] if isinstance(part, str))
            said = first["msg"]
            problems.append(f"{where}.{key}{inner}: {said[0].lower()}{said[1:]}, got {value!r}")
        except PydanticUserError:  # a type of its own that takes no such arguments: the part checks it
            values[key] = value
    for option in known.values():
        problems += _nested_problems(option, options, where)
    problems += [f"{where} needs {o.name}" for o in known.values() if o.required and o.name not in options]
    return values, problems


def _nested_problems(option: Option, options: Mapping[str, Any], where: str) -> list[str]:
    """What is wrong with a table of another part's options."""
    problems: list[str] = []
    for mark in getattr(option.type, "__metadata__", ()):
        name = options.get(mark.named_by) if isinstance(mark, OptionsOf) else None
        if not isinstance(name, str):
            continue
        try:
            factory = resolve(mark.kind, name)
        except ConfigError as e:
            problems += [f"{where}.{mark.named_by}: {line}" for line in e.problems]
            continue
        table = options.get(option.name) or {}
        if isinstance(table, Mapping):
            problems += check_options(factory, table, f"{where}.{option.name}")[1]
    return problems


def described(factory: Callable[..., Any]) -> dict[str, str]:
    """What a docstring's ``Args:`` says of each parameter, those of base classes too, each on one line."""
    told: dict[str, str] = {}
    for each in reversed(inspect.getmro(factory)) if inspect.isclass(factory) else [factory]:
        for doc in (getattr(each, "__doc__", None), _init_doc(each)):
            told |= _args(inspect.cleandoc(doc)) if doc else {}
    return told


def _init_doc(each: Any) -> str | None:
    init = vars(each).get("__init__") if inspect.isclass(each) else None
    return getattr(init, "__doc__", None)


def _args(doc: str) -> dict[str, str]:
    found = re.search(r"^Args:\n((?:[ \t]+.*\n?|\n)+)", doc, re.M)
    if not found:
        return {}
    told: dict[str, list[str]] = {}
    names: list[str] = []
    for line in inspect.cleandoc(found[1]).splitlines():
        start = re.match(r"(\w+(?:, \w+)*):\s*(.*)", line)
        if start:
            names = start[1].split(", ")
            told |= {name: [start[2]] for name in names}
        else:
            for name in names:
                told[name].append(line.strip())
    return {name: " ".join(filter(None, lines)) for name, lines in told.items()}


def _signature(factory: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(factory)
    except (TypeError, ValueError):  # some callables of C have none
        return inspect.Signature()


def _hints(factory: Callable[..., Any]) -> dict[str, Any]:
    """Resolved annotations. Those of an inherited dataclass field are looked up where its class stands."""
    if dataclasses.is_dataclass(factory):
        return _resolved(factory)
    return _resolved(factory.__init__ if inspect.isclass(factory) else factory)


def _resolved(what: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(what, include_extras=True)
    except (NameError, TypeError, AttributeError):  # a name under TYPE_CHECKING, or no annotations at all
        return {k: v for k, v in inspect.get_annotations(what).items() if not isinstance(v, str)}
