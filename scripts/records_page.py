"""Writes docs/records.md from the records' own types and docstrings: ``python -m scripts.records_page``."""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path
from typing import Any

from verirs.parts.options import options_of
from verirs.records import LoopManifest, Manifest, Origin, RoundMetrics, RunSummary

PAGE = Path(__file__).resolve().parents[1] / "docs" / "records.md"
NONE, NULL = "``None``", "``null``"
HEAD = """\
# Records: the JSON files of a run and of a loop

<!-- Written by `python -m scripts.records_page`; a test compares. -->

| file | record |
|---|---|
| `RUN/summary.json` | `RunSummary`: counts, estimates, curves; its `origin` says what was run |
| `RUN/manifest.json` | `Manifest`: what identifies the samples |
| `LOOP/round-NN/metrics.json` | `RoundMetrics`: how a round of `verirs iterate` did |
| `LOOP/loop.json` | `LoopManifest`: what identifies the loop, its parts and what each was made from |

In Python they are frozen dataclasses: `verirs.run(...).summary`, or `RunSummary.load(path)` from
`verirs.records`. In any other language they are plain JSON: a key is a field's name, `None` is `null`, and
keys of tables are texts (k = 8 is `"8"`). Shares are in 0 .. 1, KL and entropies in nats, times in seconds.
[statistics.md](statistics.md) says how the figures are made.

`version` (`format` in the manifest) rises when a field changes its meaning or goes away; verirs refuses a
record of another version. A new field may appear within a version, so pass over keys that you do not know.
The last key, `check`, is a digest of all others, so that damage is seen; the manifests must have it.
"""


def nested(kind: Any) -> list[Any]:
    """The dataclasses that a dataclass holds, directly or not, each once, in order of first sight."""
    found: dict[Any, None] = {}

    def walk(hint: Any) -> None:
        for inner in typing.get_args(hint):
            walk(inner)
        if dataclasses.is_dataclass(hint) and hint is not kind and hint not in found:
            found[hint] = None
            for own in typing.get_type_hints(hint).values():
                walk(own)

    for hint in typing.get_type_hints(kind).values():
        walk(hint)
    return list(found)


def told(hint: Any) -> str:
    """A type as JSON readers know it."""
    base, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return "any"
    if dataclasses.is_dataclass(hint):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"  # type: ignore[union-attr]
    if base is tuple:
        count = "" if inner[-1] is Ellipsis else f"{len(inner)} "
        return f"list of {count}{told(inner[0])}"
    if base is not None and inner and type(None) in inner:
        return " or ".join([*(told(i) for i in inner if i is not type(None)), "null"])
    if inner:
        return f"table of {told(inner[1])}"
    return {str: "text", int: "integer", float: "number", bool: "boolean"}.get(hint, str(hint.__name__))


def section(kind: Any) -> str:
    """One dataclass: its sentence and a row for each field."""
    doc = " ".join(re.split(r"\n\s*Args:", kind.__doc__ or "")[0].split())
    rows = [
        f"| `{name}` | {told(o.type)} | {o.about.replace(NONE, NULL)} |"
        for name, o in options_of(kind).items()
    ]
    lines = [f"## {kind.__name__}", "", doc, "", "| key | type | |", "|---|---|---|", *rows]
    return "\n".join(lines).replace("``", "`")


def page() -> str:
    """The whole page."""
    kinds: dict[Any, None] = {}
    for record in (RunSummary, Manifest, RoundMetrics, LoopManifest, Origin):
        kinds |= dict.fromkeys([record, *nested(record)])
    return "\n\n".join([HEAD.rstrip(), *map(section, kinds)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
