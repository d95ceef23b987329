"""What a round is trained on: rows of the last rounds' runs or the best of all of them, others mixed in, or
the control's.

The control experiment has data of the same size that no verifier chose. What a policy gains over its control
is what the verifier is worth; training on one's own samples alone gains nothing. SFT traces are drawn
uniformly from all complete samples of the round; of each DPO pair a coin says which text is chosen; KTO
labels are shuffled over all rows.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verirs import until
from verirs.errors import SourceError
from verirs.parts import build_selector, build_sink, sink_part
from verirs.running.choosing import Render, trained
from verirs.running.config import Config
from verirs.running.forms import in_form
from verirs.running.plan import prompter
from verirs.running.rehearse import selected
from verirs.select.marks import tie_key
from verirs.sinks.training import SftSink
from verirs.sinks.writer import export
from verirs.sources.files import read_rows
from verirs.store import Store
from verirs.types import Candidate, Group, Selection
from verirs.until import groups

if TYPE_CHECKING:
    import pyarrow as pa

EXTRA = -1
"""The ``round`` of rows that no round made."""

TEXTS = {"sft": ("completion",), "dpo": ("chosen", "rejected"), "kto": ("completion",)}
"""The columns that make two rows of a problem the same row."""


def mix(
    folders: Sequence[tuple[int, Path]], stages: Sequence[str], out: Path, *, distinct: bool = True
) -> dict[str, int]:
    """Write ``STAGE.parquet`` for each stage into ``out``; returns the numbers of rows.

    Args:
        folders: (round, folder with its exported files), the newest first. Of equal rows the newest
            stays; rows are in order of problem, then round. A column ``round`` is added.
        distinct: keep equal rows once; without it all rows stay, as they were drawn.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    counts = {}
    out.mkdir(parents=True)
    for stage in stages:
        seen: set[Any] = set()
        tables = []
        for number, folder in folders:
            table = pq.read_table(folder / f"{stage}.parquet")
            if distinct:
                table = table.filter(pa.array(_new(table, stage, seen), pa.bool_()))
            tables.append(table.append_column("round", pa.array([number] * len(table), pa.int32())))
        mixed = pa.concat_tables(tables).sort_by([("problem_id", "ascending"), ("round", "ascending")])
        pq.write_table(mixed, out / f"{stage}.parquet", compression="zstd")
        counts[stage] = len(mixed)
    return counts


def _new(table: pa.Table, stage: str, seen: set[Any]) -> list[bool]:
    columns = [table["problem_id"], *(table[name] for name in TEXTS[stage])]
    flags = []
    for row in zip(*(c.to_pylist() for c in columns), strict=True):
        key = (row[0], *(messages[-1]["content"] for messages in row[1:]))
        flags.append(key not in seen)
        seen.add(key)
    return flags


