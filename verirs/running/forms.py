"""In which forms an export is written: files for trainers, and thoughts in a field, in tags or not at all."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

from verirs.parts import SinkPart, build_sink
from verirs.parts.part import Part
from verirs.protocols import About, Sink, SinkTraits
from verirs.records import Manifest
from verirs.running.config import Config
from verirs.sinks.trainers import PARTS, SHAPES, Thinking, Variant, one_text
from verirs.sinks.training import TrainingSink
from verirs.store import Store, Whose
from verirs.types import Group


def tell(sinks: Sequence[SinkPart], manifest: Manifest, thought_key: str, first: int | None) -> None:
    """Tell each sink that asks what is known before the first row.

    Args:
        first: only samples below this index say how hard a problem is; ``None``: all do.
    """
    about = About(
        thought_key=thought_key,
        model_of=models_of(manifest),
        chat_template_kwargs=manifest.identity.get("sampling.chat_template_kwargs") or {},
        first=first,
    )
    for sink in sinks:
        if sink.traits.tell is not None:
            sink.traits.tell(about)


def variants(config: Config) -> list[Part[Sink, SinkTraits]]:
    """The files for trainers that a config asks for: of the kinds that its sinks are of."""
    export = config.export
    made: list[Part[Sink, SinkTraits]] = []
    kinds = dict.fromkeys("sft" if sink == "messages" else sink for sink in export.sinks)
    for trainer in dict.fromkeys(export.trainers):
        for kind in (k for k in kinds if k in SHAPES[trainer]):
            for part in PARTS:
                base = build_sink(kind, export.options.get(kind, {})).made
                assert isinstance(base, TrainingSink)
                sink = Variant(trainer, kind, part, base, export.validation)
                traits = SinkTraits(tell=sink.tell, formats=sink.formats, of_problems=kind == "rl")
                made.append(Part(key=sink.name, made=sink, traits=traits))
    return made


def models_of(manifest: Manifest) -> Callable[[int], str]:
    """The model of a sample by its index."""
    if manifest.mixed:
        return functools.partial(_model_of, Whose(manifest.mixed))
    return functools.partial(
        _always, str(manifest.identity.get("engine.model") or manifest.identity.get("engine.name", ""))
    )


def _model_of(whose: Whose, index: int) -> str:
    return str(whose.of(index).model)


def _always(name: str, index: int) -> str:
    return name


def thought_key(stores: Sequence[Store], config: Config) -> str:
    """Under which thoughts stand in messages; empty where they do not, or there are none."""
    if config.export.thinking != "field" or not any(map(has_thoughts, stores)):
        return ""
    return config.export.thinking_field


def has_thoughts(store: Store) -> bool:
    """Whether any stored completion has a thought."""
    tables = store.directory.merged("completions", ["problem_id", "index", "reasoning"])
    return any(any(text for text in table["reasoning"].to_pylist()) for table in tables)


def in_form(group: Group, thinking: Thinking) -> Group:
    """The group with its thoughts as all files are to have them; ``field`` leaves them apart."""
    if thinking == "field" or not any(c.completion.reasoning for c in group.candidates):
        return group
    return replace(group, candidates=tuple(one_text(c, thinking) for c in group.candidates))


_WRITTEN = {"field": "in `{}`", "tags": "in `<think>` tags", "none": "left out"}


def thoughts_note(config: Config, key: str) -> dict[str, str]:
    """How thoughts are written, by trainer and kind of rows; under an empty name in our own files."""
    if not key:
        return {}
    note = {"": _WRITTEN["field"].format(key)}
    for part in variants(config):
        if isinstance(part.made, Variant):
            note[f"{part.made.trainer}/{part.made.kind}"] = _WRITTEN[part.made.thinking].format(key)
    return note
