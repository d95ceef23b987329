"""Every TOML block of the README and the docs is a config that is accepted, with the options of its parts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.test_commands import PAGES
from verirs.hooks.grader import Grader
from verirs.loop.config import read as read_loop
from verirs.running.config import merge, parse

BLOCK = re.compile(r"^( *)```toml[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
BASE = {"source": {"name": "easy"}, "engine": {"name": "fake"}}
LOOP = {**BASE, "engine": {"name": "transformers"}}


def blocks() -> Iterator[tuple[Path, int, str]]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            yield page, text.count("\n", 0, found.start()) + 1, found[2]


def accept(table: dict[str, Any]) -> None:
    """Refuse what the product would refuse; a block shows a part of a config, the rest is added."""
    if "hook" in table:
        Grader(table).close()
    elif "rounds" in table or "train" in table or "reward" in table:
        loop = {"name": "mine", "model": "m", "sample": LOOP, "held_out": {"source": {"name": "easy"}}}
        read_loop(merge({key: value for key, value in loop.items() if key not in table}, table))
    else:
        base = {key: value for key, value in BASE.items() if key not in table}
        parse(merge(base, table), "docs")


@pytest.mark.parametrize("page, line, text", [pytest.param(*b, id=f"{b[0].name}:{b[1]}") for b in blocks()])
def test_every_block_is_a_config(page: Path, line: int, text: str) -> None:
    accept(tomllib.loads(text))


def test_the_blocks_are_found() -> None:
    fences = sum(len(re.findall(r"^ *```toml", p.read_text(encoding="utf-8"), re.MULTILINE)) for p in PAGES)
    assert fences == len(list(blocks())) > 8


@pytest.mark.parametrize(
    "table",
    [
        {"engine": {"name": "vllm", "model": "m", "frobnicate": 1}},
        {"scorer": {"math": {"percent": "sometimes"}}},
        {"select": {"name": "nearest"}},
        {"name": "l", "rounds": "many", "model": "m"},
        {"hook": {"pased": 1.0}},
    ],
    ids=str,
)
def test_a_wrong_block_is_seen(table: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        accept(table)
