"""Where the paths of a config start: at the folder of the TOML file that they stand in.

What is typed (flags, ``--set``) and what Python gives starts at the current folder. A text is a path where

- its key is ``path``, ``runs``, or ends in ``_path`` or ``_file``;
- it begins with ``./``, ``../`` or ``.\\``, outside of what the model is told and how it samples;
- it names a part in a file, ``mine.py:Name``;
- it is a file in ``against``, or a ``base_url`` that is no address;
- it stands under ``model``, ``tokenizer`` or ``base`` and is a folder there.

So that every command finds a run's files again, the ``config.toml`` of a run directory is written by the same
rule (:func:`moved`).
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError
from verirs.running.kept import is_file, is_known
from verirs.running.trust import in_run
from verirs.system.names import is_address

_WEIGHTS = ("model", "tokenizer", "base")
"""Keys whose texts are names on the hub as often as folders."""
_WORDS = ("prompt", "sampling")
"""Sections of texts that a model gets; only a key that says so is a path there."""
_OUT = "runs"


def located(table: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """A config file's table with its paths as they are seen from the current folder.

    Raises:
        ConfigError: what lies in the current folder and not beside the config, with the path to write.
    """
    folder = file.parent
    if _same(folder, Path.cwd()):
        return dict(table)
    wrong: list[str] = []
    of_run = in_run(file)

    def seen(text: str, key: str) -> str:
        there = _between(os.path.join(folder, text), os.curdir)
        if key == _OUT or _exists(there):
            return there
        if of_run:  # of an earlier version, whose paths start where it was made; or it was moved since
            below = text.removeprefix("./")
            while below.startswith("../"):
                below = below.removeprefix("../")
            return next((found for found in (text, below) if _exists(found)), there)
        if not _exists(text):
            return there
        wrong.append(
            f"{file}: {key}: {text} lies in the current folder, not beside the config, and the paths of a "
            f"config start at the config's folder; write {_between(text, folder)}"
        )
        return text

    out = _mapped(table, seen, folder)
    if wrong:
        raise ConfigError(wrong)
    return out


def moved(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A table whose paths start at the current folder, as it is written into a file of another folder."""
    if _same(folder, Path.cwd()):
        return dict(table)
    return _mapped(table, lambda text, key: _between(text, folder), Path())


def fixed(table: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """A table whose paths start at ``folder``, with whole paths: the process may go to another one."""
    return _mapped(table, lambda text, key: os.path.normpath(os.path.join(folder, text)), Path(folder))


def _mapped(table: Mapping[str, Any], move: Callable[[str, str], str], folder: Path) -> dict[str, Any]:
    """The table with every relative path moved; ``move`` gets it and the key that it stands under."""

    def at(value: Any, key: str, where: str, words: bool) -> Any:
        if isinstance(value, Mapping):
            return {
                k if key == "scorer" else at(k, "", where, words): at(
                    _named(k, key, v), str(k), f"{where}.{k}", words
                )
                for k, v in value.items()
            }
        if isinstance(value, list):
            return [at(v, key, where, words) for v in value]
        if not isinstance(value, str):
            return value
        place, name = _parted(value)
        if not place or os.path.isabs(place) or place.startswith("~") or is_address(place):
            return value
        if not (name or _is_path(value, key, words, folder)):
            return value
        found = move(place, where)
        if name and not found.startswith((".", "/")):
            found = f"./{found}"
        return f"{found}{name}"

    return {str(k): at(v, str(k), str(k), k in _WORDS) for k, v in table.items()}


def _named(name: str, key: str, table: Any) -> Any:
    """A scorer's table; where its name is its file, with that file beside the name, which stays."""
    if key == "scorer" and isinstance(table, Mapping) and _parted(str(name))[1]:
        return {"plugin": name, **table}
    return table


def _parted(text: str) -> tuple[str, str]:
    """``./file.py:Name`` as its file and the rest."""
    where, colon, name = text.rpartition(":")
    plugin = colon and where.endswith(".py") and all(p.isidentifier() for p in name.split("."))
    return (where, f":{name}") if plugin else (text, "")


def _is_path(text: str, key: str, words: bool, folder: Path) -> bool:
    if key in ("path", _OUT) or key.endswith(("_path", "_file")):
        return True
    if words or "\n" in text:
        return False
    if text.startswith(("./", "../", ".\\", "..\\")):
        return True
    if key == "against":
        return not is_known(text) and is_file(text)
    if key == "base_url":
        return "://" not in text and text.endswith(".txt")
    return key in _WEIGHTS and ((folder / text).is_dir() or Path(text).is_dir())


def _between(text: str, folder: Path | str) -> str:
    """A path from the current folder, as it is written in a file of another folder."""
    try:
        found = os.path.relpath(os.path.realpath(text), os.path.realpath(folder))
    except ValueError:  # another drive
        return os.path.abspath(text)
    return found + ("/" if text.endswith("/") else "")


def _exists(text: str) -> bool:
    return os.path.exists(text) or (glob.has_magic(text) and bool(glob.glob(text)))


def _same(folder: Path, other: Path) -> bool:
    return os.path.realpath(folder) == os.path.realpath(other)
