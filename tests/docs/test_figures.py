"""Where figures come from: each result file names the commit that it was measured on, one of this history."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
WAITING: set[str] = set()
"""To be measured again on a commit that is landed; then they lose this place."""
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])


def git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, timeout=60)
    if done.returncode:
        pytest.skip(f"no history here: {done.stderr.strip()[:80]}")
    return done.stdout


@pytest.fixture(scope="module")
def history() -> list[str]:
    if git("rev-parse", "--is-shallow-repository").strip() == "true":
        pytest.skip("a shallow clone has no history")
    return git("rev-list", "HEAD").split()


def commits(value: Any) -> Iterator[str]:
    """Every ``commit`` anywhere in a result file."""
    if isinstance(value, dict):
        for key, held in value.items():
            if key == "commit":
                yield str(held)
            else:
                yield from commits(held)
    elif isinstance(value, list):
        for held in value:
            yield from commits(held)


@pytest.mark.parametrize("file", sorted(RESULTS.rglob("*.json")), ids=lambda f: str(f.relative_to(RESULTS)))
def test_a_result_file_names_a_commit_of_this_history(file: Path, history: list[str]) -> None:
    if file.name in WAITING:
        pytest.skip("to be measured again")
    named = set(commits(json.loads(file.read_text(encoding="utf-8"))))
    assert named, "say the commit that it was measured on"
    lost = {c for c in named if not any(known.startswith(c.removesuffix("-dirty")) for known in history)}
    assert not lost, "measure it again on a commit that is landed"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_files_that_a_page_names_as_the_source_of_figures_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"benchmarks/[\w./-]+\.(?:json|py|toml)\b", text)
    named += [
        f"benchmarks/results/{name}" for name in re.findall(r"(?<![\w/])results/([\w.-]+\.json)\b", text)
    ]
    assert not [name for name in named if "NAME" not in name and not (ROOT / name).exists()]
