"""The JSON Schema accepts every config in the repository and names what a run would refuse."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from verirs.cli import main
from verirs.cli.parts import json_schema
from verirs.errors import ConfigError
from verirs.parts import BUILTIN, part_options, shape_of
from verirs.running.config import merge, parse

ROOT = Path(__file__).parents[2]
RUN, LOOP = json_schema("run"), json_schema("loop")
RAW: dict[str, Any] = {"source": {"name": "easy"}, "engine": {"name": "fake"}}


def faults(raw: Any, schema: dict[str, Any] = RUN) -> list[str]:
    return [error.json_path for error in jsonschema.Draft202012Validator(schema).iter_errors(raw)]


@pytest.mark.parametrize("which", ["run", "loop"])
def test_it_is_a_schema_in_both_drafts(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["schema", which])
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema == json_schema(which)


def test_every_config_of_the_repository_is_right() -> None:
    files = sorted([*ROOT.glob("benchmarks/*.toml"), *ROOT.glob("examples/recipes/*.toml")])
    tables = {path: tomllib.loads(path.read_text()) for path in files}
    loops = [path for path, raw in tables.items() if "rounds" in raw]
    assert len(tables) - len(loops) >= 7 and len(loops) >= 2
    for path, raw in tables.items():
        for draft in (jsonschema.Draft202012Validator, jsonschema.Draft7Validator):
            assert not list(draft(LOOP if path in loops else RUN).iter_errors(raw)), path


RIGHT: list[dict[str, Any]] = [
    {},
    {"source": {"limit": 3}},
    {"source": {"name": "./mine.py:Problems", "split": 3}, "engine": {"name": "mine.engines:E", "model": 3}},
    {"scorer": {"strict": {"plugin": "math", "percent": "strict"}, "math": {}}},
    {"scorer": {"mine": {"plugin": "./a.py:f", "digits": "x"}, "math": {"plugin": "./b.py:g", "digits": []}}},
    {"scorer": {"./a.py:f": {"digits": "x"}}},
    {"scorer": {"judge": {"engine": "openai", "engine_options": {"model": "m", "base_url": "u"}}}},
    {"scorer": {"judge": {"engine": "./e.py:E", "engine_options": {"anything": 1}}}},
    {"select": {"k": 2}, "sampling": {"temperature": 1}},
    {"export": {"sinks": ["sft", "./s.py:S"], "options": {"kto": {"max_fails": 1}, "./s.py:S": {"a": 1}}}},
]
WRONG: list[dict[str, Any]] = [
    {"samples": 3},
    {"n": "8"},
    {"n": 0},
    {"n": True},
    {"source": "easy"},
    {"source": {"name": "gsm8kk"}},
    {"source": {"name": "gsm8k", "pth": "x"}},
    {"source": {"name": "easy", "limit": -1}},
    {"engine": {"name": "fake", "pas_rate": 1}},
    {"engine": {"name": "fake", "pass_rate": "1"}},
    {"sampling": {"temprature": 1}},
    {"sampling": {"top_p": 0}},
    {"sampling": {"stop": "a"}},
    {"scorer": {"math": {"timout": 1}}},
    {"scorer": {"math": {"percent": "strct"}}},
    {"scorer": {"strict": {"percent": "strict"}}},
    {"scorer": {"strict": {"plugin": "mth"}}},
    {"scorer": {"strict": {"plugin": "math", "percnt": "strict"}}},
    {"scorer": {"math": True}},
    {"scorer": {"judge": {"engine": "openai", "engine_options": {"model": "m", "url": "u"}}}},
    {"select": {"kk": 2}},
    {"select": {"name": "best", "pairs": "hardest"}},
    {"select": {"name": "first", "similarity": 0.5}},
    {"export": {"sinks": "sft"}},
    {"export": {"sinks": ["sftt"]}},
    {"export": {"formats": ["csv"]}},
    {"export": {"sinks": ["kto"], "options": {"kto": {"max_fial": 1}}}},
    {"export": {"sinks": ["steps"], "options": {"steps": {"as_text": "f"}}}},
    {"limits": {"max_errors": 2}},
    {"rank": "both"},
]


@pytest.mark.parametrize("over", RIGHT, ids=json.dumps)
def test_what_may_be_written_is_right(over: dict[str, Any]) -> None:
    assert not faults(over)
    assert not faults({"model": "m", "sample": over, "held_out": over}, LOOP)


@pytest.mark.parametrize("over", WRONG, ids=json.dumps)
def test_the_schema_and_the_run_refuse_the_same(over: dict[str, Any]) -> None:
    (key,) = over
    found = faults(over)
    assert found and all(path.startswith("$") for path in found)
    assert key in "".join(found) or found == ["$"]
    assert faults({"model": "m", "sample": over, "held_out": {}}, LOOP)
    with pytest.raises(ConfigError, match=key):
        parse(merge(RAW, over))


def test_a_loops_own_keys_are_checked() -> None:
    loop = {"model": "m", "sample": {"n": 3}, "held_out": {}}
    assert not faults(loop, LOOP)
    for over in ({"stop": {"patiance": 1}}, {"train": {"method": "ppo"}}, {"sample": {"seed": 1}}, {"n": 3}):
        assert faults({**loop, **over}, LOOP), over


@pytest.mark.parametrize("change", [lambda v: [v], lambda v: {"a": v}])
def test_every_option_of_every_part_is_there_with_its_sentence(change: Callable[[Any], Any]) -> None:
    homes: dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = {
        "source": lambda name, options: {"source": {"name": name, **options}},
        "engine": lambda name, options: {"engine": {"name": name, **options}},
        "scorer": lambda name, options: {"scorer": {"a": {"plugin": name, **options}}},
        "selector": lambda name, options: {"select": {"name": name, **options}},
        "sink": lambda name, options: {"export": {"options": {name: options}}},
    }
    checked = 0
    for kind, table in BUILTIN.items():
        for name in table:
            properties = RUN["$defs"][f"{kind}.{name}" + (".options" if kind == "sink" else "")]["properties"]
            for option in part_options(kind, name).values():
                if option.name == "as_text":  # a function
                    continue
                assert properties[option.name]["description"]
                if isinstance(option.default, (str, int, float)):
                    assert not faults(homes[kind](name, {option.name: option.default})), (name, option)
                    words = shape_of(option.type).words
                    if not ("table" in words or "list" in words):  # which may hold the very same
                        changed = change(option.default)
                        assert faults(homes[kind](name, {option.name: changed})), (name, option)
                    checked += 1
    assert checked > 100
