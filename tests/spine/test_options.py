"""Options: each has one source, keeps its type, and every mistake is named, all at once."""

from __future__ import annotations

import dataclasses
import enum
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import annotated_types
import pytest
from pydantic import BaseModel, Field

from verirs.errors import ConfigError, nearest
from verirs.loop.config import LoopConfig, read
from verirs.parts import (
    BUILTIN,
    OptionsOf,
    check_options,
    like_its_base,
    options_of,
    part_options,
    resolve,
    shape_of,
    summary,
    toml,
)
from verirs.parts.tables import Table
from verirs.running.config import Config, parse

RAW: dict[str, Any] = {"source": {"name": "easy"}, "engine": {"name": "fake"}}


def wrong(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with a run's config, without the file's name."""
    with pytest.raises(ConfigError) as stop:
        parse(raw, "c.toml")
    return [line.removeprefix("c.toml: ") for line in stop.value.problems]


class _Base:
    """Made for a test.

    Args:
        size: of the base.
        kind: of the base.
    """

    def __init__(self, *, size: int, kind: Literal["a", "b"] = "a") -> None:
        self.size, self.kind = size, kind


@like_its_base
class _Derived(_Base):
    """Hands the rest on.

    Args:
        kind: of the derived class.
        more: its own.
    """

    def __init__(self, *, kind: Literal["a"] = "a", more: bool = False, **rest: Any) -> None:
        super().__init__(kind=kind, **rest)
        self.more = more


def test_what_a_constructor_hands_on_is_an_option_of_its_base_class() -> None:
    found = options_of(_Derived)
    assert {name: (o.type, o.default, o.about) for name, o in found.items()} == {
        "size": (int, found["size"].default, "of the base."),
        "kind": (Literal["a"], "a", "of the derived class."),
        "more": (bool, False, "its own."),
    }
    assert found["size"].required


def test_twelve_mistakes_of_twelve_places_are_all_named() -> None:
    said = wrong(
        {
            "n": 0,
            "samples": 3,
            "source": {"name": "file", "pth": "x.jsonl"},
            "prompt": {"few_shot": -1},
            "engine": {"name": "fake", "pass_rate": "half"},
            "sampling": {"top_p": 2},
            "scorer": {
                "math": {"percent": "strct"},
                "nothing": {},
                "judge": {"engine": "openai", "engine_options": {"url": "u"}},
            },
            "rank": "both",
            "select": {"k": True},
            "export": {"sinks": ["sft", "kto"], "options": {"kto": {"max_fial": 1}}},
            "limits": {"max_errors": 3},
        }
    )
    places = (
        "n: ", "unknown key samples", "unknown key source.pth", "source.path is missing", "prompt.few_shot: ",
        "engine.pass_rate: ", "sampling.top_p: ", "scorer.math.percent: ", "scorer.nothing: ",
        "unknown key scorer.judge.engine_options.url; did you mean base_url?",
        "scorer.judge.engine_options.model is missing", "rank: ", "select.k: ",
        "unknown key export.options.kto.max_fial", "limits.max_errors: ",
    )  # fmt: skip
    for place in places:
        assert any(line.startswith(place) for line in said), (place, said)
    assert len(said) == len(places), said


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        (
            {"source": "gsm8k"},
            'source: write a table, for example [source] name = "gsm8k" (or --set source.name=gsm8k), '
            "got 'gsm8k'",
        ),
        ({"sampling": 3}, "(or --set sampling.temperature=0.8), got 3"),
        ({"scorer": "math"}, "scorer: write a table, for example [scorer.math] (or --set scorer.math={})"),
        ({"scorer": {"math": True}}, "scorer.math: write a table, for example [scorer.math]"),
        (
            {"export": {"sinks": "sft"}},
            "export.sinks: write a list, each the name of a sink, for example [\"sft\"], got 'sft'",
        ),
        (
            {"export": {"formats": "parquet, jsonl"}},
            'for example ["parquet", "jsonl"], got \'parquet, jsonl\'',
        ),
        ({"export": {"sinks": ["sft", 3]}}, "export.sinks[1]: write the name of a sink, got 3"),
        ({"export": {"formats": ["parket"]}}, '"parquet" or "jsonl", got \'parket\'; did you mean parquet?'),
        ({"n": "8"}, "n: write a whole number from 1 to 1000000, got '8' (a text: leave out the quotes)"),
        ({"n": 8.0}, "n: write a whole number from 1 to 1000000, got 8.0"),
        ({"n": True}, "n: write a whole number from 1 to 1000000, got true"),
        ({"name": 7}, "name: write a text, got 7"),
        ({"sampling": {"temperature": float("nan")}}, "sampling.temperature: write a number of at least 0"),
        ({"sampling": {"top_p": 0}}, "sampling.top_p: write a number above 0 and at most 1, got 0"),
        ({"temperature": 1}, "unknown key temperature; it belongs into [sampling]"),
        ({"source": {"limit": 3}}, "source.name is missing: built in, or your own"),
        ({"source": {"name": 3}}, "source.name: write the name of a source, got 3"),
        ({"scorer": {"a": {"plugin": 3}}}, "scorer.a.plugin: write a text, got 3"),
        ({"scorer": {"strict": {"percent": "strict"}}}, "scorer.strict: unknown scorer 'strict'"),
        ({"select": {"name": "frst"}}, "select.name: unknown selector 'frst'; did you mean first?"),
    ],
)
def test_messages_say_what_to_write(over: dict[str, Any], sentence: str) -> None:
    (line,) = wrong({**RAW, **over})
    assert sentence in line


def test_a_run_and_a_loop_are_told_apart() -> None:
    loop = {"model": "m", "sample": {}, "held_out": {}}
    assert wrong(loop) == ["c.toml is the config of a loop: verirs iterate c.toml (--dry-run looks at it)"]
    with pytest.raises(ConfigError, match="is the config of a run: verirs run"):
        read(RAW)


def test_whole_numbers_are_numbers_too() -> None:
    config = parse({**RAW, "sampling": {"temperature": 1}, "limits": {"max_errors": 0}})
    assert type(config.sampling.temperature) is float and config.limits.max_errors == 0.0


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Limits:
    seconds: float
    memory: int = 3


class Window(TypedDict):
    width: int
    title: NotRequired[str]


class Edge(BaseModel):
    low: int = Field(default=0, ge=0)


def test_values_are_kept_to_their_types() -> None:
    """Annotation, values that are taken and what becomes of them, values that are refused."""
    cases: list[tuple[Any, list[tuple[Any, Any]], list[Any]]] = [
        (int, [(3, 3)], [True, "3", 3.0, None, [3]]),
        (float, [(3, 3.0), (2.5, 2.5)], [True, "3", None, 10**400]),
        (bool, [(True, True)], [1, 0, "true", None]),
        (str, [("", ""), ("3", "3")], [3, True, None, ["a"]]),
        (int | None, [(None, None), (3, 3)], [True, "3"]),
        (str | int, [("a", "a"), (3, 3)], [True, 1.5]),
        (float | int, [(3, 3)], ["3", True]),
        (bool | str, [(True, True), ("auto", "auto")], [1]),
        (Literal["a", 1], [("a", "a"), (1, 1)], ["b", True, 1.0]),
        (Literal[True, "x"], [(True, True)], [1, "True"]),
        (Colour, [("red", Colour.RED), (Colour.BLUE, Colour.BLUE)], ["rot", 3]),
        (list[int], [([1, 2], [1, 2]), ([], [])], ["1", 1, [True], ["a"], {"a": 1}]),
        (Sequence[str], [(["a"], ["a"]), (("a",), ("a",))], ["a", [1]]),
        (tuple[str, ...], [(["a"], ("a",))], ["a", [1]]),
        (tuple[int, str], [([1, "a"], (1, "a"))], [[1], ["a", 1], "ab"]),
        (set[str], [(["a", "a"], {"a"})], ["a", [1], [[]]]),
        (frozenset[int], [([1], frozenset({1}))], [1]),
        (dict[str, int], [({"a": 1}, {"a": 1})], [{"a": "1"}, [1], "a"]),
        (Mapping[str, Any] | None, [({"a": [1]}, {"a": [1]}), (None, None)], [3, [1]]),
        (dict[int, int], [({"1": 2}, {1: 2})], [{"a": 2}]),
        (Annotated[int, annotated_types.Ge(1)], [(1, 1)], [0, "1"]),
        (Annotated[float, Field(gt=0, le=1)], [(1, 1.0)], [0, 1.5, float("nan")]),
        (Annotated[str, Field(min_length=2)], [("ab", "ab")], ["a", 3]),
        (Annotated[list[int], Field(max_length=1)], [([1], [1])], [[1, 2], ["a"]]),
        (Annotated[int, "a word of its own"], [(3, 3)], ["3"]),
        (typing.NewType("Count", int), [(3, 3)], ["3"]),
        (Limits, [({"seconds": 1}, Limits(1.0))], [{"secs": 1}, {}, {"seconds": "1"}, 3]),
        (Window, [({"width": 2}, {"width": 2})], [{"width": "2"}, {"title": "t"}, {"width": 2, "hight": 1}]),
        (Edge, [({"low": 2}, Edge(low=2)), (Edge(), Edge())], [{"low": -1}, {"lo": 1}]),
        (list[Limits], [([{"seconds": 1}], [Limits(1.0)])], [[{"secs": 1}]]),
        (Limits | str, [("x", "x"), ({"seconds": 2}, Limits(2.0))], [{"secs": 1}, 3]),
        (Path, [("a/b", Path("a/b"))], [3]),
        (Callable[[int], int], [(abs, abs)], ["abs"]),
        (Any, [(object, object), (3, 3)], []),
    ]
    for annotation, taken, refused in cases:
        shape = shape_of(annotation)
        assert shape.words, annotation
        for value, made in taken:
            found: list[str] = []
            got = shape.take(value, "x", found)
            assert not found and got == made and type(got) is type(made), (annotation, value, got, found)
        for value in refused:
            found = []
            shape.take(value, "x", found)
            assert found and all(re.search(r"\bx\b", line) for line in found), (annotation, value, found)


def part(
    limits: Limits,
    window: Window | None = None,
    edge: Edge | None = None,
    engine: str = "fake",
    engine_options: Annotated[dict[str, Any] | None, OptionsOf("engine", "engine")] = None,
) -> None:
    """A part.

    Args:
        limits: of one call.
    """


def test_a_typo_inside_a_table_is_named() -> None:
    given = {
        "limits": {"secnds": 1},
        "window": {"width": 3, "hight": 2},
        "edge": {"low": 1, "hig": 3},
        "engine_options": {"pas_rate": 1.0},
    }
    said = check_options(part, given, "scorer.x")[1]
    assert [line.partition(" (known")[0] for line in said] == [
        "unknown key scorer.x.limits.secnds; did you mean seconds?",
        "scorer.x.limits.seconds is missing",
        "unknown key scorer.x.window.hight",
        "unknown key scorer.x.edge.hig",
        "unknown key scorer.x.engine_options.pas_rate; did you mean pass_rate?",
    ]
    assert check_options(part, {}, "scorer.x")[1] == ["scorer.x.limits is missing: of one call"]
    assert check_options(part, {"limits": {"seconds": 2}}, "x") == ({"limits": Limits(2.0)}, [])


def test_one_annotation_that_does_not_resolve_leaves_the_others() -> None:
    def half(a: Nowhere, b: int = 0) -> None:  # type: ignore[name-defined] # noqa: F821
        """Its first type is not there."""

    values, said = check_options(half, {"a": 1, "b": "x"}, "t")
    assert values["a"] == 1 and said == ["t.b: write a whole number, got 'x'"]


def test_only_really_close_names_are_suggested() -> None:
    assert nearest("timout", ["timeout", "units"]) == "; did you mean timeout?"
    assert nearest("url", ["model", "base_url", "timeout"]) == "; did you mean base_url?"
    assert nearest("url", ["base_url", "other_url"]) == ""
    for name in ("engine", "select", "source", "scorer"):
        assert nearest(name, LoopConfig.model_fields) == "", name


def test_every_option_has_a_sentence_a_type_and_every_part_a_first_sentence() -> None:
    for kind, table in BUILTIN.items():
        for name in table:
            assert re.fullmatch(r"[^`:]+(: [^`]+)?\.", summary(resolve(kind, name))), (kind, name)
            for option in part_options(kind, name).values():
                assert option.about.endswith("."), (kind, name, option)
                assert option.type is not Any or name in ("judge", "verifier"), (kind, name, option)
    for section in (Config, LoopConfig):
        for at, option in every_key(section):
            assert option.about.endswith("."), at


def every_key(section: Any, at: str = "") -> list[tuple[str, Any]]:
    found = []
    for name, option in options_of(section).items():
        found.append((at + name, option))
        shape = shape_of(option.type)
        inner = getattr(shape, "shapes", (shape,))[0]
        if isinstance(inner, Table):
            found += every_key(inner.annotation, f"{at}{name}.")
    return found


def test_defaults_are_of_their_own_types() -> None:
    every = [(f"{k}.{n}", o) for k in BUILTIN for n in BUILTIN[k] for o in part_options(k, n).values()]
    for at, option in every + every_key(Config) + every_key(LoopConfig):
        found: list[str] = []
        if not option.required:
            shape_of(option.type).take(option.default, at, found)
        assert not found, found


def test_values_are_written_as_toml() -> None:
    import tomllib

    for value in (True, 3, 2.5, 1e-5, 'a "b"\n\\ \x7f é', [], ["a", 1], {"a": {"b": [True]}}, {}):
        assert tomllib.loads(f"v = {toml(value)}")["v"] == value
    with pytest.raises(TypeError):
        toml(None)
