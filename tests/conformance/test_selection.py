"""The kit's suites on all our sources, selectors and sinks, with options that change what they do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parts import SELECTORS, SINKS
from verirs.demo.policy.easy import EasyProblems
from verirs.demo.policy.problems import ArithmeticProblems
from verirs.protocols import Source
from verirs.sinks import RlSink
from verirs.sources.files import FileSource
from verirs.testing import SelectorSuite, SinkSuite, SourceSuite, check, toy_problems
from verirs.types import to_json

OPTIONS: list[dict[str, Any]] = [
    {},
    {"k": 0, "dedup": False, "allow_truncated": True, "unverified": True, "pairs": "none"},
    {"k": 1, "by": "ranker", "pairs": "hard", "max_pairs": 1},
    {"pairs": "length_matched", "seed": 7},
    {"pairs": "margin", "margin": 1.0},
]


@pytest.mark.parametrize("options", OPTIONS, ids=["default", "all", "one", "length", "margin"])
@pytest.mark.parametrize("name", sorted(SELECTORS))
def test_a_selector_keeps_its_promises(name: str, options: dict[str, Any]) -> None:
    assert check(SelectorSuite, lambda: SELECTORS[name](**options)) == {}


@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, {}) for name in sorted(SINKS)), ("kto", {"max_fails": 1}), ("steps", {"separator": " "})],
)
def test_a_sink_keeps_its_promises(name: str, options: dict[str, Any]) -> None:
    class Own(SinkSuite):
        gold = RlSink.gold if name == "rl" else ()

    skipped = check(Own, lambda: SINKS[name](**options))
    # only what a sink has no column for is left out
    assert all("column" in why for why in skipped.values())


@pytest.mark.parametrize("kind", ["easy", "arithmetic", "jsonl"])
def test_a_source_keeps_its_promises(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    file.write_text("".join(json.dumps(to_json(p)) + "\n" for p in toy_problems()))

    def make() -> Source:
        sources: dict[str, Any] = {"easy": EasyProblems, "arithmetic": ArithmeticProblems}
        return sources[kind]() if kind in sources else FileSource(str(file))

    assert check(SourceSuite, make) == {}
