"""Run directories as a whole: repaired with the help of their config, and shards merged into the
run they are of."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import tomli_w

from verirs.errors import StoreError
from verirs.parts import build
from verirs.running.again import config_file, refuse_altered
from verirs.running.config import load, merge, parse
from verirs.running.plan import identity, make_plan
from verirs.running.trust import reading
from verirs.store import Store, refuse_parts
from verirs.store import merge as merge_stores
from verirs.store import repair as repair_store
from verirs.store.merging import whole_name
from verirs.store.repair import Repaired
from verirs.system.files import text_digest

MISSING = "missing.txt"
"""In a merged run directory: what was allowed to be missing, a line each; the card says it."""


def repair_run(path: Path, *, trust: bool = False) -> Repaired:
    """Make a damaged run directory whole (:func:`verirs.store.repair`); a lost manifest is made of the
    config.

    Args:
        trust: load code that the run's config names.

    Raises:
        StoreError: nothing can be proved, or the run is in use.
        ConfigError: the manifest is gone, and so is the config, or it is wrong.
    """
    try:
        return repair_store(path)
    except StoreError:
        if not (path / "config.toml").exists() or _manifest_reads(path):
            raise
    file = path / "config.toml"
    raw = load(file)
    with reading(file, {}, trust=trust):  # no key leaves and nothing is judged: only code is asked about
        config = parse(raw, str(file))
        engine = build("engine", config.engine.name, config.engine.options, "engine")
        return repair_store(path, identity(config, engine, make_plan(config)))


def _manifest_reads(path: Path) -> bool:
    try:
        Store.open(path)
    except StoreError:
        return False
    return True


def merge_runs(out: Path, paths: Sequence[Path], *, allow_missing: bool = False) -> list[str]:
    """Write the run that shards are of; returns what was allowed to be missing.

    Raises:
        StoreError: they are not the whole of one run (every fault, by run), or ``out`` exists.
    """
    for path in paths:
        refuse_altered(path, config_file(path))
    raw = {k: v for k, v in load(paths[0] / "config.toml").items() if k != "shard"}
    raw = merge(raw, {"name": out.name or whole_name(str(raw.get("name", ""))), "runs": str(out.parent)})
    beside = {"config.toml": tomli_w.dumps(raw)}
    with contextlib.ExitStack() as opened:
        stores = [opened.enter_context(Store.open(p)) for p in paths]
        gaps = refuse_parts(stores, allow_missing=allow_missing)
        if gaps:
            beside[MISSING] = "\n".join(gaps) + "\n"
        merge_stores(out, stores, beside, configs=(text_digest(beside["config.toml"]),))
    return gaps