def best_of_all(
    runs: Sequence[tuple[int, Path]], config: Config, stages: Sequence[str], out: Path
) -> dict[str, int]:
    """Write ``STAGE.parquet`` for each stage: one selection of each problem among all rounds' samples.

    As Llama 2 did from its fourth round on (arXiv:2307.09288, 3.2.3): a model that learns from its last round
    alone forgets what an earlier one could.

    Args:
        runs: (round, run directory), the oldest first.
        config: of the runs; its selector and sinks are used.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    selector = build_selector(config.select.name, config.select.options)
    sinks = [build_sink(stage, config.export.options.get(stage, {})) for stage in stages]
    render = prompter(config)
    messages = render.messages if config.export.prompt == "sampled" else render.problem_messages
    every = (in_form(group, config.export.thinking) for group in joined([p for _, p in runs]))
    out.mkdir(parents=True)
    export((trained(selected(selector, group), messages) for group in every if group.candidates), sinks, out)
    counts = {}
    for stage in stages:
        table = pq.read_table(out / f"{stage}.parquet")
        counts[stage] = len(table)
        # a sample's index tells its round: see joined()
        index = "chosen_index" if "chosen_index" in table.column_names else "sample_index"
        numbers = [runs[i // SPAN][0] for i in table[index].to_pylist()]
        table = table.append_column("round", pa.array(numbers, pa.int32()))
        pq.write_table(table, out / f"{stage}.parquet", compression="zstd")
    return counts


SPAN = 1_000_000
"""In a group of several rounds, sample ``i`` of the run at place ``r`` has index ``r * SPAN + i``."""


def joined(runs: Sequence[Path]) -> Iterator[Group]:
    """Each problem once, with its candidates of all runs, the oldest first; in order of problem id."""

    def numbered(place: int, path: Path) -> Iterator[tuple[str, int, Group]]:
        for group in until.groups(Store.open(path)):
            yield group.problem.id, place, group

    every = heapq.merge(*(numbered(i, p) for i, p in enumerate(runs)), key=lambda row: row[:2])
    for _, rows in itertools.groupby(every, key=lambda row: row[0]):
        same = list(rows)
        candidates = [
            dataclasses.replace(
                c, completion=dataclasses.replace(c.completion, index=place * SPAN + c.completion.index)
            )
            for _, place, group in same
            for c in group.candidates
        ]
        yield dataclasses.replace(same[-1][2], candidates=tuple(candidates))


def add_extra(file: Path, extra: Path, share: float, seed: int) -> int:
    """Mix rows that the loop did not make into ``file``; their ``round`` is :data:`EXTRA`.

    Args:
        share: of all rows afterwards; all of the file's where it has fewer.

    Returns:
        How many were added.

    Raises:
        SourceError: the file cannot be read, or a row has neither messages nor a prompt and a completion.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    own = pq.read_table(file)
    wanted = round(len(own) * share / (1 - share))
    rows = [conversation(row, where) for where, row in read_rows(extra)]
    if not rows:
        raise SourceError(f"{extra} has no rows to mix in")
    drawn = random.Random(f"{seed} extra").sample(rows, min(wanted, len(rows)))
    columns: dict[str, list[Any]] = {name: [None] * len(drawn) for name in own.column_names}
    columns |= {"prompt": [r[0] for r in drawn], "completion": [r[1] for r in drawn]}
    if "chat_template_kwargs" in columns and len(own):
        columns["chat_template_kwargs"] = [own["chat_template_kwargs"][0].as_py()] * len(drawn)
    columns |= {"round": [EXTRA] * len(drawn), "problem_id": [f"extra-{i}" for i in range(len(drawn))]}
    try:
        table = pa.table({n: pa.array(columns[n], own.schema.field(n).type) for n in own.column_names})
    except pa.ArrowInvalid as e:
        raise SourceError(f"{extra}: its rows are no messages: {e}") from e
    table = table.cast(own.schema)
    pq.write_table(pa.concat_tables([own, table]), file, compression="zstd")
    return len(drawn)


def conversation(row: dict[str, Any], where: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Prompt and completion of a row, as messages.

    Raises:
        SourceError: there is none.
    """
    prompt, completion = row.get("prompt"), row.get("completion")
    if isinstance(row.get("messages"), list):
        prompt, completion = row["messages"][:-1], row["messages"][-1:]
    if isinstance(prompt, str):
        prompt = [{"role": "user", "content": prompt}]
    if isinstance(completion, str):
        completion = [{"role": "assistant", "content": completion}]
    if not prompt or not completion or completion[-1].get("role") != "assistant":
        raise SourceError(
            f"{where}: extra rows have messages that end with the assistant's, or prompt and completion"
        )

    def plain(messages: list[dict[str, Any]]) -> list[dict[str, str]]:
        return [{"role": str(m["role"]), "content": str(m["content"])} for m in messages]

    return plain(prompt), plain(completion)


def one_label(file: Path) -> str:
    """The label that no row of a file for KTO has; empty where there are rows of both."""
    import pyarrow.parquet as pq

    found = set(pq.read_table(file, columns=["label"])["label"].to_pylist())
    return "" if len(found) == 2 else str(False in found).lower()


# ---- the control ------------------------------------------------------------------------------------


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
