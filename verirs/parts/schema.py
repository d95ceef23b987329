"""Options as JSON Schema, for editors: in the words that drafts 7 and 2020-12 share, for most editors know
only the older one.

Nothing is required of a section, for flags and ``--set`` may add to a file. A section that names a part takes
that part's options; one that names a part of the user's own takes any.
"""

from __future__ import annotations

import contextlib
import enum
import json
from collections.abc import Mapping
from typing import Any

from verirs.parts.finding import BUILTIN, names, resolve
from verirs.parts.options import Option, OptionsOf, options_of, plain, positional, signature, summary
from verirs.parts.shapes import (
    Also,
    Either,
    ListOf,
    Number,
    OneOf,
    Other,
    Plain,
    Several,
    Shape,
    TableOf,
)
from verirs.parts.tables import NameOf, Table, TableOfPart, TablesOfParts, shape_of

Schema = dict[str, Any] | bool
_OWN_PART = ":"
"""A pattern: it stands in the name of a part of the user's own, as in ``./file.py:Name``."""


def schema_of(section: Any) -> dict[str, Any]:
    """The JSON Schema of a config with these sections (a pydantic model)."""
    definitions: dict[str, Any] = {}
    table = _table(options_of(section), definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **table,
        "$defs": dict(sorted(definitions.items())),
    }


def _value(shape: Shape, definitions: dict[str, Any]) -> Schema:
    """``False``: a file cannot hold it.

    Args:
        definitions: the schemas of the parts that were needed are added here.
    """
    match shape:
        case Plain():
            return {"type": "boolean" if shape.type is bool else "string"}
        case Number():
            bounds = {
                "minimum": shape.least,
                "maximum": shape.most,
                "exclusiveMinimum": shape.above,
                "exclusiveMaximum": shape.below,
            }
            found = {word: bound for word, bound in bounds.items() if bound is not None}
            return {"type": "integer" if shape.whole else "number", **found}
        case OneOf():
            return {"enum": list(shape.values)}
        case Either():
            every = [s for s in (_value(each, definitions) for each in shape.shapes) if s is not False]
            if not every or {} in every:
                return {} if every else False
            return every[0] if len(every) == 1 else {"anyOf": every}
        case ListOf():
            return {"type": "array", "items": _value(shape.item, definitions)}
        case Several():
            return {"type": "array", "minItems": len(shape.items), "maxItems": len(shape.items)}
        case TableOf():
            return {"type": "object", "additionalProperties": _value(shape.item, definitions)}
        case Other():
            return _of_pydantic(shape)
        case Also():
            return _of_pydantic(shape.condition)
        case Table():
            needed = not hasattr(shape.annotation, "model_fields")
            return _table(shape.fields, definitions, shape.open, needed)
        case NameOf():
            return {"anyOf": [{"enum": names(shape.kind)}, {"type": "string", "pattern": _OWN_PART}]}
        case TableOfPart():
            return _table_of_part(shape, definitions)
        case TablesOfParts():
            return _tables_of_parts(shape, definitions)
    return {}


def _of_pydantic(shape: Other) -> Schema:
    from pydantic.errors import PydanticUserError

    adapter = shape.adapter()
    try:
        found = adapter.json_schema() if adapter is not None else {}
    except PydanticUserError:  # an object of Python
        return False
    return {} if "$defs" in found else dict(found)


def _table(
    known: Mapping[str, Option],
    definitions: dict[str, Any],
    is_open: bool = False,
    needed: bool = False,
) -> dict[str, Any]:
    """A table of these keys.

    Args:
        needed: whether keys without a default must be in the file itself.
    """
    properties = {name: _option(option, definitions) for name, option in known.items()}
    found: dict[str, Any] = {
        "type": "object",
        "properties": {name: schema for name, schema in properties.items() if schema is not False},
        "additionalProperties": is_open,
    }
    if needed and (missing := [option.name for option in known.values() if option.required]):
        found["required"] = missing
    nested = [
        _if_key(mark.named_by, name, {"properties": {option.name: _part(mark.kind, name, {}, definitions)}})
        for option in known.values()
        for mark in getattr(option.type, "__metadata__", ())
        if isinstance(mark, OptionsOf)
        for name in BUILTIN[mark.kind]
    ]
    return found | ({"allOf": nested} if nested else {})


