"""Tables of options: every key known, every value of its type, all mistakes at once.

A table is a section of the config, the options of a part, or an option that is a dataclass or a TypedDict.
:func:`shape_of` reads any annotation; :func:`check_options` checks what a part is given.
"""

from __future__ import annotations

import collections.abc as abc
import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from verirs.errors import ConfigError, nearest
from verirs.parts.finding import names, resolve
from verirs.parts.options import (
    MARKS,
    REQUIRED,
    Option,
    OptionsOf,
    PartName,
    PartTable,
    PartTables,
    is_function,
    options_of,
    plain,
    positional,
    signature,
)
from verirs.parts.shapes import (
    SWITCH,
    TEXT,
    Also,
    Anything,
    Either,
    ListOf,
    Number,
    OneOf,
    Other,
    Several,
    Shape,
    TableOf,
    not_a_table,
    shown,
    toml,
    under,
)

LISTED = 40
"""A message lists the known options if they are no more; a trainer has hundreds."""
_BOUNDS = {"ge": "least", "le": "most", "gt": "above", "lt": "below"}
_LISTS: dict[Any, Any] = {
    list: list,
    set: set,
    frozenset: frozenset,
    abc.Set: set,
    abc.Sequence: None,
    abc.Iterable: None,
    abc.Collection: None,
}
_TABLES = (dict, abc.Mapping, abc.MutableMapping)


def shape_of(annotation: Any) -> Shape:
    """What a value may be that is annotated so."""
    annotation = getattr(annotation, "__supertype__", annotation)  # a NewType
    annotation = getattr(annotation, "__value__", annotation)  # a type alias
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _marked(arguments[0], arguments[1:])
    if origin in (typing.Required, typing.NotRequired, typing.Final, typing.ClassVar):
        return shape_of(arguments[0])
    if annotation in (Any, object, None) or isinstance(annotation, (str, typing.TypeVar)):
        return Anything()
    if annotation in (int, float):
        return Number(annotation is int)
    if annotation is str or annotation is bool:
        return TEXT if annotation is str else SWITCH
    if origin is typing.Literal:
        values = tuple(v.value if isinstance(v, enum.Enum) else v for v in arguments)
        return OneOf(values, arguments)
    if origin in (typing.Union, types.UnionType):
        given = [a for a in arguments if a is not type(None)]
        return Either(tuple(map(shape_of, given)), len(given) < len(arguments))
    base = origin or annotation
    if base is tuple and arguments and arguments[-1] is not Ellipsis:
        return Several(tuple(map(shape_of, arguments)))
    if base is tuple or base in _LISTS:
        return ListOf(shape_of(arguments[0] if arguments else Any), _LISTS.get(base, tuple))
    if base in _TABLES and (not arguments or arguments[0] in (str, Any)):
        return TableOf(shape_of(arguments[1] if arguments else Any))
    if base is abc.Callable:
        return Other(annotation, "a function")
    if typing.is_typeddict(annotation) or dataclasses.is_dataclass(annotation) or _is_model(annotation):
        return Table(annotation)
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        return OneOf(tuple(member.value for member in annotation), tuple(annotation))
    return Other(annotation, f"a {getattr(annotation, '__name__', annotation)}")


def _is_model(annotation: Any) -> bool:
    return inspect.isclass(annotation) and hasattr(annotation, "model_fields")


def _marked(annotation: Any, marks: tuple[Any, ...]) -> Shape:
    """Of ``Annotated[annotation, *marks]``: our marks, bounds of numbers, and what else pydantic knows."""
    shape = shape_of(annotation)
    marks = tuple(inner for mark in marks for inner in getattr(mark, "metadata", None) or [mark])
    rest = []
    for mark in marks:
        given = {ours: getattr(mark, theirs, None) for theirs, ours in _BOUNDS.items()}
        bounds: dict[str, Any] = {
            ours: bound for ours, bound in given.items() if isinstance(bound, (int, float))
        }
        if isinstance(mark, PartName):
            shape = NameOf(mark.kind)
        elif isinstance(mark, PartTable):
            shape = TableOfPart(mark.kind, annotation)
        elif isinstance(mark, PartTables):
            shape = TablesOfParts(mark.kind, mark.named_by)
        elif bounds and isinstance(shape, Number):
            shape = dataclasses.replace(shape, **bounds)
        elif not isinstance(mark, MARKS) and type(mark).__module__.split(".")[0] in (
            "annotated_types",
            "pydantic",
        ):
            rest.append(mark)
    if not rest:
        return shape
    condition = typing.cast(Any, typing.Annotated)[(annotation, *rest)]
    return Also(shape, Other(condition, shape.words))


