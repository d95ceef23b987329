"""What the lists show of each problem itself: its title, gold, source and level, read column by column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from verirs.system import quick_json
from verirs.view.exported import Ints, Words, coded, numbers

TITLE, ANSWER = 160, 60
"""Characters of a prompt and of an answer that lists show."""
LEVELS = ("difficulty", "level", "subject", "type", "category")
"""Columns of a source that say how hard a problem is, or what it is about; the first that is there."""
COLUMNS = ("id", "prompt", "answer", "source", "split", "meta", "digest", "current")


@dataclass(slots=True)
class Asked:
    """The problems that the run's last command asked for, in order of id; a value a problem.

    Args:
        ids: of the problems.
        digests: of what verifiers read.
        titles: the last message of the prompt, in a line.
        golds: the beginning of the answer.
        source, split, level: places in ``words``.
    """

    ids: list[str] = field(default_factory=list)
    digests: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    titles: list[str] = field(default_factory=list)
    golds: list[str] = field(default_factory=list)
    source: list[int] = field(default_factory=list)
    split: list[int] = field(default_factory=list)
    level: list[int] = field(default_factory=list)
    words: dict[str, Words] = field(
        default_factory=lambda: {name: Words() for name in ("source", "split", "level")}
    )


def asked(tables: Iterable[pa.Table]) -> Asked:
    """Gather the columns of tables with :data:`COLUMNS`."""
    found = Asked()
    for table in tables:
        part = table.filter(table["current"])
        found.ids += part["id"].to_pylist()
        found.digests = np.concatenate([found.digests, numbers(part["digest"])])
        found.titles += [_title(text) for text in part["prompt"].to_pylist()]
        found.golds += [cut(text, ANSWER) for text in part["answer"].to_pylist()]
        for name, into in (("source", found.source), ("split", found.split)):
            codes, texts = coded(part[name])
            places = np.array([found.words[name].of(text) for text in texts] or [0], np.int64)
            into += places[codes].tolist()
        found.level += [found.words["level"].of(_level(text)) for text in part["meta"].to_pylist()]
    return found


def _title(prompt: str) -> str:
    messages = quick_json.loads_bounded(prompt)  # texts alone: no number to lose
    return cut(" ".join(str(messages[-1].get("content", "")).split()), TITLE) if messages else ""


def _level(text: str | None) -> str:
    """What a problem's row says of its difficulty or its kind."""
    if not text or not any(key in text for key in LEVELS):
        return ""
    meta: dict[str, Any] = quick_json.loads(text)
    return next((str(meta[k]) for k in LEVELS if meta.get(k) not in (None, "")), "")


def cut(text: str | None, length: int) -> str:
    """The beginning of a text."""
    text = text or ""
    return text if len(text) <= length else f"{text[: length - 1]}…"
