"""Options of a part or of a section of the config: name, type, default and sentence, each from one source.

A part's come from its signature and from the ``Args:`` of its docstring; a section's from the fields of its
model and their descriptions. Checks, ``verirs list``, ``verirs init``, the JSON Schema and the tables of
``docs/config.md`` all read them here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import re
import sys
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from verirs.parts.finding import resolve

T = TypeVar("T")

REQUIRED = inspect.Parameter.empty
"""The default of an option that has none."""


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


@dataclasses.dataclass(frozen=True, slots=True)
class PartName:
    """Marks a text that names a part of this kind."""

    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class PartTable:
    """Marks a section that holds a part's ``name``, some keys of its own, and the part's options."""

    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class PartTables:
    """Marks a table of tables, each with the options of the part that its key names.

    Args:
        kind: of the parts.
        named_by: a key inside that may name the part in place of the table's own key; empty: none.
    """

    kind: str
    named_by: str = ""


MARKS = (OptionsOf, PartName, PartTable, PartTables)


def options_of(factory: Callable[..., Any], skip: int = 0) -> dict[str, Option]:
    """The options that a class or function takes by name, or the keys of a section (a pydantic model).

    Args:
        skip: positional parameters that are not options.
    """
    if fields := getattr(factory, "model_fields", None):
        return {key: _field(key, field) for name, field in fields.items() for key in (field.alias or name,)}
    hints = _hints(factory)
    told = described(factory)
    parameters = list(signature(factory).parameters.values())[skip:]
    return {
        p.name: Option(
            name=p.name, type=hints.get(p.name, Any), default=p.default, about=told.get(p.name, "")
        )
        for p in parameters
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }


def _field(name: str, field: Any) -> Option:
    annotation = field.annotation
    if field.metadata:
        annotation = typing.cast(Any, typing.Annotated)[(annotation, *field.metadata)]
    default = REQUIRED if field.is_required() else field.get_default(call_default_factory=True)
    return Option(name=name, type=annotation, default=default, about=field.description or "")


def positional(kind: str, factory: Any) -> int:
    """How many parameters are no options: a scorer function's first two, the problem and the completion."""
    return 2 if kind == "scorer" and is_function(factory) else 0


def is_function(factory: Any) -> bool:
    """Whether it judges by being called with a problem and a completion, and does not make a scorer."""
    if inspect.isclass(factory):
        return False
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):  # no signature (C code)
        return True
    first_two = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(first_two) >= 2 or any(p.kind is p.VAR_POSITIONAL for p in parameters)


def part_options(kind: str, name: str) -> dict[str, Option]:
    """The options of a part by name.

    Raises:
        ConfigError: an unknown name, or one that does not import.
    """
    factory = resolve(kind, name)
    return options_of(factory, positional(kind, factory))


def summary(factory: Any, code: str = "") -> str:
    """The first sentence of its docstring, as plain text.

    Args:
        code: as in :func:`plain`.
    """
    text = plain(" ".join((inspect.getdoc(factory) or "").partition("\n\n")[0].split()), code)
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]


def plain(about: str, code: str = "") -> str:
    """A docstring's sentence without its marks.

    Args:
        code: stands around what was marked as code, for example a backtick.
    """
    about = re.sub(r":\w+:`~?(?:[\w.]*\.)?([\w]+)`", rf"{code}\1{code}", about)
    return about.replace("``", code)


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


def signature(factory: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(factory)
    except (TypeError, ValueError):  # some callables of C have none
        return inspect.Signature()


def like_its_base(made: type[T]) -> type[T]:
    """Decorates a class whose constructor hands ``**`` on: that takes what the base class's takes, and is
    checked and described as such."""
    base = inspect.signature(vars(made.__bases__[0])["__init__"]).parameters
    own = inspect.signature(vars(made)["__init__"]).parameters
    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    taken = {n: p for n, p in {**base, **own}.items() if p.kind in kinds and n != "self"}
    type.__setattr__(made, "__signature__", inspect.Signature(list(taken.values())))
    return made


def _hints(factory: Callable[..., Any]) -> dict[str, Any]:
    """Resolved annotations, where they resolve. Those of an inherited dataclass field are looked up where its
    class stands."""
    if dataclasses.is_dataclass(factory):
        return _resolved(factory)
    if not inspect.isclass(factory):
        return _resolved(factory)
    inits = [vars(each)["__init__"] for each in reversed(inspect.getmro(factory)) if "__init__" in vars(each)]
    return {name: hint for init in inits for name, hint in _resolved(init).items()}


def _resolved(what: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(what, include_extras=True)
    except (NameError, TypeError, AttributeError):  # a name under TYPE_CHECKING, or no annotations at all
        known: dict[str, Any] = {}
        for name, annotation in inspect.get_annotations(what).items():
            one = type("One", (), {"__annotations__": {name: annotation}})
            with contextlib.suppress(NameError, TypeError, AttributeError):
                space = getattr(what, "__globals__", None) or vars(sys.modules[what.__module__])
                known |= typing.get_type_hints(one, space, include_extras=True)
        return known
