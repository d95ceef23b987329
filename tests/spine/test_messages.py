"""Commands that our messages and docstrings tell people to run exist."""

from __future__ import annotations

import re
from pathlib import Path

from verirs.cli import app

PACKAGE = Path(__file__).parents[2] / "verirs"
TOLD = re.compile(r"`verirs ([a-z]+)(?: ([a-z]+)\b)?")


def test_every_command_that_is_named_exists() -> None:
    told = [
        (path.relative_to(PACKAGE), found)
        for path in PACKAGE.rglob("*.py")
        for found in TOLD.finditer(path.read_text(encoding="utf-8"))
    ]
    assert len(told) > 10
    commands = set(app)
    for path, found in told:
        assert found[1] in commands, f"{path}: {found[0]}"
        group = set(app[found[1]]) - {"--help", "-h", "--version"}
        assert not (group and found[2]) or found[2] in group, f"{path}: {found[0]}"
