"""One way out to JSON and back for every record: a frozen dataclass whose keys are its field names.

A reader ignores keys that it does not know, so a field may be added within a version. The version rises
when a field changes its meaning or goes away; a record of another version is refused, never half read.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import re
import types
import typing
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from verirs.errors import StoreError
from verirs.system.files import read_json, write_text
from verirs.types import to_json

T = TypeVar("T")
CHECK = "check"
"""The last key of a file: a digest of all others."""
_NUMBERS = re.compile(r"\[\n([\s\d.,+e-]+)\]")
"""A list of numbers in indented JSON: a text in it cannot hold a line end."""
_CALLED = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


class Record:
    """Base of the frozen dataclasses that are written as a JSON object of their own. It holds no state."""

    __slots__ = ()
    version_key: ClassVar[str] = "version"
    """The field that holds the version; its default is the version that this verirs writes and reads."""
    sealed: ClassVar[bool] = False
    """Whether a file of it must have its ``check``."""
    mend: ClassVar[str]
    """What to do about a damaged file, or one of an older version: one sentence."""

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready copy: every field under its name."""
        copy: dict[str, Any] = to_json(self)
        return copy

    @classmethod
    def from_json(cls, raw: Any, where: str | Path = "") -> Self:
        """The record back from what :meth:`to_json` gave.

        Args:
            where: the file, for messages.

        Raises:
            StoreError: another version, or a field that is missing or of another type.
        """
        where = where or cls.__name__
        found = raw.get(cls.version_key) if isinstance(raw, Mapping) else None
        known: Any = next(f.default for f in _fields(cls) if f.name == cls.version_key)
        if isinstance(found, int) and found > known:
            raise StoreError(
                f"{where} has {cls.version_key} {found}, this verirs reads {known}: a newer verirs wrote it. "
                f"Read it with that one."
            )
        if isinstance(raw, Mapping) and found != known:
            raise StoreError(
                f"{where} has {cls.version_key} {found}, this verirs reads {known}: an older verirs wrote "
                f"it. {cls.mend}"
            )
        return decode(cls, raw, where)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The record of a file.

        Raises:
            StoreError: a damaged file, or one of another version.
            OSError: there is none.
        """
        try:
            raw = read_json(path)
        except ValueError as e:
            raise StoreError(f"{path} is damaged ({e}). {cls.mend}") from e
        made = cls.from_json(raw, path)  # another version first: it has its own words
        check = raw.pop(CHECK, None)
        if check != check_of(raw) if check is not None else cls.sealed:
            raise StoreError(f"{path} is damaged (it is not what was written). {cls.mend}")
        return made

    def save(self, path: Path) -> None:
        """Write it as a file, all or nothing."""
        write_text(path, self.text())

    def text(self) -> str:
        """What :meth:`save` writes; lists of numbers stand on one line."""
        raw = self.to_json()
        text = json.dumps({**raw, CHECK: check_of(raw)}, indent=1)
        return _NUMBERS.sub(lambda m: f"[{' '.join(m[1].split())}]", text) + "\n"


def check_of(raw: Mapping[str, Any]) -> str:
    """The digest of a record's other keys, as its file holds it."""
    text = json.dumps(raw, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def decode(kind: type[T], raw: Any, where: str | Path = "") -> T:
    """A dataclass from JSON values, by the types of its fields; those of dataclasses in it too.

    Raises:
        StoreError: a field that is missing, or of another type: which, and what was found.
    """
    where = where or kind.__name__
    try:
        made: T = _dataclass(kind, raw, "")
    except _Unfit as e:
        mend = f" {kind.mend}" if issubclass(kind, Record) else ""
        raise StoreError(f"{where} is damaged: {e}.{mend}") from e
    return made


class _Unfit(ValueError):
    """What is wrong, and where in the record."""


def _dataclass(kind: Any, raw: Any, place: str) -> Any:
    if not isinstance(raw, Mapping):
        raise _unfit(place, "a table", raw)
    hints = _hints(kind)
    values = {}
    for field in _fields(kind):
        path = f"{place}.{field.name}".lstrip(".")
        if field.name in raw:
            values[field.name] = _value(hints[field.name], raw[field.name], path)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise _Unfit(f"{path} is missing")
    return kind(**values)


def _value(kind: Any, raw: Any, place: str) -> Any:
    """A value of the annotation ``kind``, made of ``raw``."""
    base, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return raw
    if base in (types.UnionType, typing.Union):
        (wanted,) = (k for k in inner if k is not types.NoneType)
        return None if raw is None else _value(wanted, raw, place)
    if dataclasses.is_dataclass(kind):
        return _nested(kind, raw, place)
    if base is tuple:
        if not isinstance(raw, (list, tuple)):
            raise _unfit(place, "a list", raw)
        kinds = [inner[0]] * len(raw) if inner[-1] is Ellipsis else inner
        if len(kinds) != len(raw):
            raise _unfit(place, f"a list of {len(kinds)}", raw)
        return tuple(_value(k, v, f"{place}[{i}]") for i, (k, v) in enumerate(zip(kinds, raw, strict=True)))
    if base is Mapping or (isinstance(base, type) and issubclass(base, Mapping)):
        if not isinstance(raw, Mapping):
            raise _unfit(place, "a table", raw)
        return {_key(inner[0], k, place): _value(inner[1], v, f"{place}.{k}") for k, v in raw.items()}
    if issubclass(kind, Enum):
        if raw not in list(kind):
            raise _unfit(place, f"one of {', '.join(kind)}", raw)
        return kind(raw)
    fits = isinstance(raw, (int, float) if kind is float else kind) and (
        kind is bool or not isinstance(raw, bool)
    )
    if not fits:
        raise _unfit(place, _CALLED[kind], raw)
    return kind(raw)


def _nested(kind: Any, raw: Any, place: str) -> Any:
    return kind.from_json(raw, place) if issubclass(kind, Record) else _dataclass(kind, raw, place)


def _key(kind: Any, raw: Any, place: str) -> Any:
    """A key of a table; JSON has texts only."""
    if kind is int:
        try:
            return int(raw)
        except ValueError as e:
            raise _unfit(f"a key of {place}", _CALLED[int], raw) from e
    return _value(kind, raw, f"a key of {place}")


def _unfit(place: str, wanted: str, raw: Any) -> _Unfit:
    return _Unfit(f"{place or 'the whole'} should be {wanted}, and is {str(raw)[:60]!r}")


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _fields(kind: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)
