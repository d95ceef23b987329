"""Runs made once for all of the viewer's tests, a server, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.view import runs as made
from tests.view.browsing import browser
from verirs.view.library import Library
from verirs.view.server import Server

__all__ = ["browser"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that nothing changes."""
    folder = tmp_path_factory.mktemp("view")
    made.maths(folder)
    made.codes(folder)
    made.hostile(folder)
    made.curated(folder)
    return folder / "runs"


@pytest.fixture(scope="session")
def server(folder: Path) -> Iterator[Server]:
    server = Server(Library([folder]))
    server.start()
    yield server
    server.close()
