"""What a value in a config may be, read from a type annotation once: the words for it, and a check.

TOML has types, so they are kept: ``true`` is no number and ``"3"`` is none either. A whole number is fine
where a number is asked for, and a list where a tuple or a set is. Types that are not known here (paths,
dates, types of your own) are left to pydantic. Tables of keys stand in :mod:`verirs.parts.tables`, their
JSON Schema in :mod:`verirs.parts.schema`.
"""

from __future__ import annotations

import collections.abc as abc
import contextlib
import enum
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from verirs.errors import nearest


class Shape(Protocol):
    """One kind of value."""

    @property
    def words(self) -> str:
        """As in "write a whole number"."""
        ...

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        """The value as the annotation has it; what is wrong with it is added to ``wrong``.

        Args:
            at: where it stands, for example ``scorer.math.timeout``.
        """
        ...


def under(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def shown(value: Any) -> str:
    """A wrong value in a message."""
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}... ({len(text)} characters)"


def toml(value: Any) -> str:
    """A value as in a TOML file, on one line.

    Raises:
        TypeError: TOML has no such value.
    """
    import json

    if isinstance(value, enum.Enum):
        return toml(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(map(toml, value)) + "]"
    raise TypeError(f"no TOML for {type(value).__name__}")


@dataclass(frozen=True)
class Anything:
    words: str = "anything"

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        return value


@dataclass(frozen=True)
class Plain:
    """A text, or true or false."""

    type: type
    words: str

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if not isinstance(value, self.type):
            wrong.append(f"{at}: write {self.words}, got {shown(value)}")
        return value


TEXT = Plain(str, "a text")
SWITCH = Plain(bool, "true or false")


@dataclass(frozen=True)
class Number:
    """A number in its bounds, which it never is when it is NaN."""

    whole: bool
    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None

    @property
    def words(self) -> str:
        what = "a whole number" if self.whole else "a number"
        bounds = {"from": self.least, "to": self.most, "above": self.above, "below": self.below}
        if self.most is None and self.least is not None:
            bounds = {"of at least": self.least, "below": self.below}
        elif self.least is None and self.most is not None:
            bounds = {"above": self.above, "of at most" if self.above is None else "and at most": self.most}
        return " ".join(
            [what, *(f"{word} {bound:.15g}" for word, bound in bounds.items() if bound is not None)]
        )

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        wanted = numbers.Integral if self.whole else numbers.Real
        if isinstance(value, wanted) and not isinstance(value, bool):
            with contextlib.suppress(OverflowError):  # a whole number that no float can hold
                number = int(value) if self.whole else float(value)  # type: ignore[call-overload]
                if self._fits(number):
                    return number
        hint = " (a text: leave out the quotes)" if _is_number(value) else ""
        wrong.append(f"{at}: write {self.words}, got {shown(value)}{hint}")
        return value

    def _fits(self, number: float) -> bool:
        return (
            (self.least is None or number >= self.least)
            and (self.most is None or number <= self.most)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
        )


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, str) and float(value) is not None
    except ValueError:
        return False


@dataclass(frozen=True)
class OneOf:
    """One of some values, as in a config; ``made`` are those that the annotation has in their place."""

    values: tuple[Any, ...]
    made: tuple[Any, ...]

    @property
    def words(self) -> str:
        *first, last = map(toml, self.values)
        return f"{', '.join(first)} or {last}" if first else last

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        for known, made in zip(self.values, self.made, strict=True):
            if (type(value) is type(known) and value == known) or value is made:
                return made
        texts = [v for v in self.values if isinstance(v, str)]
        hint = nearest(value, texts) if isinstance(value, str) else ""
        wrong.append(f"{at}: write {self.words}, got {shown(value)}{hint}")
        return value


@dataclass(frozen=True)
class Either:
    """The first shape that fits, one that leaves the value as it is before others."""

    shapes: tuple[Shape, ...]
    may_be_none: bool

    @property
    def words(self) -> str:
        return " or ".join(dict.fromkeys(shape.words for shape in self.shapes))

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if value is None and self.may_be_none:
            return None
        if len(self.shapes) == 1:
            return self.shapes[0].take(value, at, wrong)
        fitting, complaints = [], []
        for shape in self.shapes:
            found: list[str] = []
            made = shape.take(value, at, found)
            if found:
                complaints.append(found)
            else:
                fitting.append(made)
        if fitting:
            return next((made for made in fitting if type(made) is type(value)), fitting[0])
        # the mistakes inside a table or list say more than that it does not fit
        inside = [found for found in complaints if not any(line.startswith(f"{at}: ") for line in found)]
        wrong += inside[0] if inside else [f"{at}: write {self.words}, got {shown(value)}"]
        return value


