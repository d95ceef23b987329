"""Run directories as a whole: repaired with the help of their config; shards merged into the run they
are of, and different runs mixed."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import tomli_w

from verirs.errors import ConfigError, StoreError
from verirs.parts import build
from verirs.running.again import config_file, refuse_altered
from verirs.running.config import load, merge, parse
from verirs.running.drive import telling_full_disk
from verirs.running.places import moved
from verirs.running.plan import identity, make_plan
from verirs.running.trust import reading
from verirs.store import Store, look, mix, refuse_parts, shard_gaps
from verirs.store import merge as merge_stores
from verirs.store import repair as repair_store
from verirs.store.merging import whole_name
from verirs.store.repair import Repaired
from verirs.system.files import text_digest
from verirs.until import lacks


def repair_run(path: Path, *, trust: bool = False) -> Repaired:
    """Make a damaged run directory whole (:func:`verirs.store.repair`); a lost manifest is made of the
    config.

    Args:
        trust: load code that the run's config names.

    Raises:
        StoreError: nothing can be proved, or the run is in use.
        ConfigError: the manifest is gone, and so is the config, or it is wrong.
    """
    with telling_full_disk(path, "What was whole is whole"):
        return _repaired(path, trust)


def _repaired(path: Path, trust: bool) -> Repaired:
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


def merge_runs(
    out: Path, paths: Sequence[Path], *, allow_missing: bool = False, mixed: bool = False
) -> list[str]:
    """Write the run that shards are of, or a mix of different runs; returns what a user should know.

    Args:
        allow_missing: shards or samples may be missing; the card says which.
        mixed: the runs are of different models or sources. The first one's config says how the mix is
            selected from and exported.

    Raises:
        StoreError: they are not the whole of one run, or cannot be mixed (every fault, by run), or ``out``
            exists.
        ConfigError: no run is named.
    """
    if not paths:
        raise ConfigError("nothing to merge: name run directories")
    with telling_full_disk(out, "Nothing is left of the merged run"):
        return _merged(out, paths, allow_missing, mixed)


def _merged(out: Path, paths: Sequence[Path], allow_missing: bool, mixed: bool) -> list[str]:
    for path in paths:
        refuse_altered(path, config_file(path))
    raw = {k: v for k, v in load(paths[0] / "config.toml").items() if k != "shard"}
    raw = merge(raw, {"name": out.name or whole_name(str(raw.get("name", ""))), "runs": str(out.parent)})
    with contextlib.ExitStack() as opened:
        stores = [opened.enter_context(Store.open(p)) for p in paths]
        if not mixed:
            gaps = refuse_parts(stores, allow_missing=allow_missing, lacks=lacks(stores[0]))
            text = tomli_w.dumps(moved(raw, out))
            beside, configs = {"config.toml": text}, (text_digest(text),)
            merge_stores(out, stores, beside, configs=configs, missing=tuple(shard_gaps(stores)))
            return [f"missing: {gap}" for gap in gaps]
        runs = look(stores, allow_missing=allow_missing)
        told = [*runs.notes, *(f"missing: {gap}" for gap in runs.gaps)]
        if one_prompt(stores):
            raw = merge(raw, {"n": sum(s.manifest.n for s in stores)})
        else:
            raw = merge(raw, {"n": sum(s.manifest.n for s in stores), "export": {"prompt": "problem"}})
            told.append("the runs' system prompts or examples differ: rows hold the problem's prompt alone")
        names = ", ".join(s.path.resolve().name for s in stores)
        text = f"# A mix of {names}: [source], [engine], [prompt] and [sampling] are the first one's.\n"
        text += tomli_w.dumps(moved(raw, out))
        mix(out, runs, {"config.toml": text}, configs=(text_digest(text),))
        return told


def one_prompt(stores: Sequence[Store]) -> bool:
    """Whether all runs' models read the same beside the problem."""
    keys = ("prompt.system", "prompt.examples")
    return len({tuple(str(s.manifest.identity.get(k, "")) for k in keys) for s in stores}) == 1
