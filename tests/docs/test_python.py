"""Every Python block of the README and the docs is typed, and runs.

The blocks of a page are one module, in order, with the page's own line numbers. A block after a line
``<!-- not run: REASON -->`` is type-checked only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import verirs
from tests.strictly import OURS, READER, ROOT, type_faults

PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if not page.name.startswith("tutorial_")),
]


@dataclass(frozen=True)
class Block:
    """A page's Python block: its lines, with the number of the first, and whether it is run or only typed."""

    start: int
    lines: list[str]
    runs: bool


def blocks(page: Path) -> list[Block]:
    """The page's Python blocks, in order."""
    found: list[Block] = []
    inside, runs = False, True
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines()):
        if inside:
            inside = line != "```"
            if inside:
                found[-1].lines.append(line)
        elif line == "```python":
            inside = True
            found.append(Block(number + 1, [], runs))
        else:
            runs = re.fullmatch(r"<!-- not run: .+ -->", line) is None
    assert not inside, f"{page.name}: a block without an end"
    return found


def module(page: Path, *, run: bool) -> str:
    """The page's Python blocks; those that are to run, or all."""
    lines: list[str] = []
    for block in blocks(page):
        if block.runs or not run:
            lines += [""] * (block.start - len(lines)) + block.lines
    return "\n".join(lines).rstrip() + "\n"


WITH_BLOCKS = [page for page in PAGES if module(page, run=False).strip()]
TO_RUN = [page for page in PAGES if module(page, run=True).strip()]


def test_the_blocks_are_found() -> None:
    names = {page.name for page in TO_RUN}
    assert {
        "README.md",
        "python.md",
        "math.md",
        "code.md",
        "policy.md",
        "selection.md",
        "formats.md",
    } <= names
    starts = sum(page.read_text(encoding="utf-8").count("\n```py") for page in PAGES)
    blocks = sum(page.read_text(encoding="utf-8").count("\n```python\n") for page in PAGES)
    assert starts == blocks > 10, "a block with another opening line is not looked at"


def test_the_blocks_are_typed(tmp_path: Path) -> None:
    files = []
    for page in WITH_BLOCKS:
        files.append(tmp_path / f"{page.stem.lower()}_page.py")
        files[-1].write_text(module(page, run=False), encoding="utf-8")
    assert not (said := type_faults(files)), said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where ``runs/demo`` lies, as the pages have it."""
    made = tmp_path_factory.mktemp("pages")
    verirs.run(
        {
            "name": "demo",
            "runs": str(made / "runs"),
            "n": 4,
            "source": {"name": "easy"},
            "engine": {"name": "fake"},
        }
    )
    case = {"id": "demo", "row": {"answer": "2", "text": "So \\boxed{2}."}, "expected": "pass"}
    (made / "cases.jsonl").write_text(json.dumps(case) + "\n")
    return made


@pytest.mark.parametrize("page", TO_RUN, ids=lambda page: page.name)
def test_the_blocks_run(page: Path, folder: Path) -> None:
    file = folder / f"{page.stem.lower()}_page.py"
    file.write_text(module(page, run=True), encoding="utf-8")
    done = subprocess.run(
        [READER, str(file)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **OURS, "HF_HUB_OFFLINE": "1"},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}: {done.stderr[-2000:]}"


def test_every_public_name_is_on_the_page_about_python() -> None:
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8").partition("## What is public")[2]
    listed = set(re.findall(r"`(\w+)`", text.partition("Beside them")[0]))
    assert listed == set(verirs.__all__)