@dataclass(frozen=True)
class ListOf:
    """A list of one kind of things."""

    item: Shape
    make: Callable[[Iterable[Any]], Any] | None = None
    """What the annotation has in place of the list; ``None`` leaves it."""

    @property
    def words(self) -> str:
        return {
            "anything": "a list",
            "a text": "a list of texts",
            "a number": "a list of numbers",
            "a whole number": "a list of whole numbers",
        }.get(self.item.words, f"a list, each {self.item.words}")

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, (abc.Sequence, abc.Set)):
            found: list[str] = []
            items = [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]
            for item in items:
                self.item.take(item, at, found)
            example = "" if found or not isinstance(value, str) else f", for example {toml(items)}"
            wrong.append(f"{at}: write {self.words}{example}, got {shown(value)}")
            return value
        items = [self.item.take(each, f"{at}[{i}]", wrong) for i, each in enumerate(value)]
        make = self.make or (tuple if isinstance(value, tuple) else list)
        try:
            return make(items)
        except TypeError:  # what cannot be in a set, and was complained of already
            return value


@dataclass(frozen=True)
class Several:
    """A list of fixed length, each place with its own kind."""

    items: tuple[Shape, ...]

    @property
    def words(self) -> str:
        return f"a list of {len(self.items)}: {', '.join(item.words for item in self.items)}"

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if not isinstance(value, (list, tuple)) or len(value) != len(self.items):
            wrong.append(f"{at}: write {self.words}, got {shown(value)}")
            return value
        pairs = enumerate(zip(self.items, value, strict=True))
        return tuple(item.take(each, f"{at}[{i}]", wrong) for i, (item, each) in pairs)


@dataclass(frozen=True)
class TableOf:
    """A table with keys of the user's own, each with one kind of value."""

    item: Shape

    @property
    def words(self) -> str:
        return "a table" if isinstance(self.item, Anything) else f"a table, each value {self.item.words}"

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        if not isinstance(value, Mapping):
            wrong.append(not_a_table(value, at))
            return value
        return {key: self.item.take(each, under(at, str(key)), wrong) for key, each in value.items()}


def not_a_table(value: Any, at: str, key: str = "KEY", example: str = "...") -> str:
    """The complaint about a value where a table must be."""
    setting = example.strip('"')
    return (
        f"{at}: write a table, for example [{at}] {key} = {example} (or --set {at}.{key}={setting}), "
        f"got {shown(value)}"
    )


@dataclass(frozen=True)
class Other:
    """A type that pydantic knows, or any class of the user's."""

    annotation: Any
    words: str
    _adapter: list[Any] = field(default_factory=list, compare=False, repr=False)

    def adapter(self) -> Any:
        from pydantic import PydanticUserError, TypeAdapter

        if not self._adapter:
            try:
                self._adapter.append(TypeAdapter(self.annotation, config={"arbitrary_types_allowed": True}))
            except PydanticUserError:  # a type of its own that takes no such settings
                try:
                    self._adapter.append(TypeAdapter(self.annotation))
                except PydanticUserError:  # the part checks it itself
                    self._adapter.append(None)
        return self._adapter[0]

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        from pydantic import ValidationError

        adapter = self.adapter()
        if adapter is None:
            return value
        try:
            return adapter.validate_python(value)
        except ValidationError as e:
            for error in e.errors():
                inner = "".join(f".{part}" for part in error["loc"] if isinstance(part, str))
                said = error["msg"][0].lower() + error["msg"][1:]
                wrong.append(f"{at}{inner}: write {self.words}, got {shown(value)} ({said})")
        return value


@dataclass(frozen=True)
class Also:
    """A shape, and conditions that only pydantic knows (a pattern, a length, a validator)."""

    shape: Shape
    condition: Other

    @property
    def words(self) -> str:
        return self.shape.words

    def take(self, value: Any, at: str, wrong: list[str]) -> Any:
        before = len(wrong)
        made = self.shape.take(value, at, wrong)
        return made if len(wrong) > before else self.condition.take(made, at, wrong)
