"""Whose config it is, and what a stranger's may not do unasked.

A config is somebody else's if it lies in a run directory, which people hand around, or, on the command line,
outside the folder that the command is given in. Such a config is data: it selects, samples and judges with
what is installed, but what would run code of its own, or take something of its reader's, is refused until
its reader says ``--trust``. Whatever the reader typed himself is his own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError
from verirs.parts.trust import guarded
from verirs.system.names import name_fault

_RUN_MARKS = ("manifest.json", "groups")
_OPEN_SANDBOX = "process"
NEXT = "Read the config; if you trust it, add --trust (from Python: trust=True)"


def in_run(file: Path) -> bool:
    """Whether a file lies in a run directory, as its name is given or as its links lead."""
    return any(
        (folder / mark).exists() for folder in {file.parent, file.resolve().parent} for mark in _RUN_MARKS
    )


def whose(file: Path, here: Path | None = None) -> str:
    """Why a config is taken for somebody else's; empty: it is its reader's own.

    Args:
        here: the folder that the reader's own configs lie in or below; None is anywhere.
    """
    if in_run(file):
        return f"{file} lies in a run directory, which may come from somebody else"
    if here is not None and not file.resolve().is_relative_to(here.resolve()):
        return f"{file} lies outside of this folder and may be somebody else's"
    return ""


@contextlib.contextmanager
def reading(
    file: Path,
    raw: Mapping[str, Any],
    typed: Mapping[str, Any] | None = None,
    *,
    trust: bool = False,
    here: Path | None = None,
) -> Iterator[None]:
    """While it lasts, code that somebody else's config names is not loaded.

    Args:
        file: the config.
        raw: what of its table will be built, with what was typed laid over it.
        typed: what the reader himself laid over it; what he names is his own.
        trust: the reader has read the config and takes it for his own.
        here: see :func:`whose`.

    Raises:
        ConfigError: what else a stranger's config may not ask of its reader: an open sandbox, his keys, free
            arguments of an engine; one line each.
    """
    why = "" if trust else whose(file, here)
    if not why:
        yield
        return
    own = set(_texts(typed or {}))
    asked = [f"{where}: {what}; {why}. {NEXT}" for where, what in _favours(raw, "", own)]
    if asked:
        raise ConfigError(asked)
    with guarded(lambda name: "" if name in own else f"this is code to be loaded, and {why}. {NEXT}"):
        yield


def _favours(table: Mapping[str, Any], at: str, own: set[str]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        where = f"{at}.{key}" if at else str(key)
        if isinstance(value, Mapping):
            if key == "options" and value and not at.startswith("export"):
                yield where, "it passes arguments straight to an engine, code to be loaded among them"
            yield from _favours(value, where, own)
        elif (
            key == "sandbox"
            and isinstance(value, str)
            and value.startswith(_OPEN_SANDBOX)
            and value not in own
        ):
            yield where, "programs would run without a real sandbox"
        elif key == "sandbox" and str(value).startswith(("http://", "https://")) and value not in own:
            yield where, f"programs and tests would go to {value}, and its word would be taken for them"
        elif key == "command" and value and not own.issuperset(_texts(value)):
            yield where, "it is a program to be run"
        elif key == "base_url" and not own.issuperset(_texts(value)):
            name = str(table.get("api_key_env", "OPENAI_API_KEY"))
            if os.environ.get(name):
                yield where, f"your key in the environment variable {name} would go to {value}"


def _texts(table: Any) -> Iterator[str]:
    if isinstance(table, str):
        yield table
    elif isinstance(table, Mapping):
        for key, value in table.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(table, (list, tuple)):
        for value in table:
            yield from _texts(value)


def placed(raw: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """A run's config with the directory it lies in as the run's, whatever it was called before: a copied run
    goes on in the copy.

    Raises:
        ConfigError: the directory has no name that a run can have.
    """
    if not (file.parent / "manifest.json").exists():
        return dict(raw)
    folder = file.parent if file.parent.name not in ("", "..") else file.parent.resolve()
    if fault := name_fault(folder.name):
        raise ConfigError(f"{folder}: rename the run directory: {fault}")
    return {**raw, "name": folder.name, "runs": str(folder.parent)}
