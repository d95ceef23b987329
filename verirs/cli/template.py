"""A commented config: what is chosen, and every other key of its sections and parts as a comment."""

from __future__ import annotations

import dataclasses
import re
import textwrap
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from verirs.parts import Option, names, options_of, part_options, plain, shape_of, toml
from verirs.parts.shapes import Either, Shape
from verirs.parts.tables import Table, TableOfPart, TablesOfParts
from verirs.running.config import Config

_COLUMN, _WIDTH = 24, 100
_HEAD = """\
# A run. `verirs run THIS --dry-run` shows what it would do. A key that stands in a comment has its default.
# Editors complete and check keys after `verirs schema > verirs.schema.json`, with a first line
# #:schema ./verirs.schema.json
"""


def commented(raw: Mapping[str, Any]) -> str:
    """A config as TOML, each key with its sentence; keys that ``raw`` lacks are comments."""
    options = options_of(Config)
    sections = {name: _section(shape_of(option.type)) for name, option in options.items()}
    plain_keys = [o for o in options.values() if not isinstance(sections[o.name], _SECTIONS)]
    lines = [_HEAD, *_keys(plain_keys, raw)]
    for name, shape in sections.items():
        table = raw.get(name, {})
        if isinstance(shape, TableOfPart):
            own = options_of(shape.model) | {"name": _name(shape)}
            told = own | part_options(shape.kind, table.get("name", own["name"].default))
            lines += ["", *_header(name, options[name].about), *_keys(told.values(), table)]
        elif isinstance(shape, TablesOfParts):
            for key, inner in table.items():
                told = part_options(shape.kind, inner.get("plugin", key))
                if "plugin" in inner:
                    told = shape.own() | told
                lines += [
                    "",
                    *_header(f"{name}.{_key(key)}", options[name].about),
                    *_keys(told.values(), inner),
                ]
        elif isinstance(shape, Table):
            # a section that may be left out, and is, is a comment as a whole
            off = options[name].default is None and not options[name].required and name not in raw
            lines += ["", *_header(name, options[name].about, "# " if off else "")]
            lines += _keys((o for o in shape.fields.values() if not _is_tables(o)), table)
    return "\n".join(lines) + "\n"


_SECTIONS = (Table, TableOfPart, TablesOfParts)


def _name(shape: TableOfPart) -> Option:
    every = ", ".join(names(shape.kind))
    return dataclasses.replace(
        options_of(shape.model)["name"], about=f"{every}; or your own, ./file.py:Name."
    )


def _is_tables(option: Option) -> bool:
    return isinstance(shape_of(option.type), TablesOfParts)


def _section(shape: Shape) -> Shape:
    """The shape itself; of a section that may be left out, the section's."""
    return shape.shapes[0] if isinstance(shape, Either) and len(shape.shapes) == 1 else shape


def _header(name: str, about: str, mark: str = "") -> list[str]:
    return _line(f"[{name}]", about, mark)


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else toml(key)


def _keys(options: Iterable[Option], table: Mapping[str, Any]) -> list[str]:
    lines = []
    for option in options:
        if option.name in table:
            lines += _line(_setting(option.name, table[option.name]), option.about, "")
        elif option.required:
            lines += _line(f'{option.name} = "..."', f"needed: {option.about}", "# ")
        elif option.default is not None:
            try:
                lines += _line(_setting(option.name, option.default), option.about, "# ")
            except TypeError:  # an object of Python
                continue
        else:
            lines += _line(f"{option.name} = {_example(option)}", option.about, "# ")
    return lines


def _example(option: Option) -> str:
    """A value of the right type for an option that is off by default."""
    shape = shape_of(option.type)
    words = shape.words
    if words.startswith('"'):  # one of some texts
        return words.split('"')[1].join('""')
    tried = ["{}"] if words.startswith("a table") else ["0"] if "number" in words else ['""', "false", '[""]']
    for value in tried:
        wrong: list[str] = []
        shape.take(tomllib.loads(f"v = {value}")["v"], "", wrong)
        if not wrong:
            return value
    return tried[0]


def _setting(key: str, value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        lines = (toml(line)[1:-1].replace('\\"', '"') for line in value.split("\n"))
        return f'{key} = """' + "\n".join(lines) + '"""'
    return f"{key} = {toml(value)}"


def _line(setting: str, about: str, mark: str) -> list[str]:
    """A setting with its sentence behind it, or above where both are too long for a line."""
    about = plain(about, "`")
    setting = "\n".join(mark + line for line in setting.split("\n"))
    if "\n" not in setting and max(len(setting), _COLUMN) + len(about) + 4 <= _WIDTH:
        return [f"{setting:{_COLUMN}}  # {about}" if about else setting]
    return [*(f"# {line}" for line in textwrap.wrap(about, _WIDTH - 2)), setting]