def _option(option: Option, definitions: dict[str, Any]) -> Schema:
    schema = _value(shape_of(option.type), definitions)
    if isinstance(schema, bool):
        return schema
    found = dict(schema)
    if option.about:
        found["description"] = plain(option.about, "`")
    if not option.required and option.default is not None:
        default = option.default.value if isinstance(option.default, enum.Enum) else option.default
        with contextlib.suppress(TypeError):  # an object of Python
            found["default"] = json.loads(json.dumps(default))
    return found


def _part(kind: str, name: str, own: Mapping[str, Option], definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to a built-in part's options, beside the keys that the table has of its own."""
    at = f"{kind}.{name}" + ("" if own else ".options")
    if at not in definitions:
        factory = resolve(kind, name)
        skip = positional(kind, factory)
        is_open = any(p.kind is p.VAR_KEYWORD for p in signature(factory).parameters.values())
        table = _table({**own, **options_of(factory, skip)}, definitions, is_open)
        definitions[at] = {"description": summary(factory), **table}
    return {"$ref": f"#/$defs/{at}"}


def _table_of_part(shape: TableOfPart, definitions: dict[str, Any]) -> dict[str, Any]:
    own = options_of(shape.model)
    parts = {name: _part(shape.kind, name, own, definitions) for name in BUILTIN[shape.kind]}
    found = [_if_key("name", name, schema) for name, schema in parts.items()]
    if (default := own["name"].default) in parts:
        found.append({"if": {"not": {"required": ["name"]}}, "then": parts[default]})
    properties = _merged(parts, definitions)
    named = {"name": properties.pop("name")}
    other = {"properties": {"name": {"not": {"enum": list(parts)}}}, "required": ["name"]}
    return {
        "type": "object",
        "properties": named,
        "anyOf": [{"properties": properties}, other],
        "allOf": found,
    }


def _tables_of_parts(shape: TablesOfParts, definitions: dict[str, Any]) -> dict[str, Any]:
    own = shape.own()
    parts = {name: _part(shape.kind, name, own, definitions) for name in BUILTIN[shape.kind]}
    entry_points = {name: {"type": "object"} for name in names(shape.kind) if name not in parts}
    found = {"type": "object", "patternProperties": {_OWN_PART: {"type": "object"}}}
    if not own:
        return {**found, "properties": parts | entry_points, "additionalProperties": False}
    named_by = shape.named_by
    properties = _merged(parts, definitions)
    named = {named_by: properties.pop(named_by)}
    other = {"properties": {named_by: {"not": {"enum": list(parts)}}}, "required": [named_by]}
    definitions[f"{shape.kind}.any"] = {
        "type": "object",
        "properties": named,
        "anyOf": [{"properties": properties}, other],
        "allOf": [_if_key(named_by, name, schema) for name, schema in parts.items()],
        "required": [named_by],
    }
    anyone = {"$ref": f"#/$defs/{shape.kind}.any"}
    by_key = {
        name: {
            "type": "object",
            "anyOf": [{"properties": _properties(schema, definitions)}, {"required": [named_by]}],
            "if": {"required": [named_by]},
            "then": anyone,
            "else": schema,
        }
        for name, schema in parts.items()
    }
    return {**found, "properties": by_key | entry_points, "additionalProperties": anyone}


def _properties(reference: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    return dict(definitions[reference["$ref"].removeprefix("#/$defs/")]["properties"])


def _if_key(key: str, value: str, then: Schema) -> dict[str, Any]:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": then}


def _merged(parts: Mapping[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """All keys of all parts: editors complete keys from ``anyOf``, not from conditions."""
    merged: dict[str, Any] = {}
    for name, reference in parts.items():
        for key, schema in _properties(reference, definitions).items():
            merged.setdefault(key, {})[name] = schema
    return {key: _common(schemas) for key, schemas in merged.items()}


def _common(schemas: Mapping[str, Any]) -> Any:
    first, *others = schemas.values()
    if all(other == first for other in others):
        return first
    told: dict[str, list[str]] = {}
    for name, schema in schemas.items():
        told.setdefault(schema.get("description", ""), []).append(name)
    if len(told) == 1:
        return {"description": next(iter(told))}
    return {"description": " ".join(f"{', '.join(of)}: {about}" for about, of in told.items())}
