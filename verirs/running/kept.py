"""The sections that say which problems are kept: ``[duplicates]``, ``[decontaminate]`` and ``[filter]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from verirs.curation.filters import conditions, impossible
from verirs.curation.known import shipped
from verirs.errors import nearest

KNOWN = "known"
"""In ``against``: all benchmarks whose hashes are shipped."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DuplicatesConfig(_Section):
    equal: Annotated[
        Literal["drop", "mark"],
        Field(
            description="keep the first of equal problems, and none where their golds differ; or only say so."
        ),
    ] = "drop"
    near: Annotated[
        Literal["drop", "mark"],
        Field(description="the same of nearly equal problems; with other numbers they are never dropped."),
    ] = "mark"


class DecontaminateConfig(_Section):
    against: Annotated[
        list[str],
        Field(
            description=f"benchmarks by name ({', '.join(shipped())}), ``known`` for all of these, or "
            "files of problems; ``[]`` is off."
        ),
    ] = [KNOWN]
    action: Annotated[
        Literal["drop", "mark", "refuse"],
        Field(description="keep problems that hold an item of a benchmark out of the training files; or only "
                          "mark them in the columns; or refuse to go on."),
    ] = "drop"  # fmt: skip
    variants: Annotated[
        Literal["drop", "keep"],
        Field(description="a benchmark's item with other numbers: as the item itself, or kept."),
    ] = "drop"


def wrong_curation(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with these sections that their types do not tell."""
    table = raw.get("filter", {})
    found, wrong = conditions(table) if isinstance(table, Mapping) else ((), [])
    n = raw.get("n", 8)
    for condition in found:
        if isinstance(n, int) and n > 0 and "until" not in raw and impossible(condition, n):
            wrong.append(
                f"filter.{condition.words}: no pass rate of {n} samples lies there; take a wider range, more "
                'samples (n), or keep = "not surely outside"'
            )
    section = raw.get("decontaminate", {})
    against = section.get("against", []) if isinstance(section, Mapping) else []
    for name in against if isinstance(against, list) else []:
        if isinstance(name, str) and not is_known(name) and not is_file(name):
            names = [KNOWN, *shipped()]
            wrong.append(
                f"decontaminate.against: no benchmark {name!r}{nearest(name, names)} (known: "
                f"{', '.join(names)}; or a file of problems, whose path ends in .jsonl, .json, .csv, .tsv or "
                ".parquet)"
            )
    return wrong


def is_known(name: str) -> bool:
    """Whether a benchmark is one of those that are shipped."""
    return name == KNOWN or name in shipped()


def is_file(name: str) -> bool:
    """Whether an entry of ``against`` is a file of problems."""
    return name.endswith((".jsonl", ".jsonl.gz", ".json", ".csv", ".tsv", ".parquet")) or "/" in name
