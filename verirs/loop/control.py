"""The control experiment: data of the same size that no verifier chose.

What a policy gains over its control is what the verifier is worth; training on one's own samples
alone gains nothing. SFT traces are drawn uniformly from all complete samples of the round; of each
DPO pair a coin says which text is chosen; KTO labels are shuffled over all rows.
"""

from __future__ import annotations

import dataclasses
import heapq
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from verirs.parts import sink_part
from verirs.running.export import Render, trained
from verirs.select.marks import tie_key
from verirs.sinks.training import SftSink
from verirs.sinks.writer import export
from verirs.store import Store
from verirs.types import Candidate, Group, Selection
from verirs.until import groups

if TYPE_CHECKING:
    import pyarrow as pa


def unverified(run: Path, stages: Sequence[str], render: Render, seed: int, out: Path) -> None:
    """Write ``STAGE.parquet`` for each stage into ``out``, as many rows as the run exported.

    Args:
        render: gives the prompt to train on.
    """
    import pyarrow.parquet as pq

    out.mkdir(parents=True, exist_ok=True)
    for stage in stages:
        exported = run / "export" / f"{stage}.parquet"
        if stage == "sft":
            wanted = pq.read_metadata(exported).num_rows
            store = Store.open(run)
            rows = (trained(selection, render) for selection in draw(store, wanted, seed))
            export(rows, [sink_part(SftSink())], out)
        else:
            table = pq.read_table(exported)
            change = swap if stage == "dpo" else shuffle
            pq.write_table(change(table, seed), out / f"{stage}.parquet", compression="zstd")


def complete(group: Group) -> Iterator[Candidate]:
    return (c for c in group.candidates if c.completion.finish_reason != "length")


def draw(store: Store, wanted: int, seed: int) -> Iterator[Selection]:
    """Selections that accept ``wanted`` complete candidates of the whole run, whatever their verdict."""

    def keys() -> Iterator[tuple[bytes, str, int]]:
        for group in groups(store):
            for candidate in complete(group):
                index = candidate.completion.index
                yield tie_key(seed, group.problem.id, "control", index), group.problem.id, index

    drawn = {(id, index) for _, id, index in heapq.nsmallest(wanted, keys())}
    for group in groups(store):
        taken = tuple(c for c in complete(group) if (group.problem.id, c.completion.index) in drawn)
        yield Selection(group=dataclasses.replace(group, candidates=taken), accepted=taken)


def swap(table: pa.Table, seed: int) -> pa.Table:
    """Pairs whose two texts change places by a coin."""
    import pyarrow as pa

    rng = random.Random(f"{seed} swap")
    rows = table.to_pylist()
    for row in rows:
        if rng.random() < 0.5:
            for name in ("", "_index", "_value"):
                a, b = f"chosen{name}", f"rejected{name}"
                row[a], row[b] = row[b], row[a]
            row["length_difference"] = -row["length_difference"]
    return pa.Table.from_pylist(rows, schema=table.schema)


def shuffle(table: pa.Table, seed: int) -> pa.Table:
    """Rows whose labels were dealt out anew."""
    import pyarrow as pa

    labels = table["label"].to_pylist()
    random.Random(f"{seed} shuffle").shuffle(labels)
    return table.set_column(table.schema.get_field_index("label"), "label", pa.array(labels, pa.bool_()))
