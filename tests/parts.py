"""The built-in parts, for tests that go over all of them, and scorers as a run knows them."""

from __future__ import annotations

from typing import Any

from verirs.parts import BUILTIN, resolve, scorer_part, sink_part
from verirs.protocols import Scorer
from verirs.running.scoring import Stack

SELECTORS: dict[str, Any] = {name: resolve("selector", name) for name in BUILTIN["selector"]}
SINKS: dict[str, Any] = {name: resolve("sink", name) for name in BUILTIN["sink"] if name != "text"}
"""All but the one that needs a model."""


def all_sinks() -> list[Any]:
    return [sink_part(sink()) for sink in SINKS.values()]


def stack_of(*scorers: Scorer, rank_all: bool = False) -> Stack:
    return Stack([scorer_part(s) for s in scorers], rank_all=rank_all)
