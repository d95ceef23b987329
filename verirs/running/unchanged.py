"""Whether an export has been made already: of the same rows, by the same config and code, and is whole.

What an export depends on is told by a digest, kept in the run directory. Wherever that cannot be told for
certain (a selector or sink of the user's own, a run that is still short of samples) the export is made again.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from verirs.errors import StoreError
from verirs.parts import SelectorPart, SinkPart
from verirs.records import ExportMade, RunSummary
from verirs.report.traces import Traces
from verirs.running.config import Config
from verirs.running.export import Exported
from verirs.running.kept import is_known
from verirs.running.plan import prompter
from verirs.sinks.folder import listed
from verirs.sinks.writer import Written
from verirs.store import Store
from verirs.system.files import digest, read_bytes
from verirs.types import Problem
from verirs.version import __version__

_FILE = "export.json"
_BESIDE = ("export/.verirs.json", "summary.json", "report/index.html")


def made_of(
    stores: Sequence[Store],
    config: Config,
    selector: SelectorPart,
    sinks: Sequence[SinkPart],
    missing: Sequence[str],
) -> str:
    """A digest of everything that an export depends on; empty where nobody can tell.

    Args:
        missing: shards that are missing, for the card.
    """
    made = [selector.made, *(sink.made for sink in sinks)]
    if not all(type(part).__module__.startswith("verirs.") for part in made):
        return ""
    if any(store.directory.journals() for store in stores):
        return ""
    if not all(map(is_known, config.decontaminate.against)):  # files, which may have changed
        return ""
    asked = prompter(config)
    probe = Problem(id="probe", prompt="probe")
    told: list[Any] = [
        _code(),
        config.model_dump(mode="json", by_alias=True, exclude={"runs", "engine", "limits"}),
        [list(map(dict, asked.messages(probe))), list(map(dict, asked.problem_messages(probe)))],
        list(missing),
    ]
    for store in stores:
        raw = {k: v for k, v in store.manifest.to_json().items() if k != "configs"}
        blend = store.path / "blend.json"
        told.append([raw, digest(blend) if blend.is_file() else ""])
    return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16).hexdigest()


def keep(exported: Exported, path: Path, key: str) -> None:
    """Remember of what an export of this run was made.

    Args:
        key: what :func:`made_of` gave; empty: nothing is remembered.
    """
    if not key:
        (path / _FILE).unlink(missing_ok=True)
        return
    totals = {name: written.totals for name, written in exported.files.items()}
    ExportMade(made_of=key, files=_beside(path), totals=totals).save(path / _FILE)


def _beside(path: Path) -> dict[str, str]:
    return {name: digest(path / name) for name in _BESIDE if (path / name).is_file()}


def made_before(path: Path, key: str) -> Exported | None:
    """The export of this run, if it was made of just this and is whole; else ``None``.

    Args:
        key: what :func:`made_of` gave.
    """
    folder = path / "export"
    if not key or not (path / _FILE).exists():
        return None
    try:
        made, known = ExportMade.load(path / _FILE), listed(folder)
    except StoreError:
        return None  # it is made again
    if made.made_of != key or known is None or _beside(path) != made.files:
        return None
    files = {name: folder / name for name in known.files}
    if not all(
        known.files[name] and file.is_file() and not file.is_symlink() and digest(file) == known.files[name]
        for name, file in files.items()
    ):
        return None
    summary = RunSummary.load(path / "summary.json")
    written = {
        name: Written(
            name=name,
            rows=rows,
            paths=tuple(file for one, file in files.items() if one.rpartition(".")[0] == name),
            totals=made.totals.get(name, {}),
        )
        for name, rows in summary.rows.items()
    }
    return Exported(path=folder, files=written, summary=summary, traces=Traces())


@functools.cache
def _code() -> str:
    """The code that exports, as far as a look at its files tells, and what its bytes depend on."""
    root = Path(__file__).parents[1]
    seen = hashlib.blake2b(f"{__version__} {pa.__version__} {np.__version__}".encode(), digest_size=16)
    for file in sorted(root.rglob("*")):
        if file.suffix == ".py":
            seen.update(read_bytes(file, 1 << 24))
        elif file.is_file() and file.suffix != ".pyc":
            seen.update(f"{file.relative_to(root)} {file.stat().st_size}".encode())
    return seen.hexdigest()
