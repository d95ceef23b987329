"""Every command that the README, the docs and our messages show is one that the command line takes, options
included."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import cyclopts
import pytest

from tests.strictly import ROOT
from verirs.cli import app

GENERATED = {"config.md", "cli.md", "records.md"}
PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in GENERATED),
]
SHOWN = re.compile(r"`(verirs [^`\n]+)`|^(?: {4}|\$ |)(verirs [a-z][^\n]*)$", re.MULTILINE)
TOLD = re.compile(r"`+(verirs [a-z][^`\n]*)`|pip install [^`\n]*&& (verirs [^`\n]*)`")
PROSE = re.compile(r"verirs (?:is|has|reads|writes|ships|keeps|goes|never|refuses|itself|makes)\b")


def commands(path: Path) -> list[str]:
    pattern = TOLD if path.suffix == ".py" else SHOWN
    found = (m[1] or m[2] for m in pattern.finditer(path.read_text(encoding="utf-8")))
    return [c for c in found if not PROSE.match(c)]


def words(command: str) -> list[str]:
    """What the shell would hand over; what stands for more (``...``) is left out."""
    bare = re.sub(r"(?<=\s)[|>#].*$|\s&&.*$|\"?\$\(.*?\)\"?", " ", command)
    bare = re.sub(r"\{BLEND\}", "blend", bare)
    bare = re.sub(r"\{[^{}]*\}", "X", bare)  # the values of an f-string
    return [w for w in shlex.split(bare) if w != "..."][1:]


def refused(command: str) -> str:
    """Why the command line does not take it, or an empty text."""
    if not (given := words(command)):
        return ""
    if not given[0].startswith("-") and given[0] not in set(app):
        return "no such command"
    try:
        app.parse_args(given, exit_on_error=False, print_error=False)
    except cyclopts.MissingArgumentError:
        return ""  # a sentence names a command without its arguments
    except cyclopts.CycloptsError as e:
        return str(e)
    return ""


@pytest.mark.parametrize("page", [p for p in PAGES if commands(p)], ids=lambda p: p.name)
def test_every_command_of_the_docs_parses(page: Path) -> None:
    assert not [f"`{c}`: {why}" for c in commands(page) if (why := refused(c))]


def test_every_command_of_a_message_parses() -> None:
    told = [(path, c) for path in (ROOT / "verirs").rglob("*.py") for c in commands(path)]
    assert len(told) > 40
    assert not [f"{path.relative_to(ROOT)}: `{c}`: {why}" for path, c in told if (why := refused(c))]


def test_what_does_not_exist_is_seen() -> None:
    assert sum(len(commands(page)) for page in PAGES) > 45
    assert refused("verirs frobnicate") == "no such command"
    assert refused("verirs run mine.toml --frobnicate")
    assert refused("verirs run mine.toml -n many")
    assert not refused("verirs run CONFIG --shard $I/8 | tail -1")
