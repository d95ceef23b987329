"""The site is built without a warning: every page is in its navigation, every link and anchor resolves, every
name of the API page exists. Nothing in it is loaded from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.strictly import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(made)]
    own = {**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


def test_every_page_is_there(site: Path) -> None:
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} | {"SECURITY", "CONTRIBUTING", "CHANGELOG"}
    assert pages <= {page.stem for page in site.glob("*.html")}


def test_the_api_page_has_the_public_names(site: Path) -> None:
    page = (site / "api.html").read_text(encoding="utf-8")
    for name in ("grade", "grade_many", "run", "load_run", "Problem", "Verdict", "Scorer"):
        assert re.search(rf'id="verirs\.[\w.]*{name}"', page), name


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(
            r'<(?:script|img|iframe)[^>]* src="(https?:[^"]*)|<link [^>]*href="(https?:[^"]*)', text
        )
        assert not loaded, page.name


def test_links_of_the_pages_beside_the_docs_resolve() -> None:
    for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = re.findall(r"\]\((?!https?:)([^)#]+)", text) + re.findall(
            r"`((?:docs|scripts|examples)/[\w./]+)`", text
        )
        assert not [path for path in named if not (ROOT / path).exists()], name
