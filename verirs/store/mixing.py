"""Runs of different models or sources as one run, where that is asked for; every sample says whose it is.

A problem that several runs sampled is one problem of the mix, with all their samples: sample ``i`` of a run
becomes sample ``first + i`` (:class:`verirs.records.MixedRun`), so an index alone tells the run. An id by
which the runs mean different problems becomes ``RUN:id`` in each of them (``RUN::id`` where an id is called
that already). Samples that do not count in their run (beyond its ``n``, or of a row that left its source) are
left out.

Scores are taken over as they are. Nobody can draw more samples for a mix: its runs can, and are mixed again.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from verirs.errors import StoreError
from verirs.records import Manifest, MixedRun
from verirs.store import shards
from verirs.store.changes import Held
from verirs.store.directory import MIXED
from verirs.store.merging import being_written, sample_gaps, scorers_told, tables_of, write_run
from verirs.store.store import Store
from verirs.types import Problem

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Runs that may be mixed.

    Args:
        stores: open for reading.
        renamed: ids by which they mean different problems.
        sign: between a run's name and such an id; it makes no id that is there already.
        gaps: what is missing, a line each.
        notes: what a user should know, a line each.
        chains: of the stores' files, as they were looked at.
    """

    stores: Sequence[Store]
    renamed: frozenset[str]
    sign: str
    gaps: tuple[str, ...]
    notes: tuple[str, ...]
    chains: tuple[str, ...]


def look(stores: Sequence[Store], *, allow_missing: bool = False) -> Mix:
    """Refuse runs whose samples cannot stand in one set.

    Args:
        allow_missing: samples may be missing.

    Raises:
        StoreError: every fault, by run.
    """
    chains = tuple(store.manifest.chain for store in stores)
    held = [{h.problem.id: h for h in s.directory.at_once(s.directory.problems) if h.current} for s in stores]
    renamed, faults = _same_ids(stores, held)
    faults = [*being_written(stores), *_run_faults(stores), *_twins(stores, held), *faults]
    gaps = [line for store in stores for line in sample_gaps(store)]
    if gaps and not allow_missing:
        faults += [*gaps, "(--allow-missing goes on without them, and says so in the card)"]
    if faults:
        raise StoreError("these runs cannot be mixed:\n" + "\n".join(f"  {f}" for f in faults))
    notes, sign = [], _sign(stores, held, renamed)
    if renamed:
        notes.append(f"{len(renamed)} ids mean different problems in these runs: they became RUN{sign}id")
    if twice := _two_ids(held):
        notes.append(f"{twice} prompts are in the mix under several ids; select.k counts each by itself")
    return Mix(
        stores=stores,
        renamed=frozenset(renamed),
        sign=sign,
        gaps=tuple(gaps),
        notes=tuple(notes),
        chains=chains,
    )


def _sign(stores: Sequence[Store], held: Sequence[Mapping[str, Held]], renamed: set[str]) -> str:
    """A sign by which no two problems of the mix get one id."""
    names = [store.path.resolve().name for store in stores]
    kept = {key for own in held for key in own if key not in renamed}
    sign = ":"
    while True:
        made = [
            f"{name}{sign}{key}"
            for name, own in zip(names, held, strict=True)
            for key in own
            if key in renamed
        ]
        if len({*made, *kept}) == len(made) + len(kept):
            return sign
        sign += ":"


def _run_faults(stores: Sequence[Store]) -> Iterator[str]:
    """What hinders a run by itself, or beside the first."""
    first = stores[0]
    for name, count in Counter(s.path.resolve().name for s in stores).items():
        if count > 1:
            yield f"{count} of them are called {name}: rows could not say which; copy or rename all but one"
    for store in stores:
        if store.manifest.mixed:
            names = " ".join(str(store.path.parent / m.name) for m in store.manifest.mixed)
            yield f"{store.path}: it is a mix itself; name its runs instead ({names})"
        if shard := store.manifest.identity.get("shard"):
            yield f"{store.path}: it is shard {shard}; merge the shards of its run first"
        if store.manifest.until:
            yield (
                f"{store.path}: sampled with [until], so its problems have unequally many samples, and no "
                f"figure of a mix would be right; export it by itself"
            )
        if not store.manifest.n:
            yield f"{store.path}: it was never run to its end"
        if store.manifest.stack != first.manifest.stack:
            yield (
                f"{store.path}: scored by {scorers_told(store)}, {first.path} by {scorers_told(first)}; "
                f"score one of them again with the other's config (verirs score)"
            )
        ours, theirs = (s.manifest.identity.get("prompt.template") for s in (first, store))
        if ours != theirs:
            yield (
                f"{store.path}: prompt.template is {theirs!r}, {first.path} has {ours!r}; the rows of one "
                f"set have one"
            )


def _twins(stores: Sequence[Store], held: Sequence[Mapping[str, Held]]) -> Iterator[str]:
    """Runs that hold the same samples: of one model, sampling and seed, on the same problems."""
    for at, store in enumerate(stores):
        for before in range(at):
            shared = len(held[at].keys() & held[before].keys())
            if shared and _draws(store) == _draws(stores[before]):
                yield (
                    f"{store.path}: {shared} of its problems are in {stores[before].path} too, with the same "
                    f"model, sampling and seed: the same samples twice"
                )


