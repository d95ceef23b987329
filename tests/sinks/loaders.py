"""Toy selections with and without thoughts, and exports of them for trainers, for the tests of formats."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.select.toys import candidate, group
from verirs.parts import sink_part
from verirs.parts.part import Part
from verirs.protocols import About, Sink, SinkTraits
from verirs.select import First
from verirs.sinks import DpoSink, KtoSink, RlSink, SftSink
from verirs.sinks.trainers import PARTS, SHAPES, Variant
from verirs.sinks.training import TrainingSink
from verirs.sinks.writer import export
from verirs.types import Candidate, Message, Problem, Selection

BASES: dict[str, type[TrainingSink]] = {"sft": SftSink, "dpo": DpoSink, "kto": KtoSink, "rl": RlSink}
PROMPT: tuple[Message, ...] = (
    {"role": "system", "content": "Box the answer."},
    {"role": "user", "content": 'What is {n} + 2?\nUse "quotes", <tags> & \u4e2d.'},
)


def thinks(found: Candidate, thought: str) -> Candidate:
    return replace(found, completion=replace(found.completion, reasoning=thought))


def selections(thoughts: bool = True, system: bool = True, count: int = 4) -> list[Selection]:
    made = []
    for n in range(count):
        own = [
            candidate(0, f"It is \\boxed{{{n + 2}}}.", answer=str(n + 2), value=0.5),
            candidate(1, f"It is \\boxed{{{n + 3}}}.", "fail", answer=str(n + 3), value=0.1),
            candidate(2, "broken", "error"),
        ]
        if thoughts:
            own = [thinks(c, f"\nI add {n}\nand 2 ({i}).\n") for i, c in enumerate(own)]
        prompt = [{**m, "content": m["content"].replace("{n}", str(n))} for m in PROMPT]
        found = group(*own, problem_id=f"p{n}")
        problem = Problem(
            id=f"p{n}",
            prompt=tuple(prompt[0 if system else 1 :]),
            answer=str(n + 2),
            source="toy",
            split="train",
        )
        made.append(First(pairs="random").select(replace(found, problem=problem)))
    return made


def written(
    folder: Path,
    chosen: list[Selection],
    trainer: str,
    kind: str,
    *,
    key: str = "reasoning_content",
    **about: Any,
) -> Path:
    """The file for training that ``export.for`` writes."""
    sinks: list[Part[Sink, SinkTraits]] = []
    for part in PARTS:
        sink = Variant(trainer, kind, part, BASES[kind](), 0.0)
        sink.tell(About(thought_key=key, model_of=lambda _: "tiny", **about))
        sinks.append(Part(key=sink.name, made=sink, traits=SinkTraits(formats=sink.formats)))
    done = export(chosen, sinks, folder)
    (path,) = done[f"{trainer}/{kind}/train"].paths
    return path


def ours(
    folder: Path, chosen: list[Selection], kind: str, key: str = "reasoning_content"
) -> list[dict[str, Any]]:
    """Our own rows, as JSONL gives them."""
    sink = BASES[kind]()
    sink.tell(About(thought_key=key))
    done = export(chosen, [sink_part(sink)], folder, ("jsonl",))
    return rows(done[kind].paths[0])


def rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return found
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


MATRIX = [(trainer, kind) for trainer, shapes in SHAPES.items() for kind in shapes]
