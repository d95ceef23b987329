"""The benchmarks whose hashes are part of this package: names here, files in ``benchmarks/``.

`python -m scripts.benchmark_index FOLDER` writes them anew.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verirs.curation.index import Benchmark

FOLDER = Path(__file__).parent / "benchmarks"


@functools.cache
def shipped() -> tuple[str, ...]:
    """Their names."""
    return tuple(sorted(path.stem.replace("--", ":") for path in FOLDER.glob("*.npz")))


def file_of(name: str) -> Path:
    """Where the hashes of one lie."""
    return FOLDER / f"{name.replace(':', '--')}.npz"


def load_shipped(name: str) -> Benchmark:
    """One of :func:`shipped`."""
    from verirs.curation.index import Benchmark

    return Benchmark.load(file_of(name), name)