def _draws(store: Store) -> dict[str, Any]:
    """Of what identifies a run, all that a sample depends on but its problem."""
    return {k: v for k, v in store.manifest.identity.items() if not k.startswith("source.")}


def _same_ids(stores: Sequence[Store], held: Sequence[Mapping[str, Held]]) -> tuple[set[str], list[str]]:
    """Ids that mean different problems, and problems that runs judge by different answers."""
    known: dict[str, tuple[int, Held]] = {}
    renamed, other = set[str](), dict[tuple[int, int], list[str]]()
    for at, own in enumerate(held):
        for key, here in own.items():
            first, there = known.setdefault(key, (at, here))
            if here.problem.prompt != there.problem.prompt:
                renamed.add(key)
            elif here.digest != there.digest:
                other.setdefault((first, at), []).append(f"{key!r} ({_differ(there.problem, here.problem)})")
    faults = [
        f"{stores[at].path}: {len(keys)} of its problems have the prompt that they have in "
        f"{stores[first].path}, and another answer, test or meta: {', '.join(keys[:_SHOWN])}"
        f"{' ...' if keys[_SHOWN:] else ''}; run one of them again with the other's rows"
        for (first, at), keys in other.items()
    ]
    return renamed, faults


def _differ(a: Problem, b: Problem) -> str:
    for name in ("answer", "entry_point"):
        if getattr(a, name) != getattr(b, name):
            return f"{name} {getattr(a, name)!r}, {getattr(b, name)!r}"[:120]
    return "tests" if a.tests != b.tests else "meta"


def _two_ids(held: Sequence[Mapping[str, Held]]) -> int:
    """How many prompts stand under several ids."""
    ids: dict[str, set[str]] = {}
    for own in held:
        for key, here in own.items():
            ids.setdefault(repr(here.problem.prompt), set()).add(key)
    return sum(len(keys) > 1 for keys in ids.values())


def mix(out: Path, runs: Mix, beside: Mapping[str, str], **also: Any) -> None:
    """Write the mixed run. Nothing is left of it if that fails.

    Args:
        beside: what else belongs into the directory: file names and their text.
        also: further fields of the manifest.

    Raises:
        StoreError: ``out`` exists, or one of the runs is being written.
    """
    parts, first = [], 0
    for store in runs.stores:
        parts.append(_part(store, first))
        first += store.manifest.n
    identities = [store.manifest.identity for store in runs.stores]
    common = {k: v for k, v in identities[0].items() if all(k in i and i[k] == v for i in identities)}
    content = {
        kind: shards.merge(
            [stream for store, part in zip(runs.stores, parts, strict=True)
             for stream in _streams(store, part, kind, runs)],
            shards.KEYS[kind],
            once=kind == "problems",
        )
        for kind in shards.KEYS
    }  # fmt: skip
    manifest = Manifest(
        identity=dict(sorted({**common, "mixed": [p.name for p in parts]}.items())),
        run=MIXED + secrets.token_hex(8),
        n=first,
        stack=runs.stores[0].manifest.stack,
        scorers=runs.stores[0].manifest.scorers,
        mixed=tuple(parts),
        missing=runs.gaps,
        **also,
    )
    write_run(out, manifest, content, beside, dict(zip(runs.stores, runs.chains, strict=True)))


def _part(store: Store, first: int) -> MixedRun:
    problems = samples = 0
    for group in store.groups():
        problems += 1
        samples += len(group.candidates)
    identity = store.manifest.identity
    return MixedRun(
        name=store.path.resolve().name,
        first=first,
        n=store.manifest.n,
        problems=problems,
        samples=samples,
        source=source_told(identity),
        model=str(identity.get("engine.model") or identity.get("engine.name", "")),
        identity=identity,
    )


def source_told(identity: Mapping[str, Any]) -> str:
    """Where a run's problems come from: the source's name, and its file or data set."""
    words = [identity.get("source.name"), identity.get("source.path") or identity.get("source.dataset")]
    return " ".join(str(w) for w in words if w)


def _streams(store: Store, part: MixedRun, kind: str, runs: Mix) -> Iterator[Iterator[pa.Table]]:
    """A run's rows as they stand in the mix: those that keep their id, and those that do not; each sorted."""
    key, current = shards.KEYS[kind][0], _current(store)
    renames = pa.array(sorted(runs.renamed), type=pa.string())

    def rows(tables: Iterator[pa.Table], keep: bool) -> Iterator[pa.Table]:
        for table in tables:
            if kind != "problems":
                table = table.filter(pc.less(table["index"], part.n))
            table = table.filter(pc.is_in(table[key], current))
            other = pc.is_in(table[key], renames)
            table = table.filter(pc.invert(other) if keep else other)
            if not keep:
                own = pc.binary_join_element_wise(part.name, table[key], runs.sign)
                table = table.set_column(table.schema.get_field_index(key), key, own)
            if kind != "problems":
                index = pc.add(table["index"], pa.scalar(part.first, pa.int32()))
                table = table.set_column(table.schema.get_field_index("index"), "index", index)
            yield table

    for keep in (True, False) if runs.renamed else (True,):
        (tables,) = tables_of([store], kind)
        yield rows(tables, keep)


def _current(store: Store) -> pa.Array:
    return pa.array([p.id for p in store.problems()], type=pa.string())
