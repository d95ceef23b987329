"""Where the runner's files lie: ``verirs/_sandboxes`` in an installed package, else ``sandboxes/``."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from verirs.system.bundled import bundled


@cache
def folder() -> Path:
    """The folder of the runner program, its seccomp profile and the image's Dockerfile.

    Raises:
        FileNotFoundError: an incomplete installation.
    """
    return bundled("sandboxes", "runner.py")


@cache
def module(name: str) -> ModuleType:
    """One of the runner's modules, for the host's own use (the value codec is the same on both sides)."""
    spec = importlib.util.spec_from_file_location(f"verirs._sandboxes.{name}", folder() / f"{name}.py")
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
