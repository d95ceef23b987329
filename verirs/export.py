"""From the store to training files: select, write, count, describe. Needs no model."""

from __future__ import annotations

import heapq
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs import plugins
from verirs.config import Config
from verirs.files import write_text
from verirs.prompts import Prompter, few_shot
from verirs.sinks.card import card
from verirs.sinks.training import Render
from verirs.sinks.writer import ColumnSink, Written
from verirs.sinks.writer import export as write_rows
from verirs.stats import Tally
from verirs.store import Store
from verirs.types import Group, Selection

LICENSES = {
    "gsm8k": "mit",
    "math500": "mit",
    "humaneval": "mit",
    "mbpp": "cc-by-4.0",
    "arithmetic": "apache-2.0",
}
"""Licences of the sources that verirs knows by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote.

    Args:
        path: the folder with the files and their card.
        files: by sink.
        summary: counts and estimates of everything that was read.
    """

    path: Path
    files: Mapping[str, Written]
    summary: Mapping[str, Any]


def prompter(config: Config) -> Prompter:
    """The prompts a config asks for."""
    return Prompter(
        system=config.prompt.system,
        template=config.prompt.template,
        examples=few_shot(config.prompt.few_shot, config.prompt.few_shot_file),
    )


def export(stores: Sequence[Store], config: Config, path: Path | None = None) -> Exported:
    """Select from all groups of the stores and write the training files and their card.

    Several stores are shards of one run: their problems differ.

    Args:
        path: the folder to write to; by default ``export`` in the first store's run directory.

    Raises:
        ConfigError: the selector or a sink is unknown or its options are wrong.
        OSError: the disk is full; files of an earlier export are as they were.
    """
    folder = path or stores[0].path / "export"
    own = prompter(config)
    render = own.messages if config.export.prompt == "sampled" else own.problem_messages
    sinks = [_sink(name, render) for name in config.export.sinks]
    options = dict(config.select.options)
    if "dpo" in config.export.sinks:
        options.setdefault("pairs", "random")
    selector = plugins.build("selector", config.select.name, options, "select")
    tally = Tally()

    def selections() -> Iterator[Selection]:
        for group in groups(stores):
            if group.candidates:
                selection = selector.select(group)
                tally.add(selection)
                yield selection
            else:
                tally.add(group)

    files = write_rows(selections(), sinks, folder, config.export.formats)
    summary = tally.summary()
    manifest = stores[0].manifest
    identity = manifest["identity"]
    text = card(
        name=config.name,
        source=str(identity.get("source.name", "")),
        license=LICENSES.get(config.source.name, ""),
        model={k.removeprefix("engine."): v for k, v in identity.items() if k.startswith("engine.")},
        sampling={
            "n": config.n,
            "seed": config.seed,
            **{k.removeprefix("sampling."): v for k, v in identity.items() if k.startswith("sampling.")},
        },
        summary=summary,
        files=files,
        selection={"name": config.select.name, **options},
        reproducible=str(manifest.get("reproducible", "")),
    )
    folder.mkdir(parents=True, exist_ok=True)  # nobody made it when there are no sinks
    write_text(folder / "README.md", text)
    return Exported(path=folder, files=files, summary=summary)


def _sink(name: str, render: Render) -> ColumnSink:
    factory = plugins.resolve("sink", name)
    takes_render = "render" in inspect.signature(factory).parameters
    sink: ColumnSink = factory(render) if takes_render else factory()
    return sink


def groups(stores: Sequence[Store]) -> Iterator[Group]:
    """The groups of all stores, in order of problem id."""
    return heapq.merge(*(s.groups() for s in stores), key=lambda g: g.problem.id)


def save_summary(exported: Exported, path: Path) -> None:
    """Write ``summary.json`` of a run."""
    rows = {name: w.rows for name, w in exported.files.items()}
    write_text(path / "summary.json", json.dumps({**exported.summary, "rows": rows}, indent=1) + "\n")