def check_options(
    factory: Callable[..., Any],
    options: Mapping[str, Any],
    where: str,
    skip: int = 0,
    beside: tuple[str, ...] = (),
) -> tuple[dict[str, Any], list[str]]:
    """Options converted to the types a factory's signature names, and what is wrong with them.

    Args:
        where: stands before each option in a message, for example ``scorer.math``.
        skip: positional parameters that are not options.
        beside: keys that may stand in the same table and were checked elsewhere, for the messages.
    """
    wrong: list[str] = []
    parameters = list(signature(factory).parameters.values())[skip:]
    wrong += [
        f"{where} cannot be made from options: its parameter {p.name!r} is positional only"
        for p in parameters
        if p.kind is p.POSITIONAL_ONLY and p.default is REQUIRED
    ]
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters)
    values = _take_all(options_of(factory, skip), options, where, wrong, open_ended, beside)
    return values, wrong


def checked(
    kind: str, factory: Any, options: Mapping[str, Any], where: str, beside: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[str]]:
    """A part's options converted to the types its signature names, and what is wrong with them."""
    values, problems = check_options(factory, options, where, positional(kind, factory), beside)
    if problems and kind == "scorer" and inspect.isroutine(factory) and not is_function(factory):
        problems.append(
            f"{where}: {factory.__name__}{inspect.signature(factory)} cannot be called with a problem and a "
            f"completion; a scorer function is, for example, def {factory.__name__}(problem, "
            f"completion) -> bool"
        )
    return values, problems


