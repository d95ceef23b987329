"""Runs made once for all of the viewer's tests, a server, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.view import runs as made
from verirs.view.library import Library
from verirs.view.server import Server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that nothing changes."""
    folder = tmp_path_factory.mktemp("view")
    made.maths(folder)
    made.codes(folder)
    made.hostile(folder)
    return folder / "runs"


@pytest.fixture(scope="session")
def server(folder: Path) -> Iterator[Server]:
    server = Server(Library([folder]))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    sync = pytest.importorskip("playwright.sync_api", reason="the browser is driven by playwright")
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    with sync.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
