"""The sandbox that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from verirs.errors import SandboxError
from verirs.sandbox import Sandbox, open_sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    try:
        pool = open_sandbox("auto", workers=2)
    except SandboxError as error:
        pytest.skip(f"no sandbox here: {error}")
    yield pool
    pool.close()
