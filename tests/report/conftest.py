"""One run with two rankers, one of them worse than chance, that several tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from verirs.running.drive import RunResult, run

HERE = Path(__file__).parent


def config(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "name": "small",
        "runs": str(folder),
        "n": 8,
        "rank": "all",
        "source": {"name": "arithmetic", "count": 40},
        "engine": {"name": "fake"},
        "scorer": {
            "math": {},
            "good": {"plugin": f"{HERE / 'rankers.py'}:Good"},
            "bad": {"plugin": f"{HERE / 'rankers.py'}:Bad"},
        },
        **more,
    }


@pytest.fixture(scope="session")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A finished run of 40 problems with 8 samples."""
    return run(config(tmp_path_factory.mktemp("ranked")))
