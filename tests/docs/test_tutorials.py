"""Every tutorial is done from top to bottom in an empty folder: its files written, its commands given, what
it shows compared with what they print (figures apart)."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.strictly import OURS, READER, ROOT

TUTORIALS = sorted((ROOT / "docs").glob("tutorial_*.md"))
BLOCK = re.compile(
    r'^```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```\n?(?P<after><!-- not run: .+ -->)?',
    re.MULTILINE | re.DOTALL,
)
INSTALLS = "pip install"


@dataclass
class Step:
    """One block: a file to write, commands to give, or what the commands before it printed."""

    kind: str
    title: str | None
    text: str
    line: int


def steps(page: Path) -> list[Step]:
    text = page.read_text(encoding="utf-8")
    return [
        Step(m["kind"], m["title"], m["text"], text.count("\n", 0, m.start()) + 1)
        for m in BLOCK.finditer(text)
        if not m["after"]
    ]


def script(step: Step) -> str:
    """The commands of a block, without what only installs."""
    lines = [line.removeprefix("$ ") for line in step.text.splitlines()]
    assert all(line.startswith("$ ") for line in step.text.splitlines()), f"line {step.line}: no prompt"
    return "\n".join(line for line in lines if not line.startswith(INSTALLS))


def plain(line: str) -> str:
    """A line without its figures and its spacing."""
    return re.sub(r"\d[\d.,]*", "#", " ".join(line.split()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, and beside it the commands ``verirs`` and ``python`` of this environment."""
    (tmp_path / "bin").mkdir()
    for name, command in {"python": "", "verirs": " -m verirs.cli"}.items():
        path = tmp_path / "bin" / name
        path.write_text(f'#!/bin/sh\nexec "{READER}"{command} "$@"\n')
        path.chmod(0o755)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda p: p.stem)
def test_the_tutorial_does_what_it_says(page: Path, folder: Path) -> None:
    own = {
        **os.environ,
        "PATH": f"{folder.parent / 'bin'}:{os.environ['PATH']}",
        **OURS,
        "COLUMNS": "120",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
    printed, variables = "", folder.parent / "variables"
    variables.touch()
    for step in steps(page):
        where = f"{page.name}:{step.line}"
        if step.title:
            (folder / step.title).write_text(step.text)
        elif step.kind == "console":
            shell = f". {variables}\n{script(step)}\ndeclare -p MODEL >{variables} 2>/dev/null || true\n"
            done = subprocess.run(
                ["bash", "-euc", shell],
                cwd=folder,
                env=own,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            printed = done.stdout
            assert done.returncode == 0, f"{where}: {printed[-3000:]}"
        elif step.kind == "text":
            lines = iter([plain(line) for line in printed.splitlines()])
            for wanted in step.text.splitlines():
                assert any(plain(wanted) in line for line in lines), f"{where}: {wanted!r}\n{printed[-3000:]}"


def test_every_tutorial_is_found_and_shows_output() -> None:
    assert len(TUTORIALS) >= 3
    for page in TUTORIALS:
        kinds = [step.kind for step in steps(page)]
        assert kinds.count("console") >= 2 and "text" in kinds
        fences = page.read_text(encoding="utf-8").count("\n```")
        assert fences == 2 * len(BLOCK.findall(page.read_text(encoding="utf-8"))), page.name