def _take_all(
    known: Mapping[str, Option],
    table: Mapping[str, Any],
    at: str,
    wrong: list[str],
    open_ended: bool = False,
    beside: tuple[str, ...] = (),
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key in known:
            values[key] = shape_of(known[key].type).take(value, under(at, key), wrong)
        elif open_ended:
            values[key] = value
        else:
            wrong.append(_unknown(key, at, known, beside))
    for option in known.values():
        if option.required and option.name not in table:
            about = f": {plain(option.about).rstrip('.')}" if option.about else ""
            wrong.append(f"{under(at, option.name)} is missing{about}")
        for mark in getattr(option.type, "__metadata__", ()):
            if isinstance(mark, OptionsOf):
                _take_nested(mark, option.name, known, table, at, wrong)
    return values


def _take_nested(
    mark: OptionsOf,
    key: str,
    known: Mapping[str, Option],
    table: Mapping[str, Any],
    at: str,
    wrong: list[str],
) -> None:
    """What is wrong with the table ``key`` of another part's options."""
    by = mark.named_by
    name, options = table.get(by, known[by].default if by in known else None), table.get(key) or {}
    factory = _found(mark.kind, name, under(at, by), wrong) if isinstance(name, str) else None
    if factory is not None and isinstance(options, Mapping):
        wrong += checked(mark.kind, factory, options, under(at, key))[1]


def _unknown(key: str, at: str, known: Mapping[str, Option], beside: tuple[str, ...]) -> str:
    every = [*beside, *known]
    hint = nearest(key, every)
    if not hint:
        homes = [
            o.name for o in known.values() if isinstance(t := shape_of(o.type), Table) and key in t.fields
        ]
        hint = f"; it belongs into [{under(at, homes[0])}]" if homes else ""
    listed = ", ".join(every) if len(every) <= LISTED else f"{len(every)} others"
    return f"unknown key {under(at, key)}{hint} (known: {listed or 'none'})"


def _found(kind: str, name: str, at: str, wrong: list[str]) -> Any:
    try:
        return resolve(kind, name)
    except ConfigError as e:
        wrong += [f"{at}: {line}" for line in e.problems]
        return None


class Table:
    """The keys of a section (a pydantic model), a dataclass or a TypedDict."""

    words = "a table"

    def __init__(self, annotation: Any):
        self.annotation = annotation
        self.fields = _typed_dict(annotation) if typing.is_typeddict(annotation) else options_of(annotation)
        self.open = _is_model(annotation) and annotation.model_config.get("extra") == "allow"

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if not typing.is_typeddict(self.annotation) and isinstance(value, self.annotation):
            return value
        if not isinstance(value, Mapping):
            wrong.append(not_a_table(value, at, *self._example()))
            return value
        before = len(wrong)
        values = _take_all(self.fields, value, at, wrong, self.open)
        return value if len(wrong) > before else self._made(values, at, wrong)

    def _example(self) -> tuple[str, str]:
        for option in self.fields.values():
            if not option.required and isinstance(option.default, (str, int, float)) and option.default:
                return option.name, toml(option.default)
        return next(iter(self.fields), "KEY"), "..."

    def _made(self, values: dict[str, Any], at: str, wrong: list[str]) -> Any:
        if typing.is_typeddict(self.annotation):
            return values
        try:
            return self.annotation(**values)
        except (ValueError, TypeError) as e:  # its own conditions
            said = "; ".join(x["msg"] for x in e.errors()) if hasattr(e, "errors") else str(e)
            wrong.append(f"{at}: {said}" if at else said)
            return values


def _typed_dict(annotation: Any) -> dict[str, Option]:
    found = {}
    for name, hint in typing.get_type_hints(annotation, include_extras=True).items():
        # `__required_keys__` is wrong where annotations are texts (`from __future__ import annotations`)
        mark = typing.get_origin(hint)
        required = mark is typing.Required or (
            mark is not typing.NotRequired and name in annotation.__required_keys__
        )
        found[name] = Option(name=name, type=hint, default=REQUIRED if required else None)
    return found


@dataclass(frozen=True)
class NameOf:
    """The name of a part."""

    kind: str

    @property
    def words(self) -> str:
        return f"the name of {'an' if self.kind == 'engine' else 'a'} {self.kind}"

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if not isinstance(value, str):
            wrong.append(f"{at}: write {self.words}, got {shown(value)}")
        else:
            _found(self.kind, value, at, wrong)
        return value


@dataclass(frozen=True)
class TableOfPart:
    """A section with a part's ``name``, the keys of ``model``, and the part's options."""

    kind: str
    model: Any
    words: str = "a table"

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if isinstance(value, self.model):
            return value
        if not isinstance(value, Mapping):
            known = names(self.kind)
            wrong.append(not_a_table(value, at, "name", toml(value if value in known else known[0])))
            return value
        own = options_of(self.model)
        values = _take_all(own, {key: value[key] for key in own if key in value}, at, wrong)
        name = value.get("name", own["name"].default)
        factory = _found(self.kind, name, at, []) if isinstance(name, str) else None
        rest = {key: each for key, each in value.items() if key not in own}
        if factory is not None:
            wrong += checked(self.kind, factory, rest, at, tuple(own))[1]
        # the options stay as they are written: they are converted again where the part is made
        return self.model.model_construct(**values, **rest)


@dataclass(frozen=True)
class TablesOfParts:
    """Tables of the options of parts, each named by its key, or by ``named_by`` inside."""

    kind: str
    named_by: str
    words: str = "a table"

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if not isinstance(value, Mapping):
            known = names(self.kind)
            wrong.append(self._not_a_table(value, at, under(at, value if value in known else known[0])))
            return value
        for key, table in value.items():
            here = under(at, key)
            if not isinstance(table, Mapping):
                wrong.append(self._not_a_table(table, here, here))
                continue
            named = self.named_by and table.get(self.named_by)
            if named and not isinstance(named, str):
                wrong.append(f"{here}.{self.named_by}: write a text, got {shown(named)}")
                continue
            factory = _found(self.kind, named or key, here, wrong)
            rest = {k: v for k, v in table.items() if k != self.named_by}
            if factory is not None:
                wrong += checked(self.kind, factory, rest, here, tuple(self.own()))[1]
        return value

    def _not_a_table(self, value: Any, at: str, example: str) -> str:
        return f"{at}: write a table, for example [{example}] (or --set {example}={{}}), got {shown(value)}"

    def own(self) -> dict[str, Option]:
        """The key that is not an option."""
        about = (
            f"the {self.kind} itself, where the table's key is a name of your own: a built-in one, "
            f"package.module:Name or ./file.py:Name."
        )
        mark = typing.cast(Any, typing.Annotated)[str, PartName(self.kind)]
        option = Option(name=self.named_by, type=mark, default=None, about=about)
        return {self.named_by: option} if self.named_by else {}
