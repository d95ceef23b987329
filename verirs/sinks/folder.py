"""The folder of an export: what verirs wrote there it may replace and remove, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from verirs.errors import ConfigError
from verirs.records import LISTING, ExportedFiles
from verirs.system.files import digest


def claim(folder: Path, names: Iterable[str]) -> None:
    """Say, before anything is written, which files an export will write.

    Raises:
        ConfigError: one is there already, and no export wrote it.
        StoreError: the folder's list of files is damaged.
    """
    known, names = _known(folder), list(names)
    strange = [name for name in names if name not in known and os.path.lexists(folder / name)]
    if strange:
        more = f" (and {', '.join(strange[1:])})" if strange[1:] else ""
        raise ConfigError(
            f"{folder / strange[0]} is there already{more}, and no export wrote it. Move it away, or give "
            f"another folder: --out DIR"
        )
    if not known.keys() >= set(names):
        folder.mkdir(parents=True, exist_ok=True)
        files = {**dict.fromkeys(names, ""), **known}
        ExportedFiles(files=dict(sorted(files.items()))).save(folder / LISTING)


def settle(folder: Path, names: Iterable[str]) -> None:
    """Say what was written, and remove what an earlier export wrote and this one did not."""
    names, known = set(names), _known(folder)
    for name in known.keys() - names:
        path = folder / name
        if path.is_file() and not path.is_symlink() and digest(path) == known[name]:
            path.unlink()
    files = {name: digest(folder / name) for name in sorted(names) if (folder / name).is_file()}
    if files != known:
        ExportedFiles(files=files).save(folder / LISTING)


def listed(folder: Path) -> ExportedFiles | None:
    """What an export wrote here; ``None``: there was none.

    Raises:
        StoreError: the list is damaged.
    """
    listing = folder / LISTING
    return ExportedFiles.load(listing) if os.path.lexists(listing) else None


def _known(folder: Path) -> dict[str, str]:
    found = listed(folder)
    return {} if found is None else dict(found.files)
