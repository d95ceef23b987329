"""The parts of a value are asked by name, and only for operations that have them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import verirs.math
from verirs.math.values import ONE, OWNERS, Node

ROOM = Path(verirs.math.__file__).parent
BY_PLACE = re.compile(r"\bargs\[-?\d+\]")


def test_a_part_that_an_operation_has_not_is_refused_while_the_tests_run() -> None:
    assert ONE.number == 1
    with pytest.raises(AssertionError, match="'int' has no signs"):
        _ = ONE.signs


def test_every_named_part_says_whose_it_is() -> None:
    named = {name for name, found in vars(Node).items() if isinstance(found, property)}
    assert named == set(OWNERS)


def test_no_part_is_asked_by_its_place() -> None:
    placed = [
        f"{path.relative_to(ROOM)}: {line.strip()}"
        for path in sorted(ROOM.rglob("*.py"))
        if path.name != "values.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if BY_PLACE.search(line)
    ]
    assert not placed
