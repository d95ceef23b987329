"""The one place that knows where recorded data lie: ``VERIRS_SHARED``, or ``../shared`` by the checkout."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("VERIRS_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def shared(name: str) -> Path:
    """The path of a recorded file; skips the test, with the reason, where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"recorded data not found: {name} (set VERIRS_SHARED to the folder that holds it)")
    return path


def rows(name: str) -> Iterator[dict[str, Any]]:
    """The rows of a recorded JSONL or JSONL.gz file."""
    path = shared(name)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
